/*
 * How much memory the host has to spare.
 */
#pragma once

#include <stdint.h>

/* Where Linux tells it. */
#define MEMORY_PATH "/proc/meminfo"

/* Bytes that the host could give without swapping, its page cache included, as the file at PATH
 * says (MemAvailable of proc(5)); 0 where it does not say. */
uint64_t memory_available(const char *path) __attribute__((nonnull));
