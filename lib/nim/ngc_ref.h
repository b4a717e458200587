/*
 * One version of a model on NGC: org/[team/]model:version.
 *
 * Parts hold only characters that NGC uses (A-Z a-z 0-9 . _ + -) and are never "." or "..", so each
 * is safe as a directory name. Organisation, team and model neither hold "--" nor begin or end with
 * "-": the cache joins them with "--", and each folder must belong to one model only.
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

struct ngc_ref {
	char org[LIMIT_NGC_NAME_BYTES + 1];
	char team[LIMIT_NGC_NAME_BYTES +
		  1]; /* "" where the model belongs to the organisation itself */
	char model[LIMIT_NGC_NAME_BYTES + 1];
	char version[LIMIT_NGC_NAME_BYTES + 1];
};

enum {
	NGC_REF_TEXT_MAX = 4 * (LIMIT_NGC_NAME_BYTES + 1),
	NGC_REF_FOLDER_MAX = 3 * (LIMIT_NGC_NAME_BYTES + 2) + 8,
};

struct ngc_ref_text {
	char text[NGC_REF_TEXT_MAX];
};

/*
 * Parses "org/[team/]model:version". Returns 0, or -1 with REASON_MANIFEST: another form, a part
 * that is missing or too long, or a character that NGC does not use.
 */
int ngc_ref_parse(const char *text, struct ngc_ref *out, struct error *err)
	__attribute__((nonnull));

/*
 * Parses "ngc://org/[team/]model:version?file=PATH" (facts: nim, section 4). PATH may be
 * percent-encoded; decoded it must be a canonical relative path without NUL. *file is owned by the
 * caller (free()). Returns 0, or -1 with REASON_MANIFEST; other schemes are named as sources that
 * carry no NGC signature.
 */
int ngc_ref_parse_uri(const char *uri, struct ngc_ref *out, char **file, struct error *err)
	__attribute__((nonnull));

/* "org/team/model:version". */
struct ngc_ref_text ngc_ref_format(const struct ngc_ref *ref) __attribute__((nonnull));

/* For printf arguments. */
#define NGC_REF_TEXT(ref) (ngc_ref_format(ref).text)

/* True if all four parts are equal. */
bool ngc_ref_equal(const struct ngc_ref *a, const struct ngc_ref *b) __attribute__((nonnull));

/* True if every part is one that ngc_ref_parse() would have made: for references that come from a
 * contained child. */
bool ngc_ref_is_valid(const struct ngc_ref *ref) __attribute__((nonnull));

/* The model's folder in the cache: "models--org[--team]--model". */
void ngc_ref_cache_folder(const struct ngc_ref *ref, char out[static NGC_REF_FOLDER_MAX])
	__attribute__((nonnull));
