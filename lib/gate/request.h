/*
 * What the monitor may ask of a parser, and the side of it that answers: runs in the child alone
 * (gate/parser.c starts it).
 */
#pragma once

struct error;

enum request_type {
	REQUEST_NONE,
	REQUEST_STATE,     /* nothing more; answer: pid, id, oci_bundle, root */
	REQUEST_CONFIG,    /* nothing more; answer: start_put() */
	REQUEST_BYTES,     /* nothing more; answer: the document's bytes */
	REQUEST_MANIFEST,  /* text pin, "" for all profiles; answer: plan_put() */
	REQUEST_DESCRIBED, /* text description; answer: plan_put() */
	REQUEST_FITTING,   /* hardware_put(); answer: fit_put() */
	REQUEST_PROFILES,  /* nothing more; answer: count, (id, description)... */
	REQUEST_BUNDLE, /* method, at, legacy, count, (path, PEM)...; answer: signed_model_put() */
	REQUEST_FORM,   /* nothing more; answer: nothing */

	REQUEST_PEM_VALIDITY,    /* nothing more; answer: validity_put() */
	REQUEST_BUNDLE_VALIDITY, /* likewise */

	/* The answers. */
	REQUEST_DONE = 100,
	REQUEST_REFUSED, /* reason, errno value, text */
};

/*
 * For struct spawn_options; the context is a const enum parser_kind *. Prepares what that kind
 * needs before the filter; answers requests of that kind until the socket closes.
 */
int request_prepare(void *context, int socket, struct error *err);
int request_serve(void *context, int socket);
