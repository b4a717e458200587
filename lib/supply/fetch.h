/*
 * Fetching signatures: couriers bring them, several at a time; a parser looks at each; what has the
 * form of a signature goes into the signature folder.
 *
 * Whatever ends the run, each version's file is there as a whole or not at all, and the next run
 * goes on.
 */
#pragma once

#include "base/error.h"
#include "nim/ngc_ref.h"

#include <stdbool.h>
#include <stddef.h>

struct anchors;
struct ngc_settings;
struct secret;
struct signature_store;

enum fetch_outcome {
	FETCH_FAILED, /* zero: nothing was done; why says why */
	FETCH_NEW,
	FETCH_UNCHANGED, /* NGC's is the one in the folder */
	FETCH_PRESENT,   /* there was one, and NGC was not asked */
	FETCH_CHANGED,   /* NGC's is another than the one in the folder; it lies beside it */
	FETCH_REPLACED,
	FETCH_NOT_SIGNED,
	FETCH_OUTCOMES,
};

/* What came of one version. */
struct fetch_item {
	struct ngc_ref ref;
	enum fetch_outcome outcome;
	struct error why;   /* of FETCH_FAILED, FETCH_CHANGED and FETCH_NOT_SIGNED */
	struct error trust; /* why NGC's does not verify; REASON_NONE: it does, or nobody asked */
	bool verified;      /* it verifies by the anchors */
};

struct fetch_options {
	const struct ngc_settings *ngc; /* borrowed, as all here */
	const struct signature_store *store;
	const struct anchors *anchors; /* whom the policy trusts; NULL: nobody looks */
	unsigned int jobs;             /* couriers at most */
	bool missing;                  /* asks for what is not in the folder alone */
	bool replace; /* in place of what is there; never by what does not verify */
	/* Called now and then while it goes on, and at the end. NULL: nobody watches. */
	void (*progress)(void *context, size_t done, size_t total);
	void *context;
};

/*
 * Fetches COUNT versions, each of which ITEMS names once. KEY (zeroed: none) is wiped as soon as
 * the couriers have it. The caller has one thread. Returns 0, whatever came of each, or -1 with
 * REASON_INTERNAL.
 */
int fetch_run(struct fetch_item *items, size_t count, const struct fetch_options *options,
	struct secret *key, struct error *err) __attribute__((nonnull(3, 4, 5)));

/* One word for an outcome: "new", "unchanged", ...; static storage. */
const char *fetch_word(enum fetch_outcome outcome);
