#include "cli/cmd_sign.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/ignore.h"
#include "cli/method.h"
#include "cli/save.h"
#include "cli/signer.h"
#include "cli/source.h"
#include "gate/verification.h"

#include <string.h>

struct sign_options {
	struct source_options source;
	const char *private_key;
	const char *password;
	const char *signing_certificate;
	struct option_list chains;
	const char *signature;
	bool dot_name;
};

#define VALUE(member)  offsetof(struct sign_options, member)
#define SIGSTORE_ALONE "belongs to the method sigstore; this release has certificate and key"

static const struct option options[] = {
	{ "private-key", OPTION_TEXT, VALUE(private_key), "FILE",
		"the PEM key that signs: P-256, P-384 or P-521" },
	{ "password", OPTION_TEXT, VALUE(password), "TEXT",
		"opens the key; others here can see it meanwhile" },
	{ "signing-certificate", OPTION_TEXT, VALUE(signing_certificate), "FILE",
		"the key's certificate, PEM (method certificate)" },
	{ "certificate-chain", OPTION_LIST, VALUE(chains), "FILE",
		"its certificates go into the signature, too" },
	{ "signature", OPTION_TEXT, VALUE(signature), "FILE",
		"where to write it (default: model.sig)" },
	SOURCE_OPTIONS(struct sign_options),
	SOURCE_HASH_OPTIONS(struct sign_options),
	{ "dot-name", OPTION_FLAG, VALUE(dot_name), NULL,
		"name a single file '.', as before OMS 1.0" },
	{ "use-staging", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "trust-config", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "use-ambient-credentials", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "identity-token", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "oauth-force-oob", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "client-id", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "client-secret", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "pkcs11-uri", OPTION_REFUSED, 0, NULL,
		"belongs to PKCS #11; this release signs with keys in files" },
};

static const struct option_table table = {
	.usage = "sign certificate|key MODEL --private-key FILE [OPTION...]",
	.about = "Signs the directory or file MODEL as it is: every file in it, by name and "
		 "content.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* Options must fit the method. */
static int
check_options(const struct sign_options *given, enum trust_method method, struct error *err)
{
	if (!given->private_key)
		return error_set(err, REASON_USAGE, 0, "--private-key FILE is missing");
	if (method == TRUST_METHOD_CERTIFICATE && !given->signing_certificate)
		return error_set(err, REASON_USAGE, 0, "--signing-certificate FILE is missing");
	if (method == TRUST_METHOD_KEY && (given->signing_certificate || given->chains.count))
		return error_set(err, REASON_USAGE, 0, "--%s belongs to the method certificate",
			given->chains.count ? "certificate-chain" : "signing-certificate");
	return 0;
}

/* What is ignored is part of what is signed. */
static int
make_statement(const struct sign_options *given, const struct ignore *ignore,
	const struct statement *listed, char **out, size_t *length, struct error *err)
{
	cleanup_free const char **paths = calloc(ignore->count + 1, sizeof(*paths));
	const char *slash = strrchr(ignore->root, '/');
	struct sign_subject subject = {
		.name = slash[1] ? slash + 1 : "model",
		.resources = listed->resources,
		.resource_count = listed->resource_count,
		.ignore_paths = paths,
		.allow_symlinks = given->source.allow_symlinks,
	};

	if (!paths)
		return error_no_memory(err);
	while (subject.ignore_count < ignore->count) {
		paths[subject.ignore_count] = ignore->rules[subject.ignore_count].path;
		subject.ignore_count++;
	}
	return sign_statement(&subject, out, length, err);
}

/* Renames the single file that the model is. */
static int
use_dot_name(struct verification_item *item, struct error *err)
{
	char *dot;

	if (!item->model.single)
		return error_set(err, REASON_USAGE, 0,
			"--dot-name is for a model of one file, %s is a directory",
			TEXT_QUOTE(item->model.label));
	dot = strdup(".");
	if (!dot)
		return error_no_memory(err);
	free(item->signed_model.statement.resources[0].name);
	item->signed_model.statement.resources[0].name = dot;
	return 0;
}

/* Hashes, signs and writes. */
static int
sign(const struct sign_options *given, const char *path, const struct signer *signer,
	struct error *err)
{
	cleanup_verification struct verification verification = { 0 };
	cleanup_ignore struct ignore ignore = { 0 };
	cleanup_free char *statement = NULL, *bundle = NULL;
	size_t length;

	if (verification_init(&verification, 1, err) ||
		source_rules(&given->source, path, &ignore, err) ||
		ignore_add_signature(&ignore, given->signature, -1, err) ||
		source_collect(&given->source, path, &ignore, &verification, err) ||
		(given->dot_name && use_dot_name(&verification.items[0], err)))
		return -1;
	if (make_statement(given, &ignore, &verification.items[0].signed_model.statement,
		    &statement, &length, err) ||
		sign_bundle(statement, length, signer->key, signer->certificates, signer->count,
			&bundle, err))
		return -1;
	return save_file(given->signature, bundle, strlen(bundle), err);
}

static int
run(const struct sign_options *given, const char *path, struct error *err)
{
	cleanup_signer struct signer signer = { 0 };

	if (save_check(given->signature, err) ||
		signer_read_key(&signer, given->private_key, given->password, err))
		return -1;
	if (given->signing_certificate &&
		signer_read_certificates(&signer, given->signing_certificate, &given->chains, err))
		return -1;
	return sign(given, path, &signer, err);
}

int
cmd_sign(const struct option_list *argv)
{
	struct sign_options values = { .source.ignore_git = true };
	struct option_list words = { 0 };
	enum trust_method method;
	const char *path;
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result < 0 || method_parse(&words, "signs", &method, &path, &err) ||
		check_options(&values, method, &err) || source_check(&values.source, &err))
		return console_fail("nimgate sign", &err);
	if (!values.signature)
		values.signature = "model.sig";
	if (values.source.quiet)
		console_limit(CONSOLE_ERROR);
	if (run(&values, path, &err))
		return console_fail("Signing failed with error", &err);
	if (!values.source.quiet)
		puts("Signing succeeded");
	return REASON_STATUS_ADMIT;
}
