/* Ids by control groups, as the engines name them. */
#include "cli/container_id.h"

#include "check.h"

#include "base/mem.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *text, *engine, *id;
} rows[] = {
	{ "0::/system.slice/docker-" ID ".scope\n", "docker", ID },
	{ "0::/machine.slice/libpod-" ID ".scope/container\n", "podman", ID },
	{ "0::/machine.slice/libpod-" ID ".scope/init.scope\n", "podman", ID },
	{ "0::/machine.slice/libpod-conmon-" ID ".scope\n", "podman", ID },
	{ "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope\n", "containerd",
		ID },
	{ "0::/kubepods.slice/kubepods-pod1.slice/crio-" ID ".scope\n", "crio", ID },
	{ "0::/user.slice/runc-my-nim.scope\n", "runc", "my-nim" },
	{ "0::/user.slice/crun-a.scope\n", "crun", "a" },
	{ "12:pids:/\n4:memory:/docker/" ID "\n0::/\n", "docker", ID },
	{ "4:memory:/kubepods/besteffort/pod1/" ID "\n", "unknown", ID },
	{ "0::/libpod_parent/libpod-" ID "\n", "podman", ID },
	{ "0::/docker/a/" ID "\n", "unknown", ID },
	{ "0::/docker" ID "\n", "unknown", "docker" ID },
	{ "0::/plain\n", "unknown", "plain" },
	{ "0::/a/b\n", "unknown", "b" },
	{ "0::/\n", "unknown", "" },
	{ "0::/../..\n", "unknown", "" },
	{ "0::/..\n", "unknown", "" },
	{ "0::/../../docker-" ID ".scope\n", "docker", ID },
	{ "", "unknown", "" },
	{ "nonsense", "unknown", "" },
	{ "0::", "unknown", "" },
	{ "0::/a\x1b[2J\n", "unknown", "a\\x1b[2J" },
	{ "0::/docker-.scope\n", "unknown", "docker-.scope" },
	{ "0::/" ID "0\n", "unknown", ID "0" },
};

/* The group of the container, and what is below it. */
static const struct {
	const char *outer, *inner;
	bool holds;
} groups[] = {
	{ "0::/a/libpod-" ID ".scope/container\n", "0::/a/libpod-" ID ".scope/container\n", true },
	{ "0::/a/libpod-" ID ".scope/container\n", "0::/a/libpod-" ID ".scope/b/c\n", true },
	{ "0::/system.slice/docker-" ID ".scope\n",
		"0::/system.slice/docker-" ID ".scope/init.scope\n", true },
	/* The same name elsewhere, as a user may call a scope. */
	{ "0::/machine.slice/libpod-" ID ".scope\n",
		"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope\n",
		false },
	{ "0::/a/libpod-" ID ".scope\n", "0::/a\n", false },
	{ "0::/a/" ID "\n", "0::/a/" ID "0\n", false },
	/* A session is nobody's own. */
	{ "0::/user.slice/session-1.scope\n", "0::/user.slice/session-1.scope\n", false },
	{ "0::/\n", "0::/\n", false },
};

static void
test_groups(void)
{
	char name[32];

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct container outer, inner;

		container_id_parse(groups[i].outer, strlen(groups[i].outer), &outer);
		container_id_parse(groups[i].inner, strlen(groups[i].inner), &inner);
		snprintf(name, sizeof(name), "group %zu", i);
		check(container_id_holds(&outer, &inner) == groups[i].holds, name, "%s %zu, %s",
			outer.group, outer.group_own, inner.group);
	}
}

/* A path that does not fit is nobody's own. */
static void
test_long(void)
{
	static char text[1200];
	struct container container;
	size_t length = 4;

	memcpy(text, "0::/", 4);
	while (length < 700)
		text[length++] = 'a';
	snprintf(text + length, sizeof(text) - length, "/docker-" ID ".scope\n");
	container_id_parse(text, strlen(text), &container);
	check_text(container.id, ID, "a long path: its id");
	check(container.group_own == 0 && !container_id_holds(&container, &container),
		"a long path: nobody's own", "%zu", container.group_own);
}

int
main(void)
{
	char name[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct container container;

		container_id_parse(rows[i].text, strlen(rows[i].text), &container);
		snprintf(name, sizeof(name), "row %zu", i);
		check_text(container.id, rows[i].id, name);
		check_text(container.engine, rows[i].engine, name);
	}
	test_groups();
	test_long();
	return check_end();
}
