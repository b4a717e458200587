/*
 * Signature files made by others (facts: oms, vectors): each is read, opened and its statement
 * parsed as the command would do it; the contents of the models are not looked at here.
 */
#include "base/mem.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/statement.h"
#include "oms/trust.h"

#include "tests/unit/oms_material.h"

#define GOLDEN_CA  "golden/keys/certificate/ca-cert.pem"
#define GOLDEN_KEY "golden/keys/certificate/signing-key-pub.pem"
#define NVIDIA_CA  "nvidia/nv-agent-root-cert.pem"
#define LAB_CA     "lab/trust/p256-root.pem"

static const struct vector {
	const char *signature;
	enum trust_method method;
	const char *trust;
	enum reason wanted;
	const char *text; /* part of the message, where the case is refused */
} vectors[] = {
	{ "golden/v0.2.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE, GOLDEN_CA, REASON_NONE,
		NULL },
	{ "golden/v0.2.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_UNTRUSTED,
		"neither in the bundle" },
	{ "golden/v0.2.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE,
		"golden/keys/certificate/int-ca-cert.pem", REASON_UNTRUSTED,
		"not among the configured anchors" },
	{ "golden/v0.3.1-certificate/model.sig", TRUST_METHOD_CERTIFICATE, GOLDEN_CA, REASON_NONE,
		NULL },
	{ "golden/v0.3.1-certificate/model.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_UNTRUSTED,
		"neither in the bundle" },
	{ "golden/v0.3.1-certificate/model.sig", TRUST_METHOD_CERTIFICATE,
		"golden/keys/certificate/int-ca-cert.pem", REASON_UNTRUSTED,
		"not among the configured anchors" },
	{ "golden/v1.0.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE, GOLDEN_CA, REASON_NONE,
		NULL },
	{ "golden/v1.0.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_UNTRUSTED,
		"neither in the bundle" },
	{ "golden/v1.0.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE,
		"golden/keys/certificate/int-ca-cert.pem", REASON_UNTRUSTED,
		"not among the configured anchors" },
	{ "golden/v1.0.1-certificate/model.sig", TRUST_METHOD_CERTIFICATE, GOLDEN_CA, REASON_NONE,
		NULL },
	{ "golden/v1.0.1-certificate/model.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_UNTRUSTED,
		"neither in the bundle" },
	{ "golden/v1.0.1-certificate/model.sig", TRUST_METHOD_CERTIFICATE,
		"golden/keys/certificate/int-ca-cert.pem", REASON_UNTRUSTED,
		"not among the configured anchors" },
	{ "golden/v1.1.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE, GOLDEN_CA, REASON_NONE,
		NULL },
	{ "golden/v1.1.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_UNTRUSTED,
		"neither in the bundle" },
	{ "golden/v1.1.0-certificate/model.sig", TRUST_METHOD_CERTIFICATE,
		"golden/keys/certificate/int-ca-cert.pem", REASON_UNTRUSTED,
		"not among the configured anchors" },
	{ "golden/v0.3.1-elliptic-key/model.sig", TRUST_METHOD_KEY, GOLDEN_KEY, REASON_NONE, NULL },
	{ "golden/v0.3.1-elliptic-key/model.sig", TRUST_METHOD_KEY, "lab/trust/p256-leaf.pub",
		REASON_SIGNATURE, "not among the 1 trusted" },
	{ "golden/v1.0.0-elliptic-key/model.sig", TRUST_METHOD_KEY, GOLDEN_KEY, REASON_NONE, NULL },
	{ "golden/v1.0.0-elliptic-key/model.sig", TRUST_METHOD_KEY, "lab/trust/p256-leaf.pub",
		REASON_SIGNATURE, "not among the 1 trusted" },
	{ "golden/v1.0.1-elliptic-key/model.sig", TRUST_METHOD_KEY, GOLDEN_KEY, REASON_NONE, NULL },
	{ "golden/v1.0.1-elliptic-key/model.sig", TRUST_METHOD_KEY, "lab/trust/p256-leaf.pub",
		REASON_SIGNATURE, "not among the 1 trusted" },
	{ "golden/v1.1.0-elliptic-key/model.sig", TRUST_METHOD_KEY, GOLDEN_KEY, REASON_NONE, NULL },
	{ "golden/v1.1.0-elliptic-key/model.sig", TRUST_METHOD_KEY, "lab/trust/p256-leaf.pub",
		REASON_SIGNATURE, "not among the 1 trusted" },
	{ "lab/p256.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/p384.sig", TRUST_METHOD_CERTIFICATE, "lab/trust/p384-root.pem", REASON_NONE, NULL },
	{ "lab/p521.sig", TRUST_METHOD_CERTIFICATE, "lab/trust/p521-root.pem", REASON_NONE, NULL },
	{ "lab/cv/ok-p256.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/ok-p521.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/ok-chain-with-root.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_NONE,
		NULL },
	{ "lab/cv/chain-missing-int.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "neither in the bundle" },
	{ "lab/cv/trust-int-only.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/int.pem", REASON_UNTRUSTED,
		"not among the configured anchors" },
	{ "lab/cv/trust-leaf-only.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/leaf.pem",
		REASON_UNTRUSTED, "neither in the bundle" },
	{ "lab/cv/noku-eku-cs.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_NONE,
		NULL },
	{ "lab/cv/ku-ds-eku-server.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "ExtendedKeyUsage has neither" },
	{ "lab/cv/noku-eku-server.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "ExtendedKeyUsage has neither" },
	{ "lab/cv/noku-noeku.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_UNTRUSTED,
		"has neither KeyUsage" },
	{ "lab/cv/noku-eku-any.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_UNTRUSTED,
		"has neither KeyUsage" },
	{ "lab/cv/leaf-expired.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_EXPIRED,
		"has expired" },
	{ "lab/cv/leaf-future.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_EXPIRED,
		"not valid yet" },
	{ "lab/cv/leaf-before-int.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_EXPIRED,
		"when the signer's validity starts" },
	{ "lab/cv/int-expired-at-nb.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_EXPIRED, "has expired" },
	{ "lab/cv/int-not-ca.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_UNTRUSTED,
		"not a CA" },
	{ "lab/cv/int-no-bc.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_UNTRUSTED,
		"not a CA" },
	{ "lab/cv/int-no-ku.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_NONE, NULL },
	{ "lab/cv/int-eku-server.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "may not issue" },
	{ "lab/cv/root-expired-now.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root-expired-now.pem",
		REASON_EXPIRED, "'CN=R' has expired" },
	{ "lab/cv/pathlen-violation.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "path length" },
	{ "lab/cv/selfsigned-untrusted.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "signed by itself" },
	{ "lab/cv/rsa-leaf.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_UNTRUSTED,
		"RSA key" },
	{ "lab/cv/ed25519-leaf.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem", REASON_UNTRUSTED,
		"ED25519 key" },
	{ "lab/cv/curve-brainpoolP256r1.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "brainpoolP256r1" },
	{ "lab/cv/curve-brainpoolP384r1.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_UNTRUSTED, "brainpoolP384r1" },
	{ "lab/cv/sig-by-other-key.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/root.pem",
		REASON_SIGNATURE, "not made over these bytes" },
	{ "lab/cv/rsa-root.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/rsaroot.pem", REASON_NONE,
		NULL },
	{ "lab/cv/sha1.sig", TRUST_METHOD_CERTIFICATE, "lab/cv/s1root.pem", REASON_UNTRUSTED,
		"SHA-1" },
	{ "lab/bv/mt-v02.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'mediaType' must be" },
	{ "lab/bv/mt-v04.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'mediaType' must be" },
	{ "lab/bv/mt-garbage.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'mediaType' must be" },
	{ "lab/bv/mt-missing.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'mediaType' is missing" },
	{ "lab/bv/vm-unknown.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"unknown member 'foo'" },
	{ "lab/bv/tlog-null.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE, "is null" },
	{ "lab/bv/tlog-junk.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"tlogEntries[0]" },
	{ "lab/bv/msgsig-too.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"messageSignature" },
	{ "lab/bv/keyid-null.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/keyid-absent.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/keyid-num.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'keyid' must be" },
	{ "lab/bv/snake-case.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'media_type'" },
	{ "lab/bv/pt-other-env.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'payloadType' must be" },
	{ "lab/bv/b64-url.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'sig' is not base64" },
	{ "lab/bv/b64-junk.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"'payload' is not base64" },
	{ "lab/bv/sig-flip-s.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/sig-trailing.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_SIGNATURE,
		"strict DER" },
	{ "lab/bv/payload-tamper.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_SIGNATURE,
		"not made over these bytes" },
	{ "lab/bv/json-bom.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE,
		"byte order mark" },
	{ "lab/bv/json-array.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_BUNDLE, "is a list" },
	{ "lab/bv/json-pretty.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/s-type01.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"'_type' must be" },
	{ "lab/bv/s-pred11.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"'predicateType' must be" },
	{ "lab/bv/s-subj2.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT, "has 2" },
	{ "lab/bv/s-subj0.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT, "has 0" },
	{ "lab/bv/s-res-unsorted.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/s-res-dup-same.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"occurs twice" },
	{ "lab/bv/s-name-dslash.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"'sub//b'" },
	{ "lab/bv/s-method.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT, "'tensors'" },
	{ "lab/bv/s-nohash.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"'hash_type' is missing" },
	{ "lab/bv/s-hash-lie.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT, "'blake3'" },
	{ "lab/bv/s-symstr.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"'allow_symlinks' must be" },
	{ "lab/bv/s-noign.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/s-ign-dot.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"ignore_paths: '.'" },
	{ "lab/bv/s-ign-abs.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"ignore_paths: '/etc'" },
	{ "lab/bv/s-dupkey.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"'predicateType' occurs twice" },
	{ "lab/bv/s-bom.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"byte order mark" },
	{ "lab/bv/s-utf16.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT, "not UTF-8" },
	{ "lab/bv/s-v02-newpae.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/s-v02-compatpae.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/bv/s-v1-compatpae.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"the encoding of release 0.2.0" },
	{ "lab/bv/s-empty-res.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_STATEMENT,
		"is empty" },
	{ "lab/hv/sha256-files.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/hv/blake3-shards-4.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/hv/co.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/hv/sha256-shards-4.sig", TRUST_METHOD_CERTIFICATE, LAB_CA, REASON_NONE, NULL },
	{ "lab/kv/k.sig", TRUST_METHOD_KEY, "lab/kv/kcrlf.pub", REASON_NONE, NULL },
	{ "lab/kv/k.sig", TRUST_METHOD_KEY, "lab/kv/k.der", REASON_CONFIG, "not PEM" },
	{ "lab/kv/k.sig", TRUST_METHOD_KEY, "lab/kv/r.pub", REASON_CONFIG, "RSA key" },
	{ "lab/kv/k.sig", TRUST_METHOD_KEY, "lab/kv/k1.pub", REASON_CONFIG, "secp256k1" },
	{ "lab/kv/hintn.sig", TRUST_METHOD_KEY, "lab/kv/k.pub", REASON_BUNDLE, "has neither" },
	{ "lab/kv/raw.sig", TRUST_METHOD_KEY, "lab/kv/k.pub", REASON_BUNDLE, "publicKey.rawBytes" },
	{ "nvidia/mcore-create-issue/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA,
		REASON_NONE, NULL },
	{ "nvidia/nemo-rl-docs/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA, REASON_NONE,
		NULL },
	{ "nvidia/mcore-testing/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA, REASON_NONE,
		NULL },
	{ "nvidia/tao-train-single-step/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA,
		REASON_NONE, NULL },
	{ "nvidia/i4h-workflow-setup/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA,
		REASON_NONE, NULL },
	{ "nvidia/tao-validate-dataset-format/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA,
		REASON_NONE, NULL },
	{ "nvidia/deepstream-dev/skill.oms.sig", TRUST_METHOD_CERTIFICATE, NVIDIA_CA, REASON_NONE,
		NULL },
};

static void
check_vector(const struct vector *vector)
{
	cleanup_trust struct trust trust = {
		.method = vector->method, .at = MATERIAL_NOW, .allow_legacy = true
	};
	cleanup_bytes struct file_bytes text = { 0 }, pem = { 0 };
	cleanup_bundle struct bundle bundle = { 0 };
	cleanup_statement struct statement statement = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };
	int result;

	if (!material_vector(vector->signature, &text) || !material_vector(vector->trust, &pem)) {
		check(false, vector->signature, "the vectors lack it, or %s", vector->trust);
		return;
	}
	result = trust_add_pem(&trust, pem.bytes, pem.length, vector->trust, &err);
	if (result == 0)
		result = bundle_parse(text.bytes, text.length, &bundle, &err);
	if (result == 0)
		result = envelope_open(&bundle, &trust, &payload, &err);
	if (result == 0)
		result = statement_parse(&payload, true, &statement, &err);
	material_check(result, vector->wanted, vector->text, &err, vector->signature);
}

/* The known answer of facts: oms, section 3: release 0.2.0 signed other bytes, with SHA-256. */
static void
check_legacy(void)
{
	static const char name[] = "golden/v0.2.0-certificate/model.sig";
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_CERTIFICATE,
		.at = MATERIAL_NOW };
	cleanup_bytes struct file_bytes text = { 0 }, pem = { 0 };
	cleanup_bundle struct bundle bundle = { 0 };
	cleanup_statement struct statement statement = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };

	if (!material_vector(name, &text) || !material_vector(GOLDEN_CA, &pem) ||
		trust_add_pem(&trust, pem.bytes, pem.length, "anchor", &err) ||
		bundle_parse(text.bytes, text.length, &bundle, &err)) {
		check(false, "release 0.2.0", "not read: %s", err.text);
		return;
	}
	check(bundle.payload.length == 664, "release 0.2.0: payload", "%zu bytes",
		bundle.payload.length);
	material_check(envelope_open(&bundle, &trust, &payload, &err), REASON_SIGNATURE,
		"the encoding of release 0.2.0", &err, "release 0.2.0: not allowed");
	trust.allow_legacy = true;
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_NONE, &err,
		"release 0.2.0: allowed");
	check(payload.legacy_encoding, "release 0.2.0: marked", "not marked");
	check_result(statement_parse(&payload, false, &statement, &err), REASON_STATEMENT, &err,
		"release 0.2.0: statement not allowed");
	check_result(statement_parse(&payload, true, &statement, &err), REASON_NONE, &err,
		"release 0.2.0: statement");
	check(statement.legacy && statement.resource_count == 2, "release 0.2.0: contents",
		"%zu files", statement.resource_count);
}

static void
check_nvidia(void)
{
	static const char name[] = "nvidia/mcore-testing/skill.oms.sig";
	cleanup_trust struct trust trust = { .method = TRUST_METHOD_CERTIFICATE,
		.at = MATERIAL_NOW };
	cleanup_bytes struct file_bytes text = { 0 }, pem = { 0 };
	cleanup_bundle struct bundle bundle = { 0 };
	cleanup_statement struct statement statement = { 0 };
	struct payload payload = { 0 };
	struct error err = { 0 };

	if (!material_vector(name, &text) || !material_vector(NVIDIA_CA, &pem) ||
		trust_add_pem(&trust, pem.bytes, pem.length, "anchor", &err) ||
		bundle_parse(text.bytes, text.length, &bundle, &err)) {
		check(false, "NVIDIA", "not read: %s", err.text);
		return;
	}
	check_result(envelope_open(&bundle, &trust, &payload, &err), REASON_NONE, &err, "NVIDIA");
	check(strstr(payload.signer.subject, "NVIDIA Agent Skills Signing 001") &&
			!payload.legacy_encoding,
		"NVIDIA: signer", "%s", payload.signer.subject);
	check_result(statement_parse(&payload, false, &statement, &err), REASON_NONE, &err,
		"NVIDIA: statement");
	check(statement.resource_count == 4 && statement.ignore_count == 4, "NVIDIA: contents",
		"%zu files, %zu ignored", statement.resource_count, statement.ignore_count);
	check_text(digest_format(&statement.root_digest).text,
		"7e294a9b5a1988f7b4e8598c7510dd6cced633f56d5fee6da69b02d45925038d",
		"NVIDIA: root digest");
}

int
main(void)
{
	cleanup_bytes struct file_bytes readme = { 0 };

	if (!material_vector("expected.tsv", &readme)) {
		check_skip("oms vectors", "NIMGATE_VECTORS names no folder that holds them");
		return check_end();
	}
	check_legacy();
	check_nvidia();
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		check_vector(&vectors[i]);
	return check_end();
}
