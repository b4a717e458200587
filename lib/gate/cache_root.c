#include "gate/cache_root.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tree.h"
#include "gate/report.h"
#include "oci/rootfs.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define MODELS    "ngc/hub/models--"
#define DOWNLOADS "ngc/hub/tmp"

enum {
	NAMED_MAX = 5
}; /* offending entries that are named; a folder of thousands says enough with these */

struct look {
	const struct policy *policy;
	const char *root;
};

/* True if NAME is ENTRY or lies below it. */
static bool
lies_in(const char *name, const char *entry)
{
	size_t length = strlen(entry);

	return strncmp(name, entry, length) == 0 && (name[length] == '\0' || name[length] == '/');
}

/* Mounts that policy names are not walked into: the models in them are verified by their own way.
 */
static bool
is_named_mount(const char *name, void *context)
{
	const struct look *look = context;
	size_t length = strlen(look->root), i;

	for (i = 0; i < look->policy->cache_mounts.count; i++) {
		const char *mount = look->policy->cache_mounts.paths[i];

		if (strncmp(mount, look->root, length) == 0 && mount[length] == '/' &&
			strcmp(mount + length + 1, name) == 0)
			return true;
	}
	return false;
}

static bool
may_be_there(const struct look *look, const char *name)
{
	const struct policy_paths *entries = &look->policy->cache_entries;
	size_t i;

	if ((strncmp(name, MODELS, strlen(MODELS)) == 0 && strchr(name + strlen(MODELS), '/')) ||
		lies_in(name, DOWNLOADS))
		return true;
	for (i = 0; i < entries->count; i++)
		if (lies_in(name, entries->paths[i]))
			return true;
	return false;
}

int
cache_root_check(const struct rootfs *rootfs, const char *root, const struct policy *policy,
	struct report *report, struct error *err)
{
	static const char detail[] =
		"in the cache, and no signed model; remove it, or name it in the policy's cache.entries";
	struct look look = { .policy = policy, .root = root };
	const struct tree_options options = {
		.entries_max = LIMIT_MODEL_FILES, .skip = is_named_mount, .context = &look
	};
	cleanup_tree struct tree tree = { 0 };
	cleanup_fd int dir = rootfs_open_path(rootfs, root, O_PATH | O_DIRECTORY);
	size_t found = 0, i;

	if (dir < 0 && (errno == ENOENT || errno == ENOTDIR) && rootfs_is_absent(rootfs, root))
		return 0;
	if (dir < 0)
		return error_set_os(
			err, REASON_UNSEEN, errno, "cache %s in the container", TEXT_QUOTE(root));
	if (tree_read(dir, &options, &tree, err))
		return error_wrap(err, "cache %s", TEXT_QUOTE(root));
	for (i = 0; i < tree.count && found < NAMED_MAX; i++) {
		if (may_be_there(&look, tree.entries[i].name))
			continue;
		found++;
		if (!report_add(report, REASON_EXTRA, "cache", tree.entries[i].name, detail, err))
			return -1;
	}
	return 0;
}
