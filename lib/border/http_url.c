#include "border/http_url.h"

#include "base/error.h"
#include "base/mem.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

enum { URL_MAX = 16 << 10 /* bytes; presigned ones have two thousand */ };

void
http_url_release(struct http_url *url)
{
	free(url->text);
	*url = (struct http_url){ 0 };
}

/* Copies one part of PARSED into OUT; false where it is too long. An absent part is "". */
static bool
copy_part(CURLU *parsed, CURLUPart part, unsigned int flags, char *out, size_t size)
{
	char *text = NULL;
	bool fits = true;

	out[0] = '\0';
	if (curl_url_get(parsed, part, &text, flags) == CURLUE_OK) {
		fits = strlen(text) < size;
		snprintf(out, size, "%s", text);
		for (char *at = out; *at; at++)
			*at = (char)tolower((unsigned char)*at);
	}
	curl_free(text);
	return fits;
}

static const char *
find_fault(CURLU *parsed, struct http_url_origin *origin)
{
	char scheme[16], login[8];

	if (!copy_part(parsed, CURLUPART_SCHEME, 0, scheme, sizeof(scheme)) ||
		strcmp(scheme, "https") != 0)
		return "is not https";
	if (!copy_part(parsed, CURLUPART_USER, 0, login, sizeof(login)) || login[0] ||
		!copy_part(parsed, CURLUPART_PASSWORD, 0, login, sizeof(login)) || login[0])
		return "holds a user or a password";
	if (!copy_part(parsed, CURLUPART_HOST, 0, origin->host, sizeof(origin->host)) ||
		!origin->host[0])
		return "names no host";
	if (!copy_part(
		    parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT, origin->port, sizeof(origin->port)))
		return "names no port";
	return NULL;
}

/* Control characters and spaces would end the request's line. */
static bool
is_printable(const char *url)
{
	for (; *url; url++)
		if (*url <= ' ' || *url > '~')
			return false;
	return true;
}

int
http_url_parse(const char *url, const char *what, enum reason reason, struct http_url *out,
	struct error *err)
{
	CURLU *parsed = curl_url();
	struct http_url result = { .text = strdup(url) };
	const char *fault = "is no URL";

	if (!parsed || !result.text) {
		curl_url_cleanup(parsed);
		free(result.text);
		return error_no_memory(err);
	}
	if (strlen(url) <= URL_MAX && is_printable(url) &&
		curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
		fault = find_fault(parsed, &result.origin);
	curl_url_cleanup(parsed);
	if (fault) {
		free(result.text);
		return error_set(err, reason, 0, "%s: what it names %s (expected https://HOST/...)",
			what, fault);
	}
	snprintf(result.host, sizeof(result.host), "%.150s%s%s", result.origin.host,
		strcmp(result.origin.port, "443") != 0 ? ":" : "",
		strcmp(result.origin.port, "443") != 0 ? result.origin.port : "");
	*out = result;
	return 0;
}

bool
http_url_same_origin(const struct http_url_origin *a, const struct http_url_origin *b)
{
	return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}
