/*
 * Takes away from the calling process what a contained child must not have, in the order of
 * spawn.c. Each returns 0, or -1 with REASON_INTERNAL: then the process must end.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct contain_limits {
	size_t memory_max;        /* 0: not bounded */
	unsigned int cpu_seconds; /* 0: not bounded */
	unsigned int descriptors_max;
};

/* Closes all descriptors but *socket, which moves to 3; 0 to 2 become /dev/null where there is one.
 */
int contain_descriptors(int *socket, struct error *err) __attribute__((nonnull));

/* User nobody where we are root, no capabilities but KEPT (a set of bits as of capget(2)), no way
 * to new ones; dies with PARENT. For a child that needs files or the network, which keep it no
 * further. */
int contain_identity(const char *name, pid_t parent, uint64_t kept, struct error *err)
	__attribute__((nonnull));

/* As contain_identity(), and no files or network: by Landlock, which forbids mounts, and so only
 * where no capability is kept. */
int contain_privileges(const char *name, pid_t parent, uint64_t kept, struct error *err)
	__attribute__((nonnull));

/* No capabilities but KEPT, all of which the process must have. */
int contain_capabilities(uint64_t kept, struct error *err) __attribute__((nonnull));

int contain_limits(const struct contain_limits *limits, struct error *err) __attribute__((nonnull));

/* No further process or thread. */
int contain_processes(struct error *err) __attribute__((nonnull));
