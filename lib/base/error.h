/*
 * What went wrong: a stable reason, an errno or 0, and one line of text for the person who has to
 * act.
 *
 * The caller owns the struct, mostly on its stack; nothing here allocates. A function that fails
 * sets the error where the fact is known; callers put the name of the thing in front while it
 * travels up; the program prints it once. Foreign strings go through text_quote() first. The text
 * avoids the system's own words for errno, because container engines search the message for them
 * and change their exit status (facts: runtimes, 6.2).
 */
#pragma once

#include "base/limits.h"
#include "base/reason.h"

#include <errno.h>

struct error {
	enum reason reason;
	int os_errno; /* 0 where the system was not the cause */
	/* One line of printable ASCII; ends in "..." where it was too long. */
	char text[LIMIT_ERROR_TEXT + 1];
};

/*
 * Sets reason, errno value and text, by a format as of printf. Its value is always -1, so that a
 * function can end with `return error_set(...)`; a macro, so that compilers and analysers see the
 * -1.
 */
#define error_set(err, reason, os_errno, ...) \
	(error_set_text(err, reason, os_errno, __VA_ARGS__), error_result())

/*
 * As error_set() for a failed system call: appends what errno value means in our own words
 * (" (does not exist)").
 */
#define error_set_os(err, reason, os_errno, ...) \
	(error_set_os_text(err, reason, os_errno, __VA_ARGS__), error_result())

/* Puts "PREFIX: " in front of the text; reason and errno stay. Its value is always -1. */
#define error_wrap(err, ...) (error_wrap_text(err, __VA_ARGS__), error_result())

/* For a failed allocation: REASON_INTERNAL, ENOMEM. Its value is always -1. */
#define error_no_memory(err) error_set(err, REASON_INTERNAL, ENOMEM, "out of memory")

/* The functions behind the macros. */
void error_set_text(struct error *err, enum reason reason, int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(1, 4)));
void error_set_os_text(struct error *err, enum reason reason, int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(1, 4)));
void error_wrap_text(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(1, 2)));

static inline int
error_result(void)
{
	return -1;
}

/* Our words for an errno value, such as "does not exist"; static storage, never the words of
 * strerror(). */
const char *error_os_words(int os_errno);
