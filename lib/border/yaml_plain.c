#include "border/yaml_plain.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	NAME_MAX_BYTES = 512, /* YAML takes no more than 1,024 characters for a name */
};

/* What a character may be. */
enum {
	BEGINS = 1, /* of a name or text without quotes */
	NAMES = 2,  /* within a name */
	TEXTS = 4,  /* within a text without quotes; of ':' and ' ' not everywhere */
	PRINTS = 8, /* within quotes: not these themselves, nor '\\' */
	WORD = BEGINS | NAMES | TEXTS | PRINTS,
	SIGN = NAMES | TEXTS | PRINTS,
	SPECIAL = TEXTS | PRINTS,
};

static const uint8_t classes[UINT8_MAX + 1] = {
	['a' ... 'z'] = WORD,
	['A' ... 'Z'] = WORD,
	['0' ... '9'] = WORD,
	['_'] = WORD,
	['+'] = SIGN,
	['-'] = SIGN,
	['.'] = SIGN,
	['/'] = SIGN,
	['='] = SIGN,
	['@'] = SIGN,
	[' '] = SPECIAL,
	['$'] = SPECIAL,
	['%'] = SPECIAL,
	['&'] = SPECIAL,
	['('] = SPECIAL,
	[')'] = SPECIAL,
	[','] = SPECIAL,
	[':'] = SPECIAL,
	['?'] = SPECIAL,
	['^'] = SPECIAL,
	['~'] = SPECIAL,
	['!'] = PRINTS,
	['#'] = PRINTS,
	['*'] = PRINTS,
	[';'] = PRINTS,
	['<'] = PRINTS,
	['>'] = PRINTS,
	['['] = PRINTS,
	[']'] = PRINTS,
	['`'] = PRINTS,
	['{' ... '}'] = PRINTS,
};

/* A list or map that is not closed yet. */
struct level {
	size_t indent; /* the column, from 0, of its dashes or names */
	bool map;
};

struct plain {
	struct node_document *document; /* owned */
	const char *at;                 /* in the line that is being read */
	const char *end;                /* its line break */
	const char *line;               /* its begin */
	size_t number;                  /* of the line, from 1 */
	struct level levels[LIMIT_DEPTH];
	size_t depth;
	bool named; /* the innermost map has a name whose value begins on the next line */
};

static bool
is(char c, uint8_t class)
{
	return classes[(uint8_t)c] & class;
}

/* Behind the characters of CLASS that stand at FROM. */
static const char *
skip(const char *from, const char *end, uint8_t class)
{
	while (from < end && is(*from, class))
		from++;
	return from;
}

static size_t
column(const struct plain *plain)
{
	return (size_t)(plain->at - plain->line);
}

static void
here(const struct plain *plain)
{
	node_at(plain->document, plain->number, column(plain) + 1);
}

/* Opens a list or map whose dashes or names stand here. */
static bool
open_level(struct plain *plain, bool map)
{
	struct error ignored;

	here(plain);
	if (plain->depth == LIMIT_DEPTH ||
		node_open(plain->document, map ? NODE_MAP : NODE_LIST, &ignored))
		return false;
	plain->levels[plain->depth++] = (struct level){ .indent = column(plain), .map = map };
	plain->named = false;
	return true;
}

static bool
close_level(struct plain *plain)
{
	struct error ignored;

	plain->depth--;
	return node_close(plain->document, &ignored) == 0;
}

/* The innermost list or map, which there is. */
static const struct level *
innermost(const struct plain *plain)
{
	return &plain->levels[plain->depth - 1];
}

/* Closes what the line that begins here, at a dash or (MAP) at a name, no longer belongs to, and
 * opens what begins with it. */
static bool
settle(struct plain *plain, bool map)
{
	const size_t indent = column(plain);

	/* A list may stand as far to the left as the name that it belongs to. */
	if (plain->named)
		return (map ? indent > innermost(plain)->indent
			    : indent >= innermost(plain)->indent) &&
		       open_level(plain, map);
	if (plain->depth == 0)
		return indent == 0 && open_level(plain, map);
	while (plain->depth &&
		(innermost(plain)->indent > indent ||
			(map && !innermost(plain)->map && innermost(plain)->indent == indent)))
		if (!close_level(plain))
			return false;
	return plain->depth && innermost(plain)->indent == indent && innermost(plain)->map == map;
}

static bool
add_text(struct plain *plain, const char *text, size_t length)
{
	struct error ignored;

	here(plain);
	return node_add_scalar(plain->document, NODE_TEXT, text, length, &ignored) == 0;
}

/* The text in quotes from here to the end of the line, without any of them within. */
static bool
read_quoted(struct plain *plain)
{
	const char quote = *plain->at, *last = plain->end - 1;

	if (last <= plain->at || *last != quote || skip(plain->at + 1, last, PRINTS) != last)
		return false;
	return add_text(plain, plain->at + 1, (size_t)(last - plain->at - 1));
}

/* The text from here to the end of the line. */
static bool
read_text(struct plain *plain)
{
	const char *colon;

	if (plain->at == plain->end)
		return false;
	if (*plain->at == '\'' || *plain->at == '"')
		return read_quoted(plain);
	if (!is(*plain->at, BEGINS) || skip(plain->at, plain->end, TEXTS) != plain->end ||
		plain->end[-1] == ':' || plain->end[-1] == ' ')
		return false;
	/* A colon and a blank would begin a map. */
	for (colon = plain->at; (colon = memchr(colon, ':', (size_t)(plain->end - colon))); colon++)
		if (colon[1] == ' ')
			return false;
	return add_text(plain, plain->at, (size_t)(plain->end - plain->at));
}

/* The length of the name that stands here, with its colon behind it, or 0. */
static size_t
name_length(const struct plain *plain)
{
	/* At the left margin dots could be the end of the document. */
	bool begins = is(*plain->at, BEGINS) || (*plain->at == '.' && column(plain) > 0);
	const char *colon = skip(plain->at, plain->end, NAMES);
	size_t length = (size_t)(colon - plain->at);

	if (!begins || length > NAME_MAX_BYTES || *colon != ':' ||
		(colon + 1 != plain->end && colon[1] != ' '))
		return 0;
	return length;
}

/* "NAME:" or "NAME: TEXT" from here to the end of the line, in a map that is open. */
static bool
read_member(struct plain *plain, size_t length)
{
	struct error ignored;

	here(plain);
	if (node_add_key(plain->document, plain->at, length, &ignored))
		return false;
	plain->at += length + 1;
	if (plain->at == plain->end) {
		plain->named = true;
		return true;
	}
	plain->at++;
	return read_text(plain);
}

/* What follows a dash: the first member of a map, or a text. */
static bool
read_item(struct plain *plain)
{
	size_t length;

	plain->at += 2;
	if (plain->at >= plain->end)
		return false;
	length = name_length(plain);
	if (length == 0)
		return read_text(plain);
	return open_level(plain, true) && read_member(plain, length);
}

static bool
read_line(struct plain *plain)
{
	size_t length;

	while (plain->at < plain->end && *plain->at == ' ')
		plain->at++;
	if (plain->at == plain->end)
		return false;
	if (*plain->at == '-' && plain->at[1] == ' ')
		return settle(plain, false) && read_item(plain);
	length = name_length(plain);
	return length && settle(plain, true) && read_member(plain, length);
}

/* Every line ends in a line break, which therefore can be looked at. */
static bool
read_lines(struct plain *plain, const char *bytes, size_t length)
{
	const char *end = bytes + length;

	for (plain->line = bytes; plain->line < end; plain->line = plain->end + 1) {
		plain->number++;
		plain->at = plain->line;
		plain->end = memchr(plain->line, '\n', (size_t)(end - plain->line));
		if (!plain->end || !read_line(plain))
			return false;
	}
	if (plain->number == 0 || plain->named)
		return false;
	while (plain->depth)
		if (!close_level(plain))
			return false;
	return true;
}

struct node_document *
yaml_plain_read(const char *bytes, size_t length, const struct node_limits *limits)
{
	struct plain plain = { .document = node_document_new(limits) };

	if (!plain.document)
		return NULL;
	if (length > LIMIT_MANIFEST_BYTES || !read_lines(&plain, bytes, length)) {
		node_document_free(plain.document);
		return NULL;
	}
	return plain.document;
}
