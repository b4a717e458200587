#include "nim/cache.h"

#include "base/mem.h"
#include "tests/unit/check.h"

static const struct ngc_ref with_team = { "nim", "meta", "llama-3_1-8b-instruct", "hf-8c22764-b" };
static const struct ngc_ref without_team = { "nvidia", "", "bert", "1.0+x" };

static void
check_roots(void)
{
	static const struct {
		const char *root;
		const char *path; /* NULL: refused */
	} roots[] = {
		{ CACHE_ROOT_DEFAULT,
			"/opt/nim/.cache/ngc/hub/models--nim--meta--llama-3_1-8b-instruct" },
		{ "/model-store", "/model-store/ngc/hub/models--nim--meta--llama-3_1-8b-instruct" },
		{ "/a/", "/a/ngc/hub/models--nim--meta--llama-3_1-8b-instruct" },
		{ "/a//", "/a/ngc/hub/models--nim--meta--llama-3_1-8b-instruct" },
		{ "/..a", "/..a/ngc/hub/models--nim--meta--llama-3_1-8b-instruct" },
		{ "", NULL },
		{ "/", NULL },
		{ "//", NULL },
		{ "a", NULL },
		{ "./a", NULL },
		{ "//a", NULL },
		{ "/a//b", NULL },
		{ "/a/../b", NULL },
		{ "/a/..", NULL },
		{ "/..", NULL },
		{ "/a/./b", NULL },
		{ "/a/.", NULL },
		{ "~/a", NULL },
	};
	char path[LIMIT_NAME_BYTES];
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		int result = cache_model_path(roots[i].root, &with_team, path, &err);

		check_result(
			result, roots[i].path ? REASON_NONE : REASON_POLICY, &err, roots[i].root);
		if (roots[i].path)
			check_text(path, roots[i].path, "path");
	}
}

static void
check_long_roots(void)
{
	static const char tail[] = "/ngc/hub/models--nvidia--bert";
	char root[LIMIT_NAME_BYTES + 1], path[LIMIT_NAME_BYTES];
	size_t longest = LIMIT_NAME_BYTES - 1 - (sizeof(tail) - 1);
	struct error err = { 0 };

	memset(root, 'a', sizeof(root));
	root[0] = '/';
	root[longest] = '\0';
	check_result(
		cache_model_path(root, &without_team, path, &err), REASON_NONE, &err, "longest");
	check_text(path + longest, tail, "longest: end");
	root[longest] = 'a';
	root[longest + 1] = '\0';
	check_result(
		cache_model_path(root, &without_team, path, &err), REASON_POLICY, &err, "too long");
	root[longest + 1] = 'a';
	root[LIMIT_NAME_BYTES] = '\0';
	check_result(cache_model_path(root, &without_team, path, &err), REASON_POLICY, &err,
		"much too long");
}

int
main(void)
{
	char name[LIMIT_NAME_BYTES];

	check_roots();
	check_long_roots();
	cache_snapshot_name(&with_team, name);
	check_text(name, "snapshots/hf-8c22764-b", "snapshot");
	cache_signature_name(&with_team, name);
	check_text(
		name, "nim/meta/llama-3_1-8b-instruct/hf-8c22764-b/result.sigstore", "signature");
	cache_signature_name(&without_team, name);
	check_text(name, "nvidia/bert/1.0+x/result.sigstore", "signature without team");
	cache_signature_cli_name(&with_team, name);
	check_text(name, "llama-3_1-8b-instruct_vhf-8c22764-b/result.sigstore", "signature, CLI");
	check_text(cache_manifest_paths[0], "/opt/nim/etc/default/model_manifest.yaml", "manifest");
	check_text(cache_manifest_paths[1], "/etc/nim/config/model_manifest.yaml", "old manifest");
	return check_end();
}
