#include "gate/signatures.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/user.h"
#include "nim/cache.h"
#include "policy/policy.h"

#include <errno.h>

/* Opens NAME below FOLDER, which may belong to OWNER. Returns a descriptor; -1 with os_errno ENOENT
 * where there is none; -1 with another error. */
static int
open_in(const char *folder, const char *name, uid_t owner, struct error *err)
{
	cleanup_fd int dir = file_open_owned_directory(folder, owner, err);
	int fd;

	if (dir < 0)
		return err->os_errno == ENOENT ? -1 : error_wrap(err, "signature folder");
	fd = file_open_owned_at(dir, name, owner, err);
	if (fd < 0)
		return error_wrap(err, "signature in %s", TEXT_QUOTE(folder));
	return fd;
}

/* Nobody's files are anybody's: of containers, of network file systems, of what a user namespace
 * does not map. */
static int
find_owner(const char *name, uid_t *out, struct error *err)
{
	if (user_find(USER_PATH, name, out, err))
		return -1;
	if (*out == USER_NOBODY)
		return error_set(err, REASON_CONFIG, 0,
			"user %s is nobody, whose files may be anybody's", TEXT_QUOTE(name));
	return 0;
}

int
signatures_open(
	const struct policy *policy, const struct ngc_ref *ref, bool cli_layout, struct error *err)
{
	const struct policy_paths *folders = &policy->signatures;
	char name[LIMIT_NAME_BYTES], cli_name[LIMIT_NAME_BYTES];
	uid_t owner = 0;
	size_t i;
	int fd;

	if (policy->signature_owner && find_owner(policy->signature_owner, &owner, err))
		return error_wrap(err, "signature_owner");
	cache_signature_name(ref, name);
	cache_signature_cli_name(ref, cli_name);
	for (i = 0; i < folders->count; i++) {
		fd = open_in(folders->paths[i], name, owner, err);
		if (fd < 0 && err->os_errno == ENOENT && cli_layout)
			fd = open_in(folders->paths[i], cli_name, owner, err);
		if (fd >= 0 || err->os_errno != ENOENT)
			return fd;
	}
	return error_set(err, REASON_NOT_SIGNED, ENOENT, "%s: no signature; expected at %s/%s",
		NGC_REF_TEXT(ref), folders->count ? folders->paths[0] : "", name);
}
