/*
 * What is wrong with models, all of it, each file by name.
 */
#pragma once

#include "base/limits.h"
#include "base/reason.h"
#include "border/digest.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct writer;

struct finding {
	enum reason reason; /* REASON_MISSING, _EXTRA, _LINK, _SPECIAL, _BUSY, _CHANGED or _IO */
	const char *model;  /* borrowed: the model's label */
	char *name;         /* owned: the file, any bytes */
	struct digest signed_digest; /* of REASON_CHANGED, unless the length alone tells */
	struct digest found_digest;  /* of REASON_CHANGED, likewise */
	char *detail; /* owned; printable; of REASON_CHANGED which bytes, or the lengths; NULL where
			 the reason and the digests say it all */
};

struct report {
	struct finding
		*findings; /* owned; in the order they were found: names first, then contents */
	size_t count;
	size_t capacity;
	size_t files;              /* files whose digest was compared and equal */
	uint64_t bytes;            /* of these */
	size_t remembered;         /* files among them that a receipt spoke for */
	uint64_t bytes_remembered; /* of these */
	size_t ignored;            /* files that were left out by rule */
	size_t unsigned_allowed;   /* unsigned files that the caller allows */
	size_t missing_allowed;    /* needed files that are not there, which the caller allows */
};

/* Adds a finding; NAME and DETAIL (may be NULL) are copied. Returns it for its digests, or NULL
 * with REASON_INTERNAL. */
struct finding *report_add(struct report *report, enum reason reason, const char *model,
	const char *name, const char *detail, struct error *err)
	__attribute__((nonnull(1, 3, 4, 6)));

/* What is wrong with the file, printable, without its name: "signed 5e..., found 91...". Ends in
 * OUT of SIZE bytes. Returns OUT. */
char *report_explain(const struct finding *finding, char *out, size_t size)
	__attribute__((nonnull));

/* One line for one finding, printable: "'a/b.bin': signed 5e..., found 91...". Ends in OUT of SIZE
 * bytes. Returns OUT. */
char *report_describe(const struct finding *finding, char *out, size_t size)
	__attribute__((nonnull));

/*
 * Writes the members of a JSON object about FINDING: reason, file, file_hex where the name is not
 * UTF-8, detail where there is one; signed, unless SIGNED_DIGEST is none; and found where it was
 * hashed.
 */
void report_write(const struct finding *finding, const struct digest *signed_digest,
	struct writer *writer) __attribute__((nonnull));

/*
 * Sums the findings up as an error: the first one's reason, as many findings as fit into one line,
 * and how many more there are. Does nothing to ERR and returns 0 when there are none; else -1.
 */
int report_conclude(const struct report *report, struct error *err) __attribute__((nonnull));

/* Frees the findings; a zeroed report is fine. */
void report_release(struct report *report);
