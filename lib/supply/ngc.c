#include "supply/ngc.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/writer.h"
#include "nim/ngc_ref.h"
#include "supply/ngc_login.h"

#include <errno.h>
#include <string.h>

/* The two forms of a version's URL. */
enum form {
	FORM_ORGANISATION, /* with the key */
	FORM_GUEST,        /* without */
};

int
ngc_open(const struct ngc_settings *settings, const struct secret *key, struct clerk *clerk,
	struct ngc *out, struct error *err)
{
	struct http *http = http_open(&settings->http, err);

	if (!http)
		return -1;
	*out = (struct ngc){
		.settings = settings,
		.key = key && key->text ? key : NULL,
		.clerk = clerk,
		.http = http,
	};
	return 0;
}

void
ngc_close(struct ngc *ngc)
{
	for (size_t i = 0; i < NGC_TOKENS; i++)
		secret_release(&ngc->tokens[i].token);
	http_close(ngc->http);
	*ngc = (struct ngc){ .http = NULL };
}

/* One part of a reference in a path: of the characters that it may hold, '+' alone means something
 * else to some servers. */
static void
put_part(struct writer *writer, const char *before, const char *part)
{
	writer_format(writer, "%s", before);
	for (; *part; part++)
		if (*part == '+')
			writer_format(writer, "%%2B");
		else
			writer_bytes(writer, part, 1);
}

static void
put_version_url(struct writer *writer, const char *base, enum form form, const struct ngc_ref *ref)
{
	bool guest = form == FORM_GUEST;

	writer_format(writer, "%s", base);
	put_part(writer, guest ? "/v2/models/" : "/v2/org/", ref->org);
	if (ref->team[0])
		put_part(writer, guest ? "/" : "/team/", ref->team);
	put_part(writer, guest ? "/" : "/models/", ref->model);
	put_part(writer, "/versions/", ref->version);
}

/* Asks for what stands below the version's URL; gives up a token that NGC no longer takes. */
static int
ask(struct ngc *ngc, enum form form, const struct ngc_ref *ref, const char *below, long *status,
	struct file_bytes *body, struct error *err)
{
	cleanup_writer struct writer url = { 0 };
	struct http_request request = { .limit = LIMIT_NGC_ANSWER_BYTES };
	bool again = false;

	put_version_url(&url, ngc->settings->base_url, form, ref);
	writer_format(&url, "%s", below);
	if (url.failed)
		return error_no_memory(err);
	request.url = url.text;
	for (;;) {
		if (form == FORM_ORGANISATION && ngc_login_add(ngc, ref, &request, err))
			return -1;
		if (http_get(ngc->http, &request, status, body, err))
			return -1;
		if (*status != 401 || again || !ngc_login_forget(ngc, request.secret))
			return 0;
		again = true;
	}
}

/* NGC's word that it does not give what was asked for. Always returns -1. */
static int
refuse(const struct ngc *ngc, long status, struct error *err)
{
	if (status == 404)
		return error_set(err, REASON_NETWORK, ENOENT, "NGC has no such version%s",
			ngc->key ? ", or does not show it to this key"
				 : ", or shows it with a key alone");
	if (status == 401 || status == 403)
		return error_set(err, REASON_NETWORK, EACCES,
			ngc->key ? "NGC does not accept the key (HTTP status %ld)"
				 : "NGC asks for a key (HTTP status %ld; --key-file)",
			status);
	return error_set(err, REASON_NETWORK, 0, "NGC answers with HTTP status %ld", status);
}

/* Finds the form under which NGC shows the version, and whether it says that it is signed. */
static int
find_version(struct ngc *ngc, const struct ngc_ref *ref, enum form *form,
	enum ngc_answer_signed *is_signed, struct error *err)
{
	cleanup_bytes struct file_bytes body = { 0 };
	long status, first = 0;

	*form = ngc->key ? FORM_ORGANISATION : FORM_GUEST;
	if (ask(ngc, *form, ref, "", &status, &body, err))
		return -1;
	if ((status == 403 || status == 404) && *form == FORM_ORGANISATION) {
		first = status;
		*form = FORM_GUEST;
		if (ask(ngc, *form, ref, "", &status, &body, err))
			return -1;
	}
	/* What the guest is told says less. */
	if (status != 200)
		return refuse(ngc, first ? first : status, err);
	return clerk_version(ngc->clerk, &body, is_signed, err);
}

/* Gets the file itself; *status is its store's. */
static int
get_file(struct ngc *ngc, enum form form, const struct ngc_ref *ref, long *status,
	struct file_bytes *out, struct error *err)
{
	cleanup_bytes struct file_bytes body = { 0 };
	cleanup_free char *url = NULL;
	struct http_request request = { .limit = LIMIT_BUNDLE_BYTES };

	if (ask(ngc, form, ref, "/signature", status, &body, err))
		return -1;
	if (*status == 404)
		return error_set(err, REASON_NOT_SIGNED, 0, "NGC has no signature of it");
	if (*status != 200)
		return refuse(ngc, *status, err);
	if (clerk_url(ngc->clerk, &body, &url, err))
		return -1;
	request.url = url;
	if (http_get(ngc->http, &request, status, out, err)) {
		/* The URL was NGC's word, not the administrator's. */
		if (err->reason == REASON_CONFIG)
			err->reason = REASON_NETWORK;
		return -1;
	}
	return 0;
}

static int
get_signature(struct ngc *ngc, const struct ngc_ref *ref, struct file_bytes *out, struct error *err)
{
	enum ngc_answer_signed is_signed = NGC_ANSWER_SIGNED_UNSAID;
	enum form form;
	long status;

	if (find_version(ngc, ref, &form, &is_signed, err))
		return -1;
	if (is_signed == NGC_ANSWER_SIGNED_NO)
		return error_set(err, REASON_NOT_SIGNED, 0, "NGC says that it is not signed");
	if (get_file(ngc, form, ref, &status, out, err))
		return -1;
	/* The URL lasts some minutes; retries may have taken them. */
	if (status == 403 && get_file(ngc, form, ref, &status, out, err))
		return -1;
	if (status != 200)
		return error_set(err, REASON_NETWORK, 0,
			"the store of the signature answers with HTTP status %ld", status);
	return 0;
}

int
ngc_signature(struct ngc *ngc, const struct ngc_ref *ref, struct file_bytes *out, struct error *err)
{
	return get_signature(ngc, ref, out, err) ? error_wrap(err, "%s", NGC_REF_TEXT(ref)) : 0;
}

int
ngc_public_key(struct ngc *ngc, struct file_bytes *out, struct error *err)
{
	cleanup_writer struct writer url = { 0 };
	struct http_request request = { .limit = LIMIT_PEM_BYTES };
	long status;

	writer_format(&url, "%s/v2/catalog/models/public-key", ngc->settings->base_url);
	if (url.failed)
		return error_no_memory(err);
	request.url = url.text;
	if (http_get(ngc->http, &request, &status, out, err))
		return -1;
	if (status != 200)
		return error_set(err, REASON_NETWORK, 0,
			"NGC answers with HTTP status %ld to the question for its certificate",
			status);
	return 0;
}
