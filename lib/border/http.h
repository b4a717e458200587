/*
 * Documents over HTTPS: the only module that includes libcurl, and linked into the command alone.
 *
 * GET only. https only, TLS 1.2 or later, the server's certificate and name checked. Redirects are
 * followed here, three at most, and again https only; an Authorization header never goes to
 * another origin (scheme, host, port) than the first. No proxy but the one that the settings name,
 * no netrc, no cookies, no HSTS or Alt-Svc cache, no compression, no HTTP/2, no signals; one
 * connection's state never serves another origin. Size and time are bounded; what may pass (429,
 * 5xx, broken connections) is tried again, later each time. Messages name the host and the status,
 * and never a path, a query or a header.
 */
#pragma once

#include <stddef.h>

struct error;
struct file_bytes;
struct secret;

struct http_settings {
	const char *ca; /* borrowed; PEM text of the authorities that count, instead of the
			   system's; NULL: the system's */
	size_t ca_length;
	const char *agent;      /* borrowed; who we say that we are */
	const char *proxy;      /* borrowed; "http://HOST:PORT" or https; NULL: none */
	unsigned int connect_s; /* seconds to be connected, TLS included */
	unsigned int stall_s;   /* seconds that a body may stand still */
	unsigned int total_s;   /* seconds for one document, all tries together */
	unsigned int tries;     /* of each request, at least 1 */
};

struct http; /* open connections */

/* Prepares what is needed; the settings are borrowed. Returns NULL with REASON_INTERNAL or
 * REASON_CONFIG; caller: http_close(). */
struct http *http_open(const struct http_settings *settings, struct error *err)
	__attribute__((nonnull));

/* Closes all connections; NULL is fine. */
void http_close(struct http *http);

#define cleanup_http __attribute__((cleanup(http_cleanup)))
void http_cleanup(struct http **http);

struct http_request {
	const char *url;             /* borrowed */
	const char *scheme;          /* borrowed; "Bearer" or "Basic" */
	const struct secret *secret; /* borrowed; goes behind it; NULL: no Authorization */
	size_t limit;                /* of the body, in bytes */
};

/*
 * Gets the document. *status is the server's last word, 200 to 499; the body (caller:
 * file_release()) is there for 200 alone. Returns 0, or -1 with REASON_NETWORK; REASON_CONFIG
 * where the URL is none that may be asked.
 */
int http_get(struct http *http, const struct http_request *request, long *status,
	struct file_bytes *body, struct error *err) __attribute__((nonnull));

/* Whether URL may be asked: https, a host, and no user or password. WHAT names it in messages.
 * Returns 0, or -1 with REASON_CONFIG. */
int http_check_url(const char *url, const char *what, struct error *err) __attribute__((nonnull));
