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
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FULL_ID = 64 /* hexadecimal digits, of all engines but plain runtimes */ };

static const char unknown[] = "unknown";

/* Where runtimes keep their state, and for whom. */
static const struct {
	const char *folder;
	const char *engine;
} usual[] = {
	{ "/run/runc", "runc" },
	{ "/run/crun", "crun" },
	{ "/run/docker/runtime-runc/moby", "docker" },
	{ "/run/docker/runtime-nimgate/moby", "docker" },
	{ "/run/containerd/runc/default", "containerd" },
	{ "/run/containerd/runc/k8s.io", "containerd" },
	{ "/run/containerd/runc/moby", "docker" },
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
static const char *
read_path(const char *path, size_t length, char *out, size_t size)
{
	const char *end = path + length, *at = path, *last = path, *slash, *engine;

	for (; at < end; at = slash + 1) {
		slash = memchr(at, '/', (size_t)(end - at));
		if (!slash)
			slash = end;
		engine = read_component(at, (size_t)(slash - at), out, size);
		/* Docker without systemd: /docker/ID. */
		if (engine == unknown && at - last == 7 && memcmp(last, "docker", 6) == 0)
			return "docker";
		if (engine)
			return engine;
		if (slash > at)
			last = at;
	}
	text_escape(out, size, last, (size_t)(end - last));
	return unknown;
}

const char *
container_id_parse(const char *cgroup, size_t length, char *out, size_t size)
{
	const char *end = cgroup + length, *line = cgroup, *engine = unknown;

	out[0] = '\0';
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
			engine = read_path(path + 1, (size_t)(stop - path - 1), out, size);
		if (out[0] && engine != unknown)
			break;
		line = stop;
	}
	return engine;
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
		container->engine = container_id_parse(
			file.bytes, file.length, container->id, sizeof(container->id));
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

/* Gives the container of that process, if it is one of ours, the id NAME. */
static void
claim(struct containers *containers, uint64_t pid, const char *name, const char *engine)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%llu/ns/mnt", (unsigned long long)pid);
	if (pid == 0 || stat(path, &st))
		return;
	for (size_t i = 0; i < containers->count; i++) {
		struct container *container = &containers->items[i];

		if (container->namespace != st.st_ino)
			continue;
		text_escape(container->id, sizeof(container->id), name, strlen(name));
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

void
container_id_find(struct containers *containers, const struct option_list *states)
{
	for (size_t i = 0; i < containers->count; i++) {
		containers->items[i].engine = unknown;
		find_by_group(&containers->items[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		find_by_state(containers, usual[i].folder, usual[i].engine);
	for (size_t i = 0; i < states->count; i++)
		find_by_state(containers, states->values[i], unknown);
}
