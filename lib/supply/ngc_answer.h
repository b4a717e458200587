/*
 * What NGC's REST interface answers (facts: nim, section 8): small JSON documents of a server. Read
 * in a contained child alone (supply/clerk.h).
 *
 * Members that nobody asked for are passed over: the interface grows. Each function returns 0, or
 * -1 with REASON_NETWORK.
 */
#pragma once

#include "base/secret.h"

#include <stddef.h>
#include <stdint.h>

struct error;

enum {
	NGC_ANSWER_URL_MAX = 8 << 10,       /* bytes; a presigned URL has two thousand */
	NGC_ANSWER_LIFE_MAX = 24 * 60 * 60, /* seconds of a token that we believe in */
};

/* Whether a version is signed. */
enum ngc_answer_signed {
	NGC_ANSWER_SIGNED_UNSAID,
	NGC_ANSWER_SIGNED_NO,
	NGC_ANSWER_SIGNED_YES,
};

/* {"modelVersion": {"isSigned": true, ...}, ...} */
int ngc_answer_version(const char *bytes, size_t length, enum ngc_answer_signed *out,
	struct error *err) __attribute__((nonnull));

/* {"url": "https://...", ...}: *out is owned by the caller, free(). Printable ASCII, https. */
int ngc_answer_url(const char *bytes, size_t length, char **out, struct error *err)
	__attribute__((nonnull));

struct ngc_answer_token {
	char token[SECRET_MAX + 1]; /* printable ASCII */
	uint64_t life_s;            /* seconds that it lasts; 0: not said */
};

/* {"token": "...", "expires_in": 900, ...} */
int ngc_answer_token(const char *bytes, size_t length, struct ngc_answer_token *out,
	struct error *err) __attribute__((nonnull));
