#include "cli/engine_found.h"

#include "base/limits.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const engine_found_names[] = { "docker", "podman", "containerd", "crio" };
const size_t engine_found_count = ARRAY_SIZE(engine_found_names);

static const struct {
	const char *name;
	const char *program;
} programs[] = {
	{ "docker", "/usr/bin/dockerd" },
	{ "docker", "/usr/sbin/dockerd" },
	{ "docker", "/usr/local/bin/dockerd" },
	{ "podman", "/usr/bin/podman" },
	{ "podman", "/usr/local/bin/podman" },
	{ "containerd", "/usr/bin/containerd" },
	{ "containerd", "/usr/local/bin/containerd" },
	{ "crio", "/usr/bin/crio" },
	{ "crio", "/usr/local/bin/crio" },
};

bool
engine_found(const char *root, const char *name)
{
	char path[LIMIT_NAME_BYTES];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(programs); i++)
		if (strcmp(programs[i].name, name) == 0 &&
			snprintf(path, sizeof(path), "%s%s", root, programs[i].program) <
				(int)sizeof(path) &&
			access(path, F_OK) == 0)
			return true;
	return false;
}
