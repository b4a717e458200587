/*
 * How the key goes to NGC: as it is, or as a token that it is exchanged for. Used by ngc.c alone.
 */
#pragma once

#include <stdbool.h>

struct error;
struct http_request;
struct ngc;
struct ngc_ref;
struct secret;

/* Adds to REQUEST, about REF, who asks; nothing without a key. It borrows from NGC. Returns 0, or
 * -1 with REASON_NETWORK. */
int ngc_login_add(struct ngc *ngc, const struct ngc_ref *ref, struct http_request *request,
	struct error *err) __attribute__((nonnull));

/* Drops the token SECRET, if it is one, so that the next one is fresh. Returns whether it was. */
bool ngc_login_forget(struct ngc *ngc, const struct secret *secret) __attribute__((nonnull(1)));
