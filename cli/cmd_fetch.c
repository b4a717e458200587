#include "cli/cmd_fetch.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/fetch_report.h"
#include "cli/fetch_wanted.h"
#include "cli/network.h"
#include "cli/option.h"
#include "cli/progress_count.h"
#include "gate/anchors.h"
#include "policy/policy.h"
#include "supply/fetch.h"
#include "supply/signature_store.h"
#include "supply/wanted.h"

#include <errno.h>
#include <string.h>

struct fetch_values {
	struct network_options network;
	const char *manifest;
	const char *profile;
	const char *image;
	const char *cache;
	const char *policy;
	const char *signatures;
	const char *jobs;
	const char *output;
	bool missing;
	bool replace;
	bool quiet;
};

static const struct option options[] = {
	{ "manifest", OPTION_TEXT, offsetof(struct fetch_values, manifest), "FILE",
		"the versions that this model_manifest.yaml names" },
	{ "image-root", OPTION_TEXT, offsetof(struct fetch_values, image), "DIR",
		"the versions that the image's manifest names" },
	{ "profile", OPTION_TEXT, offsetof(struct fetch_values, profile), "ID",
		"of the manifest: this profile's alone" },
	{ "cache", OPTION_TEXT, offsetof(struct fetch_values, cache), "DIR",
		"the versions that this cache of NIM holds" },
	{ "policy", OPTION_TEXT, offsetof(struct fetch_values, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "signatures", OPTION_TEXT, offsetof(struct fetch_values, signatures), "DIR",
		"write there (default: the policy's first folder)" },
	{ "missing", OPTION_FLAG, offsetof(struct fetch_values, missing), NULL,
		"ask only for signatures that are not there yet" },
	{ "replace", OPTION_FLAG, offsetof(struct fetch_values, replace), NULL,
		"put what changed at NGC in the old one's place" },
	{ "jobs", OPTION_TEXT, offsetof(struct fetch_values, jobs), "N",
		"so many at a time, 1 to 32 (default: 4)" },
	NETWORK_OPTIONS(offsetof(struct fetch_values, network)),
	{ "quiet", OPTION_FLAG, offsetof(struct fetch_values, quiet), NULL,
		"no progress, and no word of what went well" },
	{ "output", OPTION_TEXT, offsetof(struct fetch_values, output), "text|json",
		"what to print (default: text)" },
};

static const struct option_table table = {
	.usage = "fetch [REFERENCE...] [OPTION...]",
	.about =
		"Fetches the signatures of NGC versions (org/team/model:version) into the signature folder.\n"
		"Replaces nothing unasked. man nimgate-fetch: keys, and exit statuses.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* What is open while the command runs. */
struct state {
	struct network network;
	struct policy policy;
	struct anchors anchors;
	bool has_policy;
	struct wanted wanted;
	struct signature_store store;
	struct fetch_item *items; /* owned */
};

static void
close_state(struct state *state)
{
	network_close(&state->network);
	anchors_release(&state->anchors);
	policy_release(&state->policy);
	wanted_release(&state->wanted);
	signature_store_close(&state->store);
	free(state->items);
}

/* Without a policy there is nobody to verify by, and --signatures must say where to write. */
static int
open_policy(struct state *state, const struct fetch_values *values, struct error *err)
{
	static const struct policy_facts nobody = { NULL, NULL };
	const char *path = values->policy ? values->policy : POLICY_PATH_DEFAULT;
	struct policy *policy = &state->policy;

	if (policy_load(path, &nobody, policy, err)) {
		if (values->policy || !values->signatures || err->os_errno != ENOENT)
			return -1;
		return 0;
	}
	/* Whoever has no anchors yet can fetch, too. */
	if (anchors_read(
		    policy->method, &policy->anchors, &policy->signers, &state->anchors, err)) {
		console_say(CONSOLE_WARNING, "signatures are not verified: %s", err->text);
		return 0;
	}
	state->has_policy = state->anchors.count > 0;
	return 0;
}

static int
open_store(struct state *state, const char *option, struct error *err)
{
	const char *path = option;

	if (option_check_path("signatures", option, err))
		return -1;
	if (!path && state->policy.signatures.count)
		path = state->policy.signatures.paths[0];
	if (!path)
		return error_set(err, REASON_CONFIG, 0,
			"the policy names no signature folder (key signatures), and --signatures is missing");
	return signature_store_open(path, &state->store, err);
}

static int
parse_jobs(const char *text, unsigned int *jobs, struct error *err)
{
	uint64_t number;

	if (!text)
		return 0;
	if (text_parse_count(text, strlen(text), &number) || number == 0 ||
		number > FETCH_SETTINGS_JOBS_MAX)
		return error_set(err, REASON_USAGE, 0,
			"--jobs %s: expected a whole number from 1 to %d", TEXT_QUOTE(text),
			FETCH_SETTINGS_JOBS_MAX);
	*jobs = (unsigned int)number;
	return 0;
}

static int
open_state(struct state *state, const struct fetch_values *values, const struct option_list *words,
	struct error *err)
{
	const struct fetch_wanted from = {
		.words = words,
		.manifest = values->manifest,
		.image = values->image,
		.cache = values->cache,
		.profile = values->profile,
	};

	/* The key leaves the environment before anything else happens. */
	if (network_open(&values->network, &state->network, err) ||
		parse_jobs(values->jobs, &state->network.settings.jobs, err) ||
		fetch_wanted_collect(&from, &state->wanted, err) ||
		open_policy(state, values, err) || open_store(state, values->signatures, err))
		return -1;
	state->items = calloc(state->wanted.count + 1, sizeof(*state->items));
	if (!state->items)
		return error_no_memory(err);
	for (size_t i = 0; i < state->wanted.count; i++)
		state->items[i].ref = state->wanted.refs[i];
	return 0;
}

/* Returns the exit status, or -1. */
static int
fetch(struct state *state, const struct fetch_values *values, bool json, struct error *err)
{
	struct progress_count progress;
	const struct fetch_options how = {
		.ngc = &state->network.ngc,
		.store = &state->store,
		.anchors = state->has_policy ? &state->anchors : NULL,
		.jobs = state->network.settings.jobs,
		.missing = values->missing,
		.replace = values->replace,
		.progress = progress_count_show,
		.context = &progress,
	};
	size_t count = state->wanted.count;
	int result;

	progress_count_start(&progress, "signatures", values->quiet || json);
	result = fetch_run(state->items, count, &how, &state->network.key, err);
	progress_count_end(&progress);
	if (result)
		return -1;
	if (!json)
		fetch_report_text(state->items, count, values->quiet);
	else if (fetch_report_json(state->items, count, err))
		return -1;
	return fetch_report_status(state->items, count);
}

int
cmd_fetch(const struct option_list *argv)
{
	__attribute__((
		cleanup(close_state))) struct state state = { .store = SIGNATURE_STORE_CLOSED };
	struct fetch_values values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	bool json = false;
	int status = option_parse(&table, argv, &values, &words, &err);

	if (status > 0)
		return REASON_STATUS_ADMIT;
	if (status == 0 && (option_parse_output(values.output, &json, &err) ||
				   open_state(&state, &values, &words, &err)))
		status = -1;
	if (status == 0)
		status = fetch(&state, &values, json, &err);
	return status < 0 ? console_fail("nimgate fetch", &err) : status;
}
