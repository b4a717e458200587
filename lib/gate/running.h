/*
 * The verifications that run on this host: one per model at a time, and each with its progress for
 * others to see (DESIGN section 8).
 *
 * Whoever is about to hash a model takes its turn: a lock on one byte of one file, which ends with
 * its holder, however that ends. The byte stands for the directory or file that the model lies in.
 * The holder writes its progress into a file of its own beside it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;
struct verification;

#define RUNNING_DIRECTORY "/run/nimgate"

enum { RUNNING_LABEL_BYTES = 256 };

struct running {
	int fd;         /* owned; holds the locks; -1: none */
	int folder;     /* owned; of progress files; -1: none */
	uint64_t *keys; /* owned; of the models whose turn it has, ascending, no two equal */
	size_t count;
	int64_t began_ms; /* clock_monotonic_ms() */
	int64_t told_ms;
	char label[RUNNING_LABEL_BYTES]; /* of the first model */
};

/* How far a verification is. */
struct running_progress {
	uint64_t key;
	pid_t pid;
	uint64_t done;  /* bytes */
	uint64_t total; /* bytes; 0: not known yet */
	int64_t elapsed_ms;
	char label[RUNNING_LABEL_BYTES]; /* printable */
};

/* Milliseconds that PROGRESS still needs at its own rate; -1 where that cannot be told. */
int64_t running_left_ms(const struct running_progress *progress) __attribute__((nonnull));

/* How somebody waits for turns. */
struct running_wait {
	int64_t deadline_ms; /* on the monotonic clock; 0: for ever */
	uint64_t left;       /* bytes that the waiter itself has to hash; 0: not known */
	int (*give_up)(void *context, struct error *err); /* asked now and then; may be NULL */
	void *context;                                    /* borrowed; of GIVE_UP */
};

/*
 * Takes the turn of every model of VERIFICATION, and waits for that as WAIT says, or until the one
 * that has it needs longer than there is. A holder that has a quarter more to hash than the waiter
 * hashes other files, whatever it was led to believe: its turn is not waited for, nor taken.
 * *waited tells whether others had a turn meanwhile. Returns 0 (caller: running_end()), also where
 * no locks can be had, with fd -1; or -1 with REASON_PENDING, the holder's progress in *ahead, or
 * what GIVE_UP said.
 */
int running_begin(const char *directory, const struct verification *verification,
	const struct running_wait *wait, struct running *out, bool *waited,
	struct running_progress *ahead, struct error *err) __attribute__((nonnull));

/* Tells how far it is, at most twice a second. */
void running_tell(struct running *running, uint64_t done, uint64_t total) __attribute__((nonnull));

/* Reads at most MAX verifications that run now into OUT; returns how many. */
size_t running_list(const char *directory, struct running_progress *out, size_t max)
	__attribute__((nonnull));

/* Leaves the turns and removes the progress; one without is fine. */
void running_end(struct running *running) __attribute__((nonnull));

#define RUNNING_NONE                   \
	{                              \
		.fd = -1, .folder = -1 \
	}

#define cleanup_running __attribute__((cleanup(running_end)))
