/*
 * Text that grows, and JSON written into it.
 *
 * Failure (no memory) is sticky: write on, and ask once at the end. The JSON functions place the
 * commas; what comes out is ASCII, so that names in any encoding reach logs and terminals safely.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct writer {
	char *text; /* owned; NUL-terminated once something was written */
	size_t length;
	size_t capacity;
	bool failed;
	bool comma; /* JSON: the next value needs a comma before it */
};

#define cleanup_writer __attribute__((cleanup(writer_release)))

/* Frees the text; a zeroed writer is fine. */
void writer_release(struct writer *writer);

/* Appends LENGTH bytes as they are. */
void writer_bytes(struct writer *writer, const char *bytes, size_t length) __attribute__((nonnull));

/* Appends formatted text. */
void writer_format(struct writer *writer, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull));

/*
 * JSON values, in order. KEY names the member inside an object and is NULL inside an array or at
 * the top. Strings: UTF-8 is written as \u escapes (surrogate pairs above U+FFFF); a byte that is
 * not UTF-8 becomes U+FFFD.
 */
void writer_open(struct writer *writer, const char *key, char bracket)
	__attribute__((nonnull(1)));                                             /* '{' or '[' */
void writer_close(struct writer *writer, char bracket) __attribute__((nonnull)); /* '}' or ']' */
void writer_string(struct writer *writer, const char *key, const char *value)
	__attribute__((nonnull(1))); /* NULL: null */
void writer_number(struct writer *writer, const char *key, uint64_t value)
	__attribute__((nonnull(1)));
void writer_bool(struct writer *writer, const char *key, bool value) __attribute__((nonnull(1)));
