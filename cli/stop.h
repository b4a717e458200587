/*
 * SIGTERM and SIGINT for commands that work long and keep what is finished: the command asks
 * between two pieces of work whether it was told to stop, writes what it has, and then ends as if
 * the signal had ended it.
 */
#pragma once

#include <stdbool.h>

struct error;

/* From now on the signals are only noted. Slow system calls return early. */
void stop_catch(void);

bool stop_asked(void);

/* For callers that ask between two steps; CONTEXT is not used. Returns 0, or -1 with
 * REASON_DEADLINE once a signal has come. */
int stop_give_up(void *context, struct error *err) __attribute__((nonnull(2)));

/* Ends this process by the signal that came, if one came: the caller's shell or service manager
 * sees what it expects. */
void stop_end(void);
