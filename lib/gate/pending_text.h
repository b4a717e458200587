/*
 * A request as text (docs/formats.md).
 */
#pragma once

struct pending;
struct writer;

/* Writes the request, but for its name. */
void pending_text_format(const struct pending *pending, struct writer *writer)
	__attribute__((nonnull));

/* Reads one. Returns 0, or -1 (OUT untouched) for anything but what pending_text_format() writes.
 */
int pending_text_parse(const char *text, struct pending *out) __attribute__((nonnull));
