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
	{ "", "unknown", "" },
	{ "nonsense", "unknown", "" },
	{ "0::", "unknown", "" },
	{ "0::/a\x1b[2J\n", "unknown", "a\\x1b[2J" },
	{ "0::/docker-.scope\n", "unknown", "docker-.scope" },
	{ "0::/" ID "0\n", "unknown", ID "0" },
};

int
main(void)
{
	char id[256], name[32];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *engine =
			container_id_parse(rows[i].text, strlen(rows[i].text), id, sizeof(id));

		snprintf(name, sizeof(name), "row %zu", i);
		check_text(id, rows[i].id, name);
		check_text(engine, rows[i].engine, name);
	}
	return check_end();
}
