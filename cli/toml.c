#include "cli/toml.h"

#include <stdio.h>
#include <string.h>

void
toml_start(struct toml *toml, const char *text)
{
	*toml = (struct toml){ .at = text };
}

/* The characters of LINE up to LENGTH without quotes and white space. */
static void
copy_name(char *out, size_t size, const char *line, size_t length)
{
	size_t used = 0, i;

	for (i = 0; i < length && used + 1 < size; i++)
		if (!strchr(" \t\r\"'", line[i]))
			out[used++] = line[i];
	out[used] = '\0';
}

/*
 * The value at AT, to the end of its line, or of its list; comments and line feeds left out.
 * Returns what follows.
 */
static const char *
copy_value(struct toml *toml, const char *at)
{
	size_t used = 0, depth = 0;
	char quote = '\0';

	for (; *at && (*at != '\n' || depth); at++) {
		if (quote && *at == quote && (quote == '\'' || at[-1] != '\\'))
			quote = '\0';
		else if (!quote && strchr("\"'", *at))
			quote = *at;
		else if (!quote && *at == '#')
			at += strcspn(at, "\n");
		else if (!quote && *at == '[')
			depth++;
		else if (!quote && *at == ']' && depth)
			depth--;
		if (*at == '\0' || (*at == '\n' && !depth))
			break;
		if (*at != '\n' && used + 1 < sizeof(toml->value))
			toml->value[used++] = *at;
	}
	toml->value[used] = '\0';
	return at;
}

bool
toml_next(struct toml *toml)
{
	const char *line, *equals;
	size_t length;

	for (;;) {
		line = toml->at + strspn(toml->at, " \t\r\n");
		length = strcspn(line, "\n");
		if (*line == '\0')
			return false;
		equals = memchr(line, '=', length);
		if (*line == '[') {
			copy_name(toml->table, sizeof(toml->table), line + strspn(line, "["),
				strcspn(line + strspn(line, "["), "]\n"));
			toml->key[0] = toml->value[0] = '\0';
			toml->at = line + length;
			return true;
		} else if (*line != '#' && equals) {
			copy_name(toml->key, sizeof(toml->key), line, (size_t)(equals - line));
			toml->at = copy_value(toml, equals + 1);
			return true;
		}
		toml->at = line + length;
	}
}

bool
toml_holds(const struct toml *toml, const char *text)
{
	size_t length = strlen(text);
	const char *found;

	for (found = strstr(toml->value, text); found; found = strstr(found + 1, text))
		if (found > toml->value && strchr("\"'", found[-1]) && found[length] == found[-1])
			return true;
	return false;
}

bool
toml_text(const struct toml *toml, size_t index, char out[static LIMIT_NAME_BYTES])
{
	const char *start = strpbrk(toml->value, "\"'"), *end = NULL;
	size_t i;

	for (i = 0; start; i++) {
		end = strchr(start + 1, *start);
		if (!end || i == index)
			break;
		start = strpbrk(end + 1, "\"'");
	}
	snprintf(out, LIMIT_NAME_BYTES, "%.*s", start && end ? (int)(end - start - 1) : 0,
		start && end ? start + 1 : "");
	return start && end;
}

void
toml_first_text(const struct toml *toml, char out[static LIMIT_NAME_BYTES])
{
	toml_text(toml, 0, out);
}
