#include "cli/cmd_verify.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/method.h"
#include "cli/option.h"
#include "cli/verify.h"
#include "cli/verify_output.h"

#define VALUE(member)  offsetof(struct verify_options, member)
#define SIGSTORE_ALONE "belongs to the method sigstore; this release has certificate and key"

static const struct option options[] = {
	{ "signature", OPTION_TEXT, VALUE(signature), "FILE", "the signature file (required)" },
	{ "certificate-chain", OPTION_LIST, VALUE(chains), "FILE",
		"trust the self-signed certificates in this file" },
	{ "public-key", OPTION_TEXT, VALUE(public_key), "FILE",
		"trust this PEM public key (method key)" },
	{ "signer-subject", OPTION_LIST, VALUE(subjects), "DN",
		"the signer's certificate has this subject" },
	{ "signer-spki", OPTION_LIST, VALUE(spkis), "HEX", "the signer's key has this digest" },
	{ "signer-fingerprint", OPTION_LIST, VALUE(fingerprints), "HEX",
		"digest of the signer's certificate, or issuer's" },
	SOURCE_OPTIONS(struct verify_options),
	{ "ignore-unsigned-files", OPTION_SWITCH, VALUE(ignore_unsigned), NULL,
		"allow files that nobody signed; they are counted" },
	{ "log-fingerprints", OPTION_FLAG, VALUE(log_fingerprints), NULL,
		"print the signer's fingerprint on standard error" },
	{ "at", OPTION_TEXT, VALUE(at), "TIME", "judge certificates at YYYY-MM-DDThh:mm:ssZ" },
	{ "output", OPTION_TEXT, VALUE(output), "text|json", "what to print (default: text)" },
	{ "identity", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "identity-provider", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "use-staging", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
	{ "trust-config", OPTION_REFUSED, 0, NULL, SIGSTORE_ALONE },
};

static const struct option_table table = {
	.usage = "verify certificate|key MODEL --signature FILE [OPTION...]",
	.about =
		"Is the directory or file MODEL the one that was signed? Every signed file must be there\n"
		"with the signed content, and nothing else.\n"
		"Of each --signer-... option that is given, one value must be true of the signer.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* One kind of signers' options; all of them together are one entry. */
static int
add_signers(struct signers *signers, enum signers_kind kind, const struct option_list *values,
	struct error *err)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		if (signers_add(signers, 0, kind, values->values[i], err)) {
			if (err->reason == REASON_CONFIG)
				err->reason = REASON_USAGE;
			return error_wrap(err, "--signer-%s", signers_word(kind));
		}
	return 0;
}

/* Of each option that is given, one value must be met. */
static int
read_signers(struct verify *verify, struct error *err)
{
	const struct verify_options *given = &verify->options;

	if (verify->method == TRUST_METHOD_KEY &&
		(given->subjects.count || given->fingerprints.count))
		return error_set(err, REASON_USAGE, 0,
			"--signer-%s belongs to the method certificate: a key alone has none",
			given->subjects.count ? "subject" : "fingerprint");
	if (add_signers(&verify->signers, SIGNERS_SUBJECT, &given->subjects, err) ||
		add_signers(&verify->signers, SIGNERS_SPKI, &given->spkis, err))
		return -1;
	return add_signers(&verify->signers, SIGNERS_FINGERPRINT, &given->fingerprints, err);
}

/* Options must fit the method: trust that the method does not use would be forgotten silently. */
static int
check_trust(const struct verify *verify, struct error *err)
{
	const struct verify_options *given = &verify->options;

	if (!given->signature)
		return error_set(err, REASON_USAGE, 0, "--signature FILE is missing");
	if (verify->method == TRUST_METHOD_KEY && !given->public_key)
		return error_set(err, REASON_USAGE, 0, "--public-key FILE is missing");
	if (verify->method == TRUST_METHOD_KEY && given->chains.count)
		return error_set(err, REASON_USAGE, 0,
			"--certificate-chain belongs to the method certificate");
	if (verify->method == TRUST_METHOD_CERTIFICATE && !given->chains.count)
		return error_set(err, REASON_USAGE, 0,
			"--certificate-chain FILE is missing: no certificate is trusted by "
			"default");
	if (verify->method == TRUST_METHOD_CERTIFICATE && given->public_key)
		return error_set(err, REASON_USAGE, 0, "--public-key belongs to the method key");
	return 0;
}

static int
read_command(struct verify *verify, const struct option_list *words, struct error *err)
{
	const struct verify_options *given = &verify->options;

	if (method_parse(words, "verifies", &verify->method, &verify->path, err) ||
		check_trust(verify, err) || read_signers(verify, err) ||
		source_check(&given->source, err))
		return -1;
	verify->at = clock_now();
	if (given->at && clock_parse(given->at, &verify->at))
		return error_set(err, REASON_USAGE, 0,
			"--at %s: expected a date such as 2026-12-01T00:00:00Z",
			TEXT_QUOTE(given->at));
	return option_parse_output(given->output, &verify->json, err);
}

/* Runs and prints the verdict. */
static int
judge(struct verify *verify)
{
	bool json = verify->json;
	struct error refusal, err;
	int result = verify_run(verify, &refusal);

	if (verify->options.log_fingerprints)
		verify_output_fingerprint(verify);
	if (json && verify_output_json(verify, result ? &refusal : NULL, &err))
		return console_fail("nimgate verify", &err);
	if (!json)
		verify_output_text(verify, result ? &refusal : NULL);
	return result ? console_fail("Verification failed with error", &refusal)
		      : REASON_STATUS_ADMIT;
}

/* A command line that cannot be understood is refused in the form that it asks for. */
static int
refuse(const struct verify *verify, const struct option_list *argv, const struct error *refusal)
{
	struct error err;

	if (option_says(argv, "output", "json") && verify_output_json(verify, refusal, &err))
		return console_fail("nimgate verify", &err);
	return console_fail("nimgate verify", refusal);
}

int
cmd_verify(const struct option_list *argv)
{
	struct verify verify = { .options.source.ignore_git = true };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &verify.options, &words, &err), status;

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (verify.options.source.quiet)
		console_limit(CONSOLE_ERROR);
	if (result < 0 || read_command(&verify, &words, &err))
		status = refuse(&verify, argv, &err);
	else
		status = judge(&verify);
	verify_release(&verify);
	return status;
}
