#include "nim/manifest_v1.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "nim/place.h"
#include "nim/profile_build.h"

#include <string.h>

#define SCHEME "ngc://"

/* A file is a text, or a map of one member whose name is the file's; NULL for anything else. */
static const char *
file_name(const struct node *file)
{
	if (file->kind == NODE_MAP)
		return file->count == 1 ? file->first->key : NULL;
	return node_text(file);
}

static int
check_source(const struct node *component, const struct node *source, struct error *err)
{
	const struct node *repository = node_member(source, "repo_id");
	const struct node *files = node_member(source, "files"), *file;
	const char *name;

	if (!repository || repository->kind != NODE_TEXT || repository->length == 0)
		return place_refuse(component, REASON_MANIFEST, err,
			"src.repo_id is %s, expected a repository", node_kind_words(repository));
	if (!files || files->kind != NODE_LIST)
		return place_refuse(component, REASON_MANIFEST, err,
			"src.files is %s, expected a list", node_kind_words(files));
	for (file = files->first; file; file = file->next) {
		name = file_name(file);
		if (!name)
			return place_refuse(file, REASON_MANIFEST, err,
				"a file is %s, expected a text or a map of one member",
				node_kind_words(file));
		if (!text_is_canonical_path(name))
			return place_refuse(file, REASON_MANIFEST, err,
				"the file %s is not a plain relative path", TEXT_QUOTE(name));
	}
	return 0;
}

static int
check_component(const struct node *component, struct error *err)
{
	const struct node *target = node_member(component, "dst");
	const struct node *source = node_member(component, "src");

	if (component->kind != NODE_MAP)
		return place_refuse(component, REASON_MANIFEST, err,
			"a component is %s, expected a map", node_kind_words(component));
	if (!target || target->kind != NODE_TEXT)
		return place_refuse(component, REASON_MANIFEST, err, "dst is %s, expected a text",
			node_kind_words(target));
	/* Nothing means the workspace itself. */
	if (target->length && !text_is_canonical_path(target->text))
		return place_refuse(target, REASON_MANIFEST, err,
			"dst %s is not a plain relative path", TEXT_QUOTE(target->text));
	if (!source || source->kind != NODE_MAP)
		return place_refuse(component, REASON_MANIFEST, err, "src is %s, expected a map",
			node_kind_words(source));
	return check_source(component, source, err);
}

int
manifest_v1_check(const struct node *profile, struct error *err)
{
	const struct node *workspace = node_member(profile, "workspace"), *components, *component;

	if (!workspace)
		return 0;
	components = node_member(workspace, "components");
	if (!components || components->kind != NODE_LIST)
		return place_refuse(workspace, REASON_MANIFEST, err,
			"workspace.components is %s, expected a list", node_kind_words(components));
	if (node_member(workspace, "files"))
		return place_refuse(workspace, REASON_MANIFEST, err,
			"the workspace has components (version 1) and files (version 2)");
	for (component = components->first; component; component = component->next)
		if (check_component(component, err))
			return -1;
	return 0;
}

/* "org/[team/]model:version" of a repository on NGC, where ngc:// may stand in front; else NULL. */
static const char *
ngc_text(const struct node *repository)
{
	const char *text = repository->text;

	if (strncmp(text, SCHEME, strlen(SCHEME)) == 0)
		return text + strlen(SCHEME);
	return strstr(text, "://") ? NULL : text;
}

static int
parse_repository(const struct node *repository, struct ngc_ref *out, struct error *err)
{
	const char *text = ngc_text(repository);

	if (!text)
		return place_refuse(repository, REASON_MANIFEST, err,
			"the repository %s is not on NGC, so its files carry no NGC signature",
			TEXT_QUOTE(repository->text));
	if (!strchr(text, ':'))
		return place_refuse(repository, REASON_MANIFEST, err,
			"the repository %s names no version, so no signature can be chosen for it",
			TEXT_QUOTE(text));
	return ngc_ref_parse(text, out, err) ? place_wrap(repository, err) : 0;
}

/* Where a file lands; two files at one place leave open which one is loaded. */
struct place_taken {
	const struct node *file;
	const char *directory;
	const char *workspace; /* borrowed from the build */
};

static int
by_place(const void *a, const void *b)
{
	const struct place_taken *left = a, *right = b;

	return strcmp(left->workspace, right->workspace);
}

/* For the files of all components, which the build has in their order. */
static int
refuse_shared_places(
	const struct node *components, const struct profile_build *build, struct error *err)
{
	size_t count = build->profile.file_count, i = 0;
	cleanup_free struct place_taken *taken = calloc(count ? count : 1, sizeof(*taken));
	const struct node *component, *file;

	if (!taken)
		return error_no_memory(err);
	for (component = components->first; component; component = component->next) {
		const struct node *files = node_member(node_member(component, "src"), "files");
		const char *directory = node_text(node_member(component, "dst"));

		for (file = files->first; file; file = file->next, i++)
			taken[i] = (struct place_taken){ file, directory,
				build->profile.files[i].workspace };
	}
	qsort(taken, count, sizeof(*taken), by_place);
	for (i = 1; i < count; i++)
		if (by_place(&taken[i - 1], &taken[i]) == 0)
			return place_refuse(taken[i].file, REASON_MANIFEST, err,
				"the file %s occurs twice in dst %s",
				TEXT_QUOTE(file_name(taken[i].file)),
				TEXT_QUOTE(taken[i].directory));
	return 0;
}

/* Adds one file of version REF, which lands in DIRECTORY of the workspace. */
static int
collect_file(const struct node *file, const char *directory, const struct ngc_ref *ref,
	struct profile_build *build, struct error *err)
{
	cleanup_free char *place = NULL, *name = strdup(file_name(file));

	if (!name || asprintf(&place, "%s%s%s", directory, directory[0] ? "/" : "", name) < 0) {
		place = NULL;
		return error_no_memory(err);
	}
	return profile_build_add(build, ref, place, take_ptr(name), err) ? place_wrap(file, err)
									 : 0;
}

static int
collect_component(const struct node *component, struct profile_build *build, struct error *err)
{
	const struct node *source = node_member(component, "src");
	const struct node *files = node_member(source, "files"), *file;
	const char *directory = node_text(node_member(component, "dst"));
	struct ngc_ref ref;

	/* It may mean all files or none: both cannot be verified. */
	if (files->count == 0)
		return place_refuse(files, REASON_MANIFEST, err, "a component names no files");
	if (parse_repository(node_member(source, "repo_id"), &ref, err))
		return -1;
	for (file = files->first; file; file = file->next)
		if (collect_file(file, directory, &ref, build, err))
			return -1;
	return 0;
}

int
manifest_v1_collect(const struct node *profile, struct profile_build *build, struct error *err)
{
	const struct node *components =
		node_member(node_member(profile, "workspace"), "components");
	const struct node *component;

	if (!components)
		return 0;
	for (component = components->first; component; component = component->next)
		if (collect_component(component, build, err))
			return -1;
	return refuse_shared_places(components, build, err);
}

int
manifest_v1_collect_versions(
	const struct node *profile, struct profile_build *build, bool *foreign, struct error *err)
{
	const struct node *components =
		node_member(node_member(profile, "workspace"), "components");
	const struct node *component, *repository;
	struct ngc_ref ref;
	const char *text;

	if (!components)
		return 0;
	for (component = components->first; component; component = component->next) {
		repository = node_member(node_member(component, "src"), "repo_id");
		text = ngc_text(repository);
		if (!text || !strchr(text, ':'))
			*foreign = true;
		else if (ngc_ref_parse(text, &ref, err) ||
			 profile_build_add_version(build, &ref, err))
			return place_wrap(repository, err);
	}
	return 0;
}
