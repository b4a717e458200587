/*
 * The bounded body of an answer, as it comes in. Used by http.c alone.
 */
#pragma once

#include "base/file.h"

struct http_body {
	struct file_bytes bytes; /* owned; a NUL behind the last one */
	size_t capacity;
	size_t limit;   /* in bytes */
	bool too_large; /* more than that came */
};

/* Makes it empty, for another try. */
void http_body_restart(struct http_body *body) __attribute__((nonnull));

/* Takes COUNT times SIZE bytes; for libcurl, CONTEXT is the struct http_body. Returns how many
 * bytes it took: fewer where they are too many, or without memory, which ends the transfer. */
size_t http_body_take(char *bytes, size_t size, size_t count, void *context);
