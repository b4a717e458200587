/*
 * Memos that were forged, cut, exchanged or put in the way: they count as not there, and the next
 * one takes their place.
 */
#include "receipt/memo.h"

#include "base/crowd.h"
#include "base/error.h"
#include "base/file.h"
#include "border/digest.h"
#include "border/mac.h"
#include "receipt/journal_key.h"

#include "tests/unit/disks.h"
#include "tests/unit/gate_material.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { AGE_S = 1000, HEADER = 64, FILE_MAX = MEMO_BYTES_MAX + HEADER + MAC_BYTES };

static char answer[] = "what a parser answered";

static struct digest
digest_of(const char *text)
{
	struct error err = { 0 };
	struct digest digest;

	material_need(digest_compute(DIGEST_SHA256, text, strlen(text), &digest, &err) == 0, text);
	return digest;
}

static const char *
path_of(const char *folder, const struct digest *digest)
{
	static char path[512];

	snprintf(
		path, sizeof(path), "%s/" MEMO_DIRECTORY "/%s", folder, digest_format(digest).text);
	return path;
}

static void
keep(const char *folder, const struct digest *digest, const char *text)
{
	struct error err = { 0 };

	material_need(
		memo_keep(material_path(folder), digest, text, strlen(text), &err) == 0, err.text);
}

/* Whether there is a memo; it must then say TEXT. */
static bool
has(const char *folder, const struct digest *digest, const char *text)
{
	cleanup_bytes struct file_bytes found = { 0 };

	if (!memo_find(material_path(folder), digest, AGE_S, &found))
		return false;
	check(found.length == strlen(text) && memcmp(found.bytes, text, found.length) == 0,
		"never another answer", "%zu bytes", found.length);
	return true;
}

static size_t
read_all(const char *path, uint8_t *out)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, out, FILE_MAX);

	material_need(got > 0, path);
	return (size_t)got;
}

static void
write_all(const char *path, const uint8_t *bytes, size_t length)
{
	cleanup_fd int fd = -1;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	material_need(fd >= 0 && write(fd, bytes, length) == (ssize_t)length, path);
}

static size_t
count_files(const char *folder)
{
	char path[512];
	struct crowd crowd;
	cleanup_fd int fd = -1;

	snprintf(path, sizeof(path), "%s/" MEMO_DIRECTORY, folder);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	crowd_look(fd, &crowd);
	return crowd.count;
}

static void
test_kept(void)
{
	const struct digest a = digest_of("a"), b = digest_of("b"), none = { 0 };
	static char large[MEMO_BYTES_MAX + 1];
	cleanup_bytes struct file_bytes found = { 0 };
	struct error err = { 0 };

	check(!has("kept", &a, answer), "nothing yet", "there");
	check(access("kept", F_OK) != 0, "a look makes no folder", "made");
	keep("kept", &a, answer);
	check(has("kept", &a, answer), "kept", "not there");
	check(!has("kept", &b, answer), "another digest", "there");
	keep("kept", &a, "another");
	check(has("kept", &a, "another") && count_files("kept") == 1, "replaced", "not");
	keep("kept", &b, "");
	check(memo_find(material_path("kept"), &b, AGE_S, &found) && found.length == 0, "empty",
		"%zu", found.length);
	check(!memo_find(material_path("kept"), &a, -1, &found), "too old", "there");
	check_result(memo_keep(material_path("kept"), &none, answer, 1, &err), REASON_INTERNAL,
		&err, "without a digest");
	check(!memo_find(material_path("kept"), &none, AGE_S, &found), "no digest", "there");
	check_result(memo_keep(material_path("kept"), &a, large, MEMO_BYTES_MAX, &err), REASON_NONE,
		&err, "the largest");
	file_release(&found);
	check(memo_find(material_path("kept"), &a, AGE_S, &found) && found.length == MEMO_BYTES_MAX,
		"the largest", "%zu", found.length);
	material_check(memo_keep(material_path("kept"), &b, large, MEMO_BYTES_MAX + 1, &err),
		REASON_IO, "at most", &err, "too large");
}

static void
test_flips(void)
{
	const struct digest a = digest_of("a");
	static uint8_t whole[FILE_MAX], bytes[FILE_MAX];
	char path[512];
	size_t length, wrong = 0;

	keep("flips", &a, answer);
	snprintf(path, sizeof(path), "%s", path_of("flips", &a));
	length = read_all(path, whole);
	check(length == HEADER + strlen(answer) + MAC_BYTES, "its length", "%zu", length);
	for (size_t bit = 0; bit < length * 8; bit++) {
		memcpy(bytes, whole, length);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		write_all(path, bytes, length);
		wrong += has("flips", &a, answer);
	}
	check(wrong == 0, "a bit of each byte", "%zu count", wrong);
	for (size_t cut = 0; cut < length; cut++) {
		write_all(path, whole, cut);
		wrong += has("flips", &a, answer);
	}
	check(wrong == 0, "cut anywhere", "%zu count", wrong);
	whole[length] = 0;
	write_all(path, whole, length + 1);
	check(!has("flips", &a, answer), "a byte behind it", "counts");
	write_all(path, whole, length);
	check(has("flips", &a, answer), "as it was", "does not count");
}

/* A memo under another's name is none, and no name makes one. */
static void
test_exchanged(void)
{
	const struct digest a = digest_of("a"), b = digest_of("b");
	char first[512], second[512];

	keep("swap", &a, "of a");
	keep("swap", &b, "of b");
	snprintf(first, sizeof(first), "%s", path_of("swap", &a));
	snprintf(second, sizeof(second), "%s", path_of("swap", &b));
	material_need(
		rename(first, "c") == 0 && rename(second, first) == 0 && rename("c", second) == 0,
		"rename");
	check(!has("swap", &a, "of a") && !has("swap", &b, "of b"), "exchanged", "counts");
	keep("swap", &a, "of a");
	check(has("swap", &a, "of a"), "exchanged: made anew", "not");
}

/* A whole file with a MAC of ours, but for what HEADER's bytes at AT say, or another use. */
static void
forge(const char *folder, const struct digest *digest, const char *use, size_t at,
	const void *bytes, size_t length)
{
	static uint8_t file[FILE_MAX];
	struct error err = { 0 };
	struct mac *mac = NULL;
	char path[512];
	size_t whole;
	cleanup_fd int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	snprintf(path, sizeof(path), "%s", path_of(folder, digest));
	whole = read_all(path, file);
	memcpy(file + at, bytes, length);
	material_need(dir >= 0 && journal_key_open(dir, use, false, &mac, &err) == 0 && mac &&
			      mac_compute(mac, file, whole - MAC_BYTES, file + whole - MAC_BYTES,
				      &err) == 0,
		"forge");
	mac_close(mac);
	write_all(path, file, whole);
}

static void
test_sealed(void)
{
	const struct digest a = digest_of("a"), b = digest_of("b");
	const int64_t now = time(NULL), later = now + 100, before = now - AGE_S - 10, never = -1;
	const uint64_t longer = strlen(answer) + 1, huge = UINT64_MAX - 31;
	const uint32_t version = 2;
	const struct {
		const char *name, *use;
		size_t at;
		const void *bytes;
		size_t length;
		bool counts;
	} rows[] = {
		{ "as it is", JOURNAL_KEY_MEMOS, 0, "nimgtmem", 8, true },
		{ "the key of the receipts", JOURNAL_KEY_ROWS, 0, "nimgtmem", 8, false },
		{ "a row's mark", JOURNAL_KEY_MEMOS, 0, "nimgtrow", 8, false },
		{ "another version", JOURNAL_KEY_MEMOS, 8, &version, sizeof(version), false },
		{ "made later", JOURNAL_KEY_MEMOS, 16, &later, sizeof(later), false },
		{ "made too long ago", JOURNAL_KEY_MEMOS, 16, &before, sizeof(before), false },
		{ "made before the epoch", JOURNAL_KEY_MEMOS, 16, &never, sizeof(never), false },
		{ "longer than it is", JOURNAL_KEY_MEMOS, 24, &longer, sizeof(longer), false },
		{ "a huge length", JOURNAL_KEY_MEMOS, 24, &huge, sizeof(huge), false },
		{ "another digest", JOURNAL_KEY_MEMOS, 32, b.bytes, 32, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		keep("sealed", &a, answer);
		forge("sealed", &a, rows[i].use, rows[i].at, rows[i].bytes, rows[i].length);
		check(has("sealed", &a, answer) == rows[i].counts, rows[i].name, "%s",
			rows[i].counts ? "does not count" : "counts");
	}
}

static void
test_hosts(void)
{
	const struct digest a = digest_of("a");
	static uint8_t bytes[FILE_MAX];
	size_t length;

	keep("host", &a, answer);
	length = read_all(path_of("host", &a), bytes);
	keep("guest", &a, "others");
	write_all(path_of("guest", &a), bytes, length);
	check(!has("guest", &a, answer), "copied to another host", "counts");
	material_need(unlink("host/key") == 0, "key");
	check(!has("host", &a, answer), "without the key", "counts");
	keep("host", &a, answer);
	check(has("host", &a, answer), "a new key", "does not count");
}

/* What lies in the way: is no memo, stops nobody, and goes where it can. */
static void
test_in_the_way(void)
{
	static const struct {
		const char *name, *command; /* in the folder of the memos; $1 is the memo's name */
		bool root, replaced;
	} rows[] = {
		{ "a link to it", "mv $1 ../it && ln -s ../it $1", false, true },
		{ "a link to a device", "rm $1 && ln -s /dev/zero $1", false, true },
		{ "a pipe", "rm $1 && mkfifo -m 600 $1", false, true },
		{ "a huge file", "truncate -s 1T $1", false, true },
		{ "one byte too large", "truncate -s 524385 $1", false, true },
		{ "a file for the group", "chmod 640 $1", false, true },
		{ "a file for others", "chmod 602 $1", false, true },
		{ "a file of others", "chown 1234 $1", true, true },
		{ "a folder", "rm $1 && mkdir $1", false, false },
		{ "a folder for others", "chmod 711 .", false, false },
		{ "a folder of others", "chown 1234 .", true, false },
		{ "a link for the folder", "mv ../memos ../there && ln -s there ../memos", false,
			false },
		{ "a file for the folder", "rm -r ../memos && touch ../memos", false, false },
		{ "a key for others", "chmod 604 ../key", false, false },
		{ "a folder of receipts for others", "chmod 755 ..", false, false },
	};
	const struct digest a = digest_of("a");
	char command[512];
	struct error err;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].root && geteuid() != 0) {
			check_skip(rows[i].name, "needs root");
			continue;
		}
		keep("way", &a, answer);
		snprintf(command, sizeof(command), "set %s; cd way/memos && %s",
			digest_format(&a).text, rows[i].command);
		material_need(system(command) == 0, command);
		check(!has("way", &a, answer), rows[i].name, "counts");
		err = (struct error){ 0 };
		check((memo_keep(material_path("way"), &a, answer, strlen(answer), &err) == 0) ==
				rows[i].replaced,
			rows[i].name, "kept or not: %s", err.text);
		check(has("way", &a, answer) == rows[i].replaced, rows[i].name, "replaced or not");
		material_need(system("rm -rf way") == 0, "rm");
	}
}

static void
test_bounded(void)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	struct memo_sum sum;
	struct digest digest;
	struct error err = { 0 };
	size_t forgotten = 0;
	char text[16];

	for (int i = 0; i < MEMO_COUNT_MAX + 10; i++) {
		snprintf(text, sizeof(text), "%d", i);
		digest = digest_of(text);
		keep("bounded", &digest, text);
		times[1].tv_sec = 1000 + i;
		material_need(utimensat(AT_FDCWD, path_of("bounded", &digest), times, 0) == 0,
			"utimensat");
		/* As somebody leaves it behind who is killed. */
		if (i == 5)
			material_file("bounded/memos/left.1", "torn");
	}
	check(count_files("bounded") == MEMO_COUNT_MAX, "bounded", "%zu", count_files("bounded"));
	for (int i = 0; i < MEMO_COUNT_MAX + 10; i++) {
		snprintf(text, sizeof(text), "%d", i);
		digest = digest_of(text);
		if (has("bounded", &digest, text) != (i >= 11))
			check(false, "the oldest went", "%d", i);
	}
	memo_count(material_path("bounded"), &sum);
	check(sum.count == MEMO_COUNT_MAX - 1 && sum.bytes > sum.count * (HEADER + MAC_BYTES),
		"counted: without what is none", "%zu", sum.count);
	check_result(memo_forget(material_path("bounded"), &forgotten, &err), REASON_NONE, &err,
		"forget");
	check(forgotten == MEMO_COUNT_MAX && count_files("bounded") == 0, "forgotten", "%zu",
		forgotten);
	check_result(memo_forget(material_path("bounded"), &forgotten, &err), REASON_NONE, &err,
		"forget nothing");
	check_result(memo_forget(material_path("nowhere"), &forgotten, &err), REASON_NONE, &err,
		"forget nowhere");
	check(forgotten == 0 && access("nowhere", F_OK) != 0, "forget makes nothing", "made");
}

enum { PROCESSES = 8, EACH = 60 };

/* Keeps texts of its own under one digest, and finds whole ones of anybody. */
static int
keep_and_find(char letter)
{
	const struct digest a = digest_of("a");
	const char *folder = material_path("together");
	static char text[4000];
	struct error err;

	memset(text, letter, sizeof(text));
	for (int i = 0; i < EACH; i++) {
		cleanup_bytes struct file_bytes found = { 0 };

		if (memo_keep(folder, &a, text, sizeof(text), &err) ||
			!memo_find(folder, &a, AGE_S, &found) || found.length != sizeof(text))
			return 1;
		for (size_t k = 1; k < found.length; k++)
			if (found.bytes[k] != found.bytes[0])
				return 1;
	}
	return 0;
}

static void
test_together(void)
{
	pid_t pids[PROCESSES];
	int status, failed = 0;

	fflush(stdout);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(keep_and_find((char)('a' + i)));
	}
	for (int i = 0; i < PROCESSES; i++)
		failed += waitpid(pids[i], &status, 0) != pids[i] || status != 0;
	check(failed == 0, "together", "%d of %d failed", failed, PROCESSES);
	check(count_files("together") == 1, "together: one file", "%zu", count_files("together"));
}

/* Killed at any moment: what is there is whole, and what is left behind does not grow. */
static void
test_killed(void)
{
	const struct digest a = digest_of("a");
	static char text[100000];
	struct timespec moment = { 0 };
	struct error err;
	pid_t pid;

	memset(text, 'k', sizeof(text) - 1);
	keep("killed", &a, text);
	fflush(stdout);
	for (int i = 0; i < 100; i++) {
		pid = fork();
		if (pid == 0)
			for (;;)
				memo_keep(material_path("killed"), &a, text, strlen(text), &err);
		moment.tv_nsec = 1000000 + i * 37000;
		nanosleep(&moment, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (!has("killed", &a, text))
			check(false, "killed", "nothing is there after %d", i);
	}
	check(count_files("killed") <= MEMO_COUNT_MAX, "killed: bounded", "%zu",
		count_files("killed"));
}

/* A disk that is full, or read-only: nothing is kept, and nothing is left behind. */
static void
test_no_room(void)
{
	const struct digest a = digest_of("a"), b = digest_of("b");
	static char text[100000];
	struct rlimit limit = { 5000, RLIM_INFINITY }, before;
	struct error err = { 0 };

	memset(text, 'x', sizeof(text));
	keep("full", &a, answer);
	material_need(getrlimit(RLIMIT_FSIZE, &before) == 0, "rlimit");
	limit.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	material_need(setrlimit(RLIMIT_FSIZE, &limit) == 0, "rlimit");
	check_result(memo_keep(material_path("full"), &b, text, sizeof(text), &err), REASON_IO,
		&err, "no room");
	material_need(setrlimit(RLIMIT_FSIZE, &before) == 0, "rlimit");
	check(count_files("full") == 1 && has("full", &a, answer), "no room: as it was", "%zu",
		count_files("full"));
	if (geteuid() != 0 || !disks_enter()) {
		check_skip("a disk that is read-only", "needs root, and a mount namespace");
		return;
	}
	material_need(
		mount(material_path("full"), material_path("full"), "none", MS_BIND, NULL) == 0 &&
			mount("none", material_path("full"), "none",
				MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0,
		"read-only");
	check(has("full", &a, answer), "read-only: found", "not");
	check_result(memo_keep(material_path("full"), &b, answer, 3, &err), REASON_IO, &err,
		"read-only: not kept");
	material_need(umount(material_path("full")) == 0, "umount");
}

/* Whether this process has the 32 bytes in its memory that HIDDEN has the complement of. */
static bool
remembers_bytes(const uint8_t hidden[static MAC_KEY_BYTES])
{
	static uint8_t block[1 << 20];
	FILE *maps = fopen("/proc/self/maps", "re");
	cleanup_fd int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	char mode[8], line[512];
	bool found = false;

	material_need(maps && memory >= 0, "maps");
	while (fgets(line, sizeof(line), maps)) {
		/* Not what the sanitizers reserve. */
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[1] != 'w' ||
			to - from > 64UL << 20)
			continue;
		for (; from < to; from += sizeof(block) - MAC_KEY_BYTES) {
			ssize_t got = pread(memory, block,
				to - from < sizeof(block) ? to - from : sizeof(block), (off_t)from);

			for (ssize_t i = 0; i + MAC_KEY_BYTES <= got; i++) {
				int same = 0;

				/* The block itself is skipped: it is in what is read. */
				while (same < MAC_KEY_BYTES &&
					(block[i + same] ^ hidden[same]) == 0xff)
					same++;
				found |= same == MAC_KEY_BYTES &&
					 (from + (unsigned long)i + MAC_KEY_BYTES <=
							 (unsigned long)block ||
						 from + (unsigned long)i >=
							 (unsigned long)block + sizeof(block));
			}
		}
	}
	fclose(maps);
	return found;
}

/* No child that is forked from here on has the host's key, nor that of the memos. */
static void
test_key_gone(void)
{
	const struct digest a = digest_of("a");
	uint8_t host[MAC_KEY_BYTES], derived[MAC_KEY_BYTES], key[MAC_KEY_BYTES];
	char words[128] = JOURNAL_KEY_MEMOS;
	const size_t use = strlen(words);
	struct error err = { 0 };
	struct mac *mac;
	ssize_t got;
	int fd;

	keep("gone", &a, answer);
	fd = open("gone/key", O_RDONLY | O_CLOEXEC);
	material_need(fd >= 0 && read(fd, key, sizeof(key)) == sizeof(key), "key");
	close(fd);
	fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? 0 : read(fd, words + use, 64);
	mem_close_fd(&fd);
	mac = mac_open(key, &err);
	material_need(mac && mac_compute(mac, words, use + (got > 0 ? (size_t)got : 0), derived,
				     &err) == 0,
		err.text);
	mac_close(mac);
	for (size_t i = 0; i < sizeof(host); i++)
		host[i] = (uint8_t)~key[i];
	check(remembers_bytes(host), "key: it would be found", "not");
	explicit_bzero(key, sizeof(key));
	for (size_t i = 0; i < sizeof(derived); i++)
		derived[i] = (uint8_t)~derived[i];
	keep("gone", &a, "another");
	check(has("gone", &a, "another") && !has("gone", &(const struct digest){ 0 }, ""),
		"key: used again", "not");
	check(!remembers_bytes(host), "key: of the host, is gone", "it is there");
	check(!remembers_bytes(derived), "key: of the memos, is gone", "it is there");
}

int
main(void)
{
	material_enter();
	test_kept();
	test_flips();
	test_exchanged();
	test_sealed();
	test_hosts();
	test_in_the_way();
	test_bounded();
	test_together();
	test_killed();
	test_key_gone();
	test_no_room();
	return check_end();
}
