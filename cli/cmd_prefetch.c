#include "cli/cmd_prefetch.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/idle.h"
#include "cli/notify.h"
#include "cli/prefetch.h"
#include "cli/remember.h"
#include "cli/requests.h"
#include "cli/source.h"
#include "cli/stop.h"
#include "cli/target.h"
#include "gate/anchors.h"
#include "gate/model.h"
#include "gate/pending.h"
#include "policy/policy.h"

struct prefetch_options {
	struct source_options source;
	const char *cache;
	const char *policy;
	const char *receipts;
	bool requests;
	bool idle;
};

#define VALUE(member) offsetof(struct prefetch_options, member)

static const struct option options[] = {
	{ "requests", OPTION_FLAG, VALUE(requests), NULL,
		"serve the requests that starts have left" },
	{ "cache", OPTION_TEXT, VALUE(cache), "DIR", "root of NIM's cache on this host, for REF" },
	{ "hash", OPTION_TEXT, VALUE(source.hash), "sha256|blake2b|blake3",
		"the algorithm (default: as signed, else sha256)" },
	{ "shard-size", OPTION_TEXT, VALUE(source.shard_size), "BYTES",
		"pieces of BYTES (default: as signed, else whole)" },
	{ "threads", OPTION_TEXT, VALUE(source.threads), "N",
		"hash with N threads (default: one for each CPU)" },
	{ "read", OPTION_TEXT, VALUE(source.io), "auto|cached|direct",
		"by the page cache, or past it (default: auto)" },
	{ "policy", OPTION_TEXT, VALUE(policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "receipts", OPTION_TEXT, VALUE(receipts), "DIR",
		"where receipts are (default: as the policy says)" },
	{ "idle", OPTION_FLAG, VALUE(idle), NULL, "use only time that nobody else wants" },
	{ "quiet", OPTION_FLAG, VALUE(source.quiet), NULL, "print nothing but errors" },
};

static const struct option_table table = {
	.usage = "prefetch REF|DIR ... [OPTION...] | prefetch --requests [OPTION...]",
	.about =
		"Hashes models now and remembers that, so that their next start takes milliseconds\n"
		"(docs/second-start.md). What is remembered already is not hashed again.\n"
		"\n"
		"REF  org/team/model:version in the cache that --cache names\n"
		"DIR  a model's directory or file, a snapshot, a models--... folder, or a cache\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* What is open while the command works. */
struct work {
	struct policy policy;
	struct anchors anchors;
	struct target_list targets;
	struct prefetch prefetch;
};

/* The policy, if there is one: it says where receipts and signatures lie. */
static int
open_policy(struct work *work, const struct prefetch_options *values, struct error *err)
{
	struct prefetch *prefetch = &work->prefetch;
	struct policy *policy = &work->policy;
	struct error ignored;
	struct remember remember;
	int result = remember_find(values->policy, values->receipts, policy, &remember, err);

	if (result < 0)
		return -1;
	if (result > 0 && anchors_read(policy->method, &policy->anchors, &policy->signers,
				  &work->anchors, &ignored) == 0) {
		prefetch->policy = policy;
		prefetch->anchors = &work->anchors;
	}
	if (result > 0 && policy->receipts == POLICY_REFUSE)
		console_say(CONSOLE_WARNING, "the policy says receipts: use: refuse, so that no "
					     "start will ask for what is remembered here");
	return remember_open(&remember, false, &prefetch->receipts, err);
}

static int
open_work(struct work *work, const struct prefetch_options *values, const struct option_list *words,
	struct error *err)
{
	struct prefetch *prefetch = &work->prefetch;

	prefetch->source = &values->source;
	prefetch->form_given = values->source.hash || values->source.shard_size;
	if (source_serialization(
		    &values->source, &prefetch->form.hash, &prefetch->form.shard_size, err))
		return -1;
	for (size_t i = 0; i < words->count; i++)
		if (target_add(&work->targets, words->values[i], values->cache, err))
			return -1;
	return open_policy(work, values, err);
}

static void
close_work(struct work *work)
{
	receipts_close(&work->prefetch.receipts);
	target_release(&work->targets);
	anchors_release(&work->anchors);
	policy_release(&work->policy);
}

static int
run_target(struct work *work, const struct target *target, struct error *err)
{
	struct prefetch_form form = work->prefetch.form;
	struct prefetch_sum sum = { 0 };
	struct model model = MODEL_CLOSED;

	if (target->is_version)
		form = prefetch_form(&work->prefetch, &target->ref);
	if (target_open(target, &model, err))
		return -1;
	return prefetch_model(&work->prefetch, &model, &form, &sum, err);
}

/* One model that cannot be read does not keep the others from being hashed. */
static int
run_targets(struct work *work, struct error *err)
{
	struct error first = { 0 };

	for (size_t i = 0; i < work->targets.count; i++) {
		if (run_target(work, &work->targets.items[i], err) == 0)
			continue;
		if (stop_asked() || err->reason == REASON_INTERNAL)
			return -1;
		console_say(CONSOLE_ERROR, "%s", err->text);
		if (first.reason == REASON_NONE)
			first = *err;
	}
	if (first.reason == REASON_NONE)
		return 0;
	*err = first;
	return -1;
}

static void
print_sum(const struct work *work, bool quiet)
{
	char words[160];

	if (!quiet)
		printf("%s\n", prefetch_describe(&work->prefetch.sum, words, sizeof(words)));
}

static int
run(struct work *work, const struct prefetch_options *values, const struct option_list *words,
	struct error *err)
{
	int result = open_work(work, values, words, err);

	if (result == 0)
		result = values->requests ? requests_serve(PENDING_DIRECTORY, &work->prefetch, err)
					  : run_targets(work, err);
	if (!values->requests && work->prefetch.sum.files)
		print_sum(work, values->source.quiet);
	if (result == 0 && work->prefetch.busy != REASON_NONE)
		return error_set(err, work->prefetch.busy, 0,
			work->prefetch.busy == REASON_BUSY
				? "files are not remembered that can be; try again later"
				: "files are not remembered, as said above");
	return result;
}

static int
check_words(
	const struct prefetch_options *values, const struct option_list *words, struct error *err)
{
	if (values->requests && words->count)
		return error_set(err, REASON_USAGE, 0,
			"--requests stands alone: models and requests are two runs");
	if (!values->requests && !words->count)
		return error_set(
			err, REASON_USAGE, 0, "REF, DIR or --requests is missing (see --help)");
	return source_check(&values->source, err);
}

int
cmd_prefetch(const struct option_list *argv)
{
	struct prefetch_options values = { 0 };
	struct option_list words = { 0 };
	struct work work = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || check_words(&values, &words, &err))
		return console_fail("nimgate prefetch", &err);
	if (values.source.quiet)
		console_limit(CONSOLE_ERROR);
	if (values.idle)
		idle_begin();
	stop_catch();
	result = run(&work, &values, &words, &err);
	close_work(&work);
	stop_end();
	return result ? console_fail("nimgate prefetch", &err) : REASON_STATUS_ADMIT;
}
