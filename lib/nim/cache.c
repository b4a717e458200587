#include "nim/cache.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Facts: nim, section 1. */
const char *const cache_manifest_paths[] = {
	"/opt/nim/etc/default/model_manifest.yaml",        /* current images */
	"/etc/nim/config/model_manifest.yaml",             /* LLM 1.0 and 1.1, VILA, VLM */
	"/opt/nim/etc/config/default/model_manifest.yaml", /* NV-CLIP, by its documentation */
	NULL,
};

int
cache_model_path(const char *root, const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES],
	struct error *err)
{
	size_t length = strlen(root);
	char plain[LIMIT_NAME_BYTES], folder[NGC_REF_FOLDER_MAX];

	if (length >= sizeof(plain))
		return error_set(err, REASON_POLICY, 0, "cache path %s is longer than %d bytes",
			TEXT_QUOTE(root), LIMIT_NAME_BYTES - 1);
	while (length > 1 && root[length - 1] == '/')
		length--;
	memcpy(plain, root, length);
	plain[length] = '\0';
	if (plain[0] != '/' || !text_is_canonical_path(plain + 1))
		return error_set(err, REASON_POLICY, 0,
			"cache path %s: expected an absolute path without '.', '..' and '//'",
			TEXT_QUOTE(root));
	ngc_ref_cache_folder(ref, folder);
	if (length + strlen("/ngc/hub/") + strlen(folder) >= LIMIT_NAME_BYTES)
		return error_set(err, REASON_POLICY, 0, "cache path %s is too long for folder %s",
			TEXT_QUOTE(root), folder);
	memcpy(out, plain, length);
	snprintf(out + length, LIMIT_NAME_BYTES - length, "/ngc/hub/%s", folder);
	return 0;
}

void
cache_snapshot_name(const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES])
{
	snprintf(out, LIMIT_NAME_BYTES, "snapshots/%s", ref->version);
}

void
cache_signature_name(const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES])
{
	snprintf(out, LIMIT_NAME_BYTES, "%s/%s%s%s/%s/result.sigstore", ref->org, ref->team,
		ref->team[0] ? "/" : "", ref->model, ref->version);
}

void
cache_signature_cli_name(const struct ngc_ref *ref, char out[static LIMIT_NAME_BYTES])
{
	snprintf(out, LIMIT_NAME_BYTES, "%s_v%s/result.sigstore", ref->model, ref->version);
}
