#include "border/http.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/text.h"
#include "border/digest.h"
#include "border/http_body.h"
#include "border/http_failure.h"
#include "border/http_url.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

enum {
	REDIRECTS = 3,
	ORIGINS = 4,          /* whose connections stay open: registry, log-in, store */
	FIRST_WAIT_MS = 500,  /* before the second try; doubles from there */
	LONGEST_WAIT_S = 120, /* that a server may ask for */
	SLOWEST_BYTES = 256,  /* a second, of a body that does not stand still */
	HEADER_MAX = 32 + 2 * 16384,
};

struct connection {
	struct http_url_origin origin;
	CURL *curl; /* owned; NULL: none */
};

struct http {
	const struct http_settings *settings; /* borrowed */
	struct connection connections[ORIGINS];
	size_t oldest; /* whose place the next one takes */
};

/* One document while it comes in. */
struct transfer {
	struct http_url url;
	struct http_body body;
	int64_t end_ms; /* on CLOCK_MONOTONIC: no try lasts longer */
};

struct http *
http_open(const struct http_settings *settings, struct error *err)
{
	struct http *http = NULL;

	/* OpenSSL first, without its configuration file. */
	if (digest_start(err))
		return NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		error_set(err, REASON_INTERNAL, 0, "libcurl cannot be started");
		return NULL;
	}
	http = calloc(1, sizeof(*http));
	if (!http) {
		error_no_memory(err);
		return NULL;
	}
	http->settings = settings;
	return http;
}

void
http_close(struct http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < ORIGINS; i++)
		if (http->connections[i].curl)
			curl_easy_cleanup(http->connections[i].curl);
	free(http);
}

void
http_cleanup(struct http **http)
{
	http_close(*http);
}

int
http_check_url(const char *url, const char *what, struct error *err)
{
	cleanup_url struct http_url parsed = { 0 };

	return http_url_parse(url, what, REASON_CONFIG, &parsed, err);
}

/* What holds for every request of one connection. Returns the first code that is not CURLE_OK. */
static CURLcode
set_up(CURL *curl, const struct http_settings *settings)
{
	struct curl_blob ca = { (void *)(uintptr_t)settings->ca, settings->ca_length,
		CURL_BLOB_COPY };
	CURLcode code = CURLE_OK;

#define SET(option, value) code = code ? code : curl_easy_setopt(curl, (option), (value))
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
	SET(CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
	SET(CURLOPT_REDIR_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (settings->ca) {
		/* The system's folder of authorities would count beside the file. */
		SET(CURLOPT_CAPATH, (char *)NULL);
		SET(CURLOPT_CAINFO, (char *)NULL);
		SET(CURLOPT_CAINFO_BLOB, &ca);
		SET(CURLOPT_PROXY_CAPATH, (char *)NULL);
		SET(CURLOPT_PROXY_CAINFO, (char *)NULL);
		SET(CURLOPT_PROXY_CAINFO_BLOB, &ca);
	}
	/* "" is no proxy, whatever the environment says. */
	SET(CURLOPT_PROXY, settings->proxy ? settings->proxy : "");
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_USERAGENT, settings->agent);
	SET(CURLOPT_CONNECTTIMEOUT, (long)settings->connect_s);
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)SLOWEST_BYTES);
	SET(CURLOPT_LOW_SPEED_TIME, (long)settings->stall_s);
	SET(CURLOPT_WRITEFUNCTION, http_body_take);
#undef SET
	return code;
}

/* The connection for ORIGIN: the one that is open, or a fresh one. NULL with the error set. */
static CURL *
connect_to(struct http *http, const struct http_url_origin *origin, struct error *err)
{
	struct connection *place;

	for (size_t i = 0; i < ORIGINS; i++)
		if (http->connections[i].curl &&
			http_url_same_origin(&http->connections[i].origin, origin))
			return http->connections[i].curl;
	place = &http->connections[http->oldest];
	if (place->curl)
		curl_easy_cleanup(place->curl);
	*place = (struct connection){ .origin = *origin, .curl = curl_easy_init() };
	if (!place->curl || set_up(place->curl, http->settings)) {
		if (place->curl)
			curl_easy_cleanup(place->curl);
		place->curl = NULL;
		error_set(err, REASON_INTERNAL, 0, "libcurl does not take its settings");
		return NULL;
	}
	http->oldest = (http->oldest + 1) % ORIGINS;
	return place->curl;
}

/* The line of the Authorization header, in a list whose only entry it is. */
static struct curl_slist *
make_header(const struct http_request *request, struct error *err)
{
	cleanup_free char *line = malloc(HEADER_MAX);
	struct curl_slist *list = NULL;

	if (line) {
		snprintf(line, HEADER_MAX, "Authorization: %s %s", request->scheme,
			request->secret->text);
		list = curl_slist_append(NULL, line);
		explicit_bzero(line, HEADER_MAX);
	}
	if (!list)
		error_no_memory(err);
	return list;
}

static void
wipe_header(struct curl_slist **list)
{
	for (struct curl_slist *entry = *list; entry; entry = entry->next)
		explicit_bzero(entry->data, strlen(entry->data));
	curl_slist_free_all(*list);
}

/* Milliseconds that are left; at least 1, which is over at once. */
static int64_t
time_left(const struct transfer *transfer)
{
	int64_t left = transfer->end_ms - clock_monotonic_ms();

	return left > 0 ? left : 1;
}

/* One try. */
static CURLcode
ask_once(CURL *curl, struct transfer *transfer, struct curl_slist *header)
{
	CURLcode code;

	http_body_restart(&transfer->body);
	curl_easy_setopt(curl, CURLOPT_URL, transfer->url.text);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, header);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer->body);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)time_left(transfer));
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->body.limit);
	code = curl_easy_perform(curl);
	/* The list is freed before the connection is. */
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	if (code == CURLE_WRITE_ERROR)
		return transfer->body.too_large ? CURLE_FILESIZE_EXCEEDED : CURLE_OUT_OF_MEMORY;
	return code;
}

/* Statuses that may be others the next time. */
static bool
may_pass(long status)
{
	return status == 429 || status == 408 || (status >= 500 && status != 501);
}

/* Waits before try TRIED + 1, a little more or less, so that many of us do not come at once.
 * Returns 0, or -1 where that is longer than we wait. */
static int
wait_before_retry(
	CURL *curl, const struct transfer *transfer, unsigned int tried, struct error *err)
{
	int64_t ms = (int64_t)FIRST_WAIT_MS << tried;
	curl_off_t asked = 0;
	uint8_t dice = 0;

	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &asked) == CURLE_OK && asked > 0) {
		if (asked > LONGEST_WAIT_S)
			return error_set(err, REASON_NETWORK, EAGAIN,
				"%s: asks to come back after %lld s, which is more than %d s",
				transfer->url.host, (long long)asked, LONGEST_WAIT_S);
		ms = (int64_t)asked * 1000;
	}
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) == sizeof(dice))
		ms += dice;
	if (ms >= time_left(transfer))
		return error_set(err, REASON_NETWORK, ETIMEDOUT,
			"%s: does not answer within the time that is given (total_seconds)",
			transfer->url.host);
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
	return 0;
}

/* Says why no further try is made: WORDS, or a status. Always returns -1. */
static int
give_up(CURL *curl, const struct transfer *transfer, const char *words, bool tried_again,
	struct error *err)
{
	const char *again = tried_again ? ", also when asked again" : "";
	long status = 0, proxy = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &proxy);
	if (words && proxy >= 300)
		return error_set(err, REASON_NETWORK, 0,
			"%s: the proxy does not lead there (HTTP status %ld)%s", transfer->url.host,
			proxy, again);
	if (words)
		return error_set(err, REASON_NETWORK, tried_again ? EAGAIN : 0, "%s: %s%s",
			transfer->url.host, words, again);
	return error_set(err, REASON_NETWORK, EAGAIN, "%s: answers with HTTP status %ld%s",
		transfer->url.host, status, again);
}

/* Asks until there is an answer that stays. *status is the answer's. */
static int
ask(struct http *http, struct transfer *transfer, const struct http_request *authorization,
	long *status, struct error *err)
{
	__attribute__((cleanup(wipe_header))) struct curl_slist *header = NULL;
	CURL *curl = connect_to(http, &transfer->url.origin, err);
	bool retry;

	if (!curl)
		return -1;
	if (authorization) {
		header = make_header(authorization, err);
		if (!header)
			return -1;
	}
	for (unsigned int tried = 0;; tried++) {
		CURLcode code = ask_once(curl, transfer, header);
		const char *words = code == CURLE_OK ? NULL : http_failure_words(code, &retry);

		*status = 0;
		if (code == CURLE_OK) {
			curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
			retry = may_pass(*status);
			if (!retry)
				return 0;
		}
		if (!retry || tried + 1 >= http->settings->tries)
			return give_up(curl, transfer, words, retry, err);
		if (wait_before_retry(curl, transfer, tried, err))
			return -1;
	}
}

/* The URL that the answer of the last request of TRANSFER leads to, in its place. */
static int
follow(struct http *http, struct transfer *transfer, long status, struct error *err)
{
	CURL *curl = connect_to(http, &transfer->url.origin, err);
	cleanup_url struct http_url next = { 0 };
	char *url = NULL, what[TEXT_QUOTED_MAX + 32];

	if (!curl)
		return -1;
	curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &url);
	if (!url)
		return error_set(err, REASON_NETWORK, 0,
			"%s: HTTP status %ld without a place to go to", transfer->url.host, status);
	snprintf(what, sizeof(what), "%s: redirects elsewhere", transfer->url.host);
	if (http_url_parse(url, what, REASON_NETWORK, &next, err))
		return -1;
	http_url_release(&transfer->url);
	transfer->url = next;
	next = (struct http_url){ 0 };
	return 0;
}

static void
end_transfer(struct transfer *transfer)
{
	http_url_release(&transfer->url);
	file_release(&transfer->body.bytes);
}

int
http_get(struct http *http, const struct http_request *request, long *status,
	struct file_bytes *body, struct error *err)
{
	__attribute__((cleanup(end_transfer))) struct transfer transfer = {
		.body.limit = request->limit,
		.end_ms = clock_monotonic_ms() + (int64_t)http->settings->total_s * 1000,
	};
	const struct http_request *authorization = request->secret ? request : NULL;
	struct http_url_origin first;
	int redirects = 0;

	if (http_url_parse(request->url, "URL", REASON_CONFIG, &transfer.url, err))
		return -1;
	first = transfer.url.origin;
	for (;;) {
		if (ask(http, &transfer, authorization, status, err))
			return -1;
		if (*status < 300 || *status >= 400)
			break;
		if (redirects++ == REDIRECTS)
			return error_set(err, REASON_NETWORK, 0,
				"%s: more than %d redirects in a row", transfer.url.host,
				REDIRECTS);
		if (follow(http, &transfer, *status, err))
			return -1;
		/* Not even where a later redirect leads back: others chose that URL. */
		if (!http_url_same_origin(&first, &transfer.url.origin))
			authorization = NULL;
	}
	if (*status == 200 && !transfer.body.bytes.length)
		return error_set(err, REASON_NETWORK, 0, "%s: an empty answer", transfer.url.host);
	if (*status == 200) {
		*body = transfer.body.bytes;
		transfer.body.bytes = (struct file_bytes){ 0 };
	}
	return 0;
}
