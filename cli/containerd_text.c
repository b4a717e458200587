#include "cli/containerd_text.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "cli/containerd_config.h"
#include "cli/engine_change.h"
#include "cli/toml.h"

#include <string.h>

#define MARK    "# by nimgate"
#define WAS     MARK ", was: "
#define BEGIN   "# nimgate: from here"
#define END     "# nimgate: to here"
#define RUNC    ".runtimes.runc"
#define DEFAULT "default_runtime_name = \"nimgate\""
#define BINARY  "BinaryName = \"" ENGINE_CHANGE_RUNTIME "\""
/* With the mark, as packaging/kubernetes/node.sh has it. */
#define VERSION "version = 2 " MARK
#define IMPORTS "imports = [\"/etc/containerd/conf.d/*.toml\"]"

/* What CRI's tables begin with, without quotes, as struct toml has it. */
static const char *
plugin_of(int version)
{
	return version == 3 ? CONTAINERD_CONFIG_CRI_TWO : CONTAINERD_CONFIG_CRI;
}

static bool
begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* The settings of the handler "runc" below its table, or that of its options, but those that are
 * written anyhow. */
static void
write_like(struct writer *out, int version, const char *model, const char *below)
{
	char table[LIMIT_ERROR_TEXT];
	struct toml toml;

	snprintf(
		table, sizeof(table), "plugins.%s.containerd" RUNC "%s", plugin_of(version), below);
	toml_start(&toml, model ? model : "");
	while (toml_next(&toml))
		if (toml.key[0] && strcmp(toml.table, table) == 0 &&
			strcmp(toml.key, "runtime_type") != 0 &&
			strcmp(toml.key, "BinaryName") != 0)
			writer_format(out, "%s%s =%s%s\n", below[0] ? "    " : "  ", toml.key,
				toml.value[0] == ' ' ? "" : " ", toml.value);
}

/* The handler NAME through our program, else as "runc" is in MODEL. */
static void
write_handler(struct writer *out, int version, const char *name, const char *model)
{
	const char *plugin = plugin_of(version);

	writer_format(out, "[plugins.\"%s\".containerd.runtimes.%s]\n", plugin, name);
	writer_format(out, "  runtime_type = \"io.containerd.runc.v2\"\n");
	write_like(out, version, model, "");
	writer_format(out, "  [plugins.\"%s\".containerd.runtimes.%s.options]\n", plugin, name);
	writer_format(out, "    " BINARY "\n");
	write_like(out, version, model, ".options");
}

/* True if the text says anything of the handler "runc". */
static bool
has_runc(const char *text, int version)
{
	char table[LIMIT_ERROR_TEXT];
	struct toml toml;

	snprintf(table, sizeof(table), "plugins.%s.containerd" RUNC, plugin_of(version));
	for (toml_start(&toml, text); toml_next(&toml);)
		if (begins(toml.table, table) && strchr(".", toml.table[strlen(table)]))
			return true;
	return false;
}

/* A table of our own with the line, where the administrator has none. */
static void
write_table(struct writer *out, int version, const char *below, const char *line)
{
	writer_format(
		out, "[plugins.\"%s\".containerd%s]\n  %s\n", plugin_of(version), below, line);
}

static int
finish(struct writer *out, char **text, struct error *err)
{
	if (out->failed)
		return error_no_memory(err);
	*text = take_ptr(out->text);
	return 0;
}

int
containerd_text_drop_in(int version, const char *model, char **out, struct error *err)
{
	cleanup_writer struct writer text = { 0 };

	writer_format(&text, "version = %d\n[plugins.\"%s\".containerd]\n  " DEFAULT "\n", version,
		plugin_of(version));
	write_handler(&text, version, "nimgate", model);
	write_handler(&text, version, "runc", model);
	return finish(&text, out, err);
}

/* The byte behind the line at AT. */
static const char *
line_end(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

/* Where a line belongs in a text, and the line that stands for it now. */
struct place {
	const char *at;  /* the first line of the table; NULL: there is no such table */
	const char *now; /* that line, or NULL */
	bool odd;        /* it is more than one line */
};

static struct place
find_place(const char *text, const char *table, const char *key)
{
	struct place place = { NULL, NULL, false };
	struct toml toml;

	for (toml_start(&toml, text); toml_next(&toml);) {
		if (strcmp(toml.table, table) != 0)
			continue;
		if (!toml.key[0]) {
			place.at = line_end(toml.at);
		} else if (strcmp(toml.key, key) == 0) {
			for (place.now = toml.at; place.now > text && place.now[-1] != '\n';)
				place.now--;
			place.odd = !begins(place.now + strspn(place.now, " \t"), key);
		}
	}
	return place;
}

/* A line of ours, and where it belongs. */
struct wish {
	const char *table;
	const char *key;
	const char *line;
};

/* The whole text, with the line in place of the one that sets its key, or as the first of its
 * table. Returns 1; 0 where there is no such table (the text is as it was); or -1. */
static int
write_with(struct writer *out, const char *text, const struct wish *wish, struct error *err)
{
	struct place place = find_place(text, wish->table, wish->key);
	const char *rest = place.now ? place.now : place.at;

	if (place.odd)
		return error_set(err, REASON_CONFIG, 0,
			"%s is over several lines, which is not looked into", wish->key);
	if (!rest) {
		writer_bytes(out, text, strlen(text));
		return 0;
	}
	writer_bytes(out, text, (size_t)(rest - text));
	if (rest > text && rest[-1] != '\n')
		writer_format(out, "\n");
	if (place.now) {
		writer_format(out, "%s " WAS, wish->line);
		writer_bytes(out, rest, strcspn(rest, "\n"));
		writer_format(out, "\n");
		rest = line_end(rest);
	} else {
		writer_format(out, "%s " MARK "\n", wish->line);
	}
	writer_bytes(out, rest, strlen(rest));
	return 1;
}

int
containerd_text_import(const char *before, bool settings, char **out, struct error *err)
{
	cleanup_writer struct writer text = { 0 }, rest = { 0 };
	const struct wish wish = { "", "imports", IMPORTS };
	int replaced = write_with(&rest, before ? before : "", &wish, err);

	if (replaced < 0)
		return -1;
	/* A top key stands before every table. */
	writer_format(
		&text, "%s%s", settings ? "" : VERSION "\n", replaced ? "" : IMPORTS " " MARK "\n");
	if (rest.failed)
		return error_no_memory(err);
	writer_bytes(&text, rest.text, rest.length);
	return finish(&text, out, err);
}

int
containerd_text_insert(const char *before, int version, char **out, struct error *err)
{
	cleanup_writer struct writer first = { 0 }, text = { 0 };
	char top[LIMIT_ERROR_TEXT], runc[LIMIT_ERROR_TEXT];
	struct wish name = { top, "default_runtime_name", DEFAULT };
	struct wish program = { runc, "BinaryName", BINARY };
	int named, options;

	snprintf(top, sizeof(top), "plugins.%s.containerd", plugin_of(version));
	snprintf(runc, sizeof(runc), "plugins.%s.containerd" RUNC ".options", plugin_of(version));
	named = write_with(&first, before, &name, err);
	if (named < 0)
		return -1;
	options = first.failed ? -1 : write_with(&text, first.text, &program, err);
	if (options < 0)
		return first.failed ? error_no_memory(err) : -1;
	if (text.length && text.text[text.length - 1] != '\n')
		writer_format(&text, "\n");
	writer_format(&text, BEGIN "\n");
	if (!named)
		write_table(&text, version, "", DEFAULT);
	write_handler(&text, version, "nimgate", before);
	if (!has_runc(before, version))
		write_handler(&text, version, "runc", NULL);
	else if (!options)
		write_table(&text, version, RUNC ".options", BINARY);
	writer_format(&text, END "\n");
	return finish(&text, out, err);
}

/* True if the line ends in the mark. */
static bool
is_marked(const char *line, size_t length)
{
	static const size_t mark = sizeof(MARK) - 1;

	return length >= mark && memcmp(line + length - mark, MARK, mark) == 0;
}

/* The administrator's line, where ours stands for it; else the line as it is. */
static const char *
was(const char *line, size_t length)
{
	const char *found = memmem(line, length, " " WAS, sizeof(WAS));

	return found ? found + sizeof(WAS) : line;
}

/* The text without the lines of ours, but those that begin so (NULL: none). */
static void
take_ours(struct writer *out, const char *before, const char *kept, const char *kept_too)
{
	const char *line, *next;
	bool ours = false;

	writer_bytes(out, "", 0);
	for (line = before; *line; line = next) {
		size_t length = strcspn(line, "\n");

		next = line_end(line);
		if (begins(line, END "\n")) {
			ours = false;
			continue;
		}
		ours = ours || begins(line, BEGIN "\n");
		if (!(kept && begins(line, kept)) && !(kept_too && begins(line, kept_too))) {
			if (ours || is_marked(line, length))
				continue;
			line = was(line, length);
		}
		writer_bytes(out, line, (size_t)(next - line));
	}
}

static bool
has_settings(const char *text)
{
	struct toml toml;

	toml_start(&toml, text);
	return toml_next(&toml);
}

int
containerd_text_without(const char *before, bool others, char **out, struct error *err)
{
	cleanup_writer struct writer text = { 0 }, versioned = { 0 };
	const char *imports = others ? IMPORTS : NULL, *begin = strstr(before, BEGIN "\n");

	if (begin && !strstr(begin, END "\n"))
		return error_set(err, REASON_CONFIG, 0,
			"the line '" END "' is gone, behind which the administrator's lines begin");
	take_ours(&text, before, imports, NULL);
	if (text.failed)
		return error_no_memory(err);
	if (has_settings(text.text)) {
		/* They were written for the version that stands above them. */
		take_ours(&versioned, before, imports, VERSION);
		writer_release(&text);
		text = versioned;
		versioned = (struct writer){ 0 };
	}
	/* The last is what packaging/kubernetes/node.sh leaves of a file that it made. */
	if (!text.failed && text.length != strlen(before) &&
		(!text.length || strcmp(text.text, "version = 2\n") == 0 ||
			strcmp(text.text, "version = 3\n") == 0))
		writer_release(&text);
	return finish(&text, out, err);
}
