#include "cli/cmd_profile.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/option.h"
#include "cli/profile_state.h"
#include "gate/anchors.h"
#include "gate/parser.h"
#include "nim/cache.h"
#include "policy/policy.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

struct profile_options {
	const char *image;
	const char *cache;
	const char *policy;
	const char *output;
	bool hash;
};

static const struct option options[] = {
	{ "image-root", OPTION_TEXT, offsetof(struct profile_options, image), "DIR",
		"root directory of the image (required)" },
	{ "cache", OPTION_TEXT, offsetof(struct profile_options, cache), "DIR",
		"root of NIM's cache on this host (default: the image's own)" },
	{ "policy", OPTION_TEXT, offsetof(struct profile_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "hash", OPTION_FLAG, offsetof(struct profile_options, hash), NULL,
		"compare the contents of files, too; without it names only" },
	{ "output", OPTION_TEXT, offsetof(struct profile_options, output), "text|json",
		"what to print (default: text)" },
};

static const struct option_table table = {
	.usage = "profile list --image-root DIR [OPTION...]",
	.about =
		"Lists the profiles of a NIM image: id, name, versions; whether each is cached and signed, and\n"
		"whether a start that pins it would be admitted.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* What is open while the list is made. */
struct listing {
	struct profile_places places;
	struct policy policy;
	struct anchors anchors;
	struct parser_profile *profiles; /* owned */
	size_t count;
	struct writer json;
	bool as_json;
};

static int
open_directory(const char *path, int *out, struct error *err)
{
	*out = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return *out < 0 ? error_set_os(err, REASON_USAGE, errno, "%s", TEXT_QUOTE(path)) : 0;
}

static int
open_manifest(struct listing *listing, struct error *err)
{
	size_t i;

	for (i = 0; cache_manifest_paths[i] && listing->places.manifest < 0; i++) {
		cleanup_fd int fd = file_openat2(listing->places.image, cache_manifest_paths[i],
			O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

		if (fd >= 0)
			listing->places.manifest = file_reopen(fd);
	}
	if (listing->places.manifest < 0)
		return error_set(err, REASON_UNCLEAR, 0, "the image has no manifest at %s or %s",
			cache_manifest_paths[0], cache_manifest_paths[1]);
	return 0;
}

/* Without a policy the list is still of use: nothing in it is signed. */
static int
open_policy(struct listing *listing, const char *path, struct error *err)
{
	static const struct policy_facts nobody = { NULL, NULL };
	const struct policy *policy = &listing->policy;

	if (policy_load(path ? path : POLICY_PATH_DEFAULT, &nobody, &listing->policy, err)) {
		if (path)
			return -1;
		console_say(CONSOLE_WARNING, "%s", err->text);
		return 0;
	}
	if (anchors_read(
		    policy->method, &policy->anchors, &policy->signers, &listing->anchors, err))
		return -1;
	listing->places.policy = policy;
	listing->places.anchors = &listing->anchors;
	return 0;
}

static int
open_listing(struct listing *listing, const struct profile_options *values, struct error *err)
{
	cleanup_parser struct parser parser = { 0 };

	listing->places.hash = values->hash;
	if (open_directory(values->image, &listing->places.image, err) ||
		open_manifest(listing, err) || open_policy(listing, values->policy, err))
		return -1;
	if (values->cache && open_directory(values->cache, &listing->places.cache, err))
		return -1;
	if (!values->cache)
		listing->places.cache = file_openat2(listing->places.image, CACHE_ROOT_DEFAULT,
			O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
	if (parser_start(PARSER_MANIFEST, &parser, err))
		return -1;
	return parser_profiles(
		&parser, listing->places.manifest, &listing->profiles, &listing->count, err);
}

static const char *
cached_word(enum profile_cached cached)
{
	return cached == PROFILE_CACHED_YES      ? "yes"
	       : cached == PROFILE_CACHED_PARTLY ? "partly"
						 : "no";
}

static void
print_text(const struct parser_profile *profile, const struct profile_state *state, bool hash)
{
	const struct error *why = &state->refused_why;

	printf("- %s (%s)\n", TEXT_QUOTE(profile->id), profile->description);
	printf("    versions: %s\n", state->versions.text ? state->versions.text : "-");
	printf("    cached: %s\n", cached_word(state->cached));
	if (state->unsigned_why.reason == REASON_NONE)
		printf("    signed: yes\n");
	else
		printf("    signed: no (%s): %s\n", reason_word(state->unsigned_why.reason),
			state->unsigned_why.text);
	if (why->reason == REASON_NONE)
		printf("    would be admitted: yes%s\n",
			hash ? "" : " (names only; --hash compares contents)");
	else
		printf("    would be admitted: no (%s): %s\n", reason_word(why->reason), why->text);
}

static void
print_json(struct writer *json, const struct parser_profile *profile,
	const struct profile_state *state)
{
	const struct error *signed_why = &state->unsigned_why, *why = &state->refused_why;

	writer_open(json, NULL, '{');
	writer_string(json, "id", profile->id);
	writer_string(json, "description", profile->description);
	writer_string(json, "versions", state->versions.text);
	writer_string(json, "cached", cached_word(state->cached));
	writer_bool(json, "signed", signed_why->reason == REASON_NONE);
	writer_bool(json, "admitted", why->reason == REASON_NONE);
	writer_string(json, "reason", why->reason == REASON_NONE ? NULL : reason_word(why->reason));
	writer_string(json, "text", why->reason == REASON_NONE ? NULL : why->text);
	writer_close(json, '}');
}

static int
print_listing(struct listing *listing, struct error *err)
{
	struct profile_state state;
	size_t i;

	writer_open(&listing->json, NULL, '{');
	writer_number(&listing->json, "schema", 1);
	writer_bool(&listing->json, "hashed", listing->places.hash);
	writer_open(&listing->json, "profiles", '[');
	for (i = 0; i < listing->count; i++) {
		if (profile_state_find(&listing->places, listing->profiles[i].id, &state, err))
			return -1;
		if (listing->as_json)
			print_json(&listing->json, &listing->profiles[i], &state);
		else
			print_text(&listing->profiles[i], &state, listing->places.hash);
		writer_release(&state.versions);
	}
	writer_close(&listing->json, ']');
	writer_close(&listing->json, '}');
	if (listing->json.failed)
		return error_no_memory(err);
	if (listing->as_json)
		printf("%s\n", listing->json.text);
	return 0;
}

static void
close_listing(struct listing *listing)
{
	mem_close_fd(&listing->places.image);
	mem_close_fd(&listing->places.cache);
	mem_close_fd(&listing->places.manifest);
	anchors_release(&listing->anchors);
	policy_release(&listing->policy);
	writer_release(&listing->json);
	free(listing->profiles);
}

static int
check_words(const struct profile_options *values, const struct option_list *words, bool *as_json,
	struct error *err)
{
	if (words->count != 1 || strcmp(words->values[0], "list") != 0)
		return error_set(err, REASON_USAGE, 0, "expected 'list' (see --help)");
	if (!values->image)
		return error_set(err, REASON_USAGE, 0, "--image-root is missing");
	return option_parse_output(values->output, as_json, err);
}

int
cmd_profile(const struct option_list *argv)
{
	__attribute__((cleanup(close_listing))) struct listing listing = {
		.places = { .image = -1, .cache = -1, .manifest = -1 }
	};
	struct profile_options values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || check_words(&values, &words, &listing.as_json, &err) ||
		open_listing(&listing, &values, &err) || print_listing(&listing, &err))
		return console_fail("nimgate profile", &err);
	return REASON_STATUS_ADMIT;
}
