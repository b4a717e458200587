/*
 * Bytes as a file that nobody can change: documents for contained children, which take descriptors.
 */
#pragma once

#include <stddef.h>

struct error;

/* An empty file in memory, which no program can be run from and which can be sealed. Returns a
 * descriptor (caller closes), or -1 with errno. */
int memfile_open(const char *name) __attribute__((nonnull));

/* A sealed file in memory with these LENGTH bytes, read from their beginning. NAME is for people
 * who look at /proc. Returns a descriptor (caller closes), or -1 with REASON_INTERNAL. */
int memfile_make(const char *name, const void *bytes, size_t length, struct error *err)
	__attribute__((nonnull));
