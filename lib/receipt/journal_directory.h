/*
 * The folder of the receipts, and what lies in it: root's alone, or not used at all.
 */
#pragma once

#include <stdbool.h>

struct error;

/* Opens the folder at PATH; MAKE makes it where it is not there. Returns an O_PATH descriptor
 * (caller closes), or -1 with REASON_IO or REASON_CONFIG (others could read or write it); os_errno
 * is ENOENT where it is not there. */
int journal_directory_open(const char *path, bool make, struct error *err) __attribute__((nonnull));

/* As journal_directory_open(), of the folder NAME in the folder DIR. */
int journal_directory_open_at(int dir, const char *name, bool make, struct error *err)
	__attribute__((nonnull));
