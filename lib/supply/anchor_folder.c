#include "supply/anchor_folder.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "supply/clerk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".pem"

enum { DAY_S = 24 * 60 * 60 };

void
anchor_folder_release_file(struct anchor_file *file)
{
	free(file->path);
	free(file->certificates);
	*file = (struct anchor_file){ .path = NULL };
}

void
anchor_folder_release(struct anchor_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		anchor_folder_release_file(&folder->files[i]);
	free(folder->files);
	*folder = (struct anchor_folder){ .files = NULL };
}

static int
read_file(const char *path, struct clerk *clerk, struct anchor_file *out, struct error *err)
{
	cleanup_bytes struct file_bytes pem = { 0 };
	cleanup_fd int fd = file_open_trusted(path, err);

	if (fd < 0)
		return -1;
	if (file_read(fd, LIMIT_PEM_BYTES, TEXT_QUOTE(path), &pem, err)) {
		err->reason = REASON_CONFIG;
		return -1;
	}
	if (clerk_certificates(clerk, &pem, &out->certificates, &out->count, err))
		return error_wrap(err, "%s", TEXT_QUOTE(path));
	return 0;
}

void
anchor_folder_read_file(const char *path, struct clerk *clerk, struct anchor_file *out)
{
	struct error err;

	*out = (struct anchor_file){ .path = strdup(path) };
	if (!out->path)
		error_set(&out->why, REASON_INTERNAL, ENOMEM, "out of memory");
	else if (read_file(path, clerk, out, &err))
		out->why = err;
}

static int
compare(const void *left, const void *right)
{
	const struct anchor_file *a = left, *b = right;

	return strcmp(a->path, b->path);
}

/* True for "NAME.pem". */
static bool
is_ours(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > strlen(SUFFIX) &&
	       strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int
add_entry(const char *folder, const char *name, struct clerk *clerk, struct anchor_folder *out,
	struct error *err)
{
	void *files = out->files;
	char path[LIMIT_NAME_BYTES];

	if (out->count == ANCHOR_FOLDER_FILES)
		return error_set(err, REASON_CONFIG, 0, "%s: more than %d files",
			TEXT_QUOTE(folder), ANCHOR_FOLDER_FILES);
	if (mem_grow(&files, out->count, &out->capacity, sizeof(*out->files)))
		return error_no_memory(err);
	out->files = files;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return error_set(
			err, REASON_CONFIG, 0, "%s: its path is too long", TEXT_QUOTE(name));
	anchor_folder_read_file(path, clerk, &out->files[out->count++]);
	return 0;
}

int
anchor_folder_read(
	const char *path, struct clerk *clerk, struct anchor_folder *out, struct error *err)
{
	cleanup_anchor_folder struct anchor_folder folder = { .files = NULL };
	DIR *listing = opendir(path);
	int result = 0;

	if (!listing && errno != ENOENT)
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
	while (listing && result == 0) {
		const struct dirent *entry = readdir(listing);

		if (!entry)
			break;
		if (is_ours(entry->d_name))
			result = add_entry(path, entry->d_name, clerk, &folder, err);
	}
	if (listing)
		closedir(listing);
	if (result)
		return -1;
	if (folder.count)
		qsort(folder.files, folder.count, sizeof(folder.files[0]), compare);
	*out = folder;
	folder = (struct anchor_folder){ .files = NULL };
	return 0;
}

char *
anchor_folder_path(const char *folder, const char *name, struct error *err)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	char *path = NULL;

	if (name[0] == '\0' || name[0] == '.' || name[strspn(name, letters)] ||
		strlen(name) > LIMIT_NGC_NAME_BYTES - strlen(SUFFIX)) {
		error_set(err, REASON_USAGE, 0,
			"%s: no name of a trust file (letters, digits, '.', '_' and '-')",
			TEXT_QUOTE(name));
		return NULL;
	}
	if (asprintf(&path, "%s/%s" SUFFIX, folder, name) < 0) {
		error_no_memory(err);
		return NULL;
	}
	return path;
}

/* Opens the folder of PATH, made where there is none. */
static int
open_folder(const char *path, struct error *err)
{
	cleanup_free char *folder = strndup(path, (size_t)(strrchr(path, '/') - path));
	cleanup_fd int fd = -1;

	if (!folder)
		return error_no_memory(err);
	if (mkdir(folder, 0755) && errno != EEXIST)
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(folder));
	fd = file_open_trusted_directory(folder, err);
	if (fd < 0)
		return error_wrap(err, "trust folder");
	return openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Writes a fresh file in DIR, and gives it NAME, which nothing has. */
static int
write_new(int dir, const char *name, const struct file_bytes *pem)
{
	char fresh[64];
	cleanup_fd int fd = -1;
	int result = -1, os_errno;

	snprintf(fresh, sizeof(fresh), ".fresh.%d", (int)getpid());
	fd = openat(dir, fresh, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (file_write_all(fd, pem->bytes, pem->length) == 0 && fchmod(fd, 0644) == 0 &&
		fsync(fd) == 0)
		result = linkat(dir, fresh, dir, name, 0);
	os_errno = errno;
	unlinkat(dir, fresh, 0);
	errno = os_errno;
	return result ? -1 : fsync(dir);
}

int
anchor_folder_add(const char *path, const struct file_bytes *pem, struct error *err)
{
	cleanup_fd int dir = open_folder(path, err);

	if (dir < 0)
		return -1;
	if (write_new(dir, strrchr(path, '/') + 1, pem) == 0)
		return 0;
	if (errno == EEXIST)
		return error_set(err, REASON_CONFIG, EEXIST,
			"%s: is there already; trust is never replaced silently: remove it first, or add the "
			"new one by another name (--name)",
			TEXT_QUOTE(path));
	return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(path));
}

bool
anchor_folder_warn(const struct chain_signer *certificate, int64_t now, char *out, size_t size)
{
	char date[32];
	int64_t days = (certificate->not_after - now) / DAY_S;

	out[0] = '\0';
	if (certificate->not_after < now)
		snprintf(out, size, "expired on %.10s", clock_format(certificate->not_after, date));
	else if (certificate->not_before > now)
		snprintf(out, size, "is not valid before %.10s",
			clock_format(certificate->not_before, date));
	else if (days < ANCHOR_FOLDER_WARN_DAYS)
		snprintf(out, size, "expires on %.10s, in %lld days",
			clock_format(certificate->not_after, date), (long long)days);
	return out[0] != '\0';
}
