/*
 * References to NGC, and the places in cache and signature folders that are made of them.
 */
#include "base/mem.h"
#include "nim/cache.h"
#include "nim/ngc_ref.h"
#include "nim/profile.h"

#include "tests/fuzz/fuzz.h"

/* Each folder belongs to one model, and none leads out of its place. */
static void
check_ref(const struct ngc_ref *ref)
{
	char path[LIMIT_NAME_BYTES], folder[NGC_REF_FOLDER_MAX];
	struct error err = { 0 };
	struct ngc_ref again;

	FUZZ_PROMISE(ngc_ref_is_valid(ref));
	FUZZ_PROMISE(
		ngc_ref_parse(NGC_REF_TEXT(ref), &again, &err) == 0 && ngc_ref_equal(ref, &again));
	ngc_ref_cache_folder(ref, folder);
	FUZZ_PROMISE(strncmp(folder, "models--", 8) == 0 && !strchr(folder, '/'));
	cache_snapshot_name(ref, path);
	FUZZ_PROMISE(fuzz_is_canonical(path));
	cache_signature_name(ref, path);
	FUZZ_PROMISE(fuzz_is_canonical(path));
	cache_signature_cli_name(ref, path);
	FUZZ_PROMISE(fuzz_is_canonical(path));
	FUZZ_PROMISE(cache_model_path("/cache", ref, path, &err) == 0 || fuzz_is_refusal(&err));
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	cleanup_free char *file = NULL;
	struct ngc_ref ref = { 0 };
	struct error err = { 0 };
	char text[2048];

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (ngc_ref_parse(text, &ref, &err) == 0)
		check_ref(&ref);
	else
		FUZZ_PROMISE(fuzz_is_refusal(&err));
	err = (struct error){ 0 };
	if (ngc_ref_parse_uri(text, &ref, &file, &err) == 0) {
		check_ref(&ref);
		FUZZ_PROMISE(fuzz_is_canonical(file));
	} else {
		FUZZ_PROMISE(fuzz_is_refusal(&err) && !file);
	}
	if (profile_is_full_id(text))
		FUZZ_PROMISE(strlen(text) == 64 || strlen(text) == 36);
}
