#include "oci/member.h"

#include "base/error.h"
#include "base/node.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* A letter beyond ASCII that Go takes for one of ASCII. */
static const struct {
	const char *utf8;
	char letter;
} folded[] = {
	{ "\xc5\xbf", 's' },     /* U+017F, the long s */
	{ "\xe2\x84\xaa", 'k' }, /* U+212A, the Kelvin sign */
};

/* The small letter that Go takes the beginning of KEY for; its bytes go to *length. */
static int
fold(const char *key, size_t *length)
{
	for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++) {
		*length = strlen(folded[i].utf8);
		if (strncmp(key, folded[i].utf8, *length) == 0)
			return folded[i].letter;
	}
	*length = 1;
	return tolower((unsigned char)*key);
}

static bool
looks_like(const char *key, const char *name)
{
	size_t length;

	for (; *name; name++, key += length)
		if (fold(key, &length) != tolower((unsigned char)*name))
			return false;
	return *key == '\0';
}

int
member_find(const struct node *map, const char *name, const struct node **out, struct error *err)
{
	const struct node *member;

	for (member = map->first; member; member = member->next)
		if (strcmp(member->key, name) != 0 && looks_like(member->key, name))
			return error_set(err, REASON_CONFIG, 0,
				"%s is a misspelling of %s that some runtimes take for it",
				TEXT_QUOTE(member->key), name);
	*out = node_member(map, name);
	return 0;
}

int
member_find_map(
	const struct node *map, const char *name, const struct node **out, struct error *err)
{
	if (member_find(map, name, out, err))
		return -1;
	if (*out && (*out)->kind != NODE_MAP)
		return error_set(err, REASON_CONFIG, 0, "%s: must be a map, is %s", name,
			node_kind_words(*out));
	return 0;
}
