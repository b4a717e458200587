#include "base/addition.h"

#include <string.h>

/* A part of a text. */
struct range {
	const char *at;
	const char *end;
};

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* True if a text that is well formed is within a string behind these bytes. */
static bool
ends_in_string(const char *bytes, size_t length)
{
	bool inside = false;

	for (size_t i = 0; i < length; i++) {
		if (inside && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			inside = !inside;
	}
	return inside;
}

/* The next byte that is no white space outside of strings, or '\0' at the end. *inside goes along.
 */
static char
next(struct range *range, bool *inside, bool *escaped)
{
	char c;

	while (!*inside && range->at < range->end && is_space(*range->at))
		range->at++;
	if (range->at == range->end)
		return '\0';
	c = *range->at++;
	if (*escaped)
		*escaped = false;
	else if (*inside && c == '\\')
		*escaped = true;
	else if (c == '"')
		*inside = !*inside;
	return c;
}

static bool
is_form(struct range added, const char *form)
{
	struct range wanted = { form, form + strlen(form) };
	bool inside[2] = { false }, escaped[2] = { false };
	char a, b;

	do {
		a = next(&added, &inside[0], &escaped[0]);
		b = next(&wanted, &inside[1], &escaped[1]);
	} while (a == b && a);
	return a == b && added.at == added.end;
}

bool
addition_is_one_of(const struct addition *addition, const char *const *forms, size_t count)
{
	size_t before = addition->length, after = addition->after_length, start = 0, end = 0;
	struct range added;

	while (start < before && start < after && addition->before[start] == addition->after[start])
		start++;
	while (start + end < before && start + end < after &&
		addition->before[before - end - 1] == addition->after[after - end - 1])
		end++;
	if (before - start - end != 0 &&
		(before - start - end != 4 || memcmp(addition->before + start, "null", 4) != 0))
		return false;
	if (ends_in_string(addition->before, start))
		return false;
	added = (struct range){ addition->after + start, addition->after + after - end };
	while (added.at < added.end && is_space(*added.at))
		added.at++;
	if (added.at < added.end && *added.at == ',')
		added.at++;
	for (size_t i = 0; i < count; i++)
		if (is_form(added, forms[i]))
			return true;
	return false;
}
