/*
 * Turns at a file that several processes change: a file lock that is held for microseconds, and
 * that nobody waits for long.
 *
 * The lock is flock(2)'s: it ends with the descriptor, however its process ends.
 */
#pragma once

#include <stdbool.h>

enum { TURN_PATIENCE_MS = 200 /* a hundred starts at once take their turns in 10 ms */ };

/* Takes the lock of the file at FD, until it is closed. False where that takes longer than
 * TURN_PATIENCE_MS, or the file system has no locks. */
bool turn_take(int fd);
