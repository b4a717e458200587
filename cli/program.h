/*
 * Another program, run to its end: an engine's own command, which is found by PATH.
 */
#pragma once

struct error;
struct file_bytes;

/*
 * Runs ARGV (NULL ends it) with the file INPUT as its standard input, and keeps what it writes to
 * standard output and standard error, in order. It gets no signal mask of ours, and is killed after
 * SECONDS. Returns its exit status and *said (caller: file_release()), or -1: REASON_CONFIG where
 * it is not there, REASON_DEADLINE, REASON_INTERNAL where a signal ended it.
 */
int program_run(const char *const argv[], int input, int seconds, struct file_bytes *said,
	struct error *err) __attribute__((nonnull));
