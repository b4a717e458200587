#include "nim/ngc_ref.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SCHEME    "ngc://"
#define PARAMETER "file="

/* Letters, digits and . _ + - (facts: nim, section 4), whatever the locale. */
static bool
is_ngc_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("._+-", c));
}

/* NULL, or what is wrong with one part of a reference. */
static const char *
find_part_fault(const char *part, size_t length)
{
	if (length == 0)
		return "is missing";
	if (length > LIMIT_NGC_NAME_BYTES)
		return "is longer than 255 bytes";
	if (length <= 2 && strncmp(part, "..", length) == 0)
		return "is a directory of its own meaning";
	for (size_t i = 0; i < length; i++)
		if (!is_ngc_character(part[i]))
			return "holds a character that NGC does not use";
	return NULL;
}

/*
 * As above for organisation, team and model, which the cache joins with "--": what could be split
 * at another place would make two models share one folder.
 */
static const char *
find_name_fault(const char *part, size_t length)
{
	const char *fault = find_part_fault(part, length);

	if (fault)
		return fault;
	if (part[0] == '-' || part[length - 1] == '-' || memmem(part, length, "--", 2))
		return "begins or ends with '-' or holds '--'";
	return NULL;
}

static int
refuse_part(const char *which, const char *fault, const char *text, struct error *err)
{
	return error_set(err, REASON_MANIFEST, 0,
		"NGC reference %s: the %s %s (expected org/[team/]model:version)", TEXT_QUOTE(text),
		which, fault);
}

/* One part between slashes. */
struct part {
	const char *text;
	size_t length;
};

/* Splits "org/[team/]model" into the parts; the team is empty where there are two. Returns 0, or -1
 * for another number. */
static int
split_names(
	const char *text, size_t length, struct part *org, struct part *team, struct part *model)
{
	const char *end = text + length, *first = memchr(text, '/', length), *second;

	if (!first)
		return -1;
	*org = (struct part){ text, (size_t)(first - text) };
	second = memchr(first + 1, '/', (size_t)(end - first - 1));
	if (!second) {
		*team = (struct part){ "", 0 };
		*model = (struct part){ first + 1, (size_t)(end - first - 1) };
		return 0;
	}
	*team = (struct part){ first + 1, (size_t)(second - first - 1) };
	*model = (struct part){ second + 1, (size_t)(end - second - 1) };
	return team->length == 0 || memchr(model->text, '/', model->length) ? -1 : 0;
}

static void
copy_part(char out[static LIMIT_NGC_NAME_BYTES + 1], const struct part *part)
{
	memcpy(out, part->text, part->length);
	out[part->length] = '\0';
}

int
ngc_ref_parse(const char *text, struct ngc_ref *out, struct error *err)
{
	const char *colon = strchr(text, ':'), *fault;
	struct part org, team, model, version;

	if (!colon || colon[1] == '\0')
		return error_set(err, REASON_MANIFEST, 0,
			"NGC reference %s has no version (expected org/[team/]model:version)",
			TEXT_QUOTE(text));
	version = (struct part){ colon + 1, strlen(colon + 1) };
	if (split_names(text, (size_t)(colon - text), &org, &team, &model))
		return error_set(err, REASON_MANIFEST, 0,
			"NGC reference %s: expected org/model or org/team/model before the version",
			TEXT_QUOTE(text));
	fault = find_name_fault(org.text, org.length);
	if (fault)
		return refuse_part("organisation", fault, text, err);
	fault = team.length ? find_name_fault(team.text, team.length) : NULL;
	if (fault)
		return refuse_part("team", fault, text, err);
	fault = find_name_fault(model.text, model.length);
	if (fault)
		return refuse_part("model", fault, text, err);
	fault = find_part_fault(version.text, version.length);
	if (fault)
		return refuse_part("version", fault, text, err);
	copy_part(out->org, &org);
	copy_part(out->team, &team);
	copy_part(out->model, &model);
	copy_part(out->version, &version);
	return 0;
}

static int
refuse_scheme(const char *uri, struct error *err)
{
	const char *end = strstr(uri, "://");
	char scheme[32];

	if (!end)
		return error_set(err, REASON_MANIFEST, 0, "%s is no URI (expected %s...)",
			TEXT_QUOTE(uri), SCHEME);
	text_escape(scheme, sizeof(scheme), uri, (size_t)(end - uri));
	return error_set(err, REASON_MANIFEST, 0,
		"%s: a source of type %s:// carries no NGC signature (expected %s...)",
		TEXT_QUOTE(uri), scheme, SCHEME);
}

/* Percent-decodes TEXT in place; the result is never longer. Returns 0, or -1 for a broken escape
 * or a NUL. */
static int
decode(char *text)
{
	char *to = text;
	uint8_t byte;

	for (const char *from = text; *from; from++) {
		byte = (uint8_t)*from;
		if (*from == '%') {
			if (text_parse_hex(from + 1, strnlen(from + 1, 2), &byte, 1) || byte == 0)
				return -1;
			from += 2;
		}
		*to++ = (char)byte;
	}
	*to = '\0';
	return 0;
}

/* The decoded path of the query behind "?", or NULL with the error set. */
static char *
parse_file(const char *query, const char *uri, struct error *err)
{
	cleanup_free char *file = NULL;

	/* A further parameter or a fragment could end the path for one reader and not for another.
	 */
	if (strncmp(query, PARAMETER, strlen(PARAMETER)) != 0 || strpbrk(query, "&#")) {
		error_set(err, REASON_MANIFEST, 0, "%s: expected ?file=PATH and nothing else",
			TEXT_QUOTE(uri));
		return NULL;
	}
	file = strdup(query + strlen(PARAMETER));
	if (!file) {
		error_no_memory(err);
		return NULL;
	}
	if (decode(file)) {
		error_set(err, REASON_MANIFEST, 0, "%s: a broken or NUL percent escape",
			TEXT_QUOTE(uri));
		return NULL;
	}
	if (!text_is_canonical_path(file) || strlen(file) >= LIMIT_NAME_BYTES ||
		!text_is_utf8(file, strlen(file))) {
		error_set(err, REASON_MANIFEST, 0,
			"%s: the file is not a plain path inside the version", TEXT_QUOTE(uri));
		return NULL;
	}
	return take_ptr(file);
}

int
ngc_ref_parse_uri(const char *uri, struct ngc_ref *out, char **file, struct error *err)
{
	const char *begin = uri + strlen(SCHEME), *query;
	char text[NGC_REF_TEXT_MAX];
	struct ngc_ref ref;
	char *path;

	if (strncmp(uri, SCHEME, strlen(SCHEME)) != 0)
		return refuse_scheme(uri, err);
	query = strchr(begin, '?');
	if (!query)
		return error_set(err, REASON_MANIFEST, 0, "%s names no file (expected ?file=PATH)",
			TEXT_QUOTE(uri));
	if ((size_t)(query - begin) >= sizeof(text))
		return error_set(
			err, REASON_MANIFEST, 0, "%s: the reference is too long", TEXT_QUOTE(uri));
	memcpy(text, begin, (size_t)(query - begin));
	text[query - begin] = '\0';
	if (ngc_ref_parse(text, &ref, err))
		return -1;
	path = parse_file(query + 1, uri, err);
	if (!path)
		return -1;
	*out = ref;
	*file = path;
	return 0;
}

struct ngc_ref_text
ngc_ref_format(const struct ngc_ref *ref)
{
	struct ngc_ref_text formatted;

	snprintf(formatted.text, sizeof(formatted.text), "%s/%s%s%s:%s", ref->org, ref->team,
		ref->team[0] ? "/" : "", ref->model, ref->version);
	return formatted;
}

bool
ngc_ref_equal(const struct ngc_ref *a, const struct ngc_ref *b)
{
	return strcmp(a->org, b->org) == 0 && strcmp(a->team, b->team) == 0 &&
	       strcmp(a->model, b->model) == 0 && strcmp(a->version, b->version) == 0;
}

bool
ngc_ref_is_valid(const struct ngc_ref *ref)
{
	enum { SIZE = LIMIT_NGC_NAME_BYTES + 1 };
	/* Without a NUL the length is SIZE, which is too long. */
	size_t team = strnlen(ref->team, SIZE);

	return !find_name_fault(ref->org, strnlen(ref->org, SIZE)) &&
	       (team == 0 || !find_name_fault(ref->team, team)) &&
	       !find_name_fault(ref->model, strnlen(ref->model, SIZE)) &&
	       !find_part_fault(ref->version, strnlen(ref->version, SIZE));
}

void
ngc_ref_cache_folder(const struct ngc_ref *ref, char out[static NGC_REF_FOLDER_MAX])
{
	snprintf(out, NGC_REF_FOLDER_MAX, "models--%s--%s%s%s", ref->org, ref->team,
		ref->team[0] ? "--" : "", ref->model);
}
