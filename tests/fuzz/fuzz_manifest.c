#include "base/text.h"
#include "nim/manifest.h"
#include "nim/profile.h"

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct manifest *manifest = manifest_parse((const char *)data, size, &err);
	size_t i, k, n;

	for (i = 0; manifest && i < manifest_count(manifest); i++) {
		struct profile profile = { 0 };

		if (manifest_find(manifest, manifest_profile_id(manifest, i), &profile, &err))
			continue;
		FUZZ_PROMISE(profile.version_count > 0);
		for (k = 0; k < profile.version_count; k++) {
			FUZZ_PROMISE(ngc_ref_is_valid(&profile.versions[k].ref));
			FUZZ_PROMISE(profile.versions[k].file_count > 0);
			for (n = 0; n < profile.versions[k].file_count; n++)
				FUZZ_PROMISE(text_is_canonical_path(profile.versions[k].files[n]));
		}
		profile_release(&profile);
		fuzz_accepted();
	}
	manifest_free(manifest);
	return 0;
}
