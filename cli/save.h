/*
 * Files that appear whole or not at all.
 */
#pragma once

#include <stddef.h>

struct error;

/* Refuses early what save_file() would refuse after hours: a directory where PATH is to lie that
 * is not there or cannot be written. Returns 0, or -1 with REASON_USAGE. */
int save_check(const char *path, struct error *err) __attribute__((nonnull));

/*
 * Writes LENGTH bytes to PATH: into a fresh file beside it, flushed, which then takes PATH's place.
 * Nothing is left behind on failure. Returns 0, or -1 with REASON_IO.
 */
int save_file(const char *path, const void *bytes, size_t length, struct error *err)
	__attribute__((nonnull));

/* As save_file(), for a file of the system's: keeps mode and owner of the one at PATH, or takes
 * 0644 where there is none; directories that are missing are made. */
int save_over(const char *path, const void *bytes, size_t length, struct error *err)
	__attribute__((nonnull));
