#include "cli/cmd_digest.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/ignore.h"
#include "cli/source.h"
#include "gate/verification.h"

struct digest_options {
	struct source_options source;
};

static const struct option options[] = {
	SOURCE_OPTIONS(struct digest_options),
	SOURCE_HASH_OPTIONS(struct digest_options),
};

static const struct option_table table = {
	.usage = "digest MODEL [OPTION...]",
	.about =
		"Prints the root digest of the directory or file MODEL: sha256 over the digests of "
		"its files,\nsorted by name. It does not cover the names, so it identifies no "
		"model.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* The root digest of the model at PATH. */
static int
compute(const struct source_options *source, const char *path, struct digest *out,
	struct error *err)
{
	cleanup_verification struct verification verification = { 0 };
	cleanup_ignore struct ignore ignore = { 0 };
	struct verification_item *item;

	if (verification_init(&verification, 1, err))
		return -1;
	item = &verification.items[0];
	if (source_rules(source, path, &ignore, err) ||
		source_collect(source, path, &ignore, &verification, err))
		return -1;
	return statement_root_digest(item->signed_model.statement.resources,
		item->signed_model.statement.resource_count, out, err);
}

int
cmd_digest(const struct option_list *argv)
{
	struct digest_options values = { .source.ignore_git = true };
	struct option_list words = { 0 };
	struct digest root;
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result == 0)
		result = source_check(&values.source, &err);
	if (result == 0 && words.count != 1)
		result = error_set(&err, REASON_USAGE, 0, "expected one MODEL (see --help)");
	if (result)
		return console_fail("nimgate digest", &err);
	if (values.source.quiet)
		console_limit(CONSOLE_ERROR);
	if (compute(&values.source, words.values[0], &root, &err))
		return console_fail("Computing digest failed", &err);
	printf("sha256:%s\n", digest_format(&root).text);
	return REASON_STATUS_ADMIT;
}
