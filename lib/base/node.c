#include "base/node.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

enum {
	CHUNK_BYTES = 64 << 10,
	FEW_MEMBERS = 8, /* up to here comparing each with each beats sorting */
};

/* Nodes and strings are cut from chunks and never freed one by one. */
struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	char bytes[] __attribute__((aligned(16)));
};

struct node_document {
	struct node_limits left;
	struct chunk *chunks;
	struct node *root;
	struct node *open[LIMIT_DEPTH]; /* lists and maps not closed yet, outermost first */
	struct node *last[LIMIT_DEPTH]; /* the newest child of each */
	size_t depth;
	const char *key; /* given, and waiting for its value */
	uint32_t line;
	uint32_t column;
	uint32_t key_line; /* of the key that waits */
	uint32_t key_column;
};

struct node_document *
node_document_new(const struct node_limits *limits)
{
	struct node_document *document = calloc(1, sizeof(*document));

	if (document)
		document->left = *limits;
	return document;
}

void
node_document_free(struct node_document *document)
{
	struct chunk *chunk, *next;

	if (!document)
		return;
	for (chunk = document->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(document);
}

void
node_document_cleanup(struct node_document **document)
{
	node_document_free(*document);
}

const struct node *
node_root(const struct node_document *document)
{
	return document->depth == 0 ? document->root : NULL;
}

void
node_at(struct node_document *document, size_t line, size_t column)
{
	document->line = line > UINT32_MAX ? UINT32_MAX : (uint32_t)line;
	document->column = column > UINT32_MAX ? UINT32_MAX : (uint32_t)column;
}

void
node_place(const struct node_document *document, size_t *line, size_t *column)
{
	*line = document->line;
	*column = document->column;
}

/* SIZE bytes of the document's memory, or NULL. */
static void *
allocate(struct node_document *document, size_t size)
{
	struct chunk *chunk = document->chunks;
	size_t rounded = (size + 15) & ~(size_t)15, wanted;

	if (!chunk || chunk->size - chunk->used < rounded) {
		wanted = rounded > CHUNK_BYTES ? rounded : CHUNK_BYTES;
		chunk = malloc(sizeof(*chunk) + wanted);
		if (!chunk)
			return NULL;
		chunk->used = 0;
		chunk->size = wanted;
		chunk->next = document->chunks;
		document->chunks = chunk;
	}
	chunk->used += rounded;
	return chunk->bytes + chunk->used - rounded;
}

/* A copy of the string in the document's memory, refused if it breaks a rule of strings. */
static const char *
copy_text(struct node_document *document, const char *bytes, size_t length, struct error *err)
{
	char *copy;

	if (length > document->left.text_bytes) {
		error_set(err, REASON_NONE, 0, "the texts are longer than allowed in all");
		return NULL;
	}
	if (length && memchr(bytes, '\0', length)) {
		error_set(err, REASON_NONE, 0, "a text holds a NUL");
		return NULL;
	}
	if (length && !text_is_utf8(bytes, length)) {
		error_set(err, REASON_NONE, 0, "a text is not UTF-8");
		return NULL;
	}
	copy = allocate(document, length + 1);
	if (!copy) {
		error_no_memory(err);
		return NULL;
	}
	if (length)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	document->left.text_bytes -= length;
	return copy;
}

/* Hangs a new node into the tree at the place where the builder stands. */
static struct node *
add_node(struct node_document *document, enum node_kind kind, struct error *err)
{
	struct node *parent = document->depth ? document->open[document->depth - 1] : NULL;
	struct node *node;

	if (!parent && document->root) {
		error_set(err, REASON_NONE, 0, "a second value follows the first");
		return NULL;
	}
	if (parent && parent->kind == NODE_MAP && !document->key) {
		error_set(err, REASON_NONE, 0, "a member has no name");
		return NULL;
	}
	if (document->left.nodes == 0) {
		error_set(err, REASON_NONE, 0, "more values than allowed");
		return NULL;
	}
	node = allocate(document, sizeof(*node));
	if (!node) {
		error_no_memory(err);
		return NULL;
	}
	document->left.nodes--;
	*node = (struct node){ .kind = kind, .line = document->line, .column = document->column };
	if (document->key) {
		node->key = take_ptr(document->key);
		node->key_line = document->key_line;
		node->key_column = document->key_column;
	}
	if (!parent) {
		document->root = node;
	} else {
		struct node **last = &document->last[document->depth - 1];

		if (*last)
			(*last)->next = node;
		else
			parent->first = node;
		*last = node;
		parent->count++;
	}
	return node;
}

int
node_add_key(struct node_document *document, const char *bytes, size_t length, struct error *err)
{
	const struct node *map = document->depth ? document->open[document->depth - 1] : NULL;

	if (!map || map->kind != NODE_MAP || document->key)
		return error_set(err, REASON_NONE, 0, "a name where none belongs");
	document->key_line = document->line;
	document->key_column = document->column;
	document->key = copy_text(document, bytes, length, err);
	return document->key ? 0 : -1;
}

int
node_add_scalar(struct node_document *document, enum node_kind kind, const char *bytes,
	size_t length, struct error *err)
{
	const char *text = NULL;
	struct node *node;

	if (kind == NODE_TEXT || kind == NODE_NUMBER) {
		text = copy_text(document, bytes, length, err);
		if (!text)
			return -1;
	}
	node = add_node(document, kind, err);
	if (!node)
		return -1;
	node->text = text;
	node->length = text ? length : 0;
	return 0;
}

int
node_add_bool(struct node_document *document, bool value, struct error *err)
{
	struct node *node = add_node(document, NODE_BOOL, err);

	if (!node)
		return -1;
	node->boolean = value;
	return 0;
}

int
node_open(struct node_document *document, enum node_kind kind, struct error *err)
{
	struct node *node;

	if (document->depth == LIMIT_DEPTH)
		return error_set(err, REASON_NONE, 0, "nested deeper than %d levels", LIMIT_DEPTH);
	node = add_node(document, kind, err);
	if (!node)
		return -1;
	document->open[document->depth] = node;
	document->last[document->depth] = NULL;
	document->depth++;
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	const struct node *const *left = a, *const *right = b;

	int order = strcmp((*left)->key, (*right)->key);

	if (order == 0 && (*left)->key_line != (*right)->key_line)
		order = (*left)->key_line < (*right)->key_line ? -1 : 1;
	return order;
}

static int
refuse_duplicate(struct node_document *document, const struct node *member, struct error *err)
{
	node_at(document, member->key_line, member->key_column);
	return error_set(err, REASON_NONE, 0, "the name %s occurs twice", TEXT_QUOTE(member->key));
}

/* Large maps: sort the members, then equal names are neighbours. */
static int
check_many(struct node_document *document, const struct node *map, struct error *err)
{
	cleanup_free const struct node **members = reallocarray(NULL, map->count, sizeof(*members));
	const struct node *member;
	size_t i = 0;

	if (!members)
		return error_no_memory(err);
	for (member = map->first; member; member = member->next)
		members[i++] = member;
	qsort(members, map->count, sizeof(*members), by_key);
	for (i = 1; i < map->count; i++)
		if (strcmp(members[i - 1]->key, members[i]->key) == 0)
			return refuse_duplicate(document, members[i], err);
	return 0;
}

static int
check_names(struct node_document *document, const struct node *map, struct error *err)
{
	const struct node *a, *b;

	if (map->count > FEW_MEMBERS)
		return check_many(document, map, err);
	for (a = map->first; a; a = a->next)
		for (b = a->next; b; b = b->next)
			if (strcmp(a->key, b->key) == 0)
				return refuse_duplicate(document, b, err);
	return 0;
}

int
node_close(struct node_document *document, struct error *err)
{
	struct node *node;

	if (document->depth == 0)
		return error_set(err, REASON_NONE, 0, "more ends than beginnings");
	if (document->key)
		return error_set(err, REASON_NONE, 0, "a name without a value");
	node = document->open[document->depth - 1];
	if (node->kind == NODE_MAP && check_names(document, node, err))
		return -1;
	document->depth--;
	return 0;
}

const struct node *
node_member(const struct node *map, const char *key)
{
	const struct node *member;

	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (member = map->first; member; member = member->next)
		if (strcmp(member->key, key) == 0)
			return member;
	return NULL;
}

const char *
node_text(const struct node *node)
{
	return node && node->kind == NODE_TEXT ? node->text : NULL;
}

const char *
node_kind_words(const struct node *node)
{
	static const char *const words[] = {
		[NODE_NONE] = "nothing",
		[NODE_NULL] = "null",
		[NODE_BOOL] = "true or false",
		[NODE_NUMBER] = "a number",
		[NODE_TEXT] = "a text",
		[NODE_LIST] = "a list",
		[NODE_MAP] = "a map",
	};

	return words[node ? node->kind : NODE_NONE];
}
