#include "nim/description.h"
#include "nim/hardware.h"
#include "nim/manifest.h"
#include "nim/profile.h"

#include "tests/fuzz/fuzz.h"

/* The union names each version once, and no files. */
static void
check_all(const struct manifest *manifest)
{
	cleanup_profile struct profile all = { 0 };
	struct error err = { 0 };
	bool foreign = false;

	if (manifest_all(manifest, &all, &foreign, &err))
		return;
	FUZZ_PROMISE(all.version_count > 0 && all.file_count == 0 && all.id[0] == '\0');
	for (size_t i = 0; i < all.version_count; i++) {
		FUZZ_PROMISE(ngc_ref_is_valid(&all.versions[i].ref));
		FUZZ_PROMISE(all.versions[i].file_count == 0);
	}
}

/* What fits some GPUs is a part of the union, and something is left out. */
static void
check_fitting(const struct manifest *manifest)
{
	struct manifest_fit fit = { .count = 0 };
	struct hardware hardware = { 0 };
	struct error err = { 0 };

	hardware_add(&hardware, "NVIDIA L40S", 0);
	if (manifest_fitting(manifest, &hardware, &fit, &err) == 0) {
		FUZZ_PROMISE(fit.left_out > 0 && fit.left_out < fit.count && fit.first < fit.count);
		FUZZ_PROMISE(
			hardware_rules_out(&hardware, manifest_profile_tags(manifest, fit.first)));
		FUZZ_PROMISE(fit.profile.version_count > 0 && fit.profile.file_count == 0);
	}
	profile_release(&fit.profile);
}

void
fuzz_input(const uint8_t *data, size_t size)
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
				FUZZ_PROMISE(fuzz_is_canonical(profile.versions[k].files[n]));
		}
		FUZZ_PROMISE(profile.file_count > 0);
		for (k = 0; k < profile.file_count; k++) {
			FUZZ_PROMISE(fuzz_is_canonical(profile.files[k].workspace));
			FUZZ_PROMISE(k == 0 || strcmp(profile.files[k - 1].workspace,
						       profile.files[k].workspace) < 0);
			FUZZ_PROMISE(profile.files[k].version < profile.version_count);
		}
		profile_release(&profile);
	}
	if (manifest) {
		check_all(manifest);
		check_fitting(manifest);
	}
	for (i = 0; manifest && i < manifest_count(manifest); i++) {
		char name[DESCRIPTION_MAX];

		description_format(manifest_profile_tags(manifest, i), name);
		FUZZ_PROMISE(memchr(name, '\0', sizeof(name)));
	}
	manifest_free(manifest);
}
