/*
 * A set of small numbers: CPUs, or memory nodes, as the kernel lists them in sysfs ("0-3,8") and
 * takes them as masks of bits.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	CPULIST_MAX = 8192, /* as many CPUs as any Linux is built for */
	CPULIST_WORD_BITS = 8 * sizeof(unsigned long),
	CPULIST_WORDS = CPULIST_MAX / CPULIST_WORD_BITS,
	CPULIST_TEXT_BYTES = 128, /* of a list that is shown */
};

struct cpulist {
	unsigned long words[CPULIST_WORDS]; /* as sched_setaffinity() and set_mempolicy() want it */
};

/*
 * Parses a list in the kernel's own form: numbers and ranges, ascending, below CPULIST_MAX, with
 * at most one line end behind them; nothing is the empty set. Returns 0, or -1 (OUT untouched).
 */
int cpulist_parse(const char *text, size_t length, struct cpulist *out) __attribute__((nonnull));

/* Writes the list to OUT; cut, with "..." at the end, where it is too long. Returns OUT. */
char *cpulist_format(const struct cpulist *list, char out[static CPULIST_TEXT_BYTES])
	__attribute__((nonnull));

/* NUMBER is below CPULIST_MAX. */
void cpulist_add(struct cpulist *list, size_t number) __attribute__((nonnull));
bool cpulist_has(const struct cpulist *list, size_t number) __attribute__((nonnull));

size_t cpulist_count(const struct cpulist *list) __attribute__((nonnull));

/* Adds all of MORE. */
void cpulist_unite(struct cpulist *list, const struct cpulist *more) __attribute__((nonnull));

/* Drops what is not in OTHER. */
void cpulist_intersect(struct cpulist *list, const struct cpulist *other) __attribute__((nonnull));

/* The CPUs that this process may use (sched_getaffinity, and so its cpuset): none where the kernel
 * does not say. */
struct cpulist cpulist_allowed(void);
