/*
 * Little memory: whatever the heap refuses, and whenever, nothing leaks, nothing crashes, what is
 * refused with plenty of memory is never admitted with little, and a refusal says what it was:
 * either the one that plenty of memory gives, or "could not find out".
 */
#include "oms/sign.h"

#include "base/base64.h"
#include "base/mem.h"
#include "base/node.h"
#include "border/chain.h"
#include "border/heap.h"
#include "border/json.h"
#include "border/key.h"
#include "border/yaml.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/trust.h"

#include "tests/unit/scarce.h"
#include "tests/unit/signing_material.h"

#include <sys/wait.h>

/* In coverage builds: writes the record of a process that does not come to exit(). */
extern void __gcov_dump(void) __attribute__((weak));

static const struct resource resources[] = {
	{ .name = (char *)(uintptr_t) "a",
		.digest = { .algorithm = DIGEST_SHA256, .bytes = { 1 } } },
	{ .name = (char *)(uintptr_t) "b/c",
		.digest = { .algorithm = DIGEST_SHA256, .bytes = { 2 } } },
};
static const char *const ignored[] = { ".git" };
static const struct sign_subject subject = {
	.name = "model",
	.resources = resources,
	.resource_count = ARRAY_SIZE(resources),
	.ignore_paths = ignored,
	.ignore_count = ARRAY_SIZE(ignored),
};
static const char legacy_text[] =
	"{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":"
	"\"https://model_signing/Digests/v0.1\",\"predicate\":{},\"subject\":[{\"name\":\"a\","
	"\"digest\":{\"sha256\":"
	"\"0000000000000000000000000000000000000000000000000000000000000000\"}}]}";

/* Made once, with plenty of memory; kept until the end. */
static struct key *signer, *other;
static struct sign_certificate chain[2], expired; /* the leaf first */
static char *statement_text, *key_text, *certificate_text, *old_text;
static struct bundle by_key, by_other, by_certificate, by_expired, carried, legacy, changed;
static struct trust keys, anchors, old_keys;

static void
parse(const char *text, struct bundle *out)
{
	struct error err = { 0 };

	if (bundle_parse(text, strlen(text), out, &err))
		material_need(false, err.text);
}

/* A bundle of TEXT by KEY, parsed; with *kept not NULL its text is kept there. */
static void
sign_text(const char *text, const struct key *key, const struct sign_certificate *certificates,
	size_t count, char **kept, struct bundle *out)
{
	cleanup_free char *made = NULL;
	struct error err = { 0 };

	if (sign_bundle(text, strlen(text), key, certificates, count, &made, &err))
		material_need(false, err.text);
	parse(made, out);
	if (kept)
		*kept = take_ptr(made);
}

/* As release 0.2.0 signed. */
static void
sign_legacy(struct bundle *out)
{
	char message[1024];
	struct error err = { 0 };

	snprintf(message, sizeof(message), "DSSEV1 28 " BUNDLE_PAYLOAD_TYPE " %zu b'%s'",
		strlen(legacy_text), legacy_text);
	sign_text(legacy_text, signer, NULL, 0, NULL, out);
	free(out->signature.bytes);
	out->signature.bytes = NULL;
	if (key_sign(signer, message, strlen(message), &out->signature.bytes,
		    &out->signature.length, &err))
		material_need(false, err.text);
}

static void
prepare(void)
{
	cleanup_free char *member = NULL, *swapped = NULL;
	struct error err = { 0 };
	size_t length = 0;

	signer = signing_read_key(MATERIAL_KEY);
	other = signing_read_key(MATERIAL_OTHER);
	chain[0] = signing_read_certificate(MATERIAL_LEAF);
	chain[1] = signing_read_certificate(MATERIAL_ROOT);
	expired = signing_read_certificate(MATERIAL_LEAF_EXPIRED);
	if (sign_statement(&subject, &statement_text, &length, &err))
		material_need(false, err.text);
	sign_text(statement_text, signer, NULL, 0, &key_text, &by_key);
	sign_text(statement_text, other, NULL, 0, NULL, &by_other);
	sign_text(statement_text, signer, chain, ARRAY_SIZE(chain), &certificate_text,
		&by_certificate);
	parse(certificate_text, &by_expired);
	free(by_expired.certificates[0].bytes);
	by_expired.certificates[0] = (struct bundle_blob){ expired.der, expired.length };
	parse(certificate_text, &changed);
	changed.payload.bytes[0] = ' ';
	/* With the key itself, as releases up to 1.0.1 wrote. */
	member = base64_encode(
		(const uint8_t *)MATERIAL_KEY_PUBLIC, sizeof(MATERIAL_KEY_PUBLIC) - 1);
	material_need(member, "memory");
	if (asprintf(&swapped, "\"publicKey\":{\"rawBytes\":\"%s\",", member) < 0)
		material_need(false, "memory");
	old_text = material_replace(key_text, "\"publicKey\":{", swapped);
	parse(old_text, &carried);
	sign_legacy(&legacy);
	keys = (struct trust){ .method = TRUST_METHOD_KEY, .at = MATERIAL_NOW };
	signing_trust(&keys, MATERIAL_KEY_PUBLIC);
	old_keys = (struct trust){ .method = TRUST_METHOD_KEY, .allow_legacy = true };
	signing_trust(&old_keys, MATERIAL_OTHER_PUBLIC);
	signing_trust(&old_keys, MATERIAL_KEY_PUBLIC);
	anchors = (struct trust){ .method = TRUST_METHOD_CERTIFICATE, .at = MATERIAL_NOW };
	signing_trust(&anchors, MATERIAL_ROOT);
}

static void
release(void)
{
	free(statement_text);
	free(key_text);
	free(certificate_text);
	free(old_text);
	free(chain[0].der);
	free(chain[1].der);
	key_release(signer);
	key_release(other);
	bundle_release(&by_key);
	bundle_release(&by_other);
	bundle_release(&by_certificate);
	bundle_release(&by_expired);
	bundle_release(&carried);
	bundle_release(&legacy);
	bundle_release(&changed);
	trust_release(&keys);
	trust_release(&anchors);
	trust_release(&old_keys);
}

static int
open_bundle(const struct bundle *bundle, const struct trust *trust, struct error *err)
{
	struct payload payload = { 0 };

	return envelope_open(bundle, trust, &payload, err);
}

static int
open_key(struct error *err)
{
	return open_bundle(&by_key, &keys, err);
}

static int
open_other_key(struct error *err)
{
	return open_bundle(&by_other, &keys, err);
}

static int
open_carried(struct error *err)
{
	return open_bundle(&carried, &old_keys, err);
}

static int
open_legacy(struct error *err)
{
	return open_bundle(&legacy, &old_keys, err);
}

static int
open_legacy_forbidden(struct error *err)
{
	return open_bundle(&legacy, &keys, err);
}

static int
open_certificate(struct error *err)
{
	return open_bundle(&by_certificate, &anchors, err);
}

static int
open_expired(struct error *err)
{
	return open_bundle(&by_expired, &anchors, err);
}

static int
open_changed(struct error *err)
{
	return open_bundle(&changed, &anchors, err);
}

static int
read_trust(const struct trust *empty, const char *first, const char *second, struct error *err)
{
	cleanup_trust struct trust trust = *empty;

	if (trust_add_pem(&trust, first, strlen(first), "first", err))
		return -1;
	return trust_add_pem(&trust, second, strlen(second), "second", err);
}

static int
read_anchors(struct error *err)
{
	static const struct trust none = { .method = TRUST_METHOD_CERTIFICATE };

	return read_trust(&none, MATERIAL_ROOT, MATERIAL_LEAF MATERIAL_ROOT, err);
}

static int
read_broken_anchors(struct error *err)
{
	static const struct trust none = { .method = TRUST_METHOD_CERTIFICATE };

	return read_trust(&none, MATERIAL_ROOT, MATERIAL_KEY_PUBLIC, err);
}

static int
read_keys(struct error *err)
{
	static const struct trust none = { .method = TRUST_METHOD_KEY };

	return read_trust(&none, MATERIAL_KEY_PUBLIC, MATERIAL_OTHER_PUBLIC, err);
}

static int
read_private(struct error *err)
{
	struct key *key = key_parse_private(MATERIAL_KEY, strlen(MATERIAL_KEY), NULL, "key", err);

	key_release(key);
	return key ? 0 : -1;
}

/* The public half of MATERIAL_KEY, without PEM. */
static int
read_spki(struct error *err)
{
	static const char base64[] =
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEbNvpSyECxtADroSdWvm2eMq9pfaR"
		"Z0/Lry1LzwcjzLnZBlUAbBJjp7ic70HUMojgLERphP/YtTr7Q+5mlbnbvQ==";
	cleanup_free uint8_t *der = NULL;
	struct key *key;
	size_t length;

	if (base64_decode(base64, strlen(base64), &der, &length))
		return error_no_memory(err);
	key = key_parse_spki(der, length, REASON_BUNDLE, err);
	key_release(key);
	return key ? 0 : -1;
}

/* MATERIAL_ROOT as a bundle's leaf, without PEM. */
static int
read_root(struct error *err)
{
	static const char pem[] = MATERIAL_ROOT;
	const char *start = strchr(pem, '\n') + 1, *end = strstr(pem, "-----END");
	char base64[sizeof(pem)];
	cleanup_free uint8_t *der = NULL;
	struct key *key = NULL;
	size_t length = 0;
	int result;

	for (const char *c = start; c < end; c++)
		if (*c != '\n')
			base64[length++] = *c;
	if (base64_decode(base64, length, &der, &length))
		return error_no_memory(err);
	result = chain_check_leaf(der, length, MATERIAL_NOW, &key, err);
	key_release(key);
	return result;
}

static int
parse_bundle(const char *text, struct error *err)
{
	cleanup_bundle struct bundle bundle = { 0 };

	return bundle_parse(text, strlen(text), &bundle, err);
}

static int
parse_old_bundle(struct error *err)
{
	return parse_bundle(old_text, err);
}

static int
parse_chain_bundle(struct error *err)
{
	return parse_bundle(certificate_text, err);
}

static int
parse_statement(const char *text, bool allow_legacy, struct error *err)
{
	const struct payload payload = { .bytes = (const uint8_t *)text, .length = strlen(text) };
	cleanup_statement struct statement statement = { 0 };

	return statement_parse(&payload, allow_legacy, &statement, err);
}

static int
parse_current(struct error *err)
{
	return parse_statement(statement_text, false, err);
}

static int
parse_legacy(struct error *err)
{
	return parse_statement(legacy_text, true, err);
}

static int
parse_json(struct error *err)
{
	static const char text[] = "{\"a\":[1,-2.5e3,true,null,\"\\u00e9\\n\"],\"b\":{\"c\":[[]]},"
				   "\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0}";
	cleanup_document struct node_document *document = NULL;

	return json_parse(text, strlen(text), REASON_BUNDLE, &document, err);
}

static int
parse_bad_json(struct error *err)
{
	static const char text[] = "{\"a\":[1,{\"b\":\"c\",\"b\":1}]}";
	cleanup_document struct node_document *document = NULL;

	return json_parse(text, strlen(text), REASON_BUNDLE, &document, err);
}

static int
parse_yaml(const char *text, struct error *err)
{
	static const struct yaml_options options = { .local_tags = true };
	cleanup_document struct node_document *document = NULL;

	return yaml_parse(text, strlen(text), &options, REASON_MANIFEST, &document, err);
}

static int
parse_good_yaml(struct error *err)
{
	return parse_yaml("a: !b\n- c\n- |\n  d\ne: {f: \"\\xe9\", g: []}\n? h\n: 'i'\n", err);
}

static int
parse_bad_yaml(struct error *err)
{
	return parse_yaml("a: [b, {c: d}, &e f]\n", err);
}

static int
sign_by_key(struct error *err)
{
	cleanup_free char *bundle = NULL;

	return sign_bundle(statement_text, strlen(statement_text), signer, NULL, 0, &bundle, err);
}

static int
sign_by_certificate(struct error *err)
{
	cleanup_free char *bundle = NULL;

	return sign_bundle(statement_text, strlen(statement_text), signer, chain, ARRAY_SIZE(chain),
		&bundle, err);
}

static int
sign_by_wrong_key(struct error *err)
{
	cleanup_free char *bundle = NULL;

	return sign_bundle(statement_text, strlen(statement_text), other, chain, ARRAY_SIZE(chain),
		&bundle, err);
}

static int
make_statement(struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length;

	return sign_statement(&subject, &text, &length, err);
}

static int
read_der(struct error *err)
{
	static const char text[] = MATERIAL_KEY_PUBLIC MATERIAL_ROOT MATERIAL_LEAF;
	cleanup_free uint8_t *der = NULL;
	size_t length;

	return chain_read_der(text, strlen(text), 1, "file", &der, &length, err);
}

static const struct scenario {
	const char *name;
	int (*run)(struct error *err);
	enum reason wanted;
} scenarios[] = {
	{ "json", parse_json, REASON_NONE },
	{ "json that is refused", parse_bad_json, REASON_BUNDLE },
	{ "yaml", parse_good_yaml, REASON_NONE },
	{ "yaml that is refused", parse_bad_yaml, REASON_MANIFEST },
	{ "bundle with key", parse_old_bundle, REASON_NONE },
	{ "bundle with certificates", parse_chain_bundle, REASON_NONE },
	{ "statement", parse_current, REASON_NONE },
	{ "statement, legacy", parse_legacy, REASON_NONE },
	{ "read anchors", read_anchors, REASON_NONE },
	{ "read anchors that are none", read_broken_anchors, REASON_CONFIG },
	{ "read keys", read_keys, REASON_NONE },
	{ "read private key", read_private, REASON_NONE },
	{ "read certificate", read_der, REASON_NONE },
	{ "read public key", read_spki, REASON_NONE },
	{ "read a CA as a leaf", read_root, REASON_CONFIG },
	{ "open by key", open_key, REASON_NONE },
	{ "open by another key", open_other_key, REASON_SIGNATURE },
	{ "open by the key that came along", open_carried, REASON_NONE },
	{ "open legacy", open_legacy, REASON_NONE },
	{ "open legacy, not allowed", open_legacy_forbidden, REASON_SIGNATURE },
	{ "open by certificate", open_certificate, REASON_NONE },
	{ "open by certificate, expired", open_expired, REASON_EXPIRED },
	{ "open by certificate, changed", open_changed, REASON_SIGNATURE },
	{ "make statement", make_statement, REASON_NONE },
	{ "sign by key", sign_by_key, REASON_NONE },
	{ "sign by certificate", sign_by_certificate, REASON_NONE },
	{ "sign by another's certificate", sign_by_wrong_key, REASON_CONFIG },
};

/* Runs SCENARIO with request N refused; false, and says so, where the outcome is none of the two.
 */
static bool
run_scarce(const struct scenario *scenario, size_t n, bool lasting)
{
	struct error err = { 0 };
	enum reason got;
	int result;

	scarce_begin(n, lasting);
	result = scenario->run(&err);
	scarce_end();
	got = result ? err.reason : REASON_NONE;
	if (got == scenario->wanted || got == REASON_INTERNAL)
		return true;
	check(false, scenario->name, "request %zu refused%s: %s: %s", n,
		lasting ? ", and all after it" : "", reason_word(got), err.text);
	return false;
}

static void
check_scenario(const struct scenario *scenario)
{
	struct error err = { 0 };
	int result = scenario->run(&err);
	bool good = true;
	size_t count;

	check_result(result, scenario->wanted, &err, scenario->name);
	scarce_begin(SIZE_MAX, false);
	scenario->run(&err);
	count = scarce_end();
	for (size_t n = 1; good && n <= count; n = scarce_after(n))
		good = run_scarce(scenario, n, false) && run_scarce(scenario, n, true);
	check(good && count > 0, scenario->name, "%zu requests", count);
}

/* What a child of check_start() exits with. */
enum {
	START_ADMITTED_OR_REFUSED = 10,
	START_WRONG_REASON,
	START_PLENTY, /* there were not that many requests */
};

/* In a child, since OpenSSL starts only once in a process. */
static int
start(int (*user)(struct error *err), size_t n)
{
	struct error err = { 0 };
	size_t requests;
	int result;

	scarce_begin(n, false);
	result = user(&err);
	requests = scarce_end();
	if (__gcov_dump)
		__gcov_dump();
	if (requests < n)
		return START_PLENTY;
	return result && err.reason != REASON_INTERNAL ? START_WRONG_REASON
						       : START_ADMITTED_OR_REFUSED;
}

/* With USER as the first who needs OpenSSL, up to request COUNT. */
static void
check_start(int (*user)(struct error *err), size_t count, const char *name)
{
	int status = 0, result = START_ADMITTED_OR_REFUSED;
	size_t n = 0;
	pid_t pid;

	while (result == START_ADMITTED_OR_REFUSED && n < count) {
		n = scarce_after(n);
		pid = fork();
		if (pid == 0)
			_exit(start(user, n));
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			break;
		result = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	}
	check((result == START_PLENTY && n > 1) ||
			(result == START_ADMITTED_OR_REFUSED && n == count),
		name, "request %zu refused: status %x", n, status);
}

/* OpenSSL's own start gets through, however much is refused: 3.5 would wait for itself. */
static void
check_reserve(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int result;

		scarce_begin(1, true);
		result = heap_start();
		scarce_end();
		_exit(result || heap_refusals() == 0 ? 1 : 0);
	}
	material_need(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
	check(status == 0, "start without memory", "status %x", status);
}

int
main(void)
{
	check_reserve();
	check_start(digest_warm_up, SIZE_MAX, "start");
	/* What OpenSSL asks for first is the same for all. */
	check_start(read_private, 50, "start with a private key");
	check_start(read_spki, 50, "start with a public key");
	check_start(read_root, 50, "start with a certificate");
	check_start(read_keys, 50, "start with PEM");
	prepare();
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		check_scenario(&scenarios[i]);
	release();
	return check_end();
}
