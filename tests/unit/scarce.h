/*
 * A heap that can refuse: this program's malloc() and its kin, for our code and for every library
 * that it is linked with. Included by one file of a test program.
 *
 * Nothing is refused until scarce_begin(). One thread at a time. Under valgrind, which puts a heap
 * of its own in the place of every malloc(), nothing is refused at all.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where the sanitizers keep the heap, and where the C library does. */
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *old, size_t size) __attribute__((weak));
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool scarce_on;
static bool scarce_lasting; /* from the first refusal on everything is refused */
static size_t scarce_asked; /* since scarce_begin() */
static size_t scarce_first; /* the request that is refused, from 1 */

/* Refuses request number FIRST (from 1) from now on; LASTING: and all that follow it. */
static inline void
scarce_begin(size_t first, bool lasting)
{
	scarce_first = first;
	scarce_lasting = lasting;
	scarce_asked = 0;
	scarce_on = true;
}

/* Back to plenty. Returns how many requests there were. */
static inline size_t
scarce_end(void)
{
	scarce_on = false;
	return scarce_asked;
}

/* The request to refuse after request N, to try many in little time: each of the first hundred,
 * then ever fewer. */
static inline size_t
scarce_after(size_t n)
{
	return n < 100 ? n + 1 : n + n / 60;
}

static bool
scarce_refuses(void)
{
	if (!scarce_on)
		return false;
	scarce_asked++;
	if (scarce_asked != scarce_first && !(scarce_lasting && scarce_asked > scarce_first))
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	if (scarce_refuses())
		return NULL;
	return __interceptor_malloc ? __interceptor_malloc(size) : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	if (scarce_refuses())
		return NULL;
	return __interceptor_calloc ? __interceptor_calloc(count, size)
				    : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	if (scarce_refuses())
		return NULL;
	return __interceptor_realloc ? __interceptor_realloc(old, size) : __libc_realloc(old, size);
}

/* The sanitizers' own would not ask the three above. */
void *
reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

char *
strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
