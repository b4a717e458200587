#include "gate/pool.h"

#include "base/clock.h"
#include "gate/verification.h"
#include "oms/shard.h"

#include "tests/unit/gate_material.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
	FILES = 300,
	SMALL_LIMIT = 64,  /* descriptors that must do for FILES */
	LARGE = 256 << 20, /* takes long enough to be disturbed */
	NOBODY = 65534,
};

/* Sparse, yet not large enough to be refused for it; outlasts every deadline here. */
static const off_t forever = (off_t)LIMIT_SPARSE_MIB << 20;

/* Opens PATH as the next item of VERIFICATION and signs every file with the digest of its name. */
static struct verification_item *
open_item(struct verification *verification, size_t index, const char *path)
{
	struct verification_item *item = &verification->items[index];
	struct statement *statement = &item->signed_model.statement;
	struct error err = { 0 };

	material_need(
		model_open_path(path, MODEL_LINKS_REFUSE, NULL, NULL, &item->model, &err) == 0,
		err.text);
	statement->resources = calloc(item->model.tree.count, sizeof(*statement->resources));
	material_need(statement->resources, "memory");
	for (size_t i = 0; i < item->model.tree.count; i++) {
		const char *name = item->model.tree.entries[i].name;
		struct resource *resource = &statement->resources[i];

		resource->name = strdup(name);
		material_need(digest_compute(DIGEST_SHA256, name, strlen(name), &resource->digest,
				      &err) == 0,
			err.text);
		statement->resource_count++;
	}
	return item;
}

static void
open_one(struct verification *verification, const char *path)
{
	struct error err = { 0 };

	material_need(verification_init(verification, 1, &err) == 0, err.text);
	open_item(verification, 0, path);
}

/* The only finding is REASON about NAME, and COUNT other files were equal. */
static void
check_finding(const struct verification *verification, enum reason reason, const char *name,
	size_t count, const char *test)
{
	const struct report *report = &verification->report;

	check(report->count == 1 && report->findings[0].reason == reason &&
			strcmp(report->findings[0].name, name) == 0,
		test, "%zu findings, the first: %s %s", report->count,
		report->count ? reason_word(report->findings[0].reason) : "-",
		report->count ? report->findings[0].name : "-");
	check(report->files == count, test, "%zu files equal", report->files);
}

static void
test_equal(void)
{
	static const struct pool_options options = { 0 };
	cleanup_verification struct verification verification = { 0 };
	struct rlimit files, few;
	struct error err = { 0 };

	material_need(verification_init(&verification, 2, &err) == 0, err.text);
	open_item(&verification, 0, "many");
	open_item(&verification, 1, "few");
	material_need(getrlimit(RLIMIT_NOFILE, &files) == 0, "getrlimit");
	few = (struct rlimit){ SMALL_LIMIT, files.rlim_max };
	material_need(setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "equal");
	material_need(setrlimit(RLIMIT_NOFILE, &files) == 0, "setrlimit");
	check(verification.report.count == 0 && verification.report.files == FILES + 2, "equal",
		"%zu findings, %zu files", verification.report.count, verification.report.files);
	check(verification.report.bytes == FILES * 4 + 2, "equal: bytes", "%llu",
		(unsigned long long)verification.report.bytes);
}

/* One byte of one file of the last model; only that file is named, with both digests. */
static void
test_changed(void)
{
	static const struct pool_options options = { 0 };
	cleanup_verification struct verification verification = { 0 };
	struct error err = { 0 };
	struct digest found;

	material_need(verification_init(&verification, 2, &err) == 0, err.text);
	open_item(&verification, 0, "many");
	open_item(&verification, 1, "few");
	material_file("few/b", "c");
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "changed");
	check_finding(&verification, REASON_CHANGED, "b", FILES + 1, "changed");
	material_need(digest_compute(DIGEST_SHA256, "c", 1, &found, &err) == 0, err.text);
	check(digest_equal(&found, &verification.report.findings[0].found_digest), "changed: found",
		"another digest");
	check_text(verification.report.findings[0].model, "few", "changed: model");
	material_file("few/b", "b");
}

/* What happens to a file between the listing and the hashing. */
static void
test_swapped(void)
{
	static const struct pool_options options = { 0 };
	static const struct {
		const char *name;
		enum reason wanted;
	} rows[] = {
		{ "removed", REASON_MISSING },
		{ "a FIFO now", REASON_SPECIAL },
		{ "a link now", REASON_LINK },
		{ "longer now", REASON_CHANGED },
		{ "empty now", REASON_CHANGED },
		{ "written", REASON_BUSY },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_verification struct verification verification = { 0 };
		cleanup_fd int writer = -1;
		struct error err = { 0 };

		open_one(&verification, "few");
		material_need(rows[i].wanted == REASON_BUSY || unlink("few/a") == 0, "unlink");
		if (rows[i].wanted == REASON_SPECIAL)
			material_fifo("few/a");
		if (rows[i].wanted == REASON_LINK)
			material_link("few/a", "b");
		if (rows[i].wanted == REASON_CHANGED)
			material_file("few/a", rows[i].name[0] == 'l' ? "ab" : "");
		if (rows[i].wanted == REASON_BUSY)
			writer = open("few/a", O_WRONLY | O_CLOEXEC);
		check_result(
			pool_run(&verification, &options, &err), REASON_NONE, &err, rows[i].name);
		check_finding(&verification, rows[i].wanted, "a", 1, rows[i].name);
		unlink("few/a");
		material_file("few/a", "a");
	}
}

/* The larger file comes first, whatever its name; at the first finding all ends. */
static void
test_stop_early(void)
{
	static const struct pool_options options = { .threads = 1, .stop_early = true };
	cleanup_verification struct verification verification = { 0 };
	struct error err = { 0 };

	material_file("many/z", "long");
	material_need(truncate("many/z", 1 << 20) == 0, "truncate");
	open_one(&verification, "many");
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "stop early");
	check_finding(&verification, REASON_CHANGED, "z", verification.report.files, "stop early");
	check(verification.report.files < FILES, "stop early: the rest is left", "%zu",
		verification.report.files);
	material_need(unlink("many/z") == 0, "unlink");
}

static void
test_collect(void)
{
	static const struct pool_options options = { .collect = true };
	cleanup_verification struct verification verification = { 0 };
	struct resource *resources;
	struct error err = { 0 };
	struct digest wanted;

	open_one(&verification, "few");
	resources = verification.items[0].signed_model.statement.resources;
	for (int i = 0; i < 2; i++)
		memset(resources[i].digest.bytes, 0, sizeof(resources[i].digest.bytes));
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "collect");
	check(verification.report.count == 0 && verification.report.files == 2, "collect", "%zu",
		verification.report.count);
	material_need(digest_compute(DIGEST_SHA256, "b", 1, &wanted, &err) == 0, err.text);
	check(digest_equal(&resources[1].digest, &wanted), "collect: digest", "another");
}

/* Divides "shards/file" as its bytes are: "abcdefghij" by 4. */
static void
open_shards(struct verification *verification, const char *bytes)
{
	struct resource *resource;
	struct error err = { 0 };
	size_t size = strlen(bytes);

	material_need(verification_init(verification, 1, &err) == 0, err.text);
	open_item(verification, 0, "shards");
	resource = &verification->items[0].signed_model.statement.resources[0];
	material_need(shard_divide(resource, size, 4, DIGEST_BLAKE3, &err) == 0, err.text);
	for (size_t i = 0; i < resource->shard_count; i++)
		material_need(digest_compute(DIGEST_BLAKE3, bytes + shard_start(resource, i),
				      shard_end(resource, i) - shard_start(resource, i),
				      &resource->shards[i], &err) == 0,
			err.text);
}

/* Each shard for itself; one finding a file, which says where or how long. */
static void
test_shards(void)
{
	static const struct {
		const char *name, *bytes, *detail;
	} rows[] = {
		{ "shards: equal", "abcdefghij", NULL },
		{ "shards: first changed", "Abcdefghij", "bytes 0 to 4" },
		{ "shards: middle changed", "abcdEfghij", "bytes 4 to 8" },
		{ "shards: last changed", "abcdefghiJ", "bytes 8 to 10" },
		{ "shards: all changed", "ABCDEFGHIJ", "bytes" },
		{ "shards: longer", "abcdefghijk", "11 bytes long, but 10 are signed" },
		{ "shards: one more", "abcdefghijklmn", "14 bytes long, but 10 are signed" },
		{ "shards: shorter", "abcdefgh", "8 bytes long, but 10 are signed" },
		{ "shards: empty", "", "0 bytes long, but 10 are signed" },
	};
	static const struct pool_options options = { .threads = 2 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_verification struct verification verification = { 0 };
		const struct report *report = &verification.report;
		struct error err = { 0 };

		material_file("shards/file", rows[i].bytes);
		open_shards(&verification, "abcdefghij");
		check_result(
			pool_run(&verification, &options, &err), REASON_NONE, &err, rows[i].name);
		if (rows[i].detail) {
			check_finding(&verification, REASON_CHANGED, "file", 0, rows[i].name);
			check(report->count && strstr(report->findings[0].detail, rows[i].detail),
				rows[i].name, "%s",
				report->count ? report->findings[0].detail : "no finding");
		} else {
			check(report->count == 0 && report->files == 1 && report->bytes == 10,
				rows[i].name, "%zu findings, %zu files", report->count,
				report->files);
		}
	}
}

/* More shards than the hasher takes at a time, among whole files; and digests that are asked for.
 */
static void
test_many_shards(void)
{
	static const struct pool_options options = { .threads = 1 },
					 collect = { .threads = 1, .collect = true };
	enum { BYTES = 4001 };
	cleanup_verification struct verification verification = { 0 };
	struct resource *resource;
	char bytes[BYTES + 1];
	struct error err = { 0 };
	struct digest wanted;

	memset(bytes, 'x', BYTES);
	bytes[BYTES] = '\0';
	material_file("shards/file", bytes);
	material_need(verification_init(&verification, 2, &err) == 0, err.text);
	open_item(&verification, 0, "many");
	open_item(&verification, 1, "shards");
	resource = &verification.items[1].signed_model.statement.resources[0];
	material_need(shard_divide(resource, BYTES, 4, DIGEST_SHA256, &err) == 0, err.text);
	check_result(pool_run(&verification, &collect, &err), REASON_NONE, &err, "many shards");
	check(verification.report.count == 0 && verification.report.files == FILES + 1,
		"many shards: collect", "%zu", verification.report.files);
	material_need(digest_compute(DIGEST_SHA256, "xxxx", 4, &wanted, &err) == 0, err.text);
	check(digest_equal(&resource->shards[0], &wanted) &&
			digest_equal(&resource->shards[999], &wanted) &&
			!digest_equal(&resource->shards[1000], &wanted),
		"many shards: digests", "another");
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "many shards");
	check(verification.report.count == 0 && verification.report.files == 2 * (FILES + 1),
		"many shards: equal", "%zu", verification.report.files);
	resource->shards[777].bytes[0] ^= 1;
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "many shards");
	check_finding(&verification, REASON_CHANGED, "file", 3 * FILES + 2, "many shards: one");
	check_text(
		verification.report.findings[0].detail, "bytes 3108 to 3112", "many shards: which");
}

/* Past the page cache: the same digests, of whole files and of shards; a changed byte is seen. */
static void
test_direct(size_t shard_size)
{
	static const struct pool_options direct = { .io = POOL_IO_DIRECT },
					 collect = { .io = POOL_IO_CACHED, .collect = true };
	enum { BYTES = (5 << 20) + 123 };
	cleanup_verification struct verification verification = { 0 };
	struct resource *resource;
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	material_file("large/file", "x");
	fd = open("large/file", O_WRONLY | O_CLOEXEC);
	for (off_t at = 0; at < BYTES; at += 3)
		material_need(pwrite(fd, &at, 3, at) == 3, "write");
	material_need(ftruncate(fd, BYTES) == 0, "truncate");
	close(take_fd(&fd));
	open_one(&verification, "large");
	resource = &verification.items[0].signed_model.statement.resources[0];
	if (shard_size)
		material_need(shard_divide(resource, BYTES, shard_size, DIGEST_SHA256, &err) == 0,
			err.text);
	check_result(pool_run(&verification, &collect, &err), REASON_NONE, &err, "direct: sign");
	check_result(pool_run(&verification, &direct, &err), REASON_NONE, &err, "direct");
	check(verification.report.count == 0 && verification.report.files == 2, "direct", "%zu",
		verification.report.files);
	fd = open("large/file", O_WRONLY | O_CLOEXEC);
	material_need(pwrite(fd, "changed", 7, BYTES - 7) == 7, "write");
	close(take_fd(&fd));
	check_result(pool_run(&verification, &direct, &err), REASON_NONE, &err, "direct: changed");
	check_finding(&verification, REASON_CHANGED, "file", 2, "direct: changed");
	material_need(unlink("large/file") == 0, "unlink");
}

static void
test_single(void)
{
	static const struct pool_options options = { 0 };
	cleanup_verification struct verification verification = { 0 };
	struct error err = { 0 };

	open_one(&verification, "dot");
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "single");
	check(verification.report.count == 0 && verification.report.files == 1, "single", "%zu",
		verification.report.files);
	check(verification.report.bytes == 1, "single: bytes", "%llu",
		(unsigned long long)verification.report.bytes);
}

static void
test_deadline(void)
{
	static const int64_t delays[] = { -1000, 0, 120 };

	material_file("large/huge", "");
	material_need(truncate("large/huge", forever) == 0, "truncate");
	for (size_t i = 0; i < ARRAY_SIZE(delays); i++) {
		cleanup_verification struct verification verification = { 0 };
		int64_t before = clock_monotonic_ms();
		struct pool_options options = { .deadline_ms = before + delays[i] };
		struct error err = { 0 };

		open_one(&verification, "large");
		material_check(pool_run(&verification, &options, &err), REASON_DEADLINE,
			"out of time", &err, "deadline");
		check(clock_monotonic_ms() - before < 2000, "deadline: kept", "%lld ms",
			(long long)(clock_monotonic_ms() - before));
	}
	material_need(unlink("large/huge") == 0, "unlink");
}

/* Lets the other process, which may write the file, do so once: in the middle of the hashing. */
struct disturbance {
	int ask, done;
	bool asked;
	uint64_t total;
};

static void
disturb(void *context, uint64_t done, uint64_t total)
{
	struct disturbance *disturbance = context;
	char byte = 'x';

	disturbance->total = done <= total ? total : 0;
	if (disturbance->asked)
		return;
	disturbance->asked = true;
	material_need(
		write(disturbance->ask, &byte, 1) == 1 && read(disturbance->done, &byte, 1) == 1,
		"disturb");
}

/* In a child that may hold no lease on the file. Exit status 0: found to be busy. */
static int
hash_disturbed(struct disturbance *disturbance)
{
	const struct pool_options options = {
		.threads = 1, .progress = disturb, .context = disturbance
	};
	cleanup_verification struct verification verification = { 0 };
	struct error err = { 0 };

	material_need(
		setresgid(NOBODY, NOBODY, NOBODY) == 0 && setresuid(NOBODY, NOBODY, NOBODY) == 0,
		"setresuid");
	open_one(&verification, "large");
	if (pool_run(&verification, &options, &err)) {
		printf("# %s\n", err.text);
		return 2;
	}
	if (verification.report.count != 1 || verification.report.findings[0].reason != REASON_BUSY)
		return 3;
	return disturbance->total == LARGE ? 0 : 4;
}

/* Without leases the size and the times tell. */
static void
test_disturbed(void)
{
	static const char *const names[] = { "shrunk", "grown", "touched", "written" };

	if (geteuid() != 0) {
		check_skip("disturbed", "needs root");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int ask[2], done[2], status = -1;
		cleanup_fd int fd = -1;
		char byte;
		pid_t pid;

		material_file("large/file", "x");
		fd = open("large/file", O_WRONLY | O_CLOEXEC);
		material_need(fd >= 0 && ftruncate(fd, LARGE) == 0, "truncate");
		material_need(pipe2(ask, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0, "pipe");
		pid = fork();
		if (pid == 0) {
			struct disturbance disturbance = { .ask = ask[1], .done = done[0] };

			_exit(hash_disturbed(&disturbance));
		}
		close(ask[1]);
		close(done[0]);
		if (read(ask[0], &byte, 1) == 1) {
			material_need((i == 0          ? ftruncate(fd, 1 << 20)
					      : i == 1 ? ftruncate(fd, LARGE + 1)
					      : i == 2 ? futimens(fd, NULL)
						       : pwrite(fd, "y", 1, LARGE - 1) - 1) == 0,
				names[i]);
			material_need(write(done[1], &byte, 1) == 1, "write");
		}
		material_need(waitpid(pid, &status, 0) == pid, "waitpid");
		check(status == 0, names[i], "status %x", status);
		close(ask[0]);
		close(done[1]);
	}
	material_need(unlink("large/file") == 0, "unlink");
}

/* With a lease a writer is seen who only waits. */
static void
open_for_writing(void *context, uint64_t done, uint64_t total)
{
	int fd = open("large/file", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	(void)done;
	(void)total;
	*(bool *)context = fd < 0 && errno == EWOULDBLOCK;
	mem_close_fd(&fd);
}

static void
test_lease(void)
{
	bool waits = false;
	const struct pool_options options = {
		.threads = 1, .progress = open_for_writing, .context = &waits
	};
	cleanup_verification struct verification verification = { 0 };
	struct error err = { 0 };

	material_file("large/file", "");
	material_need(truncate("large/file", LARGE) == 0, "truncate");
	open_one(&verification, "large");
	check_result(pool_run(&verification, &options, &err), REASON_NONE, &err, "lease");
	check(waits, "lease: the writer waits", "does not");
	check_finding(&verification, REASON_BUSY, "file", 0, "lease");
}

int
main(void)
{
	signal(SIGIO, SIG_IGN);
	material_enter();
	/* Nobody's children have to come here. */
	material_need(chmod(".", 0755) == 0, "chmod");
	for (int i = 0; i < FILES; i++) {
		char path[32];

		snprintf(path, sizeof(path), "many/%04d", i);
		material_file(path, path + strlen("many/"));
	}
	material_file("few/a", "a");
	material_file("few/b", "b");
	material_file("dot", ".");
	test_equal();
	test_changed();
	test_swapped();
	test_stop_early();
	test_collect();
	test_shards();
	test_many_shards();
	test_direct(0);
	test_direct(1 << 20);
	test_direct(1000003);
	test_single();
	test_deadline();
	test_disturbed();
	test_lease();
	return check_end();
}
