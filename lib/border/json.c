#include "border/json.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"

#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

/* A block that yajl asked for; its bytes follow. */
struct block {
	_Alignas(max_align_t) struct block *next;
	struct block **link; /* what points to this one */
};

/*
 * All that yajl holds, and the way out of it: yajl never looks whether it got the memory that it
 * asked for, so where there is none its functions are left by longjmp(), and its blocks freed here.
 */
struct memory {
	struct block *blocks; /* owned */
	jmp_buf none;
};

/* What the callbacks of one document share. */
struct parse {
	struct node_document *document;
	struct error *err;
};

static void
link_block(struct memory *memory, struct block *block)
{
	block->next = memory->blocks;
	block->link = &memory->blocks;
	if (block->next)
		block->next->link = &block->next;
	memory->blocks = block;
}

static void
unlink_block(struct block *block)
{
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
}

/* For yajl: new memory, never NULL. */
static void *
allocate(void *context, size_t size)
{
	struct memory *memory = context;
	struct block *block = malloc(sizeof(*block) + size);

	if (!block)
		longjmp(memory->none, 1);
	link_block(memory, block);
	return block + 1;
}

static void
release(void *context, void *bytes)
{
	struct block *block = bytes ? (struct block *)bytes - 1 : NULL;

	(void)context;
	if (block)
		unlink_block(block);
	free(block);
}

/* For yajl: larger memory, never NULL. */
static void *
enlarge(void *context, void *bytes, size_t size)
{
	struct memory *memory = context;
	struct block *block = bytes ? (struct block *)bytes - 1 : NULL, *larger;

	if (!block)
		return allocate(context, size);
	unlink_block(block);
	larger = realloc(block, sizeof(*larger) + size);
	link_block(memory, larger ? larger : block);
	if (!larger)
		longjmp(memory->none, 1);
	return larger + 1;
}

static void
release_memory(struct memory *memory)
{
	while (memory->blocks)
		release(memory, memory->blocks + 1);
}

#define cleanup_memory __attribute__((cleanup(release_memory)))

static int
on_null(void *context)
{
	struct parse *parse = context;

	return node_add_scalar(parse->document, NODE_NULL, NULL, 0, parse->err) == 0;
}

static int
on_boolean(void *context, int value)
{
	struct parse *parse = context;

	return node_add_bool(parse->document, value != 0, parse->err) == 0;
}

static int
on_number(void *context, const char *digits, size_t length)
{
	struct parse *parse = context;

	return node_add_scalar(parse->document, NODE_NUMBER, digits, length, parse->err) == 0;
}

static int
on_string(void *context, const unsigned char *bytes, size_t length)
{
	struct parse *parse = context;

	return node_add_scalar(
		       parse->document, NODE_TEXT, (const char *)bytes, length, parse->err) == 0;
}

static int
on_map_key(void *context, const unsigned char *bytes, size_t length)
{
	struct parse *parse = context;

	return node_add_key(parse->document, (const char *)bytes, length, parse->err) == 0;
}

static int
on_start_map(void *context)
{
	struct parse *parse = context;

	return node_open(parse->document, NODE_MAP, parse->err) == 0;
}

static int
on_start_array(void *context)
{
	struct parse *parse = context;

	return node_open(parse->document, NODE_LIST, parse->err) == 0;
}

static int
on_end(void *context)
{
	struct parse *parse = context;

	return node_close(parse->document, parse->err) == 0;
}

/* The number in the four digits of an escape; -1 where they are not there, which yajl refuses. */
static int
code_unit(const char *digits, size_t left)
{
	uint8_t unit[2];

	if (left < 4 || text_parse_hex(digits, 4, unit, sizeof(unit)))
		return -1;
	return unit[0] << 8 | unit[1];
}

/*
 * Length of the escape at BYTES (its backslash), or 0 with the rule that it breaks: yajl makes '?'
 * or worse of half a surrogate pair. Escapes that yajl refuses are passed over.
 */
static size_t
check_escape(const char *bytes, size_t left, const char **rule)
{
	int unit = left > 2 && bytes[1] == 'u' ? code_unit(bytes + 2, left - 2) : -1;
	int low = -1;

	if (unit < 0)
		return 2;
	if (unit == 0) {
		*rule = "\\u0000 in a text";
		return 0;
	}
	if (unit < 0xd800 || unit > 0xdfff)
		return 6;
	if (left > 8 && bytes[6] == '\\' && bytes[7] == 'u')
		low = code_unit(bytes + 8, left - 8);
	if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) {
		*rule = "an escaped surrogate without its other half";
		return 0;
	}
	return 12;
}

/*
 * The rules of RFC 8259 that yajl does not hold: pairs of surrogates, what counts as space, and
 * that a text ends, which yajl forgets behind the first value. Up
 * to the first byte that yajl refuses both see the same texts; behind it nothing matters. Returns
 * the rule that is broken at *at, or NULL.
 */
static const char *
broken_rule(const char *bytes, size_t length, size_t *at)
{
	const char *rule = NULL;
	bool in_text = false;
	size_t step;

	for (*at = 0; *at < length; *at += step) {
		unsigned char c = (unsigned char)bytes[*at];

		step = 1;
		if (c < 0x20 && (in_text || !strchr("\t\n\r", c) || c == '\0'))
			return "a control character";
		if (c == '"')
			in_text = !in_text;
		else if (c == '\\' && in_text)
			step = check_escape(bytes + *at, length - *at, &rule);
		if (rule)
			return rule;
	}
	return in_text ? "a text without an end" : NULL;
}

/* Where the first sequence that is not UTF-8 begins, in text of which it is known that there is
 * one. */
static size_t
ill_formed_at(const char *bytes, size_t length)
{
	size_t at = 0, step = 1;

	while (at < length && step <= 4) {
		for (step = 1; step <= 4 && step <= length - at; step++)
			if (text_is_utf8(bytes + at, step))
				break;
		if (step > length - at)
			break;
		if (step <= 4)
			at += step;
	}
	return at;
}

/* Everything that is decided before yajl sees a byte. */
static int
check_bytes(const char *bytes, size_t length, enum reason reason, struct error *err)
{
	const char *rule;
	size_t at;

	if (length == 0)
		return error_set(err, reason, 0, "not JSON: empty");
	if (length > LIMIT_TEXT_BYTES)
		return error_set(err, reason, 0, "JSON of %zu bytes, at most %d are read", length,
			LIMIT_TEXT_BYTES);
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		return error_set(err, reason, 0, "not JSON: byte 0: a byte order mark");
	if (!text_is_utf8(bytes, length))
		return error_set(err, reason, 0, "not JSON: byte %zu: not UTF-8",
			ill_formed_at(bytes, length));
	rule = broken_rule(bytes, length, &at);
	if (rule)
		return error_set(err, reason, 0, "not JSON: byte %zu: %s", at, rule);
	return 0;
}

/* Translates what stopped yajl at byte AT. A callback has set *err already where it was one of
 * ours. */
static int
refuse(yajl_handle yajl, yajl_status status, size_t at, enum reason reason, struct error *err)
{
	const char *words;

	if (status == yajl_status_client_canceled) {
		if (err->reason == REASON_NONE)
			err->reason = reason;
		return error_wrap(err, "JSON near byte %zu", at);
	}
	words = (const char *)yajl_get_error(yajl, 0, NULL, 0); /* freed with the memory */
	return error_set(err, reason, 0, "not JSON: near byte %zu: %.*s", at,
		(int)strcspn(words, "\n"), words);
}

/* Drives yajl over the bytes; the callbacks build the tree. */
static int
drive(const char *bytes, size_t length, struct memory *memory, struct parse *parse,
	enum reason reason)
{
	static const yajl_callbacks callbacks = {
		.yajl_null = on_null,
		.yajl_boolean = on_boolean,
		.yajl_number = on_number,
		.yajl_string = on_string,
		.yajl_start_map = on_start_map,
		.yajl_map_key = on_map_key,
		.yajl_end_map = on_end,
		.yajl_start_array = on_start_array,
		.yajl_end_array = on_end,
	};
	yajl_alloc_funcs functions = { allocate, enlarge, release, memory };
	yajl_handle yajl = yajl_alloc(&callbacks, &functions, parse); /* freed with the memory */
	yajl_status status = yajl_parse(yajl, (const unsigned char *)bytes, length);

	if (status != yajl_status_ok)
		return refuse(yajl, status, yajl_get_bytes_consumed(yajl), reason, parse->err);
	/* From here yajl counts in a buffer of its own. */
	status = yajl_complete_parse(yajl);
	if (status != yajl_status_ok)
		return refuse(yajl, status, length, reason, parse->err);
	return 0;
}

/* As drive(), or out of the midst of it. MEMORY is the caller's, so that longjmp() finds it as it
 * is. */
static int
run(const char *bytes, size_t length, struct memory *memory, struct parse *parse,
	enum reason reason)
{
	if (setjmp(memory->none))
		return error_no_memory(parse->err);
	return drive(bytes, length, memory, parse, reason);
}

int
json_parse(const char *bytes, size_t length, enum reason reason, struct node_document **out,
	struct error *err)
{
	const struct node_limits limits = { LIMIT_JSON_NODES, LIMIT_TEXT_BYTES };
	cleanup_document struct node_document *document = NULL;
	cleanup_memory struct memory memory = { 0 };
	struct parse parse = { .err = err };

	if (check_bytes(bytes, length, reason, err))
		return -1;
	document = node_document_new(&limits);
	if (!document)
		return error_no_memory(err);
	parse.document = document;
	if (run(bytes, length, &memory, &parse, reason))
		return -1;
	if (!node_root(document))
		return error_set(err, reason, 0, "not JSON: no value");
	*out = take_ptr(document);
	return 0;
}
