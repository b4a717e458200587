#include "receipt/journal_key.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "border/mac.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	USE_BYTES = 32,        /* the longest use is shorter */
	MACHINE_ID_BYTES = 64, /* it has 32 digits and a line feed */
};

/* Returns 0 with *found, or -1. */
static int
read_key(int dir, uint8_t key[static MAC_KEY_BYTES], bool *found, struct error *err)
{
	struct stat st;
	cleanup_fd int fd = openat(
		dir, JOURNAL_KEY_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	*found = fd >= 0;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return error_set_os(err, REASON_IO, errno, "the key of the receipts");
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)))
		return error_set(err, REASON_CONFIG, 0,
			"the key of the receipts must be a file that root alone can read");
	if (st.st_size != MAC_KEY_BYTES || pread(fd, key, MAC_KEY_BYTES, 0) != MAC_KEY_BYTES)
		return error_set(err, REASON_CONFIG, 0,
			"the key of the receipts has not %d bytes: remove it, and the next start makes another",
			MAC_KEY_BYTES);
	return 0;
}

/* Writes KEY to a file that nobody has seen yet, so that it is complete before it has its name. */
static int
write_key(int dir, const char *name, const uint8_t key[static MAC_KEY_BYTES])
{
	cleanup_fd int fd =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || file_write_all(fd, key, MAC_KEY_BYTES) || fsync(fd))
		return -1;
	return 0;
}

/* Whoever links first wins. */
static int
make_key(int dir, struct error *err)
{
	uint8_t key[MAC_KEY_BYTES], salt[MAC_KEY_BYTES];
	char name[32];
	uint64_t number;
	int failed;

	if (mac_make_key(key, err) || mac_make_key(salt, err))
		return -1;
	memcpy(&number, salt, sizeof(number));
	snprintf(name, sizeof(name), JOURNAL_KEY_FILE ".%016" PRIx64, number);
	failed = write_key(dir, name, key) ||
		 (linkat(dir, name, dir, JOURNAL_KEY_FILE, 0) && errno != EEXIST);
	if (failed)
		error_set_os(err, REASON_IO, errno, "the key of the receipts cannot be written");
	unlinkat(dir, name, 0);
	explicit_bzero(key, sizeof(key));
	return failed ? -1 : 0;
}

/* USE and the machine's id; without one (a container has none) the key alone tells hosts apart. */
static size_t
describe(const char *use, char out[static USE_BYTES + MACHINE_ID_BYTES])
{
	const size_t length = strnlen(use, USE_BYTES);
	ssize_t got;
	cleanup_fd int fd = open("/etc/machine-id", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	memcpy(out, use, length);
	got = fd < 0 ? 0 : read(fd, out + length, MACHINE_ID_BYTES);
	return length + (got > 0 ? (size_t)got : 0);
}

/* The key for USE, of that of the host. */
static struct mac *
derive(const uint8_t key[static MAC_KEY_BYTES], const char *use, struct error *err)
{
	char words[USE_BYTES + MACHINE_ID_BYTES];
	size_t length = describe(use, words);
	uint8_t derived[MAC_BYTES];
	struct mac *host = mac_open(key, err), *mac = NULL;

	static_assert(MAC_BYTES == MAC_KEY_BYTES, "a code is as good as a key");
	if (host && mac_compute(host, words, length, derived, err) == 0)
		mac = mac_open(derived, err);
	mac_close(host);
	explicit_bzero(derived, sizeof(derived));
	return mac;
}

int
journal_key_open(int dir, const char *use, bool make, struct mac **out, struct error *err)
{
	uint8_t key[MAC_KEY_BYTES];
	struct mac *mac = NULL;
	bool found;

	if (read_key(dir, key, &found, err))
		return -1;
	if (!found && make) {
		if (make_key(dir, err) || read_key(dir, key, &found, err))
			return -1;
		if (!found)
			return error_set(err, REASON_IO, 0, "the key of the receipts went away");
	}
	if (found) {
		mac = derive(key, use, err);
		explicit_bzero(key, sizeof(key));
		if (!mac)
			return -1;
	}
	*out = mac;
	return 0;
}
