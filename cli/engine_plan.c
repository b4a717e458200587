#include "cli/engine_plan.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/engine_docker.h"
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

/* As config/containerd-nimgate.toml without its comments. */
static const char containerd_toml[] =
	"version = 2\n"
	"[plugins.\"io.containerd.grpc.v1.cri\".containerd]\n"
	"  default_runtime_name = \"nimgate\"\n"
	"[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nimgate]\n"
	"  runtime_type = \"io.containerd.runc.v2\"\n"
	"  [plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.nimgate.options]\n"
	"    BinaryName = \"" ENGINE_PLAN_RUNTIME "\"\n";

/* As config/crio-nimgate.conf without its comments. */
static const char crio_conf[] =
	"[crio.runtime]\n"
	"hooks_dir = [\"/usr/share/containers/oci/hooks.d\", \"/etc/containers/oci/hooks.d\"]\n";

void
engine_plan_release(struct engine_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->changes[i].path);
		free(plan->changes[i].before);
		free(plan->changes[i].after);
	}
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

/* Begins a change of the file at PATH below the root. Returns it, or NULL. */
static struct engine_change *
begin(struct engine_plan *plan, const struct engine_options *options, const char *path,
	struct error *err)
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

/* The file shall have these bytes; NULL: not be there. */
static int
plan_file(struct engine_plan *plan, const struct engine_options *options, const char *path,
	const char *bytes, struct error *err)
{
	struct engine_change *change = begin(plan, options, path, err);

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

/* The settings of nimgate-runtime, unless the administrator has written them and names no other
 * runtime now. */
static int
plan_settings(struct engine_plan *plan, const struct engine_options *options, struct error *err)
{
	struct engine_change *change = begin(plan, options, RUNTIME_SETTINGS_PATH, err);
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

static int
plan_docker(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	struct engine_change *change = begin(plan, options, ENGINE_PLAN_DOCKER, err);

	plan->advice = "Docker reads it when it starts: systemctl restart docker\n";
	if (!change)
		return -1;
	if (!change->before && !enable)
		return 0;
	if (engine_docker_edit(change->before, enable, &change->after, err))
		return error_wrap(err, "%s", TEXT_QUOTE(change->path));
	return enable ? plan_settings(plan, options, err) : 0;
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

static int
plan_hooks(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	if (enable && check_hook(options, err))
		return -1;
	return plan_file(plan, options, ENGINE_PLAN_HOOKS, enable ? hook_json : NULL, err);
}

static int
plan_podman(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	plan->advice = "It counts from the next start of a container on.\n";
	return plan_hooks(plan, enable, options, err);
}

static int
plan_crio(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	plan->by_hand = true;
	plan->drop_in = enable ? crio_conf : NULL;
	plan->advice =
		enable ? "Save these lines as /etc/crio/crio.conf.d/50-nimgate.conf, then: systemctl restart crio\n"
		       : "Remove /etc/crio/crio.conf.d/50-nimgate.conf, if it is there, then: systemctl restart crio\n";
	return plan_hooks(plan, enable, options, err);
}

static int
plan_containerd(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	plan->by_hand = true;
	plan->drop_in = enable ? containerd_toml : NULL;
	plan->advice =
		enable ? "Save these lines as /etc/containerd/conf.d/nimgate.toml, name that file in the imports of\n"
			 "/etc/containerd/config.toml, then: systemctl restart containerd\n"
			 "Where a file has a [plugins.\"io.containerd.grpc.v1.cri\"...] already, add them there instead:\n"
			 "containerd 1 takes that section from the last file that has it, and forgets the others.\n"
			 "containerd 2 (version = 3): the plugin is called io.containerd.cri.v1.runtime.\n"
		       : "Remove /etc/containerd/conf.d/nimgate.toml, then: systemctl restart containerd\n";
	return enable ? plan_settings(plan, options, err) : 0;
}

int
engine_plan_make(const char *name, bool enable, const struct engine_options *options,
	struct engine_plan *out, struct error *err)
{
	static const struct {
		const char *name;
		int (*plan)(struct engine_plan *plan, bool enable,
			const struct engine_options *options, struct error *err);
	} engines[] = {
		{ "docker", plan_docker },
		{ "podman", plan_podman },
		{ "containerd", plan_containerd },
		{ "crio", plan_crio },
	};
	struct engine_plan plan = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(engines) && strcmp(engines[i].name, name) != 0; i++)
		;
	if (i == ARRAY_SIZE(engines))
		return error_set(err, REASON_USAGE, 0,
			"%s: expected docker, podman, containerd or crio", TEXT_QUOTE(name));
	if (engines[i].plan(&plan, enable, options, err)) {
		engine_plan_release(&plan);
		return -1;
	}
	*out = plan;
	return 0;
}
