/*
 * Values of a policy file: words, texts, paths and lists, each checked and refused with line and
 * column.
 */
#pragma once

#include "oms/trust.h"

#include <stddef.h>

struct error;
struct node;
struct policy_paths;

/* Refuses NODE, with line and column. Always returns -1 with REASON_CONFIG, as all functions here
 * on failure. */
int policy_value_refuse(const struct node *node, struct error *err, const char *what)
	__attribute__((nonnull));

/* Refuses the name of MEMBER as unknown. Always returns -1. */
int policy_value_refuse_key(const struct node *member, struct error *err) __attribute__((nonnull));

/* One word of a closed set, NULL-terminated, at least two; its position is the value. */
int policy_value_word(const struct node *node, const char *const words[], int *out,
	struct error *err) __attribute__((nonnull));

/* "certificate" or "key". */
int policy_value_method(const struct node *node, enum trust_method *out, struct error *err)
	__attribute__((nonnull));

/* A text; an absolute plain path; a name or relative path; a profile's full id. *out (owned by the
 * caller) is released first. */
int policy_value_text(const struct node *node, char **out, struct error *err)
	__attribute__((nonnull));
int policy_value_path(const struct node *node, char **out, struct error *err)
	__attribute__((nonnull));
int policy_value_name(const struct node *node, char **out, struct error *err)
	__attribute__((nonnull));
int policy_value_profile(const struct node *node, char **out, struct error *err)
	__attribute__((nonnull));

/* A list of at least one entry, each by READ, in place of what *out held. */
int policy_value_list(const struct node *node,
	int (*read)(const struct node *node, char **out, struct error *err),
	struct policy_paths *out, struct error *err) __attribute__((nonnull));

/* Frees the list; a zeroed one is fine. */
void policy_value_release(struct policy_paths *paths) __attribute__((nonnull));

/* Whether MAP has all of NAMES (NULL-terminated), and nothing else but OPTIONAL (NULL: none). */
int policy_value_check_members(const struct node *map, const char *const names[],
	const char *optional, struct error *err) __attribute__((nonnull(1, 2, 4)));

/* Whether NODE is a list of 1 to MAX entries. */
int policy_value_check_list(const struct node *node, size_t max, struct error *err)
	__attribute__((nonnull));
