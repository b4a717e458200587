#include "border/yaml_layout.h"

#include "base/error.h"

#include <string.h>

static bool
is_break(char c)
{
	return c == '\n' || c == '\r';
}

/* The byte COUNT bytes behind the place of the walk; a line break behind the last. */
static char
peek(const struct yaml_layout *layout, size_t count)
{
	size_t left = layout->length - layout->offset;

	return count < left ? layout->bytes[layout->offset + count] : '\n';
}

/* Goes over one character that is no line break. */
static void
step(struct yaml_layout *layout)
{
	do
		layout->offset++;
	while (layout->offset < layout->length &&
		((unsigned char)layout->bytes[layout->offset] & 0xc0) == 0x80);
	layout->column++;
}

/* Goes over a line break; "\r\n" is one. */
static void
step_line(struct yaml_layout *layout)
{
	char c = layout->bytes[layout->offset++];

	if (c == '\r' && layout->offset < layout->length && peek(layout, 0) == '\n')
		layout->offset++;
	layout->column = 0;
	layout->line++;
}

/* The line that begins where the walk stands is indented, empty, or (IN_TEXT: not) a comment. */
static int
check_indent(const struct yaml_layout *layout, bool in_text, struct error *err)
{
	size_t blanks = 0, behind;

	while (peek(layout, blanks) == ' ')
		blanks++;
	for (behind = blanks; strchr(" \t", peek(layout, behind)); behind++)
		;
	if (blanks >= layout->indent || is_break(peek(layout, behind)) ||
		(peek(layout, behind) == '#' && !in_text))
		return 0;
	return error_set(err, REASON_NONE, 0,
		"begins with %zu blanks, but continues %s of a block that asks for %zu", blanks,
		in_text ? "a text" : "a list or map", layout->indent);
}

static bool
is_before(const struct yaml_layout *layout, size_t line, size_t column)
{
	return layout->offset < layout->length &&
	       (layout->line < line || (layout->line == line && layout->column < column));
}

static bool
follows_blank(const struct yaml_layout *layout)
{
	return layout->offset == 0 || strchr(" \t\n\r", layout->bytes[layout->offset - 1]);
}

static int
walk(struct yaml_layout *layout, size_t line, size_t column, bool in_text, struct error *err)
{
	bool in_comment = false;

	while (is_before(layout, line, column)) {
		char c = layout->bytes[layout->offset];

		if (is_break(c)) {
			step_line(layout);
			in_comment = false;
			if (check_indent(layout, in_text, err))
				return -1;
			continue;
		}
		if (c == '#' && !in_text && !in_comment) {
			if (!follows_blank(layout))
				return error_set(err, REASON_NONE, 0,
					"a comment ('#') without a blank in front of it");
			in_comment = true;
		}
		step(layout);
	}
	return 0;
}

int
yaml_layout_walk(struct yaml_layout *layout, size_t line, size_t column, struct error *err)
{
	return walk(layout, line, column, false, err);
}

int
yaml_layout_walk_text(struct yaml_layout *layout, size_t line, size_t column, struct error *err)
{
	/* Most texts are on one line, and most of a document is texts. */
	while (layout->line == line && layout->column < column && layout->offset < layout->length)
		step(layout);
	return walk(layout, line, column, true, err);
}

int
yaml_layout_check_header(const struct yaml_layout *layout, struct error *err)
{
	size_t at = 1; /* behind "|" or ">" */

	while (strchr("+-0123456789", peek(layout, at)))
		at++;
	if (peek(layout, at) == '#')
		return error_set(
			err, REASON_NONE, 0, "a comment ('#') without a blank in front of it");
	return 0;
}
