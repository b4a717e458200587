/*
 * Which NIM containers run on this machine, whatever started them: from /proc, and which id each
 * has, from the state of the runtimes and from its control group. Asks no engine, changes nothing.
 *
 * A container is what has a root of its own; a NIM, what has /opt/nim or a manifest there. What
 * cannot be looked at counts as one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct option_list;

enum {
	CONTAINERS_ID_BYTES = 256,
	CONTAINERS_GROUP_BYTES = 512, /* of a pod's container 200 are known */
};

/* One NIM container that runs. */
struct container {
	char id[CONTAINERS_ID_BYTES]; /* printable; "" where nothing tells it */
	const char *engine;           /* static storage: "docker", ..., "runc", "unknown" */
	pid_t pid;                    /* its oldest process */
	uint64_t ticks;               /* when that began; since boot (base/birth.h) */
	int64_t started_s;            /* likewise; seconds since 1970, as the clock is set now */
	uint64_t namespace;           /* of its mounts */
	uint64_t pid_namespace;       /* of its processes; 0: not known */
	uint64_t root_device, root;   /* device and inode of its root */
	char group[CONTAINERS_GROUP_BYTES]; /* its control group, "/a/b"; "" where none tells */
	size_t group_own; /* bytes of the group's path that are the container's own; 0: none */
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
