/*
 * Time: the monotonic clock for waits and deadlines, the calendar for certificates.
 */
#pragma once

#include <stdint.h>

/* Milliseconds on CLOCK_MONOTONIC. */
int64_t clock_monotonic_ms(void);

/* Seconds since 1970 UTC. */
int64_t clock_now(void);

/* Writes the time as "2026-11-25T04:07:55Z" to OUT. Years above 9999 or below 0 are cut to them.
 * Returns OUT. */
char *clock_format(int64_t seconds, char out[static 32]) __attribute__((nonnull));

/*
 * Parses "YYYY-MM-DDThh:mm:ssZ", or "YYYY-MM-DD" for its beginning. Returns 0, or -1 for another
 * form or a date that does not exist.
 */
int clock_parse(const char *text, int64_t *out) __attribute__((nonnull));
