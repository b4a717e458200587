/*
 * NGC's REST interface, as far as signatures need it (facts: nim, section 8): is a version signed,
 * where does its signature lie, and NVIDIA's public certificate. For one thread of a courier.
 *
 * Without a key, and where NGC does not know or show a version to the key's owner, the guest's form
 * of the URL is asked, and then without the key. Keys that begin with "nvapi-" go to NGC as they
 * are; others are exchanged for a token, which is kept until it ends.
 */
#pragma once

#include "base/limits.h"
#include "base/secret.h"
#include "border/http.h"
#include "supply/clerk.h"

#include <stdint.h>

struct error;
struct file_bytes;
struct ngc_ref;

#define NGC_BASE_URL "https://api.ngc.nvidia.com"
#define NGC_AUTH_URL "https://authn.nvidia.com/token"

struct ngc_settings {
	const char *base_url; /* borrowed; without a slash at its end */
	const char *auth_url; /* borrowed */
	struct http_settings http;
};

enum { NGC_TOKENS = 8 /* of as many organisations and teams at a time */ };

struct ngc_token {
	char scope[2 * LIMIT_NGC_NAME_BYTES + 32]; /* "": none */
	struct secret token;
	int64_t end_ms; /* on CLOCK_MONOTONIC */
};

struct ngc {
	const struct ngc_settings *settings; /* borrowed */
	const struct secret *key;            /* borrowed; NULL: none */
	struct clerk *clerk;                 /* borrowed; reads NGC's answers */
	struct http *http;
	struct ngc_token tokens[NGC_TOKENS];
	size_t oldest;
};

/* Opens nothing yet. Returns 0 (caller: ngc_close()), or -1 with REASON_INTERNAL. */
int ngc_open(const struct ngc_settings *settings, const struct secret *key, struct clerk *clerk,
	struct ngc *out, struct error *err) __attribute__((nonnull(1, 3, 4, 5)));

/* Closes connections, wipes tokens; a zeroed one is fine. */
void ngc_close(struct ngc *ngc) __attribute__((nonnull));

/*
 * The signature file of REF, whole and not understood. Returns 0 (caller: file_release()), or -1
 * with REASON_NOT_SIGNED, REASON_NETWORK (os_errno ENOENT: no such version; EACCES: NGC wants a
 * key, or another one), or REASON_INTERNAL.
 */
int ngc_signature(struct ngc *ngc, const struct ngc_ref *ref, struct file_bytes *out,
	struct error *err) __attribute__((nonnull));

/* The certificates that NVIDIA publishes for models, as PEM text that nobody has looked at. Returns
 * 0 (caller: file_release()), or -1 with REASON_NETWORK. */
int ngc_public_key(struct ngc *ngc, struct file_bytes *out, struct error *err)
	__attribute__((nonnull));
