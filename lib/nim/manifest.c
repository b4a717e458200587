#include "nim/manifest.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/yaml.h"
#include "nim/description.h"
#include "nim/hardware.h"
#include "nim/manifest_v1.h"
#include "nim/manifest_v2.h"
#include "nim/place.h"
#include "nim/profile_build.h"

#include <string.h>

enum grammar {
	GRAMMAR_NONE,
	GRAMMAR_V1, /* a map from id to profile */
	GRAMMAR_V2, /* a list of profiles */
};

struct entry {
	const char *id; /* borrowed from the document */
	const struct node *profile;
};

struct manifest {
	struct node_document *document; /* owned */
	enum grammar grammar;
	struct entry *entries; /* owned; in the manifest's order */
	size_t count;
};

void
manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	node_document_free(manifest->document);
	free(manifest->entries);
	free(manifest);
}

/* Sets *grammar by schema_version. */
static int
choose_grammar(const struct node *root, enum grammar *grammar, struct error *err)
{
	const struct node *version = node_member(root, "schema_version");
	const char *text = node_text(version);

	if (root->kind != NODE_MAP)
		return place_refuse(root, REASON_MANIFEST, err,
			"the manifest is %s, expected a map", node_kind_words(root));
	if (node_member(root, "simple"))
		return place_refuse(root, REASON_MANIFEST, err,
			"this is the input of nim_generate_manifest ('simple:'), not a manifest");
	if (!version) {
		*grammar = GRAMMAR_V1;
		return 0;
	}
	if (!text || text[0] != '2' || (text[1] != '\0' && text[1] != '.'))
		return place_refuse(version, REASON_MANIFEST, err,
			"schema_version is %s, expected 2, 2.0 or none",
			text ? TEXT_QUOTE(text) : node_kind_words(version));
	*grammar = GRAMMAR_V2;
	return 0;
}

/* Tags name the hardware and the engine; only their form is checked. */
static int
check_tags(const struct node *profile, struct error *err)
{
	const struct node *tags = node_member(profile, "tags"), *tag;

	if (!tags)
		return 0;
	if (tags->kind != NODE_MAP)
		return place_refuse(tags, REASON_MANIFEST, err, "tags is %s, expected a map",
			node_kind_words(tags));
	for (tag = tags->first; tag; tag = tag->next)
		if (tag->kind != NODE_TEXT)
			return place_refuse(tag, REASON_MANIFEST, err,
				"tag %s is %s, expected a text", TEXT_QUOTE(tag->key),
				node_kind_words(tag));
	return 0;
}

/* Version 1 is a map without a mark of its own: only its ids say that it is a manifest. */
static int
read_id_v1(const struct node *profile, const char **id, struct error *err)
{
	if (!profile_is_full_id(profile->key))
		return place_refuse(profile, REASON_MANIFEST, err,
			"%s is no profile id, and without schema_version everything here must be one",
			TEXT_QUOTE(profile->key));
	*id = profile->key;
	return 0;
}

static int
read_id_v2(const struct node *profile, const char **id, struct error *err)
{
	const struct node *member = node_member(profile, "id");

	if (!member || member->kind != NODE_TEXT)
		return place_refuse(profile, REASON_MANIFEST, err,
			"the profile's id is %s, expected a text", node_kind_words(member));
	if (member->length == 0 || member->length > LIMIT_PROFILE_ID_BYTES)
		return place_refuse(member, REASON_MANIFEST, err,
			"the profile's id %s has %zu characters, expected 1 to %d",
			TEXT_QUOTE(member->text), member->length, LIMIT_PROFILE_ID_BYTES);
	*id = member->text;
	return 0;
}

static int
read_entry(enum grammar grammar, const struct node *profile, struct entry *out, struct error *err)
{
	bool v1 = grammar == GRAMMAR_V1;
	const char *id = NULL;

	if (v1 ? read_id_v1(profile, &id, err) : read_id_v2(profile, &id, err))
		return -1;
	if (profile->kind != NODE_MAP)
		return place_refuse(profile, REASON_MANIFEST, err,
			"profile %s is %s, expected a map", TEXT_QUOTE(id),
			node_kind_words(profile));
	if (check_tags(profile, err) ||
		(v1 ? manifest_v1_check(profile, err) : manifest_v2_check(profile, err)))
		return -1;
	*out = (struct entry){ .id = id, .profile = profile };
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;

	return strcmp(left->id, right->id);
}

static int
refuse_duplicates(const struct entry *entries, size_t count, struct error *err)
{
	cleanup_free struct entry *sorted = reallocarray(NULL, count, sizeof(*sorted));

	if (!sorted)
		return error_no_memory(err);
	memcpy(sorted, entries, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_id);
	for (size_t i = 1; i < count; i++)
		if (strcmp(sorted[i - 1].id, sorted[i].id) == 0)
			return place_refuse(sorted[i].profile, REASON_MANIFEST, err,
				"the profile id %s occurs twice", TEXT_QUOTE(sorted[i].id));
	return 0;
}

/* Reads the profiles below LIST, a list or a map. */
static int
read_entries(struct manifest *manifest, const struct node *list, struct error *err)
{
	const struct node *profile;

	if (list->count == 0)
		return place_refuse(list, REASON_MANIFEST, err, "the manifest has no profiles");
	if (list->count > LIMIT_PROFILES)
		return place_refuse(list, REASON_MANIFEST, err,
			"the manifest has %zu profiles, at most %d are read", list->count,
			LIMIT_PROFILES);
	manifest->entries = calloc(list->count, sizeof(*manifest->entries));
	if (!manifest->entries)
		return error_no_memory(err);
	for (profile = list->first; profile; profile = profile->next) {
		if (read_entry(
			    manifest->grammar, profile, &manifest->entries[manifest->count], err))
			return -1;
		manifest->count++;
	}
	return refuse_duplicates(manifest->entries, manifest->count, err);
}

static int
read_manifest(struct manifest *manifest, const char *bytes, size_t length, struct error *err)
{
	static const struct yaml_options options = { .local_tags = true };
	const struct node *root, *list;

	if (yaml_parse(bytes, length, &options, REASON_MANIFEST, &manifest->document, err))
		return -1;
	root = node_root(manifest->document);
	if (choose_grammar(root, &manifest->grammar, err))
		return -1;
	if (manifest->grammar == GRAMMAR_V1)
		return read_entries(manifest, root, err);
	list = node_member(root, "profiles");
	if (!list || list->kind != NODE_LIST)
		return place_refuse(list ? list : root, REASON_MANIFEST, err,
			"profiles is %s, expected a list", node_kind_words(list));
	return read_entries(manifest, list, err);
}

struct manifest *
manifest_parse(const char *bytes, size_t length, struct error *err)
{
	struct manifest *manifest = calloc(1, sizeof(*manifest));

	if (!manifest) {
		error_no_memory(err);
		return NULL;
	}
	if (read_manifest(manifest, bytes, length, err)) {
		manifest_free(manifest);
		return NULL;
	}
	return manifest;
}

size_t
manifest_count(const struct manifest *manifest)
{
	return manifest->count;
}

const char *
manifest_profile_id(const struct manifest *manifest, size_t index)
{
	return manifest->entries[index].id;
}

const struct node *
manifest_profile_tags(const struct manifest *manifest, size_t index)
{
	return node_member(manifest->entries[index].profile, "tags");
}

static const struct entry *
find_entry(const struct manifest *manifest, const char *id)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (strcmp(manifest->entries[i].id, id) == 0)
			return &manifest->entries[i];
	return NULL;
}

int
manifest_find(
	const struct manifest *manifest, const char *id, struct profile *out, struct error *err)
{
	cleanup_build struct profile_build build = { 0 };
	const struct entry *entry = find_entry(manifest, id);
	int result;

	if (!entry)
		return error_set(err, REASON_PROFILE, 0,
			"the manifest has no profile %s among its %zu", TEXT_QUOTE(id),
			manifest->count);
	if (manifest->grammar == GRAMMAR_V1)
		result = manifest_v1_collect(entry->profile, &build, err);
	else
		result = manifest_v2_collect(entry->profile, &build, err);
	if (result)
		return -1;
	if (build.profile.file_count == 0)
		return place_refuse(entry->profile, REASON_PROFILE, err,
			"profile %s names no files", TEXT_QUOTE(id));
	return profile_build_finish(&build, id, out, err);
}

static bool
is_described(const struct manifest *manifest, size_t index, const char *description)
{
	char name[DESCRIPTION_MAX];

	description_format(manifest_profile_tags(manifest, index), name);
	return strcmp(name, description) == 0;
}

/* Which profiles of the manifest a union is made of: those with the description that can run on the
 * hardware; NULL: any. */
struct choice {
	const char *description;
	const struct hardware *hardware;
};

static bool
is_chosen(const struct manifest *manifest, size_t index, const struct choice *choice)
{
	if (choice->description && !is_described(manifest, index, choice->description))
		return false;
	return !choice->hardware ||
	       !hardware_rules_out(choice->hardware, manifest_profile_tags(manifest, index));
}

/* The union of the chosen profiles. */
static int
unite(const struct manifest *manifest, const struct choice *choice, struct profile *out,
	bool *foreign, struct error *err)
{
	cleanup_build struct profile_build build = { 0 };
	bool other = false;
	int result;

	for (size_t i = 0; i < manifest->count; i++) {
		const struct node *profile = manifest->entries[i].profile;

		if (!is_chosen(manifest, i, choice))
			continue;
		if (manifest->grammar == GRAMMAR_V1)
			result = manifest_v1_collect_versions(profile, &build, &other, err);
		else
			result = manifest_v2_collect_versions(profile, &build, &other, err);
		if (result)
			return -1;
	}
	if (build.profile.version_count == 0 && other)
		return error_set(err, REASON_MANIFEST, 0,
			"none of the manifest's %zu profiles names files of an NGC version",
			manifest->count);
	if (build.profile.version_count == 0)
		return error_set(err, REASON_PROFILE, 0,
			"none of the manifest's %zu profiles names files", manifest->count);
	if (profile_build_finish(&build, "", out, err))
		return -1;
	*foreign = other;
	return 0;
}

int
manifest_all(const struct manifest *manifest, struct profile *out, bool *foreign, struct error *err)
{
	static const struct choice any = { NULL, NULL };

	return unite(manifest, &any, out, foreign, err);
}

int
manifest_described(const struct manifest *manifest, const char *description, struct profile *out,
	bool *foreign, struct error *err)
{
	const struct choice choice = { .description = description };

	for (size_t i = 0; i < manifest->count; i++)
		if (is_described(manifest, i, description))
			return unite(manifest, &choice, out, foreign, err);
	return error_set(err, REASON_PROFILE, 0,
		"the manifest has no profile of the description %s", TEXT_QUOTE(description));
}

int
manifest_fitting(const struct manifest *manifest, const struct hardware *hardware,
	struct manifest_fit *out, struct error *err)
{
	const struct choice choice = { .hardware = hardware };
	struct manifest_fit fit = { .count = manifest->count };

	for (size_t i = manifest->count; i-- > 0;)
		if (!is_chosen(manifest, i, &choice)) {
			fit.left_out++;
			fit.first = i;
		}
	if (fit.left_out == 0)
		return error_set(err, REASON_PROFILE, 0, "no profile needs other GPUs");
	if (unite(manifest, &choice, &fit.profile, &fit.foreign, err)) {
		/* Whatever is wrong with the rest is wrong with the whole, and is told of that. */
		return err->reason == REASON_MANIFEST
			       ? error_set(err, REASON_PROFILE, 0, "nothing can be left out")
			       : -1;
	}
	*out = fit;
	return 0;
}
