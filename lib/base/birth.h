/*
 * Which process a number means: numbers come again, the moment at which a process began does not.
 * That moment stays the same in fork(2)'s child through every execve(2), and is counted by a clock
 * that nobody can set.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

enum { BIRTH_BOOT_BYTES = 33 }; /* a boot's id in hexadecimal digits, and the NUL */

struct birth {
	pid_t pid;                   /* as our own namespace numbers it; 0: nobody */
	uint64_t ticks;              /* since the kernel started (proc(5), stat: starttime) */
	char boot[BIRTH_BOOT_BYTES]; /* of this run of the kernel */
};

/* Reads it of the process PID. Returns 0, or -1 where there is none, or /proc does not tell. */
int birth_read(pid_t pid, struct birth *out) __attribute__((nonnull));

/* When the process PID began, in ticks; 0 where there is none. */
uint64_t birth_read_ticks(pid_t pid);

/* The process that PID's parent is now; 0 where there is none. */
pid_t birth_read_parent(pid_t pid);
