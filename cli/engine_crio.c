#include "cli/engine_crio.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/toml.h"

#include <glob.h>
#include <string.h>

#define HOOKS_D "/usr/share/containers/oci/hooks.d"

/* As config/crio-nimgate.conf without its comments, which a test compares. */
static const char drop_in[] = "[crio.runtime]\n"
			      "hooks_dir = [\"" HOOKS_D "\", \"/etc/containers/oci/hooks.d\"]\n";

/* What the files of CRI-O's that are not ours say of hooks_dir: the last one decides. */
struct hooks_dir {
	char path[LIMIT_NAME_BYTES]; /* of that file; "": none says anything */
	bool ours;                   /* it names the JSON's directory */
};

static int
read_file(const char *path, struct hooks_dir *found, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int fd = file_open_trusted(path, err);
	struct toml toml;

	if (fd < 0 || file_read(fd, LIMIT_POLICY_BYTES, TEXT_QUOTE(path), &file, err))
		return -1;
	toml_start(&toml, file.bytes);
	while (toml_next(&toml)) {
		if (strcmp(toml.key, "hooks_dir") != 0)
			continue;
		snprintf(found->path, sizeof(found->path), "%s", path);
		found->ours = toml_holds(&toml, HOOKS_D);
	}
	return 0;
}

static int
read_files(const char *root, struct hooks_dir *found, struct error *err)
{
	static const char *const patterns[] = { "/etc/crio/crio.conf", "/etc/crio/crio.conf.d/*" };
	char pattern[LIMIT_NAME_BYTES];
	size_t skip = strlen(root), i, j;
	int result = 0;

	for (i = 0; i < ARRAY_SIZE(patterns) && !result; i++) {
		glob_t files = { 0 };

		if (snprintf(pattern, sizeof(pattern), "%s%s", root, patterns[i]) >=
			(int)sizeof(pattern))
			return error_set(
				err, REASON_CONFIG, 0, "%s: path too long", TEXT_QUOTE(root));
		if (glob(pattern, 0, NULL, &files) == 0)
			for (j = 0; j < files.gl_pathc && !result; j++)
				if (strcmp(files.gl_pathv[j] + skip, ENGINE_CRIO_DROP_IN) != 0)
					result = read_file(files.gl_pathv[j], found, err);
		globfree(&files);
	}
	return result;
}

/* CRI-O takes hooks_dir from the last file that has it, which may stand behind ours: where another
 * file has it, that one has to do, and ours is not needed. */
static int
plan_drop_in(struct engine_plan *plan, const struct engine_options *options, struct error *err)
{
	struct hooks_dir found = { 0 };

	if (read_files(options->root, &found, err))
		return -1;
	if (!found.path[0])
		return engine_change_file(plan, options, ENGINE_CRIO_DROP_IN, drop_in, err);
	if (found.ours)
		return 0;
	plan->lines = strdup("\"" HOOKS_D "\"\n");
	if (!plan->lines)
		return error_no_memory(err);
	return error_set(err, REASON_CONFIG, 0, "%s: hooks_dir is without " HOOKS_D ": add it",
		TEXT_QUOTE(found.path));
}

int
engine_crio_plan(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	plan->advice = "CRI-O reads its drop-ins when it starts: systemctl restart crio\n";
	if (enable && plan_drop_in(plan, options, err))
		return -1;
	if (engine_change_hooks(plan, enable, options, err))
		return -1;
	return enable ? 0 : engine_change_file(plan, options, ENGINE_CRIO_DROP_IN, NULL, err);
}
