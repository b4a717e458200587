#include "tests/fuzz/verdict_rules.h"

#include "base/error.h"
#include "base/node.h"
#include "border/json.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/verdict_model.h"
#include "tests/unit/oms_material.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_CURRENT "https://model_signing/signature/v1.0"
#define TYPE_LEGACY  "https://model_signing/Digests/v0.1"

/* The names of OMS, and OpenSSL's; NULL where it has none. */
static const struct {
	const char *name;
	const char *openssl;
	size_t size;
} hashes[] = {
	{ "sha256", "SHA256", 32 },
	{ "blake2b", "BLAKE2b512", 64 },
	{ "blake3", NULL, 32 },
};

/* What the list of signed files comes to. */
struct cover {
	bool bytes[VERDICT_FILES][VERDICT_BYTES_MAX]; /* which of each file are signed */
	EVP_MD_CTX *root; /* over all digests in the order of the payload */
};

static const char *
text_of(const struct node *map, const char *name)
{
	const char *text = node_text(node_member(map, name));

	return text ? text : "";
}

static int
find_hash(const char *name)
{
	for (int i = 0; i < (int)(sizeof(hashes) / sizeof(hashes[0])); i++)
		if (strcmp(name, hashes[i].name) == 0)
			return i;
	return -1;
}

/* The digest as bytes; false where it is none of that hash. */
static bool
read_digest(const char *text, int hash, uint8_t out[static 64])
{
	if (strlen(text) != 2 * hashes[hash].size ||
		strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return false;
	for (size_t i = 0; i < hashes[hash].size; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

/* The bytes START to END of file INDEX have this digest, and are signed by nothing else. */
static bool
add_range(struct cover *cover, size_t index, size_t start, size_t end, int hash, const char *digest)
{
	const char *text = verdict_files[index].text;
	uint8_t wanted[64], found[EVP_MAX_MD_SIZE];

	if (!read_digest(digest, hash, wanted))
		return false;
	if (hashes[hash].openssl && (EVP_Q_digest(NULL, hashes[hash].openssl, NULL, text + start,
					     end - start, found, NULL) != 1 ||
					    memcmp(found, wanted, hashes[hash].size) != 0))
		return false;
	for (size_t i = start; i < end; i++) {
		if (cover->bytes[index][i])
			return false;
		cover->bytes[index][i] = true;
	}
	return EVP_DigestUpdate(cover->root, wanted, hashes[hash].size) == 1;
}

/* NAME is a whole file's; with SHARD not 0 it is "FILE:START:END", in the only way to write it:
 * one shard long, but for the last. */
static bool
add_name(struct cover *cover, const char *name, size_t shard, int hash, const char *digest)
{
	for (size_t i = 0; i < VERDICT_FILES; i++) {
		size_t size = strlen(verdict_files[i].text), step = shard ? shard : size;

		for (size_t start = 0; start < size; start += step) {
			size_t end = size - start < step ? size : start + step;
			char wanted[128];

			if (shard)
				snprintf(wanted, sizeof(wanted), "%s:%zu:%zu",
					verdict_files[i].name, start, end);
			else
				snprintf(wanted, sizeof(wanted), "%s", verdict_files[i].name);
			if (strcmp(name, wanted) == 0)
				return add_range(cover, i, start, end, hash, digest);
		}
	}
	return false;
}

static bool
is_complete(const struct cover *cover)
{
	for (size_t i = 0; i < VERDICT_FILES; i++)
		if (memchr(cover->bytes[i], false, strlen(verdict_files[i].text)))
			return false;
	return true;
}

static bool
check_root(struct cover *cover, const char *text)
{
	uint8_t wanted[64], found[EVP_MAX_MD_SIZE];

	return EVP_DigestFinal_ex(cover->root, found, NULL) == 1 && read_digest(text, 0, wanted) &&
	       strspn(text, "0123456789abcdef") == 64 && memcmp(wanted, found, 32) == 0;
}

static bool
is_algorithm(const char *algorithm, const char *hash, size_t shard)
{
	char sharded[64];

	snprintf(sharded, sizeof(sharded), "%s-sharded-%zu", hash, shard);
	return strcmp(algorithm, hash) == 0 || (shard && strcmp(algorithm, sharded) == 0);
}

static bool
add_resources(struct cover *cover, const struct node *list, int hash, size_t shard)
{
	for (const struct node *node = list->first; node; node = node->next) {
		const char *name = text_of(node, "name"), *digest = text_of(node, "digest");

		if (!fuzz_is_canonical(name) ||
			!is_algorithm(text_of(node, "algorithm"), hashes[hash].name, shard) ||
			!add_name(cover, name, shard, hash, digest))
			return false;
	}
	return is_complete(cover);
}

static bool
check_current(const struct node *root, struct cover *cover)
{
	const struct node *predicate = node_member(root, "predicate");
	const struct node *serialization = node_member(predicate, "serialization");
	const struct node *list = node_member(predicate, "resources");
	const struct node *subjects = node_member(root, "subject"), *size;
	const struct node *links = node_member(serialization, "allow_symlinks");
	const char *method = text_of(serialization, "method");
	int hash = find_hash(text_of(serialization, "hash_type"));
	double shard = 0;

	size = node_member(serialization, "shard_size");
	if (strcmp(method, "shards") == 0 && size && size->kind == NODE_NUMBER)
		shard = strtod(size->text, NULL);
	else if (strcmp(method, "files") != 0 || size)
		return false;
	if (hash < 0 || !list || !links || links->kind != NODE_BOOL || !subjects ||
		subjects->count != 1 || shard < 0 || shard > 1e18 || shard != (double)(size_t)shard)
		return false;
	return add_resources(cover, list, hash, (size_t)shard) &&
	       check_root(cover, text_of(node_member(subjects->first, "digest"), "sha256"));
}

static bool
check_legacy(const struct node *root, struct cover *cover)
{
	const struct node *subjects = node_member(root, "subject"), *node;

	for (node = subjects ? subjects->first : NULL; node; node = node->next)
		if (!add_name(cover, text_of(node, "name"), 0, 0,
			    text_of(node_member(node, "digest"), "sha256")))
			return false;
	return is_complete(cover);
}

/* The payload as a tree (caller: node_document_free()), or NULL. */
static struct node_document *
read_statement(const struct verdict_bytes *payload)
{
	struct node_document *document = NULL;
	struct error err = { 0 };

	if (json_parse((const char *)payload->bytes, payload->length, REASON_STATEMENT, &document,
		    &err))
		return NULL;
	return document;
}

bool
verdict_rules_legacy(const struct verdict_bytes *payload)
{
	cleanup_document struct node_document *document = read_statement(payload);

	return document && strcmp(text_of(node_root(document), "predicateType"), TYPE_LEGACY) == 0;
}

bool
verdict_rules_hold(const struct verdict_bytes *payload)
{
	cleanup_document struct node_document *document = read_statement(payload);
	struct cover cover = { .root = EVP_MD_CTX_new() };
	const struct node *root = document ? node_root(document) : NULL;
	const char *type = text_of(root, "predicateType");
	bool hold = false;

	if (!cover.root || EVP_DigestInit_ex(cover.root, EVP_sha256(), NULL) != 1 ||
		strcmp(text_of(root, "_type"), "https://in-toto.io/Statement/v1") != 0)
		hold = false;
	else if (strcmp(type, TYPE_CURRENT) == 0)
		hold = check_current(root, &cover);
	else if (strcmp(type, TYPE_LEGACY) == 0)
		hold = check_legacy(root, &cover);
	EVP_MD_CTX_free(cover.root);
	return hold;
}

bool
verdict_rules_signed(const struct verdict_bytes *payload, const struct verdict_bytes *signature)
{
	BIO *bio = BIO_new_mem_buf(MATERIAL_KEY_PUBLIC, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	char header[128];
	bool genuine;

	snprintf(header, sizeof(header), "DSSEv1 28 application/vnd.in-toto+json %zu ",
		payload->length);
	genuine = key && context &&
		  EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerifyUpdate(context, header, strlen(header)) == 1 &&
		  EVP_DigestVerifyUpdate(context, payload->bytes, payload->length) == 1 &&
		  EVP_DigestVerifyFinal(context, signature->bytes, signature->length) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return genuine;
}
