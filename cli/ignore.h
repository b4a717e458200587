/*
 * Ignore rules: which paths of a model are left out, each with all that is below it.
 *
 * A rule names one path exactly, no pattern. A file that is left out counts as not there; so a rule
 * can hide an unsigned file, never a signed one (which is then missing). Whatever a rule did leave
 * out is remembered, because the caller has to tell the user.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;

struct ignore_rule {
	char *path;   /* owned; canonical, relative to the model */
	bool present; /* something of that name was there and was left out */
};

struct ignore {
	char *root;                /* owned; the model's real path */
	struct ignore_rule *rules; /* owned; sorted by path as bytes, unique */
	size_t count;
	size_t capacity;
};

/* No rules, for the model at PATH. Returns 0 (caller: ignore_release()), or -1 with REASON_USAGE
 * where there is no such path. */
int ignore_init(struct ignore *ignore, const char *path, struct error *err)
	__attribute__((nonnull));

/* Leaves out .git, .gitattributes, .github and .gitignore of the model's first level. Returns 0, or
 * -1 with REASON_INTERNAL. */
int ignore_add_git(struct ignore *ignore, struct error *err) __attribute__((nonnull));

/* True for the four names of ignore_add_git(). */
bool ignore_is_git(const char *path) __attribute__((nonnull));

/* Leaves out the canonical PATH relative to the model. Returns 0, or -1 with REASON_INTERNAL. */
int ignore_add(struct ignore *ignore, const char *path, struct error *err) __attribute__((nonnull));

/*
 * Leaves out PATH as the user gave it, relative to the current directory. Links on the way to it
 * are resolved, it is not. Returns 0, or -1 with REASON_USAGE: the model itself, or outside of it.
 */
int ignore_add_given(struct ignore *ignore, const char *path, struct error *err)
	__attribute__((nonnull));

/*
 * Leaves out the signature file at PATH, and the file that a link there leads to, where they lie
 * inside the model. FD is the file that was opened from there: another file that has taken its
 * place meanwhile is not left out. With FD -1 the file need not exist yet. Returns 0, or -1 with
 * REASON_INTERNAL.
 */
int ignore_add_signature(struct ignore *ignore, const char *path, int fd, struct error *err)
	__attribute__((nonnull));

/* For struct tree_options: CONTEXT is the struct ignore. */
bool ignore_skip(const char *name, void *context) __attribute__((nonnull));

/* Number of rules that left something out. */
size_t ignore_present(const struct ignore *ignore) __attribute__((nonnull));

/* Frees the rules; a zeroed struct is fine. */
void ignore_release(struct ignore *ignore);

#define cleanup_ignore __attribute__((cleanup(ignore_release)))
