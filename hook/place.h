/*
 * Where one start hashes, and on how many threads. Unlike every other step it decides nothing, and
 * cannot fail.
 */
#pragma once

struct admission;
struct share;

/* Finds the placement beside the container's GPUs, and explains it. */
void place_find(struct admission *admission) __attribute__((nonnull));

/*
 * Moves this process there, and with it the hasher that it will start; takes its share of the
 * host's threads (caller: share_end() when the hasher has ended).
 */
void place_take(const struct admission *admission, struct share *out) __attribute__((nonnull));
