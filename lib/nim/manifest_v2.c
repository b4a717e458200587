#include "nim/manifest_v2.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "nim/place.h"
#include "nim/profile_build.h"

#include <string.h>

#define SCHEME   "ngc://"
#define CHECKSUM "blake3:"

/* "blake3:" and 64 lower-case digits. */
static bool
is_checksum(const struct node *checksum)
{
	static const char digits[] = "0123456789abcdef";
	const char *text = node_text(checksum);

	return text && strncmp(text, CHECKSUM, strlen(CHECKSUM)) == 0 &&
	       strlen(text) == strlen(CHECKSUM) + 64 &&
	       strspn(text + strlen(CHECKSUM), digits) == 64;
}

static int
check_file(const struct node *file, struct error *err)
{
	const struct node *uri = node_member(file, "uri");
	const struct node *checksum = node_member(file, "checksum");

	if (!text_is_canonical_path(file->key))
		return place_refuse(file, REASON_MANIFEST, err,
			"the file %s is not a plain relative path", TEXT_QUOTE(file->key));
	if (file->kind != NODE_MAP)
		return place_refuse(file, REASON_MANIFEST, err, "file %s is %s, expected a map",
			TEXT_QUOTE(file->key), node_kind_words(file));
	if (!uri || uri->kind != NODE_TEXT || !strstr(uri->text, "://"))
		return place_refuse(uri ? uri : file, REASON_MANIFEST, err,
			"file %s: uri is %s, expected ngc://...", TEXT_QUOTE(file->key),
			uri && uri->kind == NODE_TEXT ? TEXT_QUOTE(uri->text)
						      : node_kind_words(uri));
	if (checksum && !is_checksum(checksum))
		return place_refuse(checksum, REASON_MANIFEST, err,
			"file %s: the checksum is not %s and 64 lower-case hexadecimal digits",
			TEXT_QUOTE(file->key), CHECKSUM);
	return 0;
}

int
manifest_v2_check(const struct node *profile, struct error *err)
{
	const struct node *workspace = node_member(profile, "workspace"), *files, *file;

	if (!workspace)
		return 0;
	if (workspace->kind != NODE_MAP)
		return place_refuse(workspace, REASON_MANIFEST, err,
			"workspace is %s, expected a map", node_kind_words(workspace));
	if (node_member(workspace, "components"))
		return place_refuse(workspace, REASON_MANIFEST, err,
			"the workspace has components (version 1) in a manifest of version 2");
	files = node_member(workspace, "files");
	if (!files)
		return 0;
	if (files->kind != NODE_MAP)
		return place_refuse(files, REASON_MANIFEST, err,
			"workspace.files is %s, expected a map", node_kind_words(files));
	for (file = files->first; file; file = file->next)
		if (check_file(file, err))
			return -1;
	return 0;
}

int
manifest_v2_collect(const struct node *profile, struct profile_build *build, struct error *err)
{
	const struct node *files = node_member(node_member(profile, "workspace"), "files"), *file;
	const struct node *uri;
	struct ngc_ref ref;
	char *path;

	if (!files)
		return 0;
	for (file = files->first; file; file = file->next) {
		uri = node_member(file, "uri");
		if (ngc_ref_parse_uri(uri->text, &ref, &path, err) ||
			profile_build_add(build, &ref, file->key, path, err))
			return place_wrap(uri, err);
	}
	return 0;
}

int
manifest_v2_collect_versions(
	const struct node *profile, struct profile_build *build, bool *foreign, struct error *err)
{
	const struct node *files = node_member(node_member(profile, "workspace"), "files"), *file;
	const struct node *uri;
	struct ngc_ref ref;

	if (!files)
		return 0;
	for (file = files->first; file; file = file->next) {
		cleanup_free char *path = NULL;

		uri = node_member(file, "uri");
		if (strncmp(uri->text, SCHEME, strlen(SCHEME)) != 0)
			*foreign = true;
		else if (ngc_ref_parse_uri(uri->text, &ref, &path, err) ||
			 profile_build_add_version(build, &ref, err))
			return place_wrap(uri, err);
	}
	return 0;
}
