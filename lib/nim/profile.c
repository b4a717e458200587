#include "nim/profile.h"

#include <stdlib.h>
#include <string.h>

bool
profile_is_full_id(const char *id)
{
	static const char digits[] = "0123456789abcdef";
	static const size_t groups[] = { 8, 4, 4, 4, 12 }; /* of a UUID (RFC 9562, section 4) */

	if (strspn(id, digits) == LIMIT_PROFILE_ID_BYTES)
		return id[LIMIT_PROFILE_ID_BYTES] == '\0';
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (i > 0 && *id++ != '-')
			return false;
		if (strspn(id, digits) != groups[i])
			return false;
		id += groups[i];
	}
	return *id == '\0';
}

void
profile_release(struct profile *profile)
{
	for (size_t i = 0; i < profile->version_count; i++) {
		struct profile_version *version = &profile->versions[i];

		for (size_t j = 0; j < version->file_count; j++)
			free(version->files[j]);
		free(version->files);
	}
	for (size_t i = 0; i < profile->file_count; i++)
		free(profile->files[i].workspace);
	free(profile->versions);
	free(profile->files);
	*profile = (struct profile){ 0 };
}
