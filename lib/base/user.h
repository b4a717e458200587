/*
 * Users of this system by name, as /etc/passwd has them: no name service is asked, which a static
 * program could not do.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct error;

enum {
	USER_NAME_MAX = 32,
	USER_NOBODY = 65534,
};

/* True for what a system user may be called: a lower-case letter or '_', then these, digits and
 * '-'. */
bool user_is_name(const char *name) __attribute__((nonnull));

/* The number of user NAME in the file PATH, which only root can have written. Returns 0, or -1 with
 * REASON_CONFIG. */
int user_find(const char *path, const char *name, uid_t *out, struct error *err)
	__attribute__((nonnull));

#define USER_PATH "/etc/passwd"
