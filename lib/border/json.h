/*
 * JSON as RFC 8259 has it, and nothing else: the only module that includes yajl.
 *
 * Stricter than yajl: no byte order mark, no invalid or overlong UTF-8, no NUL, no lone surrogate,
 * no duplicate names, no form feed or vertical tab as space, no value after the first, bounded
 * depth, nodes and bytes (limits.h).
 */
#pragma once

#include "base/reason.h"

#include <stddef.h>

struct error;
struct node_document;

/*
 * Parses LENGTH bytes into *out (owned by the caller: node_document_free()).
 * Returns 0, or -1 with the reason the caller gives and a text that names the rule and the byte
 * offset.
 */
int json_parse(const char *bytes, size_t length, enum reason reason, struct node_document **out,
	struct error *err) __attribute__((nonnull));
