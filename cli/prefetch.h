/*
 * Hashing beforehand: the files of models into the journal of receipts, so that the next start
 * finds them there. What has a receipt already is not hashed again.
 */
#pragma once

#include "base/reason.h"
#include "border/digest.h"
#include "receipt/receipts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct anchors;
struct error;
struct model;
struct ngc_ref;
struct policy;
struct source_options;

/* What became of files. */
struct prefetch_sum {
	size_t files;
	uint64_t bytes; /* of all */
	size_t hashed;
	size_t remembered; /* had receipts already, or are empty and need none */
	size_t left_out;   /* cannot be remembered, for ever or for now */
};

/* How files become digests: as they are signed, or as somebody asked. */
struct prefetch_form {
	enum digest_algorithm hash;
	uint64_t shard_size; /* bytes; 0: whole files */
};

struct prefetch {
	const struct source_options *source; /* borrowed */
	const struct policy *policy;         /* borrowed; NULL: signatures are not looked at */
	const struct anchors *anchors;       /* borrowed */
	struct receipts receipts;
	struct prefetch_form form; /* where nothing else is known */
	bool form_given;           /* by the caller: signatures are not looked at */
	struct prefetch_sum sum;   /* of all models */
	enum reason busy;          /* REASON_NONE, or the first that kept a file out for now */
};

/* How the files of the version REF are signed, where its signature can be found and counts; else as
 * PREFETCH says. */
struct prefetch_form prefetch_form(const struct prefetch *prefetch, const struct ngc_ref *ref)
	__attribute__((nonnull));

/*
 * Hashes the files of MODEL (taken over in every case) that have no receipt in that FORM, in their
 * turn with others that hash the same model. Says which files cannot be remembered, and why. Adds
 * to *sum, and to the sum of all. Returns 0, or -1 with REASON_INTERNAL, REASON_IO (the journal
 * cannot be written) or what stop_give_up() said; what was finished until then is remembered.
 */
int prefetch_model(struct prefetch *prefetch, struct model *model, const struct prefetch_form *form,
	struct prefetch_sum *sum, struct error *err) __attribute__((nonnull));

/* The sum in words, in OUT of SIZE bytes. Returns OUT. */
char *prefetch_describe(const struct prefetch_sum *sum, char *out, size_t size)
	__attribute__((nonnull));
