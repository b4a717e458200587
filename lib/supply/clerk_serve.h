/*
 * The side of the clerk that answers: runs in the child alone (supply/clerk.c starts it).
 */
#pragma once

struct error;

enum clerk_serve_type {
	CLERK_SERVE_NONE,
	CLERK_SERVE_VERSION,      /* answer: enum ngc_answer_signed */
	CLERK_SERVE_URL,          /* answer: text */
	CLERK_SERVE_TOKEN,        /* answer: text, seconds */
	CLERK_SERVE_CERTIFICATES, /* answer: count, (subject, from, to, two digests)... */

	/* The answers. */
	CLERK_SERVE_DONE = 100,
	CLERK_SERVE_REFUSED, /* refusal_put() */
};

/* For struct spawn_options; the context is not used. */
int clerk_serve_prepare(void *context, int socket, struct error *err);
int clerk_serve_run(void *context, int socket);
