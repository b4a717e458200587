/*
 * Writes the seeds that are no text, or that have to be signed: make_seeds FOLDER, in which each
 * target has its own.
 */
#include "base/base64.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/writer.h"
#include "border/chain.h"
#include "border/mac.h"
#include "gate/plan.h"
#include "gate/signed_model.h"
#include "gate/start.h"
#include "guard/wire.h"
#include "nim/hardware.h"
#include "oms/envelope.h"
#include "receipt/journal_row.h"

#include "tests/fuzz/verdict_rules.h"
#include "tests/fuzz/verdict_sign.h"
#include "tests/unit/oms_material.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *seeds;

static void
write_seed(const char *target, const char *name, const void *bytes, size_t length)
{
	char path[1024];
	int fd;

	snprintf(path, sizeof(path), "%s/fuzz_%s", seeds, target);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/fuzz_%s/%s", seeds, target, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	material_need(fd >= 0 && file_write_all(fd, bytes, length) == 0, path);
	close(fd);
}

/* Behind a byte that says how the target reads it. */
static void
write_chosen(const char *target, const char *name, char choice, const void *bytes, size_t length)
{
	char text[4096];

	material_need(length < sizeof(text), "a short seed");
	text[0] = choice;
	memcpy(text + 1, bytes, length);
	write_seed(target, name, text, length + 1);
}

/* A header, a row of the index, rows: the target makes the MACs, or leaves them wrong. */
static void
write_journal(const char *name, char choice, uint8_t sorted, size_t rows)
{
	static char text[1 + JOURNAL_ROW_BYTES * 25];
	struct journal_row_sealed row = { .version = JOURNAL_ROW_VERSION,
		.algorithm = DIGEST_SHA256,
		.digest_algorithm = DIGEST_SHA256 };

	memcpy(row.magic, "nimgtrow", sizeof(row.magic));
	memset(text, 0, sizeof(text));
	text[0] = choice;
	text[1 + offsetof(struct journal_row_header, sorted)] = (char)sorted;
	for (size_t i = 2; i < rows + 2; i++) {
		row.identity.inode = i / 3;
		memcpy(text + 1 + JOURNAL_ROW_BYTES * i, &row, sizeof(row));
	}
	write_seed("journal", name, text, 1 + JOURNAL_ROW_BYTES * (rows + 2));
}

/* A memo's header, an answer, and room for the MAC: the target makes right what CHOICE asks for. */
static void
write_memo(const char *name, char choice)
{
	char text[1 + 64 + 40 + MAC_BYTES] = { choice };

	memset(text + 1 + 64, 'a', 40);
	write_seed("memo", name, text, sizeof(text));
}

static void
write_message(const char *name, struct wire_message *message)
{
	material_need(!message->failed, name);
	write_seed("wire", name, message->bytes, message->length);
	wire_release(message);
}

/* An honest parser's answer about a manifest. */
static void
write_plan(void)
{
	char file[] = "config.json", *files[] = { file }, workspace[] = "model/config.json";
	struct profile_version version = {
		.ref = { "nim", "meta", "llama-demo", "hf-1" }, .files = files, .file_count = 1
	};
	struct profile_file place = { .workspace = workspace, .version = 0, .file = file };
	struct profile profile = {
		.id = "4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d",
		.versions = &version,
		.version_count = 1,
		.files = &place,
		.file_count = 1
	};
	struct wire_message message = { 0 };

	plan_put(&message, &profile, false);
	write_message("plan", &message);
	profile.id[0] = '\0';
	version.file_count = 0;
	profile.file_count = 0;
	plan_put(&message, &profile, true);
	write_message("union", &message);
	wire_put_u64(&message, 3);
	wire_put_u64(&message, 1);
	wire_put_text(&message, "h100-tp2");
	plan_put(&message, &profile, true);
	write_message("fit", &message);
}

/* About a configuration. */
static void
write_start(void)
{
	char name[] = "NIM_MODEL_NAME", value[] = "/models/a";
	struct environment_setting setting = { ENVIRONMENT_SOURCE, name, value };
	struct start start = { .root_path = "rootfs",
		.cache_root = "/opt/nim/.cache",
		.nim = true,
		.settings = &setting,
		.setting_count = 1 };
	struct wire_message message = { 0 };

	start_put(&message, &start);
	write_message("start", &message);
}

/* What the monitor says of a container's GPUs. */
static void
write_hardware(void)
{
	struct hardware hardware = { 0 };
	struct wire_message message = { 0 };

	hardware_add(&hardware, "NVIDIA L40S", 0);
	hardware_add(&hardware, "NVIDIA H100 80GB HBM3", 0);
	hardware_put(&message, &hardware);
	write_message("hardware", &message);
}

/* About a bundle. */
static void
write_signed_model(void)
{
	char name[] = "config.json", ignored[] = ".git", *ignore_paths[] = { ignored };
	char subject[] = "model";
	struct resource resource = { .name = name, .digest = { .algorithm = DIGEST_SHA256 } };
	struct statement statement = { .subject = subject,
		.resources = &resource,
		.resource_count = 1,
		.ignore_paths = ignore_paths,
		.ignore_count = 1 };
	struct payload payload = { .digest.algorithm = DIGEST_SHA256,
		.signer = { .subject = "CN=test", .spki.algorithm = DIGEST_SHA256 } };
	struct wire_message message = { 0 };

	signed_model_put(&message, &payload, &statement);
	write_message("signed_model", &message);
}

static void
write_verdicts(void)
{
	static const struct verdict_statement statements[] = {
		{ .hash = "sha256" },
		{ .hash = "sha256", .legacy = true },
		{ .hash = "sha256", .shard = 7, .suffix = true },
		{ .hash = "blake2b" },
		{ .hash = "blake2b", .shard = 16 },
		{ .hash = "blake3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
		cleanup_free char *statement = verdict_state(&statements[i]);
		const struct verdict_bytes payload = { (const uint8_t *)statement,
			strlen(statement) };

		/* What is right holds, or nothing could ever be admitted. */
		material_need(!verdict_knows(statements[i].hash) || verdict_rules_hold(&payload),
			statement);
		write_seed("statement", statements[i].legacy ? "legacy" : statements[i].hash,
			statement, strlen(statement));
		for (int form = 0; form < VERDICT_FORMS; form++) {
			cleanup_free char *bundle =
				verdict_sign(statement, strlen(statement), (enum verdict_form)form);
			char name[32];

			snprintf(name, sizeof(name), "%zu-%d", i, form);
			material_need(bundle, name);
			write_seed("verdict", name, bundle, strlen(bundle));
			if (i == 0)
				write_seed("bundle", name, bundle, strlen(bundle));
		}
	}
}

/* A bundle that says something else about its key. */
static void
write_material(const char *name, const char *hint, const char *pem)
{
	static const struct verdict_statement what = { .hash = "sha256" };
	cleanup_free char *statement = verdict_state(&what);
	cleanup_free char *bundle = verdict_sign(statement, strlen(statement), VERDICT_KEY);
	cleanup_free char *bytes = base64_encode((const uint8_t *)pem, strlen(pem));
	const char *start = strstr(bundle, "\"hint\":"), *end = strchr(start, '}');
	cleanup_writer struct writer out = { 0 };

	writer_format(&out, "%.*s%s", (int)(start - bundle), bundle, hint);
	if (pem[0])
		writer_format(&out, "%s\"rawBytes\":\"%s\"", hint[0] ? "," : "", bytes);
	writer_format(&out, "%s", end);
	material_need(!out.failed, name);
	write_seed("verdict", name, out.text, out.length);
	write_seed("bundle", name, out.text, out.length);
}

static void
write_materials(void)
{
	write_material("hint-none", "\"hint\":\"\"", "");
	write_material("hint-other", "\"hint\":\"00\"", "");
	write_material("raw", "", MATERIAL_KEY_PUBLIC);
	write_material("raw-other", "", MATERIAL_OTHER_PUBLIC);
	write_material("raw-stranger", "\"hint\":\"00\"", MATERIAL_KEY_PUBLIC);
	write_material("raw-junk", "", "junk");
}

static void
write_certificate(const char *name, const char *pem)
{
	cleanup_free uint8_t *der = NULL;
	struct error err = { 0 };
	size_t length;

	material_need(chain_read_der(pem, strlen(pem), 0, name, &der, &length, &err) == 0, name);
	write_seed("certificate", name, der, length);
}

/* Choices of fuzz_path: the number of certificates; each one's key, subject, validity, extensions;
 * each one's issuer, the last one first. */
static void
write_paths(void)
{
	static const char leaf[] = { 0, 0, 0, 0, 1, 0, 1, 1 };
	static const char usages[] = { 0, 0, 0, 0, 2, 0, 1, 3, 0, 1 };
	static const char chain[] = { 2, 0, 0, 0, 2, 0, 1, 3, 1, 1, 0, 0, 1, 6, 1, 2, 0, 0, 1, 6, 1,
		1, 0, 0 };
	static const char server[] = { 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2, 6, 1, 4, 0, 1, 0 };
	static const char rsa[] = { 1, 0, 0, 0, 1, 0, 1, 5, 0, 0, 1, 6, 1, 1, 0 };
	static const char strange[] = { 0, 6, 3, 1, 2, (char)0xe0, 1, 5, 4, 0, 3 };

	write_seed("path", "leaf", leaf, sizeof(leaf));
	write_seed("path", "usages", usages, sizeof(usages));
	write_seed("path", "chain", chain, sizeof(chain));
	write_seed("path", "server", server, sizeof(server));
	write_seed("path", "rsa", rsa, sizeof(rsa));
	write_seed("path", "strange", strange, sizeof(strange));
}

/* The DER in a PEM text, without our own parsers of such. */
static void
write_spki(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long length = 0;

	material_need(PEM_read_bio(bio, &name, &header, &der, &length) == 1, "a public key");
	write_chosen("key", "spki", 3, der, (size_t)length);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
}

/* KEY as an encrypted private key, or as an SPKI, and freed. */
static void
write_pkey(EVP_PKEY *pkey, const char *name, bool private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL, password[] = "password";
	long length;

	material_need(pkey && bio, name);
	if (private)
		PEM_write_bio_PKCS8PrivateKey(
			bio, pkey, EVP_aes_128_cbc(), password, (int)strlen(password), NULL, NULL);
	else
		i2d_PUBKEY_bio(bio, pkey);
	length = BIO_get_mem_data(bio, &bytes);
	write_chosen("key", name, private ? 1 : 3, bytes, (size_t)length);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
}

/* A key of ours that does not name its curve. */
static EVP_PKEY *
make_explicit(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	EVP_PKEY_set_utf8_string_param(
		pkey, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
	return pkey;
}

static void
write_keys(void)
{
	write_spki(MATERIAL_KEY_PUBLIC);
	write_pkey(EVP_EC_gen("P-256"), "encrypted", true);
	write_pkey(EVP_EC_gen("P-384"), "p384", false);
	write_pkey(EVP_EC_gen("brainpoolP256r1"), "brainpool", false);
	write_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "ed25519", false);
	write_pkey(EVP_RSA_gen(1024), "rsa", false);
	write_pkey(make_explicit(), "explicit", false);
	write_chosen("key", "private", 0, MATERIAL_KEY, strlen(MATERIAL_KEY));
	write_chosen("key", "private-p521", 0, MATERIAL_OTHER, strlen(MATERIAL_OTHER));
	write_chosen("key", "public", 2, MATERIAL_OTHER_PUBLIC, strlen(MATERIAL_OTHER_PUBLIC));
	write_chosen("key", "signature", 4, "\x30\x06\x02\x01\x01\x02\x01\x01", 8);
}

/* A text with escapes that is longer than any parser's first buffer. */
static void
write_long_text(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "\"\\n", 3);
	text[sizeof(text) - 1] = '"';
	write_seed("json", "long", text, sizeof(text));
}

int
main(int argc, char **argv)
{
	material_need(argc == 2, "usage: make_seeds FOLDER");
	seeds = argv[1];
	mkdir(seeds, 0777);
	write_plan();
	write_start();
	write_hardware();
	write_signed_model();
	write_verdicts();
	write_materials();
	write_certificate("root", MATERIAL_ROOT);
	write_certificate("leaf", MATERIAL_LEAF);
	write_certificate("expired", MATERIAL_LEAF_EXPIRED);
	write_paths();
	write_keys();
	write_long_text();
	write_journal("sorted", 3, 20, 22);
	write_journal("compacted", 7, 18, 20);
	write_journal("forged", 1, 0, 3);
	write_memo("sealed", 7);
	write_memo("forged", 3);
	write_memo("told", 6);
	return 0;
}
