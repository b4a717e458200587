#include "oms/bundle.h"

#include "base/mem.h"
#include "border/key.h"
#include "oms/sign.h"

#include "tests/unit/oms_material.h"

/* Stands for the certificates where their contents do not matter: 3 bytes and 6 bytes. */
#define CHAIN                                                                                \
	"\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"AAAA\"},{\"rawBytes\":" \
	"\"AAAAAAAA\"}]}"
#define KEY "\"publicKey\":{\"hint\":\"f00\"}"

/* Every member that a log entry can have. */
#define ENTRY                                                                                   \
	"{\"logIndex\":\"598151086\",\"logId\":{\"keyId\":\"wNI9\"},\"kindVersion\":{\"kind\":" \
	"\"dsse\",\"version\":\"0.0.1\"},\"integratedTime\":\"1760062340\","                    \
	"\"inclusionPromise\":{\"signedEntryTimestamp\":\"MEQC\"},\"inclusionProof\":{"         \
	"\"logIndex\":\"0\",\"rootHash\":\"V0NA\",\"treeSize\":\"476246825\",\"hashes\":["      \
	"\"P439\",\"Zmf1\"],\"checkpoint\":{\"envelope\":\"rekor\\n1\\n\"}},"                   \
	"\"canonicalizedBody\":\"eyJh\"}"
#define TIMES \
	"\"timestampVerificationData\":{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"MEQC\"}]}"

enum base {
	BASE_KEY,     /* material KEY, tlogEntries [] */
	BASE_CHAIN,   /* material CHAIN, tlogEntries [] */
	BASE_ENTRIES, /* material CHAIN with one full log entry, and timestamps */
	BASE_COUNT,
};

struct mutation {
	const char *name;
	enum base base;
	const char *from, *to;
	enum reason wanted;
	const char *text; /* part of the message, where the case is refused */
};

static const struct mutation tops[] = {
	{ "top: as it is", BASE_KEY, "{", "{", REASON_NONE, NULL },
	{ "top: chain as it is", BASE_CHAIN, "{", "{", REASON_NONE, NULL },
	{ "top: entries as they are", BASE_ENTRIES, "{", "{", REASON_NONE, NULL },
	{ "top: spaces", BASE_KEY, "{", " {\r\n\t ", REASON_NONE, NULL },
	{ "top: in a list", BASE_KEY, "{", "[{", REASON_BUNDLE, NULL },
	{ "top: byte order mark", BASE_KEY, "{", "\xef\xbb\xbf{", REASON_BUNDLE, NULL },
	{ "top: second value", BASE_KEY, "{\"mediaType\"", "{} {\"mediaType\"", REASON_BUNDLE,
		NULL },
	{ "top: unknown member", BASE_KEY, "{", "{\"x\":1,", REASON_BUNDLE, "unknown member 'x'" },
	{ "top: member twice", BASE_KEY,
		"\"dsseEnvelope\":", "\"dsseEnvelope\":1,\"dsseEnvelope\":", REASON_BUNDLE,
		"'dsseEnvelope' occurs twice" },
	{ "top: snake case", BASE_KEY, "mediaType", "media_type", REASON_BUNDLE,
		"unknown member 'media_type'" },
	{ "top: no media type", BASE_KEY,
		"\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",", "",
		REASON_BUNDLE, "'mediaType' is missing" },
	{ "top: media type 0.2", BASE_KEY, "bundle.v0.3+json", "bundle+json;version=0.2",
		REASON_BUNDLE, "'mediaType' must be" },
	{ "top: media type 0.4", BASE_KEY, "v0.3", "v0.4", REASON_BUNDLE, "'mediaType' must be" },
	{ "top: media type in capitals", BASE_KEY, "+json", "+JSON", REASON_BUNDLE,
		"'mediaType' must be" },
	{ "top: media type null", BASE_KEY, "\"application/vnd.dev.sigstore.bundle.v0.3+json\"",
		"null", REASON_BUNDLE, "'mediaType' must be" },
	{ "top: no material", BASE_KEY, "verificationMaterial", "x", REASON_BUNDLE, "'x'" },
	{ "top: no envelope", BASE_KEY, "dsseEnvelope", "messageSignature", REASON_BUNDLE,
		"messageSignature" },
	{ "top: message signature too", BASE_KEY, "{", "{\"messageSignature\":{},", REASON_BUNDLE,
		"messageSignature" },
	{ "top: message signature null", BASE_KEY, "{", "{\"messageSignature\":null,",
		REASON_BUNDLE, "messageSignature" },
	{ "top: material null", BASE_KEY, "{" KEY ",\"tlogEntries\":[]}", "null", REASON_BUNDLE,
		"'verificationMaterial' must be a map, is null" },
};

static const struct mutation materials[] = {
	{ "material: none", BASE_KEY, KEY ",", "", REASON_BUNDLE, "exactly one of" },
	{ "material: key and chain", BASE_KEY, KEY, KEY "," CHAIN, REASON_BUNDLE, "has 2" },
	{ "material: chain and certificate", BASE_CHAIN, CHAIN,
		CHAIN ",\"certificate\":{\"rawBytes\":\"AAAA\"}", REASON_BUNDLE, "has 2" },
	{ "material: chain and null key", BASE_CHAIN, CHAIN, CHAIN ",\"publicKey\":null",
		REASON_BUNDLE, "'publicKey' must be a map, is null" },
	{ "material: single certificate", BASE_CHAIN, CHAIN,
		"\"certificate\":{\"rawBytes\":\"AAAA\"}", REASON_NONE, NULL },
	{ "material: unknown member", BASE_KEY, KEY, KEY ",\"x\":[]", REASON_BUNDLE,
		"unknown member 'x'" },

	{ "key: empty", BASE_KEY, KEY, "\"publicKey\":{}", REASON_BUNDLE, "has neither" },
	{ "key: only details", BASE_KEY, KEY, "\"publicKey\":{\"keyDetails\":\"x\"}", REASON_BUNDLE,
		"has neither" },
	{ "key: hint null", BASE_KEY, "\"f00\"", "null", REASON_BUNDLE,
		"'hint' must be a text, is null" },
	{ "key: hint a number", BASE_KEY, "\"f00\"", "5", REASON_BUNDLE, "'hint' must be a text" },
	{ "key: hint empty", BASE_KEY, "\"f00\"", "\"\"", REASON_NONE, NULL },
	{ "key: bytes and details", BASE_KEY, "\"hint\":\"f00\"",
		"\"rawBytes\":\"AAAA\",\"keyDetails\":\"PKIX\"", REASON_NONE, NULL },
	{ "key: bytes empty", BASE_KEY, "\"hint\"", "\"rawBytes\":\"\",\"hint\"", REASON_BUNDLE,
		"'rawBytes' is empty" },
	{ "key: bytes no base64", BASE_KEY, "\"hint\"", "\"rawBytes\":\"A\",\"hint\"",
		REASON_BUNDLE, "'rawBytes' is not base64" },
	{ "key: bytes null", BASE_KEY, "\"hint\"", "\"rawBytes\":null,\"hint\"", REASON_BUNDLE,
		"'rawBytes' must be a text" },
	{ "key: more members (OMS 1.0 allows them)", BASE_KEY, "\"hint\"", "\"x\":1,\"hint\"",
		REASON_NONE, NULL },

	{ "chain: no list", BASE_CHAIN, CHAIN, "\"x509CertificateChain\":{}", REASON_BUNDLE,
		"'certificates' is missing" },
	{ "chain: empty", BASE_CHAIN, CHAIN, "\"x509CertificateChain\":{\"certificates\":[]}",
		REASON_BUNDLE, "no certificate" },
	{ "chain: unknown member", BASE_CHAIN, "\"certificates\"", "\"x\":1,\"certificates\"",
		REASON_BUNDLE, "unknown member 'x'" },
	{ "chain: a text inside", BASE_CHAIN, "{\"rawBytes\":\"AAAAAAAA\"}", "\"AAAA\"",
		REASON_BUNDLE, "certificate 1: must be an object, is a text" },
	{ "chain: no bytes", BASE_CHAIN, "{\"rawBytes\":\"AAAAAAAA\"}", "{}", REASON_BUNDLE,
		"certificate 1: the member 'rawBytes' is missing" },
	{ "chain: bytes empty", BASE_CHAIN, "AAAAAAAA", "", REASON_BUNDLE,
		"certificate 1: 'rawBytes' is empty" },
	{ "chain: more members (OMS 1.0 allows them)", BASE_CHAIN, "{\"rawBytes\"",
		"{\"x\":1,\"rawBytes\"", REASON_NONE, NULL },
	{ "chain: nine certificates", BASE_CHAIN, "{\"rawBytes\":\"AAAA\"}",
		"{\"rawBytes\":\"AAAA\"},{\"rawBytes\":\"AAAA\"},{\"rawBytes\":\"AAAA\"},"
		"{\"rawBytes\":\"AAAA\"},{\"rawBytes\":\"AAAA\"},{\"rawBytes\":\"AAAA\"},"
		"{\"rawBytes\":\"AAAA\"},{\"rawBytes\":\"AAAA\"}",
		REASON_BUNDLE, "more than 8" },
};

static const struct mutation logs[] = {
	{ "log: absent", BASE_KEY, ",\"tlogEntries\":[]", "", REASON_NONE, NULL },
	{ "log: null", BASE_KEY, "\"tlogEntries\":[]", "\"tlogEntries\":null", REASON_BUNDLE,
		"'tlogEntries' must be a list, is null" },
	{ "log: a map", BASE_KEY, "\"tlogEntries\":[]", "\"tlogEntries\":{}", REASON_BUNDLE,
		"'tlogEntries' must be a list" },
	{ "log: junk", BASE_KEY, "[]", "[{}]", REASON_BUNDLE,
		"tlogEntries[0]: the member 'logIndex' is missing" },
	{ "log: null inside", BASE_KEY, "[]", "[null]", REASON_BUNDLE, "must be an object" },
	{ "log: last is junk", BASE_ENTRIES, ENTRY, ENTRY ",5", REASON_BUNDLE,
		"tlogEntries[1]: must be an object" },
	{ "log: unknown member", BASE_ENTRIES, "{\"logIndex\":\"5", "{\"x\":1,\"logIndex\":\"5",
		REASON_BUNDLE, "unknown member 'x'" },
	{ "log: index a number", BASE_ENTRIES, "\"598151086\"", "598151086", REASON_BUNDLE,
		"'logIndex' must be a text, is a number" },
	{ "log: index negative", BASE_ENTRIES, "\"598151086\"", "\"-1\"", REASON_BUNDLE,
		"'logIndex' must be a number in digits" },
	{ "log: index with zeros", BASE_ENTRIES, "\"598151086\"", "\"01\"", REASON_BUNDLE,
		"'logIndex' must be a number" },
	{ "log: index empty", BASE_ENTRIES, "\"598151086\"", "\"\"", REASON_BUNDLE,
		"'logIndex' must be a number" },
	{ "log: largest index", BASE_ENTRIES, "\"598151086\"", "\"9223372036854775807\"",
		REASON_NONE, NULL },
	{ "log: index too large", BASE_ENTRIES, "\"598151086\"", "\"9223372036854775808\"",
		REASON_BUNDLE, "'logIndex' must be a number" },
	{ "log: no key id", BASE_ENTRIES, "\"keyId\":\"wNI9\"", "", REASON_BUNDLE,
		"logId: the member 'keyId' is missing" },
	{ "log: key id no base64", BASE_ENTRIES, "wNI9", "wNI", REASON_BUNDLE,
		"'keyId' is not base64" },
	{ "log: no version", BASE_ENTRIES, ",\"version\":\"0.0.1\"", "", REASON_BUNDLE,
		"kindVersion: the member 'version' is missing" },
	{ "log: no time", BASE_ENTRIES, "\"integratedTime\":\"1760062340\",", "", REASON_NONE,
		NULL },
	{ "log: time in words", BASE_ENTRIES, "1760062340", "today", REASON_BUNDLE,
		"'integratedTime' must be a number" },
	{ "log: no promise", BASE_ENTRIES,
		"\"inclusionPromise\":{\"signedEntryTimestamp\":\"MEQC\"},", "", REASON_NONE,
		NULL },
	{ "log: promise empty", BASE_ENTRIES, "{\"signedEntryTimestamp\":\"MEQC\"}", "{}",
		REASON_BUNDLE, "'signedEntryTimestamp' is missing" },
	{ "log: promise no base64", BASE_ENTRIES, "{\"signedEntryTimestamp\":\"MEQC\"}",
		"{\"signedEntryTimestamp\":\"ME C\"}", REASON_BUNDLE,
		"'signedEntryTimestamp' is not base64" },
	{ "log: no proof", BASE_ENTRIES, "\"inclusionProof\"", "\"x\"", REASON_BUNDLE, "'x'" },
	{ "log: proof without hashes", BASE_ENTRIES, "\"hashes\":[\"P439\",\"Zmf1\"],", "",
		REASON_BUNDLE, "inclusionProof: the member 'hashes' is missing" },
	{ "log: last hash no base64", BASE_ENTRIES, "Zmf1", "Zm", REASON_BUNDLE,
		"'hashes' is not base64" },
	{ "log: hash a number", BASE_ENTRIES, "\"Zmf1\"", "1", REASON_BUNDLE,
		"'hashes' is not base64" },
	{ "log: root hash no base64", BASE_ENTRIES, "V0NA", "V0NA==", REASON_BUNDLE,
		"'rootHash' is not base64" },
	{ "log: tree size in hex", BASE_ENTRIES, "476246825", "0x4", REASON_BUNDLE,
		"'treeSize' must be a number" },
	{ "log: no checkpoint", BASE_ENTRIES, ",\"checkpoint\":{\"envelope\":\"rekor\\n1\\n\"}", "",
		REASON_NONE, NULL },
	{ "log: checkpoint empty", BASE_ENTRIES, "{\"envelope\":\"rekor\\n1\\n\"}", "{}",
		REASON_BUNDLE, "checkpoint: the member 'envelope' is missing" },
	{ "log: no body", BASE_ENTRIES, ",\"canonicalizedBody\":\"eyJh\"", "", REASON_BUNDLE,
		"'canonicalizedBody' is missing" },
	{ "log: body no base64", BASE_ENTRIES, "eyJh", "e", REASON_BUNDLE,
		"'canonicalizedBody' is not base64" },
	{ "times: empty", BASE_ENTRIES, "{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"MEQC\"}]}",
		"{}", REASON_NONE, NULL },
	{ "times: null", BASE_ENTRIES, "{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"MEQC\"}]}",
		"null", REASON_BUNDLE, "'timestampVerificationData' must be a map" },
	{ "times: unknown member", BASE_ENTRIES, "\"rfc3161Timestamps\"", "\"x\"", REASON_BUNDLE,
		"timestampVerificationData: unknown member 'x'" },
	{ "times: junk", BASE_ENTRIES, "{\"signedTimestamp\":\"MEQC\"}", "{}", REASON_BUNDLE,
		"rfc3161Timestamps: the member 'signedTimestamp' is missing" },
	{ "times: no base64", BASE_ENTRIES, "{\"signedTimestamp\":\"MEQC\"}",
		"{\"signedTimestamp\":\"M\"}", REASON_BUNDLE, "'signedTimestamp' is not base64" },
};

static const struct mutation envelopes[] = {
	{ "envelope: unknown member", BASE_KEY, "\"payloadType\"", "\"x\":1,\"payloadType\"",
		REASON_BUNDLE, "dsseEnvelope: unknown member 'x'" },
	{ "envelope: snake case", BASE_KEY, "payloadType", "payload_type", REASON_BUNDLE,
		"unknown member 'payload_type'" },
	{ "envelope: other type", BASE_KEY, "application/vnd.in-toto+json", "text/plain",
		REASON_BUNDLE, "'payloadType' must be" },
	{ "envelope: no signatures", BASE_KEY, "\"signatures\":[", "\"x\":[", REASON_BUNDLE,
		"'x'" },
	{ "envelope: empty signatures", BASE_KEY, "\"signatures\":[{", "\"signatures\":[],\"x\":[{",
		REASON_BUNDLE, "'x'" },
	{ "envelope: two signatures", BASE_KEY, "\"signatures\":[",
		"\"signatures\":[{\"sig\":\"AAAA\"},", REASON_BUNDLE, "exactly one signature" },
	{ "envelope: payload a list", BASE_KEY, "\"payload\":\"", "\"payload\":[],\"x\":\"",
		REASON_BUNDLE, "'x'" },
	{ "envelope: payload with junk", BASE_KEY, "\"payload\":\"", "\"payload\":\"!!!!",
		REASON_BUNDLE, "'payload' is not base64" },
	{ "envelope: payload with a line break", BASE_KEY, "\"payload\":\"",
		"\"payload\":\"AAAA\\n", REASON_BUNDLE, "'payload' is not base64" },
	{ "envelope: keyid null", BASE_KEY, "\"keyid\":\"\"", "\"keyid\":null", REASON_NONE, NULL },
	{ "envelope: keyid absent", BASE_KEY, ",\"keyid\":\"\"", "", REASON_NONE, NULL },
	{ "envelope: keyid a text", BASE_KEY, "\"keyid\":\"\"", "\"keyid\":\"x\"", REASON_NONE,
		NULL },
	{ "envelope: keyid a number", BASE_KEY, "\"keyid\":\"\"", "\"keyid\":5", REASON_BUNDLE,
		"'keyid' must be a text, is a number" },
	{ "envelope: signature member", BASE_KEY, "\"keyid\":\"\"", "\"x\":\"\"", REASON_BUNDLE,
		"signatures[0]: unknown member 'x'" },
	{ "envelope: sig null", BASE_KEY, "{\"sig\":", "{\"sig\":null,\"x\":", REASON_BUNDLE,
		"'x'" },
	{ "envelope: sig with URL alphabet", BASE_KEY, "{\"sig\":\"", "{\"sig\":\"-_-_",
		REASON_BUNDLE, "signatures[0]: 'sig' is not base64" },
};

/* A bundle that our own signer made, with the material made small enough to change. */
static char *
make_key_base(void)
{
	static const char pem[] = MATERIAL_KEY;
	struct error err = { 0 };
	struct key *key = key_parse_private(pem, strlen(pem), NULL, "key", &err);
	cleanup_free char *text = NULL;
	const char *hint;
	char found[65];

	material_need(key, "key");
	check_result(sign_bundle("{}", 2, key, NULL, 0, &text, &err), REASON_NONE, &err, "signed");
	key_release(key);
	material_need(text, "bundle");
	hint = strstr(text, "\"hint\":\"");
	material_need(hint, "hint");
	snprintf(found, sizeof(found), "%s", hint + strlen("\"hint\":\""));
	return material_replace(text, found, "f00");
}

static void
check_mutations(char *const bases[BASE_COUNT], const struct mutation *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *text =
			material_replace(bases[cases[i].base], cases[i].from, cases[i].to);
		cleanup_bundle struct bundle bundle = { 0 };
		struct error err = { 0 };

		material_check(bundle_parse(text, strlen(text), &bundle, &err), cases[i].wanted,
			cases[i].text, &err, cases[i].name);
		if (cases[i].wanted != REASON_NONE)
			check(bundle.material == BUNDLE_MATERIAL_NONE && !bundle.payload.bytes,
				cases[i].name, "the output was touched");
	}
}

static void
check_contents(const char *key_text, const char *chain_text)
{
	cleanup_bundle struct bundle key = { 0 }, chain = { 0 };
	struct error err = { 0 };

	check_result(bundle_parse(key_text, strlen(key_text), &key, &err), REASON_NONE, &err,
		"contents: key");
	check(key.material == BUNDLE_MATERIAL_KEY && !key.key_bytes.bytes && !key.certificate_count,
		"contents: key's material", "%d", key.material);
	check_text(key.hint, "f00", "contents: hint");
	check(key.payload.length == 2 && memcmp(key.payload.bytes, "{}", 2) == 0 &&
			key.signature.length > 60,
		"contents: envelope", "%zu, %zu", key.payload.length, key.signature.length);
	check_result(bundle_parse(chain_text, strlen(chain_text), &chain, &err), REASON_NONE, &err,
		"contents: chain");
	check(chain.material == BUNDLE_MATERIAL_CERTIFICATES && chain.certificate_count == 2 &&
			chain.certificates[0].length == 3 && chain.certificates[1].length == 6 &&
			!chain.hint,
		"contents: chain's material", "%zu certificates", chain.certificate_count);
}

static void
check_sizes(const char *chain_text)
{
	static char long_der[(LIMIT_DER_BYTES / 3 + 1) * 4 + 1];
	cleanup_bundle struct bundle bundle = { 0 };
	struct error err = { 0 };

	memset(long_der, 'A', sizeof(long_der) - 1);
	cleanup_free char *text = material_replace(chain_text, "AAAAAAAA", long_der);

	material_check(bundle_parse(text, strlen(text), &bundle, &err), REASON_BUNDLE,
		"certificate 1: has 16386 bytes", &err, "sizes: certificate");
	material_check(bundle_parse(text, LIMIT_BUNDLE_BYTES + 1, &bundle, &err), REASON_BUNDLE,
		"at most 33554432", &err, "sizes: bundle");
	material_check(
		bundle_parse("", 0, &bundle, &err), REASON_BUNDLE, NULL, &err, "sizes: nothing");
	bundle_release(&bundle);
	check(!bundle.hint, "release: of nothing", "not empty");
}

/* TEXT with the value of the text member NAME (with its quotes and colon) made empty. */
static char *
empty_value(const char *text, const char *name)
{
	const char *value = strstr(text, name);
	char *changed = strdup(text);

	material_need(value && changed, name);
	value += strlen(name) + 1;
	snprintf(changed + (value - text), strlen(value) + 1, "%s", strchr(value, '"'));
	return changed;
}

static void
check_empty_values(const char *key_text)
{
	cleanup_free char *no_payload = empty_value(key_text, "\"payload\":");
	cleanup_free char *no_signature = empty_value(key_text, "\"sig\":");
	cleanup_bundle struct bundle bundle = { 0 };
	struct error err = { 0 };

	material_check(bundle_parse(no_payload, strlen(no_payload), &bundle, &err), REASON_BUNDLE,
		"'payload' is empty", &err, "envelope: payload empty");
	material_check(bundle_parse(no_signature, strlen(no_signature), &bundle, &err),
		REASON_BUNDLE, "signatures[0]: 'sig' is empty", &err, "envelope: sig empty");
}

int
main(void)
{
	char *bases[BASE_COUNT];

	bases[BASE_KEY] = make_key_base();
	bases[BASE_CHAIN] = material_replace(bases[BASE_KEY], KEY, CHAIN);
	bases[BASE_ENTRIES] = material_replace(bases[BASE_CHAIN], "[]", "[" ENTRY "]," TIMES);
	check_contents(bases[BASE_KEY], bases[BASE_CHAIN]);
	check_sizes(bases[BASE_CHAIN]);
	check_empty_values(bases[BASE_KEY]);
	check_mutations(bases, tops, ARRAY_SIZE(tops));
	check_mutations(bases, materials, ARRAY_SIZE(materials));
	check_mutations(bases, logs, ARRAY_SIZE(logs));
	check_mutations(bases, envelopes, ARRAY_SIZE(envelopes));
	for (size_t i = 0; i < BASE_COUNT; i++)
		free(bases[i]);
	return check_end();
}
