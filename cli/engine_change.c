#include "cli/engine_change.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/runtime_settings.h"

#include <string.h>
#include <sys/stat.h>

/* As config/nimgate-hook.json, which a test compares. */
static const char hook_json[] = "{\n"
				"  \"version\": \"1.0.0\",\n"
				"  \"hook\": {\n"
				"    \"path\": \"" RUNTIME_SETTINGS_HOOK "\",\n"
				"    \"args\": [\"nimgate-hook\", \"createRuntime\"],\n"
				"    \"env\": [\"PATH=/usr/sbin:/usr/bin\"],\n"
				"    \"timeout\": 110\n"
				"  },\n"
				"  \"when\": { \"always\": true },\n"
				"  \"stages\": [\"createRuntime\"]\n"
				"}\n";

void
engine_change_release(struct engine_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->changes[i].path);
		free(plan->changes[i].before);
		free(plan->changes[i].after);
	}
	free(plan->lines);
	*plan = (struct engine_plan){ 0 };
}

/* Reads the file that a change is about; NULL where it is not there. */
static int
read_before(const char *path, char **out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int fd = file_open_trusted(path, err);

	if (fd < 0 && err->os_errno == ENOENT)
		return 0;
	if (fd < 0 || file_read(fd, LIMIT_POLICY_BYTES, TEXT_QUOTE(path), &file, err))
		return -1;
	if (strlen(file.bytes) != file.length)
		return error_set(err, REASON_CONFIG, 0, "%s: not a text", TEXT_QUOTE(path));
	*out = take_ptr(file.bytes);
	return 0;
}

struct engine_change *
engine_change_begin(struct engine_plan *plan, const struct engine_options *options,
	const char *path, struct error *err)
{
	struct engine_change *change = &plan->changes[plan->count];

	if (asprintf(&change->path, "%s%s", options->root, path) < 0) {
		change->path = NULL;
		error_no_memory(err);
		return NULL;
	}
	plan->count++;
	return read_before(change->path, &change->before, err) ? NULL : change;
}

int
engine_change_file(struct engine_plan *plan, const struct engine_options *options, const char *path,
	const char *bytes, struct error *err)
{
	struct engine_change *change = engine_change_begin(plan, options, path, err);

	if (!change)
		return -1;
	change->after = bytes ? strdup(bytes) : NULL;
	return bytes && !change->after ? error_no_memory(err) : 0;
}

/* A runtime where distributions put it, below the root. Not a link, which nimgate-runtime does not
 * take: Debian has one at /usr/bin/runc. */
static const char *
find_runtime(const char *root)
{
	static const char *const places[] = { "/usr/bin/runc", "/usr/sbin/runc",
		"/usr/local/bin/runc", "/usr/local/sbin/runc", "/usr/bin/crun" };
	char path[LIMIT_NAME_BYTES];
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (snprintf(path, sizeof(path), "%s%s", root, places[i]) < (int)sizeof(path) &&
			lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR))
			return places[i];
	return NULL;
}

int
engine_change_settings(
	struct engine_plan *plan, const struct engine_options *options, struct error *err)
{
	struct engine_change *change =
		engine_change_begin(plan, options, RUNTIME_SETTINGS_PATH, err);
	const char *runtime = options->runtime ? options->runtime : find_runtime(options->root);

	if (!change)
		return -1;
	if (change->before) {
		change->after = strdup(change->before);
		return change->after ? 0 : error_no_memory(err);
	}
	if (!runtime)
		return error_set(err, REASON_CONFIG, 0,
			"no runc or crun was found; name the runtime with --runtime");
	if (asprintf(&change->after,
		    "# What nimgate-runtime becomes (docs/engines.md).\nruntime: %s\n",
		    runtime) < 0) {
		change->after = NULL;
		return error_no_memory(err);
	}
	return 0;
}

/* podman and CRI-O skip a hook whose program is missing, and start the container
 * (docs/known-holes.md, hole 1): they are not told of one that is not there. */
static int
check_hook(const struct engine_options *options, struct error *err)
{
	char path[LIMIT_NAME_BYTES];
	cleanup_fd int fd = -1;
	struct stat st;

	if (snprintf(path, sizeof(path), "%s" RUNTIME_SETTINGS_HOOK, options->root) >=
		(int)sizeof(path))
		return error_set(err, REASON_CONFIG, 0, "the root's path is too long");
	fd = file_open_trusted(path, err);
	if (fd < 0)
		return error_wrap(err, "the hook is not installed");
	if (fstat(fd, &st) || !(st.st_mode & S_IXUSR))
		return error_set(err, REASON_CONFIG, 0, "%s: not a program", TEXT_QUOTE(path));
	return 0;
}

int
engine_change_hooks(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	if (enable && check_hook(options, err))
		return -1;
	return engine_change_file(
		plan, options, ENGINE_CHANGE_HOOKS, enable ? hook_json : NULL, err);
}

bool
engine_change_is_done(const struct engine_change *change)
{
	if (!change->before || !change->after)
		return change->before == change->after;
	return strcmp(change->before, change->after) == 0;
}

bool
engine_change_is_open(const struct engine_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!engine_change_is_done(&plan->changes[i]))
			return true;
	return false;
}
