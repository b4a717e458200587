/*
 * Mutations that know the shape of what they change: JSON stays JSON most of the time, so that the
 * parsers behind the JSON parser see something new.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Bytes in a buffer of SIZE_MAX that libFuzzer owns. */
struct mutate_text {
	uint8_t *bytes;
	size_t size;
	size_t size_max;
	uint64_t random; /* any start; changed with each choice */
};

/* A number below BOUND, which is not 0. */
size_t mutate_choose(struct mutate_text *text, size_t bound);

/* Puts LENGTH bytes in the place of those from START to END. Does nothing where they do not fit. */
void mutate_splice(
	struct mutate_text *text, size_t start, size_t end, const void *bytes, size_t length);

/*
 * Changes one value or member of a JSON text: leaves it out, repeats it, puts another one or one of
 * WORDS (JSON texts, ended by NULL) in its place, wraps it, or changes a string's characters.
 */
void mutate_json(struct mutate_text *text, const char *const *words);

/* libFuzzer's own mutation. */
void mutate_bytes(struct mutate_text *text);
