/*
 * Requests: models whose verification outlasts a start, left for nimgate-verify.service, or nimgate
 * prefetch --requests, to do beforehand (DESIGN section 8; docs/formats.md).
 *
 * A request is a small file of its own in a directory that is root's alone, named after the model's
 * folder, so that a model is asked for once however often it is started. It names the folder's path
 * on the host and its identity; who serves it requires the same identity.
 */
#pragma once

#include "base/limits.h"
#include "border/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct verification_item;

#define PENDING_DIRECTORY "/run/nimgate/requests"

enum {
	PENDING_MAX = 256,        /* requests at a time */
	PENDING_NAME_BYTES = 17,  /* 16 hexadecimal digits */
	PENDING_LABEL_BYTES = 256 /* what messages call the model */
};

struct pending {
	char name[PENDING_NAME_BYTES]; /* of the file */
	char path[LIMIT_NAME_BYTES]; /* on the host: the directory or file that base of struct model
					is */
	char below[LIMIT_NAME_BYTES];    /* "", or "snapshots/<version>" of a NIM cache */
	uint64_t device, inode;          /* of PATH */
	enum digest_algorithm algorithm; /* in which its files are signed */
	uint64_t shard_size;             /* bytes; 0: whole files */
	uint64_t bytes;                  /* that were left to hash */
	int64_t asked_s;                 /* seconds since 1970: when it was asked for first */
	char label[PENDING_LABEL_BYTES];
};

/*
 * Leaves a request for the model of ITEM, which BYTES are left of. DIRECTORY is made where it is
 * not there. The path on the host is found by the mounts of process PID and of our own. *earlier is
 * the time (seconds since 1970) of a request that was there already, else 0. Returns 0, or -1 with
 * REASON_IO or REASON_UNSEEN: no path on the host leads there, or too many wait.
 */
int pending_leave(const char *directory, int pid, const struct verification_item *item,
	uint64_t bytes, int64_t *earlier, struct error *err) __attribute__((nonnull));

/* Whether there is a request for the model of ITEM, as the same process would leave it. Returns 1
 * with *out, or 0: also where that cannot be told. */
int pending_find(const char *directory, int pid, const struct verification_item *item,
	struct pending *out) __attribute__((nonnull));

/* Whether a request for the model of ITEM could be left now, one more than there are. */
bool pending_fits(const char *directory, int pid, const struct verification_item *item)
	__attribute__((nonnull));

/* Reads the requests into OUT (PENDING_MAX of room), oldest first; what is no request is removed,
 * unless READ_ONLY. Returns 0 with *count, also where there is no directory, or -1 with REASON_IO
 * or REASON_CONFIG (others could write there). */
int pending_list(const char *directory, bool read_only, struct pending *out, size_t *count,
	struct error *err) __attribute__((nonnull));

/* Opens what the request names, as an O_PATH descriptor for model_open_snapshot() or
 * model_open_descriptor(), if it is still the same. Returns a descriptor, or -1 with
 * REASON_NOT_CACHED (gone, or another one). */
int pending_open(const struct pending *pending, struct error *err) __attribute__((nonnull));

/* Removes a request that was served, or cannot be. */
void pending_remove(const char *directory, const struct pending *pending) __attribute__((nonnull));
