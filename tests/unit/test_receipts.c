/*
 * The rules of when a row counts, one by one, on one file that stands as it stood; the same row
 * without the one fault counts.
 */
#include "tests/unit/receipts_material.h"

#include <signal.h>

enum { AGE_MAX_S = 3600 };

/* Where the tests' file lies, and a row that counts for it. */
static char file[] = "disk/file";
static struct journal_row good;

static void
read_identity(struct identity *out)
{
	struct error err = { 0 };
	cleanup_fd int fd = open(file, O_RDONLY | O_CLOEXEC);

	material_need(fd >= 0 && identity_read(fd, out, &err) == 0, file);
}

static void
make_good(void)
{
	struct error err = { 0 };

	memset(&good, 0, sizeof(good));
	read_identity(&good.identity);
	good.digest = receipts_resource.digest;
	good.algorithm = DIGEST_SHA256;
	material_need(boot_read(&good.boot, &err) == 0, "boot");
	good.hashed_s = good.identity.changed_s + 3;
}

/* Puts the row into a fresh folder of receipts. */
static const char *
folder_with(const struct journal_row *row)
{
	static char name[16];
	static int count;
	struct error err = { 0 };
	cleanup_journal struct journal *journal = NULL;

	snprintf(name, sizeof(name), "rows%d", count++);
	journal = journal_open(material_path(name), false, &err);
	material_need(journal && journal_append(journal, row, &err) == 0 &&
			      journal_flush(journal, &err) == 0,
		err.text);
	return name;
}

static struct look
look_with(const struct journal_row *row)
{
	cleanup_receipts struct receipts receipts = { 0 };

	receipts_open(material_path(folder_with(row)), AGE_MAX_S, true, &receipts);
	receipts.files = RECEIPTS_ANY;
	return receipts_look(&receipts, file, &receipts_resource, false);
}

static bool
is_honoured(const struct journal_row *row, int64_t age_max_s)
{
	cleanup_receipts struct receipts receipts = { 0 };

	receipts_open(material_path(folder_with(row)), age_max_s, true, &receipts);
	receipts.files = RECEIPTS_ANY;
	return receipts_look(&receipts, file, &receipts_resource, false).honoured &&
	       receipts.honoured == 1;
}

static void
test_rows(void)
{
	const int64_t now = time(NULL), s = 1000000000;
	const struct {
		const char *name;
		bool honoured;
		/* What is added to a good row. */
		int boot, digest, digest_algorithm, algorithm, shard_size;
		int64_t started_ns, hashed_s;
	} cases[] = {
		{ "a good row", .honoured = true },
		{ "another boot", .boot = 1 },
		{ "the clock was set forward", .started_ns = s * 11 / 10 },
		{ "the clock was set back", .started_ns = -s * 11 / 10 },
		{ "the clock was slewed", .honoured = true, .started_ns = s * 9 / 10 },
		{ "hashed in the racy window", .hashed_s = -2 },
		{ "hashed before the change", .hashed_s = -100 },
		{ "hashed in the future", .hashed_s = now + 100 - good.hashed_s },
		{ "hashed before all times", .hashed_s = INT64_MIN },
		{ "another digest", .digest = 1 },
		{ "a digest by another algorithm", .digest_algorithm = 4 },
		{ "of another algorithm", .algorithm = 3 },
		{ "of shards", .shard_size = 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct journal_row row = good;

		row.boot.id[0] ^= (uint8_t)cases[i].boot;
		row.boot.started_ns += cases[i].started_ns;
		row.hashed_s += cases[i].hashed_s;
		row.digest.bytes[0] ^= (uint8_t)cases[i].digest;
		row.digest.algorithm += (unsigned int)cases[i].digest_algorithm;
		row.algorithm += (unsigned int)cases[i].algorithm;
		row.shard_size += (unsigned int)cases[i].shard_size;
		check(is_honoured(&row, AGE_MAX_S) == cases[i].honoured, cases[i].name,
			"honoured %d", !cases[i].honoured);
	}
}

/* A row of other bytes denies, under the same rules under which it would count. */
static void
test_denied(void)
{
	struct journal_row row = good;
	struct look look;

	check(!look_with(&row).denied, "denied: not by a good row", "it is");
	row.digest.bytes[0] ^= 1;
	look = look_with(&row);
	check(look.denied && digest_equal(&look.found, &row.digest), "denied: by other bytes", "%d",
		look.denied);
	row.boot.id[0] ^= 1;
	check(!look_with(&row).denied, "denied: not from another boot", "it is");
	row.boot = good.boot;
	row.hashed_s = good.identity.changed_s;
	check(!look_with(&row).denied, "denied: not in the racy window", "it is");
	row.hashed_s = good.hashed_s;
	row.identity.changed_ns ^= 1;
	check(!look_with(&row).denied, "denied: not by a row of what it was", "it is");
}

/* The age is counted in whole seconds, of which one more may pass while we look. */
static void
test_age(void)
{
	const int64_t age = time(NULL) - good.hashed_s;

	check(is_honoured(&good, age + 30), "younger than allowed", "not honoured");
	check(!is_honoured(&good, age - 1), "older than allowed", "honoured");
	check(!is_honoured(&good, 0) || age == 0, "no age allowed", "honoured");
}

/* A row of each identity that is another one by a single bit. */
static void
test_identities(void)
{
	uint8_t *bytes;
	struct journal_row row = good;
	int honoured = 0;

	bytes = (uint8_t *)&row.identity;
	for (size_t i = 0; i < sizeof(row.identity); i++) {
		bytes[i] ^= 1;
		honoured += is_honoured(&row, AGE_MAX_S);
		bytes[i] ^= 1;
	}
	check(honoured == 0, "every byte of the identity", "%d honoured", honoured);
}

/* What the lease says, or the caller of it. */
static void
test_leases(void)
{
	cleanup_receipts struct receipts receipts = { 0 };
	struct error err = { 0 };
	struct lease lease = { 0 }, lie;
	struct identity identity;
	bool usable;
	int writer, fd = open(file, O_RDONLY | O_CLOEXEC);

	receipts_open(material_path(folder_with(&good)), AGE_MAX_S, true, &receipts);
	receipts.files = RECEIPTS_ANY;
	material_need(fd >= 0 && lease_take(fd, &lease, &err) == 0, "lease");
	check(receipts_honour(&receipts, fd, &lease, &receipts_resource, &identity, &usable) &&
			usable,
		"leased", "not honoured");
	check(identity_equal(&identity, &good.identity), "leased: the identity is told", "not");
	lie = lease;
	lie.held = false;
	check(!receipts_honour(&receipts, fd, &lie, &receipts_resource, &identity, &usable) &&
			!usable,
		"without a lease", "honoured");
	lie = lease;
	lie.flushed = true;
	check(!receipts_honour(&receipts, fd, &lie, &receipts_resource, &identity, &usable) &&
			!usable,
		"a lease that does not count mappings", "honoured");
	writer = open(file, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	check(writer < 0 && !receipts_honour(
				    &receipts, fd, &lease, &receipts_resource, &identity, &usable),
		"a writer waits for the lease", "honoured");
	close(fd);
}

/* Rules of the receipts that were opened. */
static void
test_opened(void)
{
	cleanup_receipts struct receipts receipts = { 0 };

	receipts_open(material_path(folder_with(&good)), AGE_MAX_S, true, &receipts);
	receipts.files = RECEIPTS_SEALED;
	check(receipts_look(&receipts, file, &receipts_resource, false).honoured ==
			identity_is_reliable(&good.identity),
		"without the word of policy", "honoured");
	receipts.files = RECEIPTS_ANY;
	receipts.boot.started_ns += 2000000000;
	check(!receipts_look(&receipts, file, &receipts_resource, false).honoured,
		"the clock was set since they were opened", "honoured");
	receipts.boot.started_ns -= 2000000000;
	check(receipts_look(&receipts, file, &receipts_resource, false).honoured,
		"opened: as it was", "not honoured");
}

/* Each wish for a row but the last breaks one rule. */
static void
test_record(void)
{
	struct receipts receipts = receipts_of("recorded", true);
	struct error err = { 0 };
	struct lease lease = { 0 }, lie;
	struct identity identity = good.identity, other = identity;
	struct timespec since, late;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	material_need(fd >= 0 && lease_take(fd, &lease, &err) == 0, "lease");
	clock_gettime(CLOCK_REALTIME, &since);
	late = (struct timespec){ .tv_sec = since.tv_sec + 100 };
	receipts_record(&receipts, fd, &lease, &receipts_resource, &identity, &late);
	check(receipts.recorded == 0, "record: in the future", "recorded");
	late.tv_sec = identity.changed_s + 1;
	receipts_record(&receipts, fd, &lease, &receipts_resource, &identity, &late);
	check(receipts.recorded == 0, "record: racy", "recorded");
	other.changed_ns ^= 1;
	receipts_record(&receipts, fd, &lease, &receipts_resource, &other, &since);
	check(receipts.recorded == 0, "record: changed meanwhile", "recorded");
	lie = lease;
	lie.held = false;
	receipts_record(&receipts, fd, &lie, &receipts_resource, &identity, &since);
	lie = lease;
	lie.flushed = true;
	receipts_record(&receipts, fd, &lie, &receipts_resource, &identity, &since);
	check(receipts.recorded == 0, "record: without a lease that says all", "recorded");
	receipts.boot.started_ns += 2000000000;
	receipts_record(&receipts, fd, &lease, &receipts_resource, &identity, &since);
	receipts.boot.started_ns -= 2000000000;
	check(receipts.recorded == 0, "record: the clock was set", "recorded");
	receipts.files = RECEIPTS_SEALED;
	receipts_record(&receipts, fd, &lease, &receipts_resource, &identity, &since);
	check((receipts.recorded == 0) != identity_is_reliable(&identity),
		"record: without the word of policy", "%zu recorded", receipts.recorded);
	receipts.files = RECEIPTS_ANY;
	receipts.recorded = 0;
	receipts_record(&receipts, fd, &lease, &receipts_resource, &identity, &since);
	check(receipts.recorded == 1 && !receipts.failed, "record: by all rules", "%s",
		receipts.why);
	material_need(open(file, O_WRONLY | O_NONBLOCK | O_CLOEXEC) < 0, "writer");
	receipts_record(&receipts, fd, &lease, &receipts_resource, &identity, &since);
	check(receipts.recorded == 1, "record: a writer waits", "recorded");
	close(fd);
	receipts_close(&receipts);
	receipts = receipts_of("recorded", true);
	check(receipts_look(&receipts, file, &receipts_resource, false).honoured,
		"record: honoured later", "not");
	receipts_close(&receipts);
	receipts_close(&receipts);
}

/* Shards: all digests in their order, of the algorithm, and the size. */
static void
test_shards(void)
{
	struct digest shards[2] = { { .algorithm = DIGEST_BLAKE2B, .bytes = { 1 } },
		{ .algorithm = DIGEST_BLAKE2B, .bytes = { 2 } } };
	struct resource resource = {
		.shards = shards, .shard_count = 2, .shard_size = 4, .size = good.identity.size
	};
	struct digest swapped = shards[0];
	struct receipts receipts = receipts_of("shards", true);

	check(receipts_look(&receipts, file, &resource, true).usable && receipts.recorded == 1,
		"shards: recorded", "not");
	check(receipts_look(&receipts, file, &resource, false).honoured, "shards: honoured", "not");
	shards[0] = shards[1];
	shards[1] = swapped;
	check(!receipts_look(&receipts, file, &resource, false).honoured, "shards: swapped",
		"honoured");
	shards[1] = shards[0];
	shards[0] = swapped;
	check(receipts_look(&receipts, file, &resource, false).honoured, "shards: as they were",
		"not honoured");
	resource.shard_count = 1;
	check(!receipts_look(&receipts, file, &resource, false).honoured, "shards: one less",
		"honoured");
	resource.shard_count = 2;
	resource.shard_size = 5;
	check(!receipts_look(&receipts, file, &resource, false).honoured, "shards: of another size",
		"honoured");
	resource.shard_size = 4;
	resource.size++;
	check(!receipts_look(&receipts, file, &resource, false).usable, "shards: a longer file",
		"usable");
	resource.size--;
	shards[1].algorithm = DIGEST_SHA256;
	check(!receipts_look(&receipts, file, &resource, false).usable, "shards: of two algorithms",
		"usable");
	receipts_close(&receipts);
}

/* What cannot be opened is no error of the start. */
static void
test_failures(void)
{
	struct receipts receipts;
	struct look look;

	receipts_open(material_path("not/there"), AGE_MAX_S, false, &receipts);
	check(receipts.failed && receipts.why[0] && !receipts.journal, "no folder", "no failure");
	receipts_close(&receipts);
	receipts_open(material_path("not/there"), AGE_MAX_S, true, &receipts);
	check(!receipts.failed, "no folder, to read", "%s", receipts.why);
	receipts.files = RECEIPTS_ANY;
	look = receipts_look(&receipts, file, &receipts_resource, true);
	check(!look.honoured && receipts.recorded == 0 && !receipts.failed, "nothing to read", "%s",
		receipts.why);
	receipts_refresh(&receipts);
	check(!receipts.failed, "nothing to read: still", "%s", receipts.why);
	receipts_close(&receipts);
	material_need(mkdir("open", 0755) == 0, "mkdir");
	receipts_open(material_path("open"), AGE_MAX_S, false, &receipts);
	check(receipts.failed && strstr(receipts.why, "root alone"), "a folder for all", "%s",
		receipts.why);
	look = receipts_look(&receipts, file, &receipts_resource, true);
	check(!look.honoured && !look.usable, "without receipts", "honoured");
	receipts_refresh(&receipts);
	receipts_close(&receipts);
}

/* What others have recorded is seen after a look for it. */
static void
test_refresh(void)
{
	struct receipts first = receipts_of("shared", true), second = receipts_of("shared", true);

	receipts_look(&first, file, &receipts_resource, true);
	check(!receipts_look(&second, file, &receipts_resource, false).honoured, "not yet written",
		"honoured");
	receipts_refresh(&first);
	receipts_refresh(&second);
	check(receipts_look(&second, file, &receipts_resource, false).honoured, "another's row",
		"not honoured");
	receipts_close(&first);
	receipts_close(&second);
}

int
main(void)
{
	signal(SIGIO, SIG_IGN);
	material_enter();
	if (geteuid() != 0 || !disks_enter() || !disks_make("btrfs", NULL)) {
		check_skip("receipts", "need root, a loop device and mkfs.btrfs");
		return check_end();
	}
	material_need(symlink("btrfs", "disk") == 0, "link");
	material_file(file, "content");
	receipts_settle();
	receipts_settle();
	make_good();
	test_rows();
	test_denied();
	test_age();
	test_identities();
	test_leases();
	test_opened();
	test_record();
	test_shards();
	test_failures();
	test_refresh();
	return check_end();
}
