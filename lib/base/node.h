/*
 * A document as a tree: what the JSON and the YAML border hand out.
 *
 * All nodes and strings of a document live in its own memory and are freed with it at once. The
 * builder refuses duplicate keys, more nodes, depth or bytes than it was given, and NUL in strings,
 * for both formats alike; the tree is therefore safe to walk recursively. Readers ask for what they
 * expect and get an error that names the place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum node_kind {
	NODE_NONE,
	NODE_NULL,
	NODE_BOOL,
	NODE_NUMBER, /* text is the literal as written */
	NODE_TEXT,   /* YAML scalars are always text: YAML's implicit types are not applied */
	NODE_LIST,
	NODE_MAP,
};

struct node {
	enum node_kind kind;
	bool boolean;      /* of NODE_BOOL */
	uint32_t line;     /* from 1; 0 where the format gives no positions */
	uint32_t column;   /* from 1 */
	uint32_t key_line; /* where the name stands, as above; 0 outside of maps */
	uint32_t key_column;
	const char *key;  /* in a map: the member's name, NUL-terminated UTF-8; else NULL */
	const char *text; /* of NODE_TEXT and NODE_NUMBER: NUL-terminated UTF-8 without NUL inside;
			     else NULL */
	size_t length;    /* of text, in bytes */
	size_t count;     /* of children, of NODE_LIST and NODE_MAP */
	struct node *first; /* children, in the document's order */
	struct node *next;  /* sibling */
};

/* What a document may hold at most. */
struct node_limits {
	size_t nodes;
	size_t text_bytes; /* of all strings and keys together */
};

struct node_document; /* owns nodes and strings */

/* An empty document, or NULL without memory. */
struct node_document *node_document_new(const struct node_limits *limits) __attribute__((nonnull));

/* Frees the document with all its nodes and strings; NULL is fine. */
void node_document_free(struct node_document *document);

/* The root, once the builder has closed it; NULL before. Borrowed. */
const struct node *node_root(const struct node_document *document) __attribute__((nonnull));

#define cleanup_document __attribute__((cleanup(node_document_cleanup)))
void node_document_cleanup(struct node_document **document);

/* Where the builder stands in the source, for the nodes and errors that follow. */
void node_at(struct node_document *document, size_t line, size_t column) __attribute__((nonnull));

/* Where the builder stands, or, after a duplicate name was refused, where that name stands. */
void node_place(const struct node_document *document, size_t *line, size_t *column)
	__attribute__((nonnull));

/*
 * The builder: called by the borders in the order of the document. node_add_key() gives the name of
 * the member that follows. Each returns 0, or -1 with REASON_NONE in *err and the rule that was
 * broken in its text; the border sets the reason.
 */
int node_add_key(struct node_document *document, const char *bytes, size_t length,
	struct error *err) __attribute__((nonnull));
int node_add_scalar(struct node_document *document, enum node_kind kind, const char *bytes,
	size_t length, struct error *err) __attribute__((nonnull(1, 5))); /* NULL, NUMBER, TEXT */
int node_add_bool(struct node_document *document, bool value, struct error *err)
	__attribute__((nonnull));
int node_open(struct node_document *document, enum node_kind kind, struct error *err)
	__attribute__((nonnull));
int node_close(struct node_document *document, struct error *err) __attribute__((nonnull));

/* The member KEY of a map, or NULL when the node is NULL, no map, or has no such member. */
const struct node *node_member(const struct node *map, const char *key) __attribute__((nonnull(2)));

/* The node's text if it is NODE_TEXT, else NULL (a NULL node is fine). */
const char *node_text(const struct node *node);

/* The kind in words for messages: "a text", "a list", ...; "nothing" for NULL. Static storage. */
const char *node_kind_words(const struct node *node);
