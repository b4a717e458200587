#include "cli/option_help.h"

#include "cli/option.h"

#include <stdbool.h>
#include <string.h>

enum { COLUMNS = 80, HELP_COLUMN = 32, USAGE_COLUMN = 7 };

/* What is being printed: where the line is, and where its further lines begin. */
struct fill {
	FILE *out;
	int column;
	int indent;
	bool fresh; /* no blank is due before the next word */
};

static void
put_word(struct fill *fill, const char *word, size_t length)
{
	const int blank = fill->fresh ? 0 : 1;

	if (!fill->fresh && fill->column + blank + (int)length > COLUMNS) {
		fprintf(fill->out, "\n%*s", fill->indent, "");
		fill->column = fill->indent;
		fill->fresh = true;
	}
	fprintf(fill->out, "%s%.*s", fill->fresh ? "" : " ", (int)length, word);
	fill->column += (fill->fresh ? 0 : 1) + (int)length;
	fill->fresh = false;
}

/* The words of LENGTH bytes at TEXT. */
static void
put_words(struct fill *fill, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		size_t word;

		text += strspn(text, " ");
		word = strcspn(text, " \n");
		if (word == 0 || text >= end)
			return;
		put_word(fill, text, word);
		text += word;
	}
}

static void
end_line(struct fill *fill)
{
	if (fill->column || !fill->fresh)
		fputc('\n', fill->out);
	fill->column = fill->indent = 0;
	fill->fresh = true;
}

/* Where the text behind the first gap of a line begins; 0: it has none. */
static size_t
gap_end(const char *line, size_t length)
{
	size_t at = strspn(line, " ");

	for (; at + 1 < length; at++)
		if (line[at] == ' ' && line[at + 1] == ' ')
			return at + strspn(line + at, " ");
	return 0;
}

static void
fill_line(struct fill *fill, const char *line, size_t length)
{
	const size_t left = strspn(line, " "), text = gap_end(line, length);

	if (length == 0) {
		end_line(fill);
		fputc('\n', fill->out);
	} else if (text && text < length) {
		end_line(fill);
		fprintf(fill->out, "%.*s", (int)text, line);
		fill->column = fill->indent = (int)text;
		fill->fresh = true;
		put_words(fill, line + text, length - text);
	} else {
		if ((int)left != fill->indent) {
			end_line(fill);
			fprintf(fill->out, "%*s", (int)left, "");
			fill->column = fill->indent = (int)left;
		}
		put_words(fill, line, length);
	}
}

void
option_help_fill(const char *text, FILE *out)
{
	struct fill fill = { .out = out, .fresh = true };

	while (*text) {
		const size_t length = strcspn(text, "\n");

		fill_line(&fill, text, length);
		text += length + (text[length] == '\n');
	}
	end_line(&fill);
}

/* Each line of the usage, and what does not fit below its first word. */
static void
print_usage(const char *usage, FILE *out)
{
	const char *begin = "usage: ";

	while (*usage) {
		const size_t length = strcspn(usage, "\n");
		struct fill fill = { .out = out, .indent = 2 * USAGE_COLUMN + 1, .fresh = true };

		fputs(begin, out);
		fill.column = USAGE_COLUMN;
		if (*begin == 'u')
			put_words(&fill, "nimgate", strlen("nimgate"));
		put_words(&fill, usage, length);
		end_line(&fill);
		usage += length + (usage[length] == '\n');
		begin = "       ";
	}
}

static void
print_option(const struct option *option, FILE *out)
{
	const char *no = option->kind == OPTION_SWITCH ? "[no-]" : "";
	const char *more = option->kind == OPTION_LIST ? " ..." : "";
	struct fill fill = { .out = out, .indent = HELP_COLUMN, .fresh = true };
	int used = fprintf(out, "  --%s%s%s%s%s", no, option->name, option->value ? " " : "",
		option->value ? option->value : "", more);

	if (used + 2 > HELP_COLUMN) { /* what reads help tells the columns apart by two blanks */
		fputc('\n', out);
		used = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - used, "");
	fill.column = HELP_COLUMN;
	put_words(&fill, option->help, strlen(option->help));
	end_line(&fill);
}

void
option_help_print(const struct option_table *table, FILE *out)
{
	size_t i;

	print_usage(table->usage, out);
	fputc('\n', out);
	option_help_fill(table->about, out);
	/* A list of commands fills the screen. */
	if (!table->stop_at_word)
		fputc('\n', out);
	for (i = 0; i < table->count; i++)
		if (table->options[i].kind != OPTION_REFUSED)
			print_option(&table->options[i], out);
	fprintf(out, "  -h, --help%*sprint this text\n", HELP_COLUMN - 12, "");
}
