/*
 * Memos of any bytes: none is found that no MAC vouches for, and what is found is what was sealed;
 * another one can be kept in its place.
 *
 * The first byte says what is made right, so that what lies behind is reached; the key is a fresh
 * one each time that the target starts.
 */
#include "base/file.h"
#include "base/mem.h"
#include "border/digest.h"
#include "border/mac.h"
#include "receipt/journal_key.h"
#include "receipt/memo.h"

#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	HEADER = 1, /* mark and version are ours */
	SAYS = 2,   /* time, length and digest are right */
	SEALED = 4, /* and the MAC */
	HEADER_BYTES = 64,
	AROUND = HEADER_BYTES + MAC_BYTES,
	AGE_S = 1000,
};

static char folder[512];
static int directory, memos;
static struct mac *mac;
static struct digest digest;

static void
leave(void)
{
	size_t forgotten;
	struct error ignored;

	memo_forget(folder, &forgotten, &ignored);
	unlinkat(directory, MEMO_DIRECTORY, AT_REMOVEDIR);
	unlinkat(directory, JOURNAL_KEY_FILE, 0);
	rmdir(folder);
}

void
fuzz_prepare(void)
{
	const char *parent = getenv("TMPDIR");
	struct error err;

	snprintf(folder, sizeof(folder), "%s/fuzz_memo.XXXXXX", parent ? parent : "/tmp");
	FUZZ_PROMISE(mkdtemp(folder));
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_PROMISE(directory >= 0 &&
		     journal_key_open(directory, JOURNAL_KEY_MEMOS, true, &mac, &err) == 0 &&
		     mkdirat(directory, MEMO_DIRECTORY, 0700) == 0);
	memos = openat(directory, MEMO_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_PROMISE(memos >= 0 && digest_compute(DIGEST_SHA256, "", 0, &digest, &err) == 0);
	atexit(leave);
}

/* Makes right what FLAGS ask for, and writes the file. */
static void
write_file(unsigned int flags, uint8_t *bytes, size_t size)
{
	const uint8_t mark[16] = { 'n', 'i', 'm', 'g', 't', 'm', 'e', 'm', 1 };
	const uint64_t length = size - AROUND;
	const int64_t now = time(NULL);
	struct error err;
	int fd;

	if (size >= AROUND) {
		if (flags & HEADER)
			memcpy(bytes, mark, sizeof(mark));
		if (flags & SAYS) {
			memcpy(bytes + 16, &now, sizeof(now));
			memcpy(bytes + 24, &length, sizeof(length));
			memcpy(bytes + 32, digest.bytes, 32);
		}
		if (flags & SEALED)
			FUZZ_PROMISE(mac_compute(mac, bytes, size - MAC_BYTES,
					     bytes + size - MAC_BYTES, &err) == 0);
	}
	unlinkat(memos, digest_format(&digest).text, 0);
	fd = openat(
		memos, digest_format(&digest).text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FUZZ_PROMISE(fd >= 0 && file_write_all(fd, bytes, size) == 0);
	close(fd);
}

static void
look(unsigned int flags, const uint8_t *bytes, size_t size)
{
	struct file_bytes found;
	struct memo_sum sum;
	const bool all = (flags & (HEADER | SAYS | SEALED)) == (HEADER | SAYS | SEALED);

	memo_count(folder, &sum);
	FUZZ_PROMISE(sum.count <= 1);
	if (!memo_find(folder, &digest, AGE_S, &found)) {
		FUZZ_PROMISE(!all || size < AROUND || size > MEMO_BYTES_MAX + AROUND ||
			     fuzz_has_refused());
		return;
	}
	FUZZ_PROMISE((flags & SEALED) && found.length == size - AROUND &&
		     memcmp(found.bytes, bytes + HEADER_BYTES, found.length) == 0 &&
		     found.bytes[found.length] == '\0');
	file_release(&found);
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	const unsigned int flags = size ? data[0] : 0;
	struct file_bytes found;
	struct error err = { 0 };
	uint8_t *bytes;

	if (size)
		size--;
	fuzz_trust_memory();
	bytes = malloc(size + 1);
	FUZZ_PROMISE(bytes);
	if (size)
		memcpy(bytes, data + 1, size);
	write_file(flags, bytes, size);
	fuzz_distrust_memory();
	look(flags, bytes, size);
	if (memo_keep(folder, &digest, bytes, size, &err))
		FUZZ_PROMISE(
			(size > MEMO_BYTES_MAX || fuzz_has_refused()) && fuzz_is_refusal(&err));
	else if (memo_find(folder, &digest, AGE_S, &found)) {
		FUZZ_PROMISE(found.length == size &&
			     (size == 0 || memcmp(found.bytes, bytes, size) == 0));
		file_release(&found);
	} else
		FUZZ_PROMISE(fuzz_has_refused());
	free(bytes);
}
