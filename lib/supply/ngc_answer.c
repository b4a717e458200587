#include "supply/ngc_answer.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"

#include <stdbool.h>
#include <string.h>

/* The document, whose root is an object. */
static int
parse(const char *bytes, size_t length, struct node_document **out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;

	if (json_parse(bytes, length, REASON_NETWORK, &document, err))
		return error_wrap(err, "NGC's answer");
	if (node_root(document)->kind != NODE_MAP)
		return error_set(err, REASON_NETWORK, 0,
			"NGC's answer: expected an object, found %s",
			node_kind_words(node_root(document)));
	*out = take_ptr(document);
	return 0;
}

/* True if a header line or a request's line may hold TEXT. */
static bool
is_plain(const char *text)
{
	if (text[0] == '\0')
		return false;
	for (; *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* The text NAME of at most MAX bytes. */
static const char *
find_text(const struct node_document *document, const char *name, size_t max, struct error *err)
{
	const struct node *member = node_member(node_root(document), name);
	const char *text = node_text(member);

	if (!text) {
		error_set(err, REASON_NETWORK, 0, "NGC's answer: '%s': expected a text, found %s",
			name, node_kind_words(member));
		return NULL;
	}
	if (member->length > max || !is_plain(text)) {
		error_set(err, REASON_NETWORK, 0,
			"NGC's answer: '%s': expected at most %zu characters of printable ASCII",
			name, max);
		return NULL;
	}
	return text;
}

int
ngc_answer_version(const char *bytes, size_t length, enum ngc_answer_signed *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	const struct node *version, *is_signed;

	if (parse(bytes, length, &document, err))
		return -1;
	version = node_member(node_root(document), "modelVersion");
	if (!version || version->kind != NODE_MAP)
		return error_set(err, REASON_NETWORK, 0,
			"NGC's answer: 'modelVersion': expected an object, found %s",
			node_kind_words(version));
	is_signed = node_member(version, "isSigned");
	if (is_signed && is_signed->kind != NODE_BOOL && is_signed->kind != NODE_NULL)
		return error_set(err, REASON_NETWORK, 0,
			"NGC's answer: 'isSigned': expected true or false, found %s",
			node_kind_words(is_signed));
	*out = !is_signed || is_signed->kind == NODE_NULL ? NGC_ANSWER_SIGNED_UNSAID
	       : is_signed->boolean                       ? NGC_ANSWER_SIGNED_YES
							  : NGC_ANSWER_SIGNED_NO;
	return 0;
}

int
ngc_answer_url(const char *bytes, size_t length, char **out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	const char *url;
	char *copy;

	if (parse(bytes, length, &document, err))
		return -1;
	url = find_text(document, "url", NGC_ANSWER_URL_MAX, err);
	if (!url)
		return -1;
	if (strncmp(url, "https://", strlen("https://")) != 0)
		return error_set(err, REASON_NETWORK, 0,
			"NGC's answer: 'url': expected one that begins with https://");
	copy = strdup(url);
	if (!copy)
		return error_no_memory(err);
	*out = copy;
	return 0;
}

int
ngc_answer_token(const char *bytes, size_t length, struct ngc_answer_token *out, struct error *err)
{
	cleanup_document struct node_document *document = NULL;
	const struct node *life;
	const char *token;
	uint64_t seconds = 0;

	if (parse(bytes, length, &document, err))
		return -1;
	token = find_text(document, "token", SECRET_MAX, err);
	if (!token)
		return -1;
	life = node_member(node_root(document), "expires_in");
	if (life && (life->kind != NODE_NUMBER || text_parse_whole(life->text, &seconds) ||
			    seconds == 0))
		return error_set(err, REASON_NETWORK, 0,
			"NGC's answer: 'expires_in': expected a number of seconds");
	snprintf(out->token, sizeof(out->token), "%s", token);
	out->life_s = seconds > NGC_ANSWER_LIFE_MAX ? NGC_ANSWER_LIFE_MAX : seconds;
	return 0;
}
