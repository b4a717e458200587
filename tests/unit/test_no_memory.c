/*
 * No memory, at each place in turn: this program's own malloc() fails at the nth call, once or from
 * there on, for the library, libcrypto, libyaml and yajl alike. Whatever fails, nothing crashes,
 * nothing leaks, nothing comes out wrong, and what must be refused stays refused.
 *
 * The sanitizers want malloc() for themselves: this test runs without them.
 */
#include "border/chain.h"
#include "border/digest.h"
#include "border/filter.h"
#include "border/json.h"
#include "border/key.h"
#include "border/yaml.h"
#include "gate/policy.h"
#include "gate/signed_model.h"
#include "guard/wire.h"
#include "nim/manifest.h"
#include "nim/profile.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/sign.h"
#include "oms/statement.h"
#include "oms/trust.h"

#include "base/mem.h"
#include "base/node.h"
#include "tests/unit/oms_material.h"

#include <errno.h>
#include <malloc.h>
#include <sys/wait.h>

/* glibc's own, under the names that it exports for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static bool armed, persistent, missed; /* missed: a call was refused since start() */
static long left;                      /* calls before the first that is refused */
static long living;                    /* blocks that nobody has freed yet */

static bool
refuse(void)
{
	if (!armed || left-- > 0)
		return false;
	armed = persistent;
	left = 0;
	missed = true;
	errno = ENOMEM;
	return true;
}

static void *
counted(void *memory)
{
	if (memory)
		living++;
	return memory;
}

void *
malloc(size_t size)
{
	return refuse() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t count, size_t size)
{
	return refuse() ? NULL : counted(__libc_calloc(count, size));
}

void *
realloc(void *old, size_t size)
{
	void *memory;

	if (!old)
		return malloc(size);
	if (size == 0) {
		free(old);
		return NULL;
	}
	memory = refuse() ? NULL : __libc_realloc(old, size);
	return memory;
}

void *
reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

void *
memalign(size_t alignment, size_t size)
{
	return refuse() ? NULL : counted(__libc_memalign(alignment, size));
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	void *memory = memalign(alignment, size);

	if (!memory)
		return ENOMEM;
	*out = memory;
	return 0;
}

void
free(void *memory)
{
	if (memory)
		living--;
	__libc_free(memory);
}

/* A chain that is sound and whose leaf is for TLS servers only: never a signer's. */
static const char server_root[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBSjCB8aADAgECAgECMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAXIwIBcNMjAw\n"
	"MTAxMDAwMDAwWhgPOTk5OTEyMzEyMzU5NTlaMAwxCjAIBgNVBAMMAXIwWTATBgcq\n"
	"hkjOPQIBBggqhkjOPQMBBwNCAATxGW9ZrRHYenccpQir93QP+1I6hlOKREYm+fcg\n"
	"2EL1+BH3xy9jN8dxnKqeQUFQacy+R0HZF4V1fKApmW4fHwnHo0IwQDAPBgNVHRMB\n"
	"Af8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQUKPXOdEsOaZov859K\n"
	"P2tHKoMlDvswCgYIKoZIzj0EAwIDSAAwRQIgUnWvsBSG+By2doVmBeMDvAADYPfC\n"
	"k0LkUowE1KhVDxYCIQDs1u833eUmwTW9Rn1K4j0bshpgnn/A8XPKlwZB3qQGnQ==\n"
	"-----END CERTIFICATE-----\n";
static const char server_leaf[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBdDCCARugAwIBAgIBAzAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFyMCAXDTIw\n"
	"MDEwMTAwMDAwMFoYDzk5OTkxMjMxMjM1OTU5WjARMQ8wDQYDVQQDDAZzZXJ2ZXIw\n"
	"WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATrmzZ+9ady6BohwZhONYFzFlO6xWo9\n"
	"x6Aa/e/XaAVzGUjtzF/v+ijVUoaIBBLTPz2I9zpjTJB2kz8jW6cACOX3o2cwZTAO\n"
	"BgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHQYDVR0OBBYEFDmS\n"
	"2UjSRmTDvyt7F0Iz9hE2rZwoMB8GA1UdIwQYMBaAFCj1znRLDmmaL/OfSj9rRyqD\n"
	"JQ77MAoGCCqGSM49BAMCA0cAMEQCIGKXLW0HjowVJtodhV8DxniEc+taFTVATVWV\n"
	"JyR43efOAiA+QuxujZvWYnf7G+FXk0e/4qVhL2Jcv4SYn0qeODnECw==\n"
	"-----END CERTIFICATE-----\n";

static const char legacy_statement[] =
	"{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"name\":\"a\",\"digest\":{"
	"\"sha256\":\"66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925\"}},{"
	"\"name\":\"b\",\"digest\":{"
	"\"sha256\":\"66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925\"}}],"
	"\"predicateType\":\"https://model_signing/Digests/v0.1\",\"predicate\":{\"unused\":\"\"}}";
static const char manifest_text[] =
	"03fdb4d11f01be10c31b00e7c0540e2835e89a0079b483ad2dd3c25c8cc29b61:\n"
	"  model: m\n"
	"  release: '1.0'\n"
	"  tags: {gpu: L40S}\n"
	"  workspace: !workspace\n"
	"    components:\n"
	"    - dst: d\n"
	"      src:\n"
	"        repo_id: ngc://nim/meta/llama3-70b-instruct:1.0\n"
	"        files:\n"
	"        - !name 'LICENSE.txt'\n"
	"        - 'rank0.engine'\n";
static const char policy_text[] = "mode: enforce\n"
				  "trust:\n"
				  "  method: certificate\n"
				  "  anchors: [/a, /b]\n"
				  "signatures: [/s]\n"
				  "log: /log\n";

/* What the subjects work on; made while there is memory. */
static struct {
	char *statement;
	size_t statement_length;
	char *key_bundle_text, *certificate_bundle_text;
	struct bundle key_bundle, certificate_bundle, raw_bundle;
	struct trust keys, others, anchors;
	struct key *key;
	struct sign_certificate leaf, root, server;
	struct chain_anchors *server_anchors;
	struct resource resources[2];
	struct sign_subject subject;
	uint8_t *signature;
	size_t signature_length;
	struct wire_message signed_model;
	struct digest hint;
} made;

static struct sign_certificate
read_certificate(const char *pem)
{
	struct sign_certificate certificate = { 0 };
	struct error err = { 0 };

	if (chain_read_der(
		    pem, strlen(pem), 0, "test", &certificate.der, &certificate.length, &err))
		material_need(false, err.text);
	return certificate;
}

static void
make_subject(void)
{
	static const char *const ignored[] = { ".git", "x" };
	static char first[] = "a", second[] = "b";

	made.resources[0].name = first;
	made.resources[1].name = second;
	for (size_t i = 0; i < 2; i++)
		made.resources[i].digest.algorithm = DIGEST_SHA256;
	made.subject = (struct sign_subject){ .name = "m",
		.resources = made.resources,
		.resource_count = 2,
		.ignore_paths = ignored,
		.ignore_count = 2 };
}

static void
make_trust(struct error *err)
{
	made.keys.method = made.others.method = TRUST_METHOD_KEY;
	made.keys.allow_legacy = true;
	made.anchors.method = TRUST_METHOD_CERTIFICATE;
	made.anchors.at = MATERIAL_NOW;
	if (trust_add_pem(&made.keys, MATERIAL_KEY_PUBLIC, strlen(MATERIAL_KEY_PUBLIC), "k", err) ||
		trust_add_pem(&made.others, MATERIAL_OTHER_PUBLIC, strlen(MATERIAL_OTHER_PUBLIC),
			"o", err) ||
		trust_add_pem(&made.anchors, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "r", err) ||
		chain_add_anchors(&made.server_anchors, server_root, strlen(server_root), "s", err))
		material_need(false, err->text);
}

static void
make_signed_model(struct error *err)
{
	cleanup_statement struct statement statement = { 0 };
	struct payload payload = { 0 };

	if (envelope_open(&made.key_bundle, &made.keys, &payload, err) ||
		statement_parse(&payload, false, &statement, err))
		material_need(false, err->text);
	signed_model_put(&made.signed_model, &payload, &statement);
}

static void
make_all(void)
{
	struct sign_certificate chain[2];
	struct error err = { 0 };

	make_subject();
	make_trust(&err);
	made.key = key_parse_private(MATERIAL_KEY, strlen(MATERIAL_KEY), NULL, "key", &err);
	chain[0] = made.leaf = read_certificate(MATERIAL_LEAF);
	chain[1] = made.root = read_certificate(MATERIAL_ROOT);
	made.server = read_certificate(server_leaf);
	if (!made.key || key_hint(made.key, &made.hint, &err) ||
		sign_statement(&made.subject, &made.statement, &made.statement_length, &err) ||
		sign_bundle(made.statement, made.statement_length, made.key, NULL, 0,
			&made.key_bundle_text, &err) ||
		sign_bundle(made.statement, made.statement_length, made.key, chain, 2,
			&made.certificate_bundle_text, &err) ||
		bundle_parse(made.key_bundle_text, strlen(made.key_bundle_text), &made.key_bundle,
			&err) ||
		bundle_parse(made.key_bundle_text, strlen(made.key_bundle_text), &made.raw_bundle,
			&err) ||
		bundle_parse(made.certificate_bundle_text, strlen(made.certificate_bundle_text),
			&made.certificate_bundle, &err) ||
		key_sign(made.key, "x", 1, &made.signature, &made.signature_length, &err))
		material_need(false, err.text);
	made.raw_bundle.key_bytes.bytes = (uint8_t *)strdup(MATERIAL_KEY_PUBLIC);
	made.raw_bundle.key_bytes.length = strlen(MATERIAL_KEY_PUBLIC);
	make_signed_model(&err);
}

/* From here on calls count; the LEFTth is refused. */
static void
start(long calls, bool for_good)
{
	left = calls;
	persistent = for_good;
	missed = false;
	armed = true;
}

static void
stop(void)
{
	armed = false;
}

/* What a subject came to. */
enum outcome {
	REFUSED,
	RIGHT,
	WRONG, /* accepted, and what came out is not what it should be */
};

static enum outcome
judge(int result, bool right)
{
	stop();
	return result ? REFUSED : right ? RIGHT : WRONG;
}

static enum outcome
run_json(struct error *err)
{
	static const char text[] = "{\"a\":[1,true,null,\"\\u00e9\"],\"b\":{\"c\":\"d\"}}";
	cleanup_document struct node_document *document = NULL;
	int result = json_parse(text, strlen(text), REASON_BUNDLE, &document, err);

	stop();
	return judge(result, result || (node_root(document)->count == 2 &&
					       node_member(node_root(document), "a")->count == 4));
}

static enum outcome
run_bad_json(struct error *err)
{
	static const char text[] = "{\"a\":[1,true,null,\"\\u00e9\"],\"b\":{\"c\":\"d\"},}";
	cleanup_document struct node_document *document = NULL;

	return judge(json_parse(text, strlen(text), REASON_BUNDLE, &document, err), false);
}

static enum outcome
run_yaml(struct error *err)
{
	static const struct yaml_options options;
	static const char text[] = "a: [b, 'c']\nd:\n- e\n- f: \"g\\u00e9\"\n";
	cleanup_document struct node_document *document = NULL;
	int result = yaml_parse(text, strlen(text), &options, REASON_CONFIG, &document, err);

	return judge(result, result || (node_root(document)->count == 2 &&
					       node_member(node_root(document), "d")->count == 2));
}

static enum outcome
run_bad_yaml(struct error *err)
{
	static const struct yaml_options options;
	static const char text[] = "a: [b, 'c']\nd:\n- e\n- f: \"g\\u00e9\"\n &x h: i\n";
	cleanup_document struct node_document *document = NULL;

	return judge(
		yaml_parse(text, strlen(text), &options, REASON_CONFIG, &document, err), false);
}

static enum outcome
run_bundle(const char *text, size_t certificates, struct error *err)
{
	cleanup_bundle struct bundle bundle = { 0 };
	int result = bundle_parse(text, strlen(text), &bundle, err);

	stop();
	return judge(result,
		bundle.certificate_count == certificates &&
			bundle.payload.length == made.statement_length &&
			memcmp(bundle.payload.bytes, made.statement, made.statement_length) == 0);
}

static enum outcome
run_key_bundle(struct error *err)
{
	return run_bundle(made.key_bundle_text, 0, err);
}

static enum outcome
run_certificate_bundle(struct error *err)
{
	return run_bundle(made.certificate_bundle_text, 2, err);
}

static enum outcome
open_envelope(const struct bundle *bundle, const struct trust *trust, struct error *err)
{
	struct payload payload = { 0 };
	int result = envelope_open(bundle, trust, &payload, err);

	return judge(result,
		payload.bytes == bundle->payload.bytes && payload.signer.subject[0] != '\0' &&
			!payload.legacy_encoding && payload.digest.algorithm == DIGEST_SHA256);
}

static enum outcome
run_open_key(struct error *err)
{
	return open_envelope(&made.key_bundle, &made.keys, err);
}

static enum outcome
run_open_raw(struct error *err)
{
	return open_envelope(&made.raw_bundle, &made.keys, err);
}

static enum outcome
run_open_certificate(struct error *err)
{
	return open_envelope(&made.certificate_bundle, &made.anchors, err);
}

static enum outcome
run_open_other(struct error *err)
{
	return open_envelope(&made.key_bundle, &made.others, err);
}

/* The signature is another's: both encodings are tried. */
static enum outcome
run_open_forged(struct error *err)
{
	struct bundle forged = made.key_bundle;

	forged.signature = made.certificate_bundle.payload;
	forged.signature.bytes = made.signature;
	forged.signature.length = made.signature_length;
	return open_envelope(&forged, &made.keys, err);
}

static enum outcome
run_server(struct error *err)
{
	struct chain_certificate leaf = { made.server.der, made.server.length };
	struct chain_signer signer = { 0 };
	struct key *key = NULL;
	int result = chain_verify(made.server_anchors, &leaf, 1, MATERIAL_NOW, &key, &signer, err);

	stop();
	key_release(key);
	return judge(result, false);
}

static enum outcome
parse_statement(const char *text, bool legacy, size_t ignored, struct error *err)
{
	const struct payload payload = {
		.bytes = (const uint8_t *)text, .length = strlen(text), .legacy_encoding = legacy
	};
	cleanup_statement struct statement statement = { 0 };
	int result = statement_parse(&payload, legacy, &statement, err);

	stop();
	return judge(result, statement.resource_count == 2 && statement.ignore_count == ignored &&
				     strcmp(statement.resources[1].name, "b") == 0 &&
				     statement.legacy == legacy);
}

static enum outcome
run_statement(struct error *err)
{
	return parse_statement(made.statement, false, 2, err);
}

static enum outcome
run_legacy_statement(struct error *err)
{
	return parse_statement(legacy_statement, true, 0, err);
}

static enum outcome
run_sign_statement(struct error *err)
{
	cleanup_free char *text = NULL;
	size_t length = 0;
	int result = sign_statement(&made.subject, &text, &length, err);

	return judge(result, text && strcmp(text, made.statement) == 0);
}

/* What was signed must verify. */
static enum outcome
sign(size_t count, const struct trust *trust, struct error *err)
{
	const struct sign_certificate chain[] = { made.leaf, made.root };
	cleanup_free char *text = NULL;
	cleanup_bundle struct bundle bundle = { 0 };
	struct error ignored = { 0 };
	int result = sign_bundle(
		made.statement, made.statement_length, made.key, chain, count, &text, err);

	stop();
	if (result)
		return REFUSED;
	return bundle_parse(text, strlen(text), &bundle, &ignored) == 0
		       ? open_envelope(&bundle, trust, &ignored) == RIGHT ? RIGHT : WRONG
		       : WRONG;
}

static enum outcome
run_sign_key(struct error *err)
{
	return sign(0, &made.keys, err);
}

static enum outcome
run_sign_certificate(struct error *err)
{
	return sign(2, &made.anchors, err);
}

static enum outcome
run_anchors(struct error *err)
{
	struct chain_anchors *anchors = NULL;
	struct digest fingerprint = { 0 };
	size_t count;
	int result = chain_add_anchors(&anchors, MATERIAL_ROOT, strlen(MATERIAL_ROOT), "a", err);

	if (result == 0)
		result = chain_add_anchors(&anchors, server_root, strlen(server_root), "b", err);
	stop();
	count = anchors ? chain_count(anchors) : 0;
	if (result == 0)
		result = chain_fingerprint(anchors, 1, &fingerprint, err);
	chain_release(anchors);
	return judge(result, count == 2 && fingerprint.algorithm == DIGEST_SHA256);
}

static enum outcome
run_read_der(struct error *err)
{
	cleanup_free uint8_t *der = NULL;
	size_t length = 0;
	int result =
		chain_read_der(server_leaf, strlen(server_leaf), 0, "leaf", &der, &length, err);

	return judge(
		result, length == made.server.length && memcmp(der, made.server.der, length) == 0);
}

static enum outcome
check_leaf(const struct sign_certificate *leaf, struct error *err)
{
	struct key *key = NULL;
	int result = chain_check_leaf(leaf->der, leaf->length, MATERIAL_NOW, &key, err);
	bool right;

	stop();
	right = key && key_equal(key, made.key);
	key_release(key);
	return judge(result, right);
}

static enum outcome
run_leaf(struct error *err)
{
	return check_leaf(&made.leaf, err);
}

static enum outcome
run_server_leaf(struct error *err)
{
	return check_leaf(&made.server, err);
}

static enum outcome
run_private_key(struct error *err)
{
	struct key *key = key_parse_private(MATERIAL_KEY, strlen(MATERIAL_KEY), NULL, "key", err);
	bool right;

	stop();
	right = key && key_equal(key, made.key);
	key_release(key);
	return judge(key ? 0 : -1, right);
}

static enum outcome
run_check_signature(struct error *err)
{
	return judge(key_check_signature(made.key, DIGEST_SHA256, "x", 1, made.signature,
			     made.signature_length, err),
		true);
}

static enum outcome
run_wrong_signature(struct error *err)
{
	return judge(key_check_signature(made.key, DIGEST_SHA256, "y", 1, made.signature,
			     made.signature_length, err),
		false);
}

static enum outcome
run_digest(struct error *err)
{
	static const char wanted[] =
		"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
	struct digest digest = { 0 };
	int result = digest_compute(DIGEST_SHA256, "x", 1, &digest, err);

	return judge(result, strcmp(digest_format(&digest).text, wanted) == 0);
}

static enum outcome
run_hint(struct error *err)
{
	struct digest hint = { 0 };

	return judge(key_hint(made.key, &hint, err), digest_equal(&hint, &made.hint));
}

static enum outcome
run_manifest(struct error *err)
{
	struct profile profile = { 0 };
	struct manifest *manifest = manifest_parse(manifest_text, strlen(manifest_text), err);
	int result =
		manifest ? manifest_find(manifest, manifest_profile_id(manifest, 0), &profile, err)
			 : -1;
	bool right;

	stop();
	right = result == 0 && profile.version_count == 1 && profile.versions[0].file_count == 2;
	if (result == 0)
		profile_release(&profile);
	manifest_free(manifest);
	return judge(result, right);
}

static enum outcome
run_policy(struct error *err)
{
	struct policy policy = { 0 };
	int result = policy_parse(policy_text, strlen(policy_text), &policy, err);
	bool right;

	stop();
	right = result == 0 && policy.mode == POLICY_MODE_ENFORCE && policy.anchors.count == 2 &&
		policy.signatures.count == 1 && policy.log;
	if (result == 0)
		policy_release(&policy);
	return judge(result, right);
}

static enum outcome
run_signed_model(struct error *err)
{
	struct signed_model model = { 0 };
	int result;
	bool right;

	made.signed_model.at = 0;
	made.signed_model.failed = false;
	result = signed_model_get(&made.signed_model, &model, err);
	stop();
	right = result == 0 && model.statement.resource_count == 2 &&
		signed_model_find(&model, "b") != NULL && model.statement.ignore_count == 2;
	if (result == 0)
		signed_model_release(&model);
	return judge(result, right);
}

static const struct subject {
	const char *name;
	enum outcome (*run)(struct error *err);
	bool refuses; /* even with all the memory of the world */
} subjects[] = {
	{ "JSON", run_json, false },
	{ "JSON, not valid", run_bad_json, true },
	{ "YAML", run_yaml, false },
	{ "YAML, with an anchor", run_bad_yaml, true },
	{ "bundle with a key", run_key_bundle, false },
	{ "bundle with certificates", run_certificate_bundle, false },
	{ "envelope by a key", run_open_key, false },
	{ "envelope by a key in the bundle", run_open_raw, false },
	{ "envelope by a certificate", run_open_certificate, false },
	{ "envelope by another key", run_open_other, true },
	{ "envelope with another signature", run_open_forged, true },
	{ "chain of a TLS server", run_server, true },
	{ "statement", run_statement, false },
	{ "statement of release 0.2.0", run_legacy_statement, false },
	{ "sign: statement", run_sign_statement, false },
	{ "sign: with a key", run_sign_key, false },
	{ "sign: with certificates", run_sign_certificate, false },
	{ "anchors", run_anchors, false },
	{ "certificate", run_read_der, false },
	{ "leaf", run_leaf, false },
	{ "leaf of a TLS server", run_server_leaf, true },
	{ "private key", run_private_key, false },
	{ "signature", run_check_signature, false },
	{ "signature of another text", run_wrong_signature, true },
	{ "digest", run_digest, false },
	{ "hint", run_hint, false },
	{ "manifest", run_manifest, false },
	{ "policy", run_policy, false },
	{ "signed model from the wire", run_signed_model, false },
};

/* Runs SUBJECT with the call number CALLS refused. False, with WHY, where it does not do as it
 * should. */
static bool
run_once(const struct subject *subject, long calls, bool for_good, const char **why)
{
	struct error err = { 0 };
	enum outcome outcome;

	start(calls, for_good);
	outcome = subject->run(&err);
	stop();
	*why = NULL;
	if (outcome == WRONG)
		*why = "accepted, with a wrong result";
	else if (outcome == RIGHT && subject->refuses)
		*why = "accepted";
	else if (outcome == REFUSED && (err.reason == REASON_NONE || err.text[0] == '\0'))
		*why = "refused without a reason";
	else if (outcome == REFUSED && !missed && !subject->refuses)
		*why = "refused although there was memory";
	return !*why;
}

enum { CALLS_MAX = 100000 };

static void
run_subject(const struct subject *subject, bool for_good)
{
	const char *why = NULL;
	long before, calls;
	bool good = run_once(subject, CALLS_MAX, false, &why);

	for (calls = 0; good && calls < CALLS_MAX; calls++) {
		good = run_once(subject, calls, for_good, &why);
		if (!good || !missed)
			break;
		/* Again, now that what the libraries keep for good is there. */
		before = living;
		good = run_once(subject, calls, for_good, &why);
		if (good && living != before) {
			good = false;
			why = living > before ? "leaks" : "frees too much";
		}
	}
	if (good && (calls == 0 || calls == CALLS_MAX)) {
		good = false;
		why = "takes no memory, or never enough";
	}
	check(good, subject->name, "call %ld refused%s: %s", calls,
		for_good ? ", and all later" : "", why ? why : "");
}

/* Never a half-made filter: it is loaded, or refused with a reason. */
static void
run_filter(void)
{
	static const struct filter_rule rules[] = { { .call = 231, .why = "exit_group" } };
	static const struct filter_table table = { "test", rules, ARRAY_SIZE(rules) };
	struct error err = { 0 };
	int status = 0, result;
	long calls = 0;

	while (calls < CALLS_MAX) {
		pid_t pid = fork();

		if (pid == 0) {
			start(calls, false);
			result = filter_load(&table, &err);
			stop();
			if (result == 0)
				_exit(missed ? 2 : 3);
			exit(err.reason == REASON_INTERNAL ? 0 : 1);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			break;
		calls++;
	}
	check(calls > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 3, "filter",
		"call %ld refused: status %x", calls, status);
}

int
main(void)
{
	make_all();
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		run_subject(&subjects[i], false);
		run_subject(&subjects[i], true);
	}
	run_filter();
	return check_end();
}
