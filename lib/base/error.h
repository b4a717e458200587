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

struct error {
	enum reason reason;
	int os_errno; /* 0 where the system was not the cause */
	char text[LIMIT_ERROR_TEXT +
		  1]; /* one line of printable ASCII; cut with "..." where it is too long */
};

/* Sets reason, errno value and text. Always returns -1, so that a function can end with `return
 * error_set(...)`. */
int error_set(struct error *err, enum reason reason, int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(1, 4)));

/* As error_set() for a failed system call: appends what errno value means in our own words (" (does
 * not exist)"). */
int error_set_os(struct error *err, enum reason reason, int os_errno, const char *format, ...)
	__attribute__((format(printf, 4, 5), nonnull(1, 4)));

/* Puts "PREFIX: " in front of the text; reason and errno stay. Always returns -1. */
int error_wrap(struct error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3), nonnull(1, 2)));

/* For a failed allocation: REASON_INTERNAL, ENOMEM. Always returns -1. */
int error_no_memory(struct error *err) __attribute__((nonnull));

/* Our words for an errno value, such as "does not exist"; static storage, never the words of
 * strerror(). */
const char *error_os_words(int os_errno);
