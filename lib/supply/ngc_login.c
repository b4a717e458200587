#include "supply/ngc_login.h"

#include "base/base64.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/writer.h"
#include "nim/ngc_ref.h"
#include "supply/ngc.h"

#include <errno.h>
#include <string.h>

#define KEY_PREFIX "nvapi-"
#define LOGIN_USER "$oauthtoken:"

enum {
	LIFE_UNSAID_S = 600, /* of a token whose end NGC does not say: they last 15 minutes */
	MARGIN_S = 60,       /* before its end, for a slow clock and a slow request */
};

/* What a key logs in with: base64 of "$oauthtoken:KEY". */
static int
make_basic(const struct secret *key, struct secret *out, struct error *err)
{
	size_t length = strlen(LOGIN_USER) + key->length;
	cleanup_free char *plain = malloc(length + 1);
	cleanup_free char *encoded = NULL;
	int result;

	if (plain) {
		snprintf(plain, length + 1, "%s%s", LOGIN_USER, key->text);
		encoded = base64_encode((const uint8_t *)plain, length);
		explicit_bzero(plain, length);
	}
	if (!encoded)
		return error_no_memory(err);
	result = secret_copy(encoded, strlen(encoded), "the NGC key", out, err);
	explicit_bzero(encoded, strlen(encoded));
	return result;
}

/* Asks the log-in server for a token of SCOPE. */
static int
exchange(struct ngc *ngc, const char *scope, struct ngc_answer_token *out, struct error *err)
{
	cleanup_secret struct secret basic = { 0 };
	cleanup_bytes struct file_bytes body = { 0 };
	cleanup_writer struct writer url = { 0 };
	struct http_request request = { .scheme = "Basic", .limit = LIMIT_NGC_ANSWER_BYTES };
	long status;
	int result;

	writer_format(&url, "%s?service=ngc&scope=%s", ngc->settings->auth_url, scope);
	if (url.failed)
		return error_no_memory(err);
	if (make_basic(ngc->key, &basic, err))
		return -1;
	request.url = url.text;
	request.secret = &basic;
	if (http_get(ngc->http, &request, &status, &body, err))
		return error_wrap(err, "log-in");
	if (status == 401 || status == 403)
		return error_set(err, REASON_NETWORK, EACCES,
			"log-in: NGC does not accept the key (HTTP status %ld)", status);
	if (status != 200)
		return error_set(
			err, REASON_NETWORK, 0, "log-in: NGC answers with HTTP status %ld", status);
	result = clerk_token(ngc->clerk, &body, out, err);
	explicit_bzero(body.bytes, body.length);
	return result ? error_wrap(err, "log-in") : 0;
}

/* A fresh token for SCOPE in the place of the oldest. NULL with the error set. */
static struct ngc_token *
renew(struct ngc *ngc, const char *scope, struct error *err)
{
	struct ngc_token *place = &ngc->tokens[ngc->oldest];
	struct ngc_answer_token answer;
	uint64_t life;
	int result;

	secret_release(&place->token);
	place->scope[0] = '\0';
	if (exchange(ngc, scope, &answer, err))
		return NULL;
	result = secret_copy(answer.token, strlen(answer.token), "NGC's token", &place->token, err);
	explicit_bzero(answer.token, sizeof(answer.token));
	if (result)
		return NULL;
	life = answer.life_s ? answer.life_s : LIFE_UNSAID_S;
	life = life > MARGIN_S ? life - MARGIN_S : life / 2;
	place->end_ms = clock_monotonic_ms() + (int64_t)life * 1000;
	snprintf(place->scope, sizeof(place->scope), "%s", scope);
	ngc->oldest = (ngc->oldest + 1) % NGC_TOKENS;
	return place;
}

static struct ngc_token *
find(struct ngc *ngc, const char *scope)
{
	for (size_t i = 0; i < NGC_TOKENS; i++)
		if (strcmp(ngc->tokens[i].scope, scope) == 0 &&
			ngc->tokens[i].end_ms > clock_monotonic_ms())
			return &ngc->tokens[i];
	return NULL;
}

int
ngc_login_add(
	struct ngc *ngc, const struct ngc_ref *ref, struct http_request *request, struct error *err)
{
	char scope[sizeof(ngc->tokens[0].scope)];
	struct ngc_token *token;

	if (!ngc->key)
		return 0;
	request->scheme = "Bearer";
	if (strncmp(ngc->key->text, KEY_PREFIX, strlen(KEY_PREFIX)) == 0) {
		request->secret = ngc->key;
		return 0;
	}
	snprintf(scope, sizeof(scope), "group/ngc:%s%s%s", ref->org, ref->team[0] ? "/" : "",
		ref->team);
	token = find(ngc, scope);
	if (!token)
		token = renew(ngc, scope, err);
	if (!token)
		return -1;
	request->secret = &token->token;
	return 0;
}

bool
ngc_login_forget(struct ngc *ngc, const struct secret *secret)
{
	for (size_t i = 0; secret && i < NGC_TOKENS; i++) {
		if (secret == &ngc->tokens[i].token) {
			secret_release(&ngc->tokens[i].token);
			ngc->tokens[i].scope[0] = '\0';
			return true;
		}
	}
	return false;
}
