#include "supply/signature_store.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "nim/cache.h"
#include "nim/ngc_ref.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SIGNATURE_NAME "result.sigstore"
#define FRESH_NAME     ".result.sigstore.fresh"

enum { PATH_PARTS = 4 };

int
signature_store_open(const char *path, struct signature_store *out, struct error *err)
{
	cleanup_fd int trusted = file_open_trusted_directory(path, err);

	if (trusted < 0)
		return error_wrap(err, "signature folder");
	out->folder = openat(trusted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->folder < 0)
		return error_set_os(
			err, REASON_CONFIG, errno, "signature folder %s", TEXT_QUOTE(path));
	return 0;
}

void
signature_store_close(struct signature_store *store)
{
	mem_close_fd(&store->folder);
	store->folder = -1;
}

int
signature_store_compare(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, enum signature_store_state *out, struct error *err)
{
	cleanup_bytes struct file_bytes old = { 0 };
	char name[LIMIT_NAME_BYTES];
	cleanup_fd int fd = -1;

	cache_signature_name(ref, name);
	fd = file_open_trusted_at(store->folder, name, err);
	if (fd < 0 && err->os_errno == ENOENT) {
		*out = SIGNATURE_STORE_ABSENT;
		return 0;
	}
	if (fd < 0)
		return error_wrap(err, "signature folder");
	*out = SIGNATURE_STORE_DIFFERENT;
	if (!bytes)
		return 0;
	if (file_read(fd, LIMIT_BUNDLE_BYTES, name, &old, err))
		return err->os_errno == EFBIG ? 0 : -1;
	if (old.length == bytes->length && memcmp(old.bytes, bytes->bytes, old.length) == 0)
		*out = SIGNATURE_STORE_SAME;
	return 0;
}

/* The directory NAME in PARENT, made where there is none. Returns a descriptor. */
static int
enter(int parent, const char *name, struct error *err)
{
	cleanup_fd int fd = -1;
	bool made = mkdirat(parent, name, 0755) == 0;

	if (!made && errno != EEXIST)
		return error_set_os(err, REASON_IO, errno, "directory %s", TEXT_QUOTE(name));
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "directory %s", TEXT_QUOTE(name));
	/* The mask of whoever called us does not count: the hook reads it. */
	if (made && (fchmod(fd, 0755) || fsync(parent)))
		return error_set_os(err, REASON_IO, errno, "directory %s", TEXT_QUOTE(name));
	if (file_check_owner(fd, name, 0, err))
		return -1;
	return take_fd(&fd);
}

/* The directory of the version, made where there is none. Returns a descriptor. */
static int
enter_version(const struct signature_store *store, const struct ngc_ref *ref, struct error *err)
{
	const char *const parts[PATH_PARTS] = { ref->org, ref->team, ref->model, ref->version };
	cleanup_fd int dir = fcntl(store->folder, F_DUPFD_CLOEXEC, 0);

	if (dir < 0)
		return error_set_os(err, REASON_IO, errno, "signature folder");
	for (size_t i = 0; i < PATH_PARTS; i++) {
		int next;

		if (!parts[i][0])
			continue;
		next = enter(dir, parts[i], err);
		if (next < 0)
			return -1;
		close(dir);
		dir = next;
	}
	return take_fd(&dir);
}

/* A file without a name, which is gone if we are; where the file system has none, one that the next
 * run replaces. */
static int
open_fresh(int dir, bool *named)
{
	int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	*named = fd < 0;
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL)
		return -1;
	unlinkat(dir, FRESH_NAME, 0);
	return openat(dir, FRESH_NAME, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Gives the file FD the name NAME, which nothing has. */
static int
name_it(int dir, int fd, bool named, const char *name)
{
	char self[32];

	if (named)
		return linkat(dir, FRESH_NAME, dir, name, 0);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW);
}

/* Writes BYTES to NAME, which nothing has, in DIR. */
static int
write_whole(int dir, const char *name, const struct file_bytes *bytes)
{
	bool named;
	cleanup_fd int fd = open_fresh(dir, &named);
	int result = -1, os_errno;

	if (fd < 0)
		return -1;
	if (file_write_all(fd, bytes->bytes, bytes->length) == 0 && fchmod(fd, 0644) == 0 &&
		fsync(fd) == 0)
		result = name_it(dir, fd, named, name);
	os_errno = errno;
	if (named)
		unlinkat(dir, FRESH_NAME, 0);
	errno = os_errno;
	return result;
}

static int
fail(const struct ngc_ref *ref, struct error *err)
{
	return error_set_os(
		err, REASON_IO, errno, "%s: its signature cannot be written", NGC_REF_TEXT(ref));
}

int
signature_store_add(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, struct error *err)
{
	cleanup_fd int dir = enter_version(store, ref, err);

	if (dir < 0)
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	if (write_whole(dir, SIGNATURE_NAME, bytes) || fsync(dir))
		return fail(ref, err);
	return 0;
}

int
signature_store_put_beside(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, struct error *err)
{
	cleanup_fd int dir = enter_version(store, ref, err);

	if (dir < 0)
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	if ((unlinkat(dir, SIGNATURE_STORE_NEXT, 0) && errno != ENOENT) ||
		write_whole(dir, SIGNATURE_STORE_NEXT, bytes) || fsync(dir))
		return fail(ref, err);
	return 0;
}

int
signature_store_replace(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, struct error *err)
{
	cleanup_fd int dir = enter_version(store, ref, err);

	if (dir < 0)
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	if (signature_store_put_beside(store, ref, bytes, err))
		return -1;
	if (renameat(dir, SIGNATURE_STORE_NEXT, dir, SIGNATURE_NAME) || fsync(dir))
		return fail(ref, err);
	return 0;
}

void
signature_store_drop_beside(const struct signature_store *store, const struct ngc_ref *ref)
{
	char name[LIMIT_NAME_BYTES], beside[LIMIT_NAME_BYTES + sizeof(".next")];

	cache_signature_name(ref, name);
	snprintf(beside, sizeof(beside), "%s.next", name);
	unlinkat(store->folder, beside, 0);
}
