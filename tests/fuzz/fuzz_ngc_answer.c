/*
 * What NGC's REST interface answers: nothing of it can end a line of a request, or lead away from
 * https.
 */
#include "base/mem.h"
#include "supply/ngc_answer.h"

#include "tests/fuzz/fuzz.h"

static bool
is_plain(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (text[i] < '!' || text[i] > '~')
			return false;
	return i > 0;
}

static void
try_version(const char *text, size_t size)
{
	enum ngc_answer_signed is_signed = NGC_ANSWER_SIGNED_UNSAID;
	struct error err = { 0 };

	if (ngc_answer_version(text, size, &is_signed, &err))
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	else
		FUZZ_PROMISE(is_signed <= NGC_ANSWER_SIGNED_YES);
}

static void
try_url(const char *text, size_t size)
{
	cleanup_free char *url = NULL;
	struct error err = { 0 };

	if (ngc_answer_url(text, size, &url, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !url);
		return;
	}
	FUZZ_PROMISE(strncmp(url, "https://", 8) == 0 && is_plain(url));
	FUZZ_PROMISE(strlen(url) <= NGC_ANSWER_URL_MAX);
}

static void
try_token(const char *text, size_t size)
{
	static struct ngc_answer_token token;
	struct error err = { 0 };

	if (ngc_answer_token(text, size, &token, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
		return;
	}
	FUZZ_PROMISE(is_plain(token.token) && strlen(token.token) <= SECRET_MAX);
	FUZZ_PROMISE(token.life_s <= NGC_ANSWER_LIFE_MAX);
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	try_version((const char *)data, size);
	try_url((const char *)data, size);
	try_token((const char *)data, size);
}
