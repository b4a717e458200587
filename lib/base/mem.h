/*
 * Ownership helpers: locals that clean up after themselves, and the two ways in which ownership
 * leaves a function.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup_fd   __attribute__((cleanup(mem_close_fd)))
#define cleanup_free __attribute__((cleanup(mem_free_ptr)))
#define cleanup_file __attribute__((cleanup(mem_close_file)))

/* For cleanup_fd: closes *fd unless it is negative. */
static inline void
mem_close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* For cleanup_free: frees what the pointer at PTR points to. */
static inline void
mem_free_ptr(void *ptr)
{
	free(*(void **)ptr);
}

/* For cleanup_file: closes *file unless it is NULL. */
static inline void
mem_close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* Hands the descriptor on: *fd becomes -1, so that its cleanup does nothing. */
static inline int
take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Hands the pointer on: the local becomes NULL, so that its cleanup does nothing. */
#define take_ptr(ptr)                           \
	__extension__({                         \
		__typeof__(ptr) taken_ = (ptr); \
		(ptr) = NULL;                   \
		taken_;                         \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Makes room for one more element: *array holds COUNT elements of SIZE bytes and *capacity places.
 * Doubles when full. Returns 0, or -1 without memory (nothing changes then).
 */
int mem_grow(void **array, size_t count, size_t *capacity, size_t size) __attribute__((nonnull));
