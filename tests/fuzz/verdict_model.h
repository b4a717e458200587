/*
 * The model of fuzz_verdict: a few files.
 */
#pragma once

#include <stddef.h>

struct verdict_file {
	const char *name;
	const char *text;
};

/* Sorted by name; among them a name with colons, one with an extension below '/', and a folder. */
static const struct verdict_file verdict_files[] = {
	{ "a:0:4", "a name like a shard's\n" },
	{ "config.json", "{\"hidden_size\":4096}\n" },
	{ "w/a-1.bin", "weights of one layer and of another" },
	{ "w/b", "b" },
};

enum {
	VERDICT_FILES = sizeof(verdict_files) / sizeof(verdict_files[0]),
	VERDICT_BYTES_MAX = 64, /* of each file; none is empty */
};

#define VERDICT_NAME "verdict-model"
