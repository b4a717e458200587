/*
 * A contained child: the same program, forked, without privileges, without files, behind a filter.
 *
 * The child holds one socket to its parent and nothing else: every other descriptor is closed or
 * /dev/null. It runs as nobody when we are root, has no capabilities (the viewer keeps the one for
 * mounts) and no way to get any, is not dumpable, has bounded memory and processor time, dies with
 * its parent, and loads its filter before it reads a byte. What cannot be taken away ends the
 * child, never the containment. Landlock is added where the kernel has it.
 *
 * The parent has one thread when it forks, and that thread lives as long as the child. When it is
 * root it needs CAP_SETUID, CAP_SETGID and CAP_KILL.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct filter_table;
struct wire_message;

enum {
	SPAWN_DESCRIPTORS = 16,  /* a child gets its documents one by one */
	SPAWN_FAILED = 0,        /* type of the message with which a child says why it gives up */
	SPAWN_USER = 65534,      /* nobody; owns no file anywhere */
	SPAWN_EXIT_FAILED = 127, /* exit status of a child that could not be contained */
};

struct spawn_options {
	const char *name; /* for messages: "parser" */
	const struct filter_table *table;
	size_t memory_max;            /* bytes of address space; 0: not bounded */
	unsigned int cpu_seconds;     /* 0: not bounded */
	unsigned int descriptors_max; /* open at a time; 0: SPAWN_DESCRIPTORS */
	uint64_t capabilities;        /* that it keeps, bits as of capget(2); 0: none, as it
					 should be */

	/* Runs in the child before the filter: loads what libraries load lazily, starts threads.
	 * Returns 0 or ends the child. NULL: nothing to prepare. */
	int (*prepare)(void *context, int socket, struct error *err);
	/* Runs in the child behind the filter; the return value is its exit status. */
	int (*serve)(void *context, int socket);
	void *context; /* borrowed; the child has its own copy */
};

struct spawn_child {
	const char *name;
	pid_t pid;  /* 0: none */
	int socket; /* ours; -1: none */
};

/* Forks the child. Returns 0 (caller: spawn_end()), or -1 with REASON_INTERNAL. */
int spawn_start(const struct spawn_options *options, struct spawn_child *out, struct error *err)
	__attribute__((nonnull));

/*
 * As wire_receive() from the child, but its end is an error, which says what the child died of and
 * collects it; so is SPAWN_FAILED. Returns 0, or -1 with REASON_INTERNAL.
 */
int spawn_receive(struct spawn_child *child, int timeout_ms, struct wire_message *out,
	struct error *err) __attribute__((nonnull));

/* For a child that said nothing and whose end of the socket is closed: collects it, and says what
 * it died of. Returns -1 with REASON_INTERNAL; spawn_end() is still needed. */
int spawn_report_end(struct spawn_child *child, struct error *err) __attribute__((nonnull));

/* After a send to the child that failed as ERR says: where the child is gone, ERR says why, by its
 * own word or by what it died of. Returns -1; spawn_end() is still needed. */
int spawn_report_send(struct spawn_child *child, struct error *err) __attribute__((nonnull));

/* Kills it and closes its socket, but does not wait for its end: spawn_end() is still needed. An
 * ended or zeroed one is fine. */
void spawn_kill(struct spawn_child *child) __attribute__((nonnull));

/* Closes the socket, kills the child and collects it; an ended or zeroed child is fine. Waits
 * LIMIT_END_MS at most: a child that cannot end by then is left to do so alone. */
void spawn_end(struct spawn_child *child);

#define cleanup_child __attribute__((cleanup(spawn_end)))
