/*
 * URLs of the border http: what may be asked, and which origin it belongs to. Used by http.c alone.
 */
#pragma once

#include "base/reason.h"
#include "base/text.h"

#include <stdbool.h>

struct error;

/* Scheme is always https. */
struct http_url_origin {
	char host[256]; /* lower case */
	char port[8];
};

struct http_url {
	char *text; /* owned */
	struct http_url_origin origin;
	char host[TEXT_QUOTED_MAX + 8]; /* for messages: "HOST" or "HOST:PORT", printable */
};

/* Takes URL apart: https, a host, no user or password. WHAT is what messages begin with; they never
 * hold the URL's path or query. Returns 0 (caller: http_url_release()), or -1 with REASON. */
int http_url_parse(const char *url, const char *what, enum reason reason, struct http_url *out,
	struct error *err) __attribute__((nonnull));

/* Frees the text; a zeroed one is fine. */
void http_url_release(struct http_url *url);

#define cleanup_url __attribute__((cleanup(http_url_release)))

bool http_url_same_origin(const struct http_url_origin *a, const struct http_url_origin *b)
	__attribute__((nonnull));
