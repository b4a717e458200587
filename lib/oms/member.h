/*
 * Which members a JSON object must, may and must not have: a table for each kind of object, checked
 * before anything is read out of it.
 */
#pragma once

#include "base/node.h"
#include "base/reason.h"

#include <stdbool.h>

struct error;

/* Kinds that a member may be of; to be or-ed. */
enum member_kind {
	MEMBER_NULL = 1 << NODE_NULL,
	MEMBER_BOOL = 1 << NODE_BOOL,
	MEMBER_NUMBER = 1 << NODE_NUMBER,
	MEMBER_TEXT = 1 << NODE_TEXT,
	MEMBER_LIST = 1 << NODE_LIST,
	MEMBER_MAP = 1 << NODE_MAP,
	MEMBER_ANY = ~0,
};

enum member_presence {
	MEMBER_OPTIONAL,
	MEMBER_REQUIRED,
};

struct member_rule {
	const char *name; /* NULL ends the table */
	unsigned int kinds;
	enum member_presence presence;
};

struct member_table {
	enum reason reason; /* of a refusal */
	bool open;          /* members that are not listed are ignored instead of refused */
	const struct member_rule *rules;
};

/*
 * Refuses NODE if it is not an object, or breaks the table; the text names the member, what was
 * expected and what was found. Returns 0 or -1.
 */
int member_check(const struct node *node, const struct member_table *table, struct error *err)
	__attribute__((nonnull(2, 3)));

/* Refuses the member NAME of MAP unless it is exactly the text WANTED. Returns 0 or -1. */
int member_check_text(const struct node *map, const char *name, const char *wanted,
	enum reason reason, struct error *err) __attribute__((nonnull));
