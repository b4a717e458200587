/*
 * A journal that was forged, cut, torn, copied or that cannot be written: it costs time, and says
 * nothing that is not true.
 */
#include "tests/unit/disks.h"
#include "tests/unit/journal_material.h"

#include <signal.h>
#include <sys/resource.h>

enum { SORTED = 20, ROWS = 24 };

static struct journal_material_bytes whole, bytes;

/* With the bytes as they are now: how many rows are found; and afterwards one can be added. */
static size_t
count_with(const char *directory, bool *lives)
{
	struct journal *journal = journal_material_open(directory, false);
	size_t found = journal_material_count(journal, 0, ROWS);

	journal_material_append(journal, 1000, 1);
	*lives = journal_material_has(journal, 1000);
	journal_close(journal);
	/* A row that was cut by nothing but zeros is whole again, and as true as it was. */
	journal = journal_material_open(directory, true);
	*lives = *lives && journal_material_has(journal, 1000) &&
		 journal_material_count(journal, 0, ROWS) <= found + 1;
	journal_close(journal);
	return found;
}

/* Whichever byte changes, that row is gone, or all are where it is the header's; no other thing is
 * ever said. */
static void
test_flips(void)
{
	size_t wrong = 0, dead = 0, wanted, found, first;
	bool lives;

	journal_material_make("flips", SORTED, ROWS);
	journal_material_read("flips", &whole);
	first = 1 + journal_file_index_rows(SORTED);
	check(whole.length == (first + ROWS) * JOURNAL_ROW_BYTES, "flips: length", "%zu",
		whole.length);
	for (size_t i = 0; i < whole.length; i++) {
		size_t row = i / JOURNAL_ROW_BYTES;

		/* Of the header, the first, the last and one unsorted row all; of others a few. */
		if (row > first && row < first + SORTED - 1 && i % 41)
			continue;
		bytes = whole;
		bytes.bytes[i] ^= (uint8_t)(1 << i % 8);
		journal_material_write("flips", &bytes);
		found = count_with("flips", &lives);
		wanted = row == 0 ? 0 : ROWS - 1;
		/* A wrong index, or inode, may hide what is sorted beside it. */
		if (row >= 1 && row < first + SORTED)
			wrong += found > (row < first ? (size_t)ROWS : wanted) ||
				 found < ROWS - SORTED;
		else
			wrong += found != wanted;
		dead += !lives;
	}
	check(wrong == 0 && dead == 0, "every byte", "%zu wrong, %zu dead", wrong, dead);
	journal_material_write("flips", &whole);
	check(count_with("flips", &lives) == ROWS && lives, "as it was", "not all");
}

/* Cut at any length, a row is there as a whole or not at all. */
static void
test_cut(void)
{
	const size_t start = (1 + journal_file_index_rows(SORTED)) * JOURNAL_ROW_BYTES;
	size_t wrong = 0, dead = 0, wanted;
	bool lives;

	for (size_t length = 0; length <= whole.length; length += length % 320 == 1 ? 318 : 1) {
		bytes = whole;
		bytes.length = length;
		journal_material_write("flips", &bytes);
		wanted = length < start + SORTED * JOURNAL_ROW_BYTES
				 ? 0
				 : (length - start) / JOURNAL_ROW_BYTES;
		wrong += count_with("flips", &lives) != wanted;
		dead += !lives;
	}
	check(wrong == 0 && dead == 0, "cut anywhere", "%zu wrong, %zu dead", wrong, dead);
}

/* Rows that were moved, or are there twice, are as true as before; others' bytes are none. */
static void
test_shuffled(void)
{
	const size_t start = (1 + journal_file_index_rows(SORTED)) * JOURNAL_ROW_BYTES;
	bool lives;

	bytes = whole;
	memset(bytes.bytes + start, 0, SORTED * JOURNAL_ROW_BYTES);
	journal_material_write("flips", &bytes);
	check(count_with("flips", &lives) == ROWS - SORTED && lives, "zeros for sorted rows", "no");
	bytes = whole;
	memcpy(bytes.bytes + start, whole.bytes, JOURNAL_ROW_BYTES);
	journal_material_write("flips", &bytes);
	check(count_with("flips", &lives) == ROWS - 1 && lives, "a header for a row", "no");
	bytes = whole;
	memcpy(bytes.bytes, whole.bytes + start, JOURNAL_ROW_BYTES);
	journal_material_write("flips", &bytes);
	check(count_with("flips", &lives) == 0 && lives, "a row for the header", "no");
	bytes = whole;
	memset(bytes.bytes, 'x', sizeof(bytes.bytes));
	bytes.length = sizeof(bytes.bytes) - 7;
	journal_material_write("flips", &bytes);
	check(count_with("flips", &lives) == 0 && lives, "no journal at all", "no");
}

/* The key and the machine that it was made on. */
static void
test_hosts(void)
{
	uint8_t key[MAC_KEY_BYTES];
	bool lives;
	int fd;

	journal_material_write("flips", &whole);
	material_need(mkdir("copy", 0700) == 0, "mkdir");
	journal_material_write("copy", &whole);
	fd = open("flips/key", O_RDONLY | O_CLOEXEC);
	material_need(fd >= 0 && read(fd, key, sizeof(key)) == sizeof(key), "key");
	close(fd);
	check(count_with("copy", &lives) == 0 && lives, "copied without its key", "counts");
	journal_material_write("copy", &whole);
	fd = open("copy/key", O_WRONLY | O_CLOEXEC);
	material_need(fd >= 0 && write(fd, key, sizeof(key)) == sizeof(key), "key");
	close(fd);
	check(count_with("copy", &lives) == ROWS && lives, "copied on the same host", "not");
	if (geteuid() != 0 || !disks_enter()) {
		check_skip("another host", "needs root, and a mount namespace");
		return;
	}
	material_file("machine-id", "0123456789abcdef0123456789abcdef\n");
	if (access("/etc/machine-id", F_OK) ||
		mount(material_path("machine-id"), "/etc/machine-id", "none", MS_BIND, NULL)) {
		check_skip("another host", "there is no machine-id here");
		return;
	}
	journal_material_write("copy", &whole);
	check(count_with("copy", &lives) == 0 && lives, "copied to another host", "counts");
	material_need(umount("/etc/machine-id") == 0, "umount");
}

/* Who may read the key can forge rows. */
static void
test_modes(void)
{
	static const struct {
		const char *name, *path;
		mode_t mode;
	} cases[] = {
		{ "a key for the group", "modes/key", 0640 },
		{ "a key for others", "modes/key", 0604 },
		{ "a journal for the group", "modes/journal", 0660 },
		{ "a journal for others", "modes/journal", 0602 },
		{ "a folder for the group", "modes", 0750 },
		{ "a folder for others", "modes", 0701 },
	};
	struct error err = { 0 };
	struct stat st;

	journal_material_make("modes", 1, 2);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (int read_only = 0; read_only < 2; read_only++) {
			struct journal *journal;

			material_need(stat(cases[i].path, &st) == 0 &&
					      chmod(cases[i].path, cases[i].mode) == 0,
				"chmod");
			journal = journal_open(material_path("modes"), read_only, &err);
			check_result(journal ? 0 : -1, REASON_CONFIG, &err, cases[i].name);
			journal_close(journal);
			material_need(chmod(cases[i].path, st.st_mode & 07777) == 0, "chmod");
		}
	}
	material_need(truncate("modes/key", 31) == 0, "truncate");
	check(!journal_open(material_path("modes"), false, &err) && err.reason == REASON_CONFIG &&
			strstr(err.text, "32 bytes"),
		"a short key", "%s", err.text);
	material_need(
		unlink("modes/key") == 0 && symlink("/etc/hostname", "modes/key") == 0, "link");
	check(!journal_open(material_path("modes"), false, &err), "a link for a key", "opened");
	material_need(unlink("modes/key") == 0 && unlink("modes/journal") == 0 &&
			      mkfifo("modes/journal", 0600) == 0,
		"fifo");
	check(!journal_open(material_path("modes"), false, &err), "a pipe for a journal", "opened");
	material_need(symlink("modes", "modes.link") == 0, "link");
	check(!journal_open(material_path("modes.link"), false, &err) &&
			err.reason == REASON_CONFIG,
		"a link for the folder", "opened");
}

/* No space: nothing is lost, nothing torn counts, and with space all goes on. */
static void
test_space(void)
{
	static char filler[64 << 10];
	struct journal *journal;
	struct error err = { 0 };
	struct journal_row row;
	int result = 0;
	size_t written = 0;
	cleanup_fd int fd = -1;

	if (disks_count == 0 && (geteuid() != 0 || unshare(CLONE_NEWNS))) {
		check_skip("no space", "needs root, and a mount namespace");
		return;
	}
	if (!disks_make("tmpfs", "size=128k,mode=0700")) {
		check_skip("no space", "tmpfs cannot be mounted");
		return;
	}
	journal = journal_material_open("tmpfs/rows", false);
	journal_material_append(journal, 0, 10);
	fd = open("tmpfs/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, filler, sizeof(filler)) > 0)
		;
	for (; result == 0 && written < 1000; written++) {
		row = journal_material_row(10 + written);
		result = journal_append(journal, &row, &err);
	}
	check(result && err.reason == REASON_IO && err.os_errno == ENOSPC, "no space: told", "%s",
		err.text);
	journal_close(journal);
	journal = journal_material_open("tmpfs/rows", false);
	check(journal_material_count(journal, 0, 10) == 10, "no space: nothing is lost", "%zu",
		journal_material_count(journal, 0, 10));
	material_need(unlink("tmpfs/filler") == 0, "unlink");
	close(take_fd(&fd));
	journal_material_append(journal, 2000, 20);
	check(journal_material_count(journal, 2000, 20) == 20, "space again", "%zu",
		journal_material_count(journal, 2000, 20));
	journal_close(journal);
	journal = journal_material_open("tmpfs/rows", true);
	check(journal_material_count(journal, 0, 10) == 10 &&
			journal_material_count(journal, 2000, 20) == 20,
		"space again: all is there", "not");
	journal_close(journal);
}

/* A limit on the length of files, as a unit may set one: an error like any other, where the program
 * ignores the signal. */
static void
test_limit(void)
{
	struct journal *journal;
	struct journal_row row = journal_material_row(50);
	struct rlimit limit, less;
	struct error err = { 0 };

	journal_material_make("limit", 2, 4);
	journal = journal_material_open("limit", false);
	signal(SIGXFSZ, SIG_IGN);
	material_need(getrlimit(RLIMIT_FSIZE, &limit) == 0, "getrlimit");
	less = (struct rlimit){ .rlim_cur = 100, .rlim_max = limit.rlim_max };
	material_need(setrlimit(RLIMIT_FSIZE, &less) == 0, "setrlimit");
	material_need(journal_append(journal, &row, &err) == 0, "append");
	check_result(journal_flush(journal, &err), REASON_IO, &err, "too long: told");
	material_need(setrlimit(RLIMIT_FSIZE, &limit) == 0, "setrlimit");
	check(journal_material_count(journal, 0, 4) == 4, "too long: nothing is lost", "not");
	journal_close(journal);
}

/* Nobody waits for ever for one who was stopped with the lock; reading needs none. */
static void
test_stopped(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct journal *journal;
	struct journal_row row = journal_material_row(50);
	struct error err = { 0 };
	struct timespec before, after;
	cleanup_fd int fd = -1;

	journal_material_make("stopped", 2, 4);
	fd = open("stopped/journal", O_RDWR | O_CLOEXEC);
	material_need(fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0, "lock");
	journal = journal_material_open("stopped", false);
	check(journal_material_count(journal, 0, 4) == 4, "locked: read", "not");
	material_need(journal_append(journal, &row, &err) == 0, "append");
	clock_gettime(CLOCK_MONOTONIC, &before);
	check_result(journal_flush(journal, &err), REASON_IO, &err, "locked: not written");
	clock_gettime(CLOCK_MONOTONIC, &after);
	check(after.tv_sec - before.tv_sec <= 10, "locked: for a while", "%ld s",
		(long)(after.tv_sec - before.tv_sec));
	check_result(journal_flush(journal, &err), REASON_NONE, &err, "locked: not once more");
	journal_close(journal);
}

int
main(void)
{
	material_enter();
	test_flips();
	test_cut();
	test_shuffled();
	test_hosts();
	test_modes();
	test_space();
	test_limit();
	test_stopped();
	return check_end();
}
