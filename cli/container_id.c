#include "cli/container_id.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/containers.h"
#include "cli/inspect.h"
#include "cli/option.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FULL_ID = 64 /* hexadecimal digits, of all engines but plain runtimes */ };

static const char unknown[] = "unknown";

/* Where runtimes keep their state, and for whom: patterns of glob(7). Namespaces of containerd and
 * names of Docker's runtimes are anybody's choice. */
static const struct {
	const char *pattern;
	const char *engine;
} usual[] = {
	{ "/run/runc", "runc" },
	{ "/run/crun", "crun" },
	{ "/run/docker/runtime-*/moby", "docker" },
	{ "/run/containerd/runc/moby", "docker" },
	{ "/run/containerd/runc/*", "containerd" },
};

/* How systemd's scopes are called, by whom. */
static const struct {
	const char *prefix;
	const char *engine;
} scopes[] = {
	{ "docker-", "docker" },
	{ "libpod-", "podman" },
	{ "crio-", "crio" },
	{ "cri-containerd-", "containerd" },
	{ "runc-", "runc" },
	{ "crun-", "crun" },
};

/* True if the component, LENGTH bytes, is 64 hexadecimal digits, or ends in them behind a dash. */
static bool
ends_in_id(const char *component, size_t length)
{
	uint8_t bytes[FULL_ID / 2];

	return length >= FULL_ID && (length == FULL_ID || component[length - FULL_ID - 1] == '-') &&
	       text_parse_hex(component + length - FULL_ID, FULL_ID, bytes, sizeof(bytes)) == 0;
}

/* What one component of the path says. Returns the engine, or NULL where it says nothing. */
static const char *
read_component(const char *component, size_t length, char *out, size_t size)
{
	static const char scope[] = ".scope";
	const size_t suffix = strlen(scope);
	const bool is_scope =
		length > suffix && memcmp(component + length - suffix, scope, suffix) == 0;

	if (is_scope)
		length -= suffix;
	for (size_t i = 0; is_scope && i < ARRAY_SIZE(scopes); i++) {
		size_t prefix = strlen(scopes[i].prefix);

		/* podman's monitor has a scope of its own. */
		if (length > prefix && memcmp(component, scopes[i].prefix, prefix) == 0 &&
			strncmp(component + prefix, "conmon-", 7) != 0) {
			text_escape(out, size, component + prefix, length - prefix);
			return scopes[i].engine;
		}
	}
	if (!ends_in_id(component, length))
		return NULL;
	text_escape(out, size, component + length - FULL_ID, FULL_ID);
	return length > 7 && memcmp(component, "libpod-", 7) == 0 ? "podman" : unknown;
}

/* The first component of the path that says anything; else its last one. */
static void
read_path(const char *path, size_t length, struct container *out)
{
	const char *end = path + length, *at = path, *last = path, *slash, *engine;

	out->engine = unknown;
	out->group_own = 0;
	snprintf(out->group, sizeof(out->group), "%.*s", (int)length, path);
	for (; at < end; at = slash + 1) {
		slash = memchr(at, '/', (size_t)(end - at));
		if (!slash)
			slash = end;
		engine = read_component(at, (size_t)(slash - at), out->id, sizeof(out->id));
		if (engine) {
			/* Docker without systemd: /docker/ID. */
			out->engine = engine == unknown && at - last == 7 &&
						      memcmp(last, "docker", 6) == 0
					      ? "docker"
					      : engine;
			if (length < sizeof(out->group))
				out->group_own = (size_t)(slash - path);
			return;
		}
		if (slash > at)
			last = at;
	}
	/* "/../..": above our own name space of groups, where nothing has a name for us. */
	if (end - last != 2 || memcmp(last, "..", 2) != 0)
		text_escape(out->id, sizeof(out->id), last, (size_t)(end - last));
}

void
container_id_parse(const char *text, size_t length, struct container *out)
{
	const char *end = text + length, *line = text;

	out->id[0] = out->group[0] = '\0';
	out->group_own = 0;
	out->engine = unknown;
	/* "0::/path" of the second kind of groups; "4:memory:/path" of the first, where one group
	 * may stay at "/". */
	for (; line < end; line++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		const char *colon = memchr(line, ':', (size_t)(end - line)), *path = NULL;

		if (!stop)
			stop = end;
		if (colon && colon < stop)
			path = memchr(colon + 1, ':', (size_t)(stop - colon - 1));
		if (path && stop - path > 2)
			read_path(path + 1, (size_t)(stop - path - 1), out);
		if (out->id[0] && out->engine != unknown)
			break;
		line = stop;
	}
}

static bool
is_within(const char *path, const char *group, size_t length)
{
	return length && strncmp(path, group, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

bool
container_id_holds(const struct container *outer, const struct container *inner)
{
	return is_within(inner->group, outer->group, outer->group_own);
}

static void
find_by_group(struct container *container)
{
	cleanup_bytes struct file_bytes file = { 0 };
	char path[64];
	struct error ignored;
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)container->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && file_read(fd, LIMIT_KERNEL_FILE_BYTES, path, &file, &ignored) == 0)
		container_id_parse(file.bytes, file.length, container);
}

/* The process that NAME in FOLDER is about: runc's state.json, or crun's status. 0: none. */
static uint64_t
read_pid(int folder, const char *name, const char *file_name, const char *member)
{
	char path[LIMIT_NAME_BYTES];
	cleanup_fd int fd = -1;
	uint64_t number = 0;
	struct error err;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", name, file_name);
	fd = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != 0)
		return 0;
	/* Another runtime's state is no news; that nobody could read it is. */
	if (inspect_number(fd, member, &number, &err) && err.reason == REASON_INTERNAL)
		console_say(CONSOLE_WARNING, "a state in %s: %s", TEXT_QUOTE(path), err.text);
	return number;
}

/* The group's path up to the component NAME is the container's own. */
static void
own_group(struct container *container, const char *name)
{
	const size_t length = strlen(name);
	const char *at = container->group;

	for (; (at = strstr(at, name)) != NULL; at++)
		if (length && at > container->group && at[-1] == '/' &&
			(at[length] == '/' || at[length] == '\0')) {
			container->group_own = (size_t)(at - container->group) + length;
			return;
		}
}

/* Gives the container of that process, if it is one of ours, the id NAME. */
static void
claim(struct containers *containers, uint64_t pid, const char *name, const char *engine)
{
	char path[64];
	struct stat st, root;

	snprintf(path, sizeof(path), "/proc/%llu/ns/mnt", (unsigned long long)pid);
	if (pid == 0 || stat(path, &st))
		return;
	snprintf(path, sizeof(path), "/proc/%llu/root", (unsigned long long)pid);
	if (stat(path, &root))
		return;
	for (size_t i = 0; i < containers->count; i++) {
		struct container *container = &containers->items[i];

		if (container->namespace != st.st_ino || container->root != root.st_ino ||
			container->root_device != root.st_dev)
			continue;
		text_escape(container->id, sizeof(container->id), name, strlen(name));
		if (container->group_own == 0 &&
			strlen(container->group) + 1 < sizeof(container->group))
			own_group(container, name);
		if (container->engine == unknown)
			container->engine = engine;
	}
}

static void
find_by_state(struct containers *containers, const char *folder, const char *engine)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)) != NULL) {
		uint64_t pid;

		if (entry->d_name[0] == '.')
			continue;
		pid = read_pid(dirfd(dir), entry->d_name, "state.json", "init_process_pid");
		if (!pid)
			pid = read_pid(dirfd(dir), entry->d_name, "status", "pid");
		claim(containers, pid, entry->d_name, engine);
	}
	if (dir)
		closedir(dir);
}

static void
find_by_pattern(struct containers *containers, const char *pattern, const char *engine)
{
	glob_t found = { .gl_pathc = 0 };

	if (glob(pattern, GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			find_by_state(containers, found.gl_pathv[i], engine);
	globfree(&found);
}

void
container_id_find(struct containers *containers, const struct option_list *states)
{
	for (size_t i = 0; i < containers->count; i++) {
		containers->items[i].engine = unknown;
		find_by_group(&containers->items[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		find_by_pattern(containers, usual[i].pattern, usual[i].engine);
	for (size_t i = 0; i < states->count; i++)
		find_by_state(containers, states->values[i], unknown);
}
