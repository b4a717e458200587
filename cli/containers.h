/*
 * Which NIM containers run on this machine, whatever started them: from /proc, and which id each
 * has, from the state of the runtimes and from its control group. Asks no engine, changes nothing.
 *
 * A container is what has a mount namespace and a root of its own; a NIM, what has /opt/nim or a
 * manifest there. What cannot be looked at counts as one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct option_list;

enum { CONTAINERS_ID_BYTES = 256 };

/* One NIM container that runs. */
struct container {
	char id[CONTAINERS_ID_BYTES]; /* printable; "" where nothing tells it */
	const char *engine;           /* static storage: "docker", ..., "runc", "unknown" */
	pid_t pid;                    /* its oldest process */
	int64_t started_s;            /* when that began; seconds since 1970 */
	uint64_t namespace;           /* of its mounts */
};

struct containers {
	struct container *items; /* owned */
	size_t count;
	size_t capacity;
};

/*
 * Lists them, each once. STATES are folders of runtimes' state (their --root) besides the usual
 * ones. Needs root. Returns 0 (caller: containers_release()), or -1 with REASON_IO, REASON_USAGE or
 * REASON_INTERNAL.
 */
int containers_list(const struct option_list *states, struct containers *out, struct error *err)
	__attribute__((nonnull));

void containers_release(struct containers *containers) __attribute__((nonnull));
