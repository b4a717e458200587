/*
 * A secret in memory: pages of its own, kept out of swap where the system allows it, out of core
 * dumps and out of child processes, and wiped when they are given back.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

enum { SECRET_MAX = 16 << 10 /* bytes; an NGC key has less than 100, a token some thousands */ };

struct secret {
	char *text; /* owned; NUL-terminated; NULL: none */
	size_t length;
};

/* Wipes it and gives its pages back; a zeroed one is fine. */
void secret_release(struct secret *secret);

#define cleanup_secret __attribute__((cleanup(secret_release)))

/*
 * Copies LENGTH bytes, which must be printable ASCII without spaces: they go into a header line.
 * WHAT names the secret in messages, which never hold a byte of it. Returns 0 (caller:
 * secret_release()), or -1 with REASON_CONFIG.
 */
int secret_copy(const char *bytes, size_t length, const char *what, struct secret *out,
	struct error *err) __attribute__((nonnull));

/* Reads the secret from FD: one line; white space at its end does not count. As
 * secret_copy(). */
int secret_read(int fd, const char *what, struct secret *out, struct error *err)
	__attribute__((nonnull));

/*
 * Takes the environment variable NAME: copies its value and wipes it where it stood, so that
 * neither a child nor /proc/PID/environ has it. *OUT stays as it is where there is none, or an
 * empty one. As secret_copy().
 */
int secret_take_variable(const char *name, struct secret *out, struct error *err)
	__attribute__((nonnull));

/* Whether a child of this process gets the secret from now on; at first it gets zeros. Returns 0,
 * or -1 with REASON_INTERNAL. */
int secret_pass_on(const struct secret *secret, bool pass, struct error *err)
	__attribute__((nonnull));

/* No core dumps of this process and its children, and no look into its memory by others of its
 * user. Returns 0, or -1 with REASON_INTERNAL. */
int secret_harden(struct error *err) __attribute__((nonnull));
