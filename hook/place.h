/*
 * Where one start hashes, and on how many threads. Unlike every other step it decides nothing, and
 * cannot fail.
 */
#pragma once

#include <stddef.h>

struct admission;
struct share;

/* Finds the placement beside the container's GPUs, and explains it. */
void place_find(struct admission *admission) __attribute__((nonnull));

/*
 * Moves this process there, and with it the hasher that it will start; takes its share of the
 * host's threads (caller: share_end() when the hasher has ended). Returns the threads to ask the
 * hasher for: 0 where its own choice, one for each CPU that the content is worth, keeps to the
 * share.
 */
size_t place_take(const struct admission *admission, struct share *out) __attribute__((nonnull));
