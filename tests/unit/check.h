/*
 * The few lines that every unit test needs: one line "ok NAME" or "not ok NAME: why" a case, exit
 * status 1 if any failed. A case that cannot run here says so by check_skip(); in CI that is a
 * failure of its own (tests/run.sh).
 */
#pragma once

#include "base/error.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_failures;

/* Ends one case: NAME passed or, with the reason in FORMAT, failed. */
static inline void __attribute__((format(printf, 3, 4)))
check(bool passed, const char *name, const char *format, ...)
{
	va_list args;

	if (passed) {
		printf("ok %s\n", name);
		return;
	}
	check_failures++;
	printf("not ok %s: ", name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* The case passed if RESULT is a success (0) or, with WANTED not REASON_NONE, a refusal for that
 * reason. */
static inline void
check_result(int result, enum reason wanted, const struct error *err, const char *name)
{
	if (wanted == REASON_NONE)
		check(result == 0, name, "refused (%s): %s", reason_word(err->reason), err->text);
	else
		check(result != 0 && err->reason == wanted, name, "wanted %s, got %s: %s",
			reason_word(wanted), result ? reason_word(err->reason) : "success",
			result ? err->text : "");
}

static inline void
check_text(const char *got, const char *wanted, const char *name)
{
	check(got && strcmp(got, wanted) == 0, name, "wanted \"%s\", got \"%s\"", wanted,
		got ? got : "(null)");
}

static inline void
check_skip(const char *name, const char *why)
{
	printf("skip %s: %s\n", name, why);
}

/* For the end of main(). */
static inline int
check_end(void)
{
	return check_failures ? 1 : 0;
}
