/*
 * Receipts against the file times of an old kernel, and against a clock that is set: runs in a
 * virtual machine (tests/vm/receipts.sh), where both can be had for real.
 *
 *	receipts files LABEL FOLDER JOURNAL    a file system on which receipts count
 *	receipts special LABEL FOLDER JOURNAL  one on which they do not
 *	receipts clock FOLDER JOURNAL          the clock is set
 *	receipts record FOLDER JOURNAL         leaves a receipt for the next boot
 *	receipts judge FOLDER JOURNAL          which must not honour it
 */
#include "tests/vm/subject.h"

#include <sys/mman.h>
#include <sys/stat.h>

enum {
	TRIES = 2000,       /* of what takes microseconds */
	TRIES_SPECIAL = 50, /* where a lease waits for the next tick */
	SETTLED = 300,      /* files whose times are settled */
	FORGED = 20,
	AGE_MAX_S = 30 * 86400,
};

static const char *label;

static void __attribute__((format(printf, 3, 4)))
judge(bool passed, const char *name, const char *format, ...)
{
	char full[200], why[200];
	va_list args;

	snprintf(full, sizeof(full), "%s: %s", label, name);
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	check(passed, full, "%s", why);
	fflush(stdout);
}

/* Nothing that stat tells has moved. */
static bool
looks_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       memcmp(&a->st_mtim, &b->st_mtim, sizeof(a->st_mtim)) == 0 &&
	       memcmp(&a->st_ctim, &b->st_ctim, sizeof(a->st_ctim)) == 0;
}

static struct stat
look(const char *name)
{
	struct stat st;

	subject_need(stat(name, &st) == 0, name);
	return st;
}

/* The danger: a write of the same length that nothing shows. More than half of all tries, or what
 * follows would prove nothing. */
static void
test_danger(void)
{
	int fd = open("danger", O_RDWR | O_CREAT | O_CLOEXEC, 0644), blind = 0;
	struct stat before, after;

	subject_need(fd >= 0, "danger");
	for (int i = 0; i < TRIES; i++) {
		subject_store(fd, 'a');
		before = look("danger");
		subject_store(fd, 'b');
		after = look("danger");
		blind += looks_same(&before, &after);
	}
	close(fd);
	printf("# %s: %d of %d same-tick writes move no time\n", label, blind, TRIES);
	judge(blind > TRIES / 2, "control: same-tick writes move no time", "only %d of %d", blind,
		TRIES);
}

/* Written, verified at once, and written again at once: never honoured, though most of these writes
 * are invisible. */
static void
test_fresh(struct receipts *receipts, int tries)
{
	const size_t recorded = receipts->recorded;
	int blind = 0, honoured = 0;
	struct stat before, after;

	for (int i = 0; i < tries; i++) {
		subject_write("fresh", 'a');
		before = look("fresh");
		subject_start(receipts, "fresh", 'a');
		subject_write("fresh", 'b');
		after = look("fresh");
		blind += looks_same(&before, &after);
		honoured += subject_honoured(receipts, "fresh", 'a');
	}
	printf("# %s: %d of %d changes after a verification were invisible\n", label, blind, tries);
	judge(honoured == 0, "changed in the tick in which it was verified", "%d of %d honoured",
		honoured, tries);
	judge(receipts->recorded == recorded, "no receipt for fresh files", "%zu",
		receipts->recorded - recorded);
	if (tries == TRIES)
		judge(blind > tries / 10, "control: such changes are invisible", "only %d of %d",
			blind, tries);
}

static const char *
numbered(const char *prefix, int i)
{
	static char name[2][32];
	static int turn;

	turn = !turn;
	snprintf(name[turn], sizeof(name[turn]), "%s%d", prefix, i);
	return name[turn];
}

/* What test_settled() and test_names() find is written before anything else, and waited for once.
 */
static void
prepare(void)
{
	static const char *const names[] = { "writer", "reader-cuts", "mapped", "dirty",
		"old-dirty", "renamed", "source", "linked", "removed", "set-back" };

	for (int i = 0; i < SETTLED; i++)
		subject_write(numbered("settled", i), 'a');
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		subject_write(names[i], 'a');
}

/* Verified long after they were written: recorded, honoured, and not any more once they are written
 * again, in the tick of the verification. */
static void
test_settled(struct receipts *receipts)
{
	int first = 0, second = 0, changed = 0, returned = 0;
	const char *name;

	for (int i = 0; i < SETTLED; i++) {
		name = numbered("settled", i);
		first += subject_start(receipts, name, 'a');
		second += subject_honoured(receipts, name, 'a');
		subject_write(name, 'b');
		changed += subject_honoured(receipts, name, 'a');
		changed += subject_honoured(receipts, name, 'b');
		subject_write(name, 'a');
		returned += subject_honoured(receipts, name, 'a');
	}
	judge(first == 0 && second == SETTLED, "settled files: recorded and honoured",
		"%d at first, %d of %d then", first, second, SETTLED);
	judge(changed == 0, "settled files, written right after: not honoured", "%d were", changed);
	judge(returned == 0, "settled files, with their bytes written again: not honoured",
		"%d were", returned);
}

/* A writer that comes between hashing and recording. */
static void
test_writer(struct receipts *receipts)
{
	const size_t recorded = receipts->recorded;
	struct subject subject;
	int writer;

	subject_need(subject_open("writer", &subject) == 0, "writer");
	subject_hash(&subject);
	receipts_honour(receipts, subject.fd, &subject.lease, &subject.resource, &subject.identity,
		&subject.usable);
	writer = open("writer", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	judge(writer < 0 && errno == EWOULDBLOCK, "a writer waits for the lease", "errno %d",
		errno);
	receipts_record(receipts, subject.fd, &subject.lease, &subject.resource, &subject.identity,
		&subject.since);
	judge(receipts->recorded == recorded, "a writer came while it was hashed: not recorded",
		"it was");
	subject_close(&subject);
	writer = open("writer", O_WRONLY | O_CLOEXEC);
	subject_need(writer >= 0, "writer");
	judge(!subject_honoured(receipts, "writer", 'a') && subject_open("writer", &subject),
		"with a writer there is no lease", "there is");
	close(writer);
}

static char *
map(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);
	char *at;

	subject_need(fd >= 0, name);
	at = mmap(NULL, SUBJECT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	subject_need(at != MAP_FAILED, "mmap");
	close(fd);
	return at;
}

static void
sync_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	subject_need(fd >= 0 && fsync(fd) == 0, name);
	close(fd);
}

/* Stores to a page that is dirty already, in another tick: true if these move no time. The kernel
 * may write the page back in between, and then they do: hence the tries. */
static bool
stores_unseen(volatile char *at, const char *name)
{
	struct stat before, after;
	bool same = false;

	for (int i = 0; i < 10 && !same; i++) {
		at[1] = 'b';
		before = look(name);
		subject_wait(20);
		at[1] = 'c';
		after = look(name);
		same = looks_same(&before, &after);
	}
	return same;
}

/* Stores through a writable mapping. While it is there, there is no lease; of a later one the first
 * store moves the times, whether the page is dirty or not. */
static void
test_mapping(struct receipts *receipts, char *dirty, char *old_dirty)
{
	struct subject subject;
	char *at;

	judge(stores_unseen(dirty, "dirty"), "control: a store to a dirty page moves no time",
		"it does");
	judge(subject_open("dirty", &subject) != 0, "mapped for writing: no lease", "there is one");
	munmap(dirty, SUBJECT_BYTES);
	munmap(old_dirty, SUBJECT_BYTES);
	subject_start(receipts, "old-dirty", 'a');
	judge(subject_honoured(receipts, "old-dirty", 'a'),
		"stored to long ago through a mapping: recorded and honoured", "not");
	at = map("old-dirty");
	at[0] = 'b';
	judge(!subject_honoured(receipts, "old-dirty", 'a'),
		"stored to through a mapping: not honoured", "it is");
	munmap(at, SUBJECT_BYTES);
	judge(!subject_honoured(receipts, "old-dirty", 'a'), "... and unmapped, before write-back",
		"honoured");
	sync_file("old-dirty");
	judge(!subject_honoured(receipts, "old-dirty", 'a'), "... and after write-back",
		"honoured");
}

/* The same of a file whose pages were clean when it was recorded, written back before it is looked
 * at. */
static void
test_mapping_clean(struct receipts *receipts)
{
	char *at;

	sync_file("mapped");
	subject_start(receipts, "mapped", 'a');
	judge(subject_honoured(receipts, "mapped", 'a'), "a clean file: recorded and honoured",
		"not");
	at = map("mapped");
	at[0] = 'b';
	subject_need(msync(at, SUBJECT_BYTES, MS_SYNC) == 0, "msync");
	munmap(at, SUBJECT_BYTES);
	judge(!subject_honoured(receipts, "mapped", 'a'),
		"stored to and written back: not honoured", "it is");
}

/* Makes files until one has the inode of a removed one. Returns its name, or that of the last one.
 */
static const char *
make_again(uint64_t inode)
{
	const char *name = "again0";

	for (int i = 0; i < 64; i++) {
		name = numbered("again", i);
		subject_write(name, 'b');
		if (subject_identity(name).inode == inode)
			break;
	}
	printf("# %s: the inode of a removed file %s\n", label,
		subject_identity(name).inode == inode ? "is used again" : "is not used again");
	return name;
}

/* Names: another file in its place, another name for it, an inode that is used again. */
static void
test_names(struct receipts *receipts)
{
	const uint64_t inode = subject_identity("removed").inode;

	subject_start(receipts, "renamed", 'a');
	judge(subject_honoured(receipts, "renamed", 'a'), "control: honoured before the rename",
		"not");
	subject_need(rename("source", "renamed") == 0, "rename");
	judge(!subject_honoured(receipts, "renamed", 'a'), "another file renamed over it",
		"honoured");
	subject_start(receipts, "linked", 'a');
	judge(subject_honoured(receipts, "linked", 'a'), "control: honoured before the link",
		"not");
	subject_need(link("linked", "link") == 0, "link");
	judge(!subject_honoured(receipts, "linked", 'a') &&
			!subject_honoured(receipts, "link", 'a'),
		"a second name for it", "honoured");
	subject_start(receipts, "removed", 'a');
	judge(subject_honoured(receipts, "removed", 'a'), "control: honoured before it is removed",
		"not");
	subject_need(unlink("removed") == 0, "unlink");
	judge(!subject_honoured(receipts, make_again(inode), 'a'), "removed and made again",
		"honoured");
}

/* Times that are set back, a length that is cut by a reader (which breaks no lease), a mode. */
static void
test_times(struct receipts *receipts)
{
	struct stat st;
	int fd;

	subject_start(receipts, "set-back", 'a');
	judge(subject_honoured(receipts, "set-back", 'a'), "control: honoured before the write",
		"not");
	subject_need(stat("set-back", &st) == 0, "stat");
	subject_write("set-back", 'b');
	subject_need(utimensat(AT_FDCWD, "set-back", (struct timespec[]){ st.st_atim, st.st_mtim },
			     0) == 0,
		"utimensat");
	judge(!subject_honoured(receipts, "set-back", 'a'), "written, and its mtime set back",
		"honoured");
	subject_start(receipts, "reader-cuts", 'a');
	fd = open("reader-cuts", O_RDONLY | O_TRUNC | O_CLOEXEC);
	subject_need(fd >= 0, "open");
	close(fd);
	subject_write("reader-cuts", 'b');
	judge(!subject_honoured(receipts, "reader-cuts", 'a'), "cut by a reader, and written",
		"honoured");
}

static int
run_files(struct receipts *receipts)
{
	char *dirty, *old_dirty;

	prepare();
	dirty = map("dirty");
	old_dirty = map("old-dirty");
	*(volatile char *)old_dirty = 'a';
	test_danger();
	test_fresh(receipts, TRIES);
	subject_wait(SUBJECT_SETTLE_MS);
	test_settled(receipts);
	test_writer(receipts);
	test_mapping(receipts, dirty, old_dirty);
	test_mapping_clean(receipts);
	test_names(receipts);
	test_times(receipts);
	return check_end();
}

/* No file here can have a receipt, however settled: times or leases do not tell all. */
static int
run_special(struct receipts *receipts)
{
	const size_t recorded = receipts->recorded;
	struct subject subject;
	int honoured = 0;
	char *at;

	test_danger();
	for (int i = 0; i < TRIES_SPECIAL; i++)
		subject_write(numbered("settled", i), 'a');
	subject_wait(SUBJECT_SETTLE_MS);
	for (int i = 0; i < TRIES_SPECIAL; i++) {
		subject_start(receipts, numbered("settled", i), 'a');
		honoured += subject_honoured(receipts, numbered("settled", i), 'a');
	}
	judge(honoured == 0 && receipts->recorded == recorded, "no receipts, however settled",
		"%d honoured, %zu recorded", honoured, receipts->recorded - recorded);
	test_fresh(receipts, TRIES_SPECIAL);
	at = map("settled0");
	at[0] = 'b';
	if (subject_open("settled0", &subject) == 0) {
		printf("# %s: a lease beside a writable mapping\n", label);
		judge(!receipts_hold(receipts, subject.fd, &subject.lease, &subject.resource,
			      &subject.identity, &subject.usable) &&
				!subject.usable,
			"a lease beside a writable mapping says nothing", "it does");
		subject_close(&subject);
	}
	munmap(at, SUBJECT_BYTES);
	return check_end();
}

/* Sets the clock by so many seconds, exactly. */
static void
set_clock(int seconds)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += seconds;
	subject_need(clock_settime(CLOCK_REALTIME, &now) == 0, "clock_settime");
}

/* Whether a start that begins now, with the clock as it is, honours the receipt. */
static bool
honoured_now(const char *journal, const char *name)
{
	struct receipts receipts;
	bool honoured;

	receipts_open(journal, AGE_MAX_S, true, &receipts);
	subject_need(receipts.journal != NULL, "journal");
	honoured = subject_honoured(&receipts, name, 'a');
	receipts_close(&receipts);
	return honoured;
}

/* Once by whoever had the receipts open before the clock was set, and once by a later start. */
static void
judge_clock(struct receipts *receipts, const char *journal, int seconds, const char *name)
{
	bool open, later, back;
	char full[100];

	set_clock(seconds);
	open = subject_honoured(receipts, "clock", 'a');
	later = honoured_now(journal, "clock");
	set_clock(-seconds);
	back = honoured_now(journal, "clock");
	judge(!open, name, "honoured by a start that runs");
	snprintf(full, sizeof(full), "%s, then a start", name);
	judge(!later, full, "honoured");
	snprintf(full, sizeof(full), "%s, and back: counts again", name);
	judge(back, full, "does not");
}

/* Writes 'b' to NAME while the clock stands at the time of the file's last change, and sets it
 * right again. */
static void
forge(const char *name)
{
	const struct stat st = look(name);
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	struct timespec real, running, now;

	subject_need(fd >= 0, name);
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &running);
	subject_need(clock_settime(CLOCK_REALTIME, &st.st_ctim) == 0, "clock_settime");
	subject_store(fd, 'b');
	clock_gettime(CLOCK_MONOTONIC, &now);
	real.tv_sec += now.tv_sec - running.tv_sec;
	real.tv_nsec += now.tv_nsec - running.tv_nsec;
	if (real.tv_nsec < 0 || real.tv_nsec >= 1000000000L) {
		real.tv_sec += real.tv_nsec < 0 ? -1 : 1;
		real.tv_nsec += real.tv_nsec < 0 ? 1000000000L : -1000000000L;
	}
	subject_need(clock_settime(CLOCK_REALTIME, &real) == 0, "clock_settime");
	close(fd);
}

/* Known, and documented (docs/second-start.md): the kernel does not tell that the clock was set and
 * set back. The day it does, this fails. */
static void
test_hole(struct receipts *receipts)
{
	int honoured = 0;

	for (int i = 0; i < FORGED; i++)
		subject_write(numbered("forged", i), 'a');
	subject_wait(SUBJECT_SETTLE_MS);
	for (int i = 0; i < FORGED; i++) {
		subject_start(receipts, numbered("forged", i), 'a');
		forge(numbered("forged", i));
		honoured += subject_honoured(receipts, numbered("forged", i), 'a');
	}
	judge(honoured > 0, "hole: written while the clock stands at the old time", "none of %d",
		FORGED);
}

static int
run_clock(struct receipts *receipts, const char *journal)
{
	struct receipts ahead;

	subject_write("clock", 'a');
	subject_wait(SUBJECT_SETTLE_MS);
	subject_start(receipts, "clock", 'a');
	receipts_refresh(receipts);
	judge(honoured_now(journal, "clock"), "control: honoured before the clock is set", "not");
	judge_clock(receipts, journal, 3600, "the clock an hour ahead");
	judge_clock(receipts, journal, -3600, "the clock an hour back");
	judge_clock(receipts, journal, 2, "the clock two seconds ahead");

	/* Ahead, a fresh file seems settled. Its receipt is of that clock alone. */
	subject_write("ahead", 'a');
	set_clock(3600);
	receipts_open(journal, AGE_MAX_S, false, &ahead);
	subject_start(&ahead, "ahead", 'a');
	judge(subject_honoured(&ahead, "ahead", 'a'), "control: a receipt made an hour ahead",
		"none");
	receipts_close(&ahead);
	set_clock(-3600);
	subject_write("ahead", 'b');
	judge(!honoured_now(journal, "ahead"), "made an hour ahead: does not count now",
		"honoured");
	test_hole(receipts);
	return check_end();
}

static int
run_record(struct receipts *receipts, const char *journal)
{
	subject_write("boot", 'a');
	subject_wait(SUBJECT_SETTLE_MS);
	subject_start(receipts, "boot", 'a');
	receipts_refresh(receipts);
	judge(honoured_now(journal, "boot"), "control: honoured in its own boot", "not");
	return check_end();
}

static int
run_judge(struct receipts *receipts, const char *journal)
{
	judge(receipts->journal && journal_rows(receipts->journal) > 0,
		"the rows of the earlier boot are there", "%s", receipts->why);
	judge(!honoured_now(journal, "boot"), "a receipt of an earlier boot does not count",
		"it does");
	subject_start(receipts, "boot", 'a');
	receipts_refresh(receipts);
	judge(honoured_now(journal, "boot"), "hashed again, it counts", "it does not");
	return check_end();
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "", *folder, *journal;
	const bool labelled = strcmp(mode, "files") == 0 || strcmp(mode, "special") == 0;
	struct receipts receipts;
	int result = 2;

	if (argc != (labelled ? 5 : 4))
		return 2;
	label = labelled ? argv[2] : mode;
	folder = argv[argc - 2];
	journal = argv[argc - 1];
	signal(SIGIO, SIG_IGN);
	umask(022);
	subject_need((mkdir(folder, 0755) == 0 || errno == EEXIST) && chdir(folder) == 0, folder);
	receipts_open(journal, AGE_MAX_S, false, &receipts);
	subject_need(receipts.journal != NULL, receipts.why);
	if (strcmp(mode, "files") == 0)
		result = run_files(&receipts);
	else if (strcmp(mode, "special") == 0)
		result = run_special(&receipts);
	else if (strcmp(mode, "clock") == 0)
		result = run_clock(&receipts, journal);
	else if (strcmp(mode, "record") == 0)
		result = run_record(&receipts, journal);
	else if (strcmp(mode, "judge") == 0)
		result = run_judge(&receipts, journal);
	receipts_close(&receipts);
	return result;
}
