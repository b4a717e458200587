/*
 * What the command wants to know of documents that containers and their engines wrote: read by a
 * contained child (guard/spawn.h), a fresh one for each document. A descriptor goes in, a flat,
 * checked struct comes out; this process, which mostly is root's, parses none of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum { INSPECT_MOUNTS_MAX = 4096 /* of one config.json: engines write dozens */ };

struct inspect_mount {
	char *destination; /* owned */
	char *source;      /* owned; NULL: none is named */
	bool memory;       /* a tmpfs; else a bind mount */
};

/* The files of a container as its config.json describes them. */
struct inspect_mounts {
	char *root; /* owned; root.path as written */
	struct inspect_mount *items;
	size_t count;
};

#define cleanup_mounts __attribute__((cleanup(inspect_release)))

/* Frees the contents; zeroed ones are fine. */
void inspect_release(struct inspect_mounts *mounts);

/* Root and mounts of the config.json at FD (borrowed); mounts that are neither binds nor tmpfs are
 * left out. Returns 0 (caller: inspect_release()), or -1 with REASON_CONFIG, REASON_IO or
 * REASON_INTERNAL. */
int inspect_config(int fd, struct inspect_mounts *out, struct error *err) __attribute__((nonnull));

/* The whole number that the member MEMBER of the JSON object at FD (borrowed, of at most 16 MiB)
 * is. Returns 0, or -1 with REASON_IO (also where there is no such number) or REASON_INTERNAL. */
int inspect_number(int fd, const char *member, uint64_t *out, struct error *err)
	__attribute__((nonnull));
