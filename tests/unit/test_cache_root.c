#include "gate/cache_root.h"

#include "gate/report.h"
#include "oci/rootfs.h"
#include "policy/policy.h"
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT(literal) ((char *)(uintptr_t)(literal))

/* One file below the cache root, and whether it may be there. */
static const struct row {
	const char *file;
	bool fine;
} rows[] = {
	{ "ngc/hub/models--nim--meta--x/blobs/1", true },
	{ "ngc/hub/models--nim--meta--x/snapshots/v/config.json", true },
	{ "ngc/hub/models--nim--meta--x", false }, /* a file in a folder's place */
	{ "ngc/hub/tmp/part", true },
	{ "ngc/hub/tmpx/part", false },
	{ "ngc/hub/other/file", false },
	{ "ngc/file", false },
	{ "ngc", false },
	{ "local_cache/local_manifest.yaml", false },
	{ "huggingface/hub/models--a--b/blobs/1", false },
	{ "nim_runtime_manifest.yaml", false },
	{ "named/deep/file", true },
	{ "namedx", false },
};

static int
make(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command),
		"mkdir -p \"$(dirname 'cache/%s')\" && echo x >'cache/%s'", path, path);
	return system(command); /* NOLINT(cert-env33-c): a fixed command of this test's own */
}

static int
look(const struct policy *policy, struct report *report, struct error *err)
{
	struct rootfs rootfs = { .pidfd = -1, .root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	int result = cache_root_check(&rootfs, "/cache", policy, report, err);

	close(rootfs.root);
	return result;
}

static void
check_row(const struct row *row)
{
	struct policy policy = { .cache_entries = { .paths = { TEXT("named") }, .count = 1 } };
	struct report report = { 0 };
	struct error err = { 0 };

	if (system("rm -rf cache && mkdir -p cache/empty/directory") || make(row->file)) {
		check(false, row->file, "cannot be made");
		return;
	}
	check_result(look(&policy, &report, &err), REASON_NONE, &err, row->file);
	check(report.count == (row->fine ? 0 : 1), row->file, "%zu findings", report.count);
	if (!row->fine && report.count)
		check(report.findings[0].reason == REASON_EXTRA &&
				strcmp(report.findings[0].name, row->file) == 0,
			row->file, "found %s", report.findings[0].name);
	report_release(&report);
}

static void
check_mounts(void)
{
	struct policy policy = { 0 };
	struct report report = { 0 };
	struct error err = { 0 };

	if (unshare(CLONE_NEWNS) || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL)) {
		check_skip("mounts", "needs root");
		return;
	}
	if (system("rm -rf cache && mkdir -p cache/ngc/hub/models--nim--x/blobs other") ||
		mount("other", "cache/ngc/hub/models--nim--x", "none", MS_BIND, NULL)) {
		check(false, "mounts", "cannot be made: %d", errno);
		return;
	}
	check_result(look(&policy, &report, &err), REASON_LINK, &err, "a mount below the cache");
	policy.cache_mounts =
		(struct policy_paths){ .paths = { TEXT("/cache/ngc/hub/models--nim--x") },
			.count = 1 };
	check_result(look(&policy, &report, &err), REASON_NONE, &err, "a mount that policy names");
	check(report.count == 0, "a mount that policy names: no findings", "%zu", report.count);
	policy.cache_mounts.paths[0] = TEXT("/cache/ngc/hub/models--nim");
	check_result(look(&policy, &report, &err), REASON_LINK, &err,
		"a mount whose name begins the same");
	umount("cache/ngc/hub/models--nim--x");
	report_release(&report);
}

int
main(void)
{
	char folder[] = "/tmp/nimgate-test.XXXXXX", remove[64];
	struct policy policy = { 0 };
	struct report report = { 0 };
	struct error err = { 0 };

	if (!mkdtemp(folder) || chdir(folder))
		return 1;
	check_result(look(&policy, &report, &err), REASON_NONE, &err, "no cache at all");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
	check_mounts();
	snprintf(remove, sizeof(remove), "rm -rf %s", folder);
	return chdir("/") || system(remove) || check_end();
}
