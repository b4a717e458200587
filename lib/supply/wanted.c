#include "supply/wanted.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "nim/profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define HUB           "ngc/hub"
#define FOLDER_PREFIX "models--"

void
wanted_release(struct wanted *wanted)
{
	free(wanted->refs);
	*wanted = (struct wanted){ 0 };
}

int
wanted_add(struct wanted *wanted, const struct ngc_ref *ref, struct error *err)
{
	void *refs = wanted->refs;

	if (wanted->count == WANTED_MAX)
		return error_set(
			err, REASON_USAGE, 0, "more than %d versions are wanted", WANTED_MAX);
	if (mem_grow(&refs, wanted->count, &wanted->capacity, sizeof(*ref)))
		return error_no_memory(err);
	wanted->refs = refs;
	wanted->refs[wanted->count++] = *ref;
	return 0;
}

int
wanted_add_profile(struct wanted *wanted, const struct profile *profile, struct error *err)
{
	for (size_t i = 0; i < profile->version_count; i++)
		if (wanted_add(wanted, &profile->versions[i].ref, err))
			return -1;
	return 0;
}

static void
close_listing(DIR **listing)
{
	if (*listing)
		closedir(*listing);
}

#define cleanup_listing __attribute__((cleanup(close_listing)))

/* The entries of the directory NAME in DIR, which is no link. NULL with errno set. */
static DIR *
open_listing(int dir, const char *name)
{
	cleanup_fd int fd =
		openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);

	if (listing)
		take_fd(&fd);
	return listing;
}

/* The next name but "." and ".."; NULL at the end, or with errno set. */
static const char *
next_name(DIR *listing)
{
	const struct dirent *entry;

	do {
		errno = 0;
		entry = readdir(listing);
	} while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry ? entry->d_name : NULL;
}

/* The version VERSION of the model whose folder is "models--org[--team]--model". */
static int
parse_names(const char *folder, const char *version, struct ngc_ref *out)
{
	char text[NGC_REF_TEXT_MAX];
	struct error ignored;
	size_t used = 0;

	if (strncmp(folder, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) != 0 ||
		strlen(folder) + strlen(version) + 1 >= sizeof(text))
		return -1;
	for (const char *at = folder + strlen(FOLDER_PREFIX); *at; at++) {
		if (at[0] == '-' && at[1] == '-') {
			text[used++] = '/';
			at++;
		} else {
			text[used++] = *at;
		}
	}
	snprintf(text + used, sizeof(text) - used, ":%s", version);
	return ngc_ref_parse(text, out, &ignored);
}

/* The snapshots of one model's folder. */
static int
add_folder(struct wanted *wanted, int hub, const char *folder, size_t *strange, struct error *err)
{
	char path[LIMIT_NGC_NAME_BYTES + 1 + sizeof("/snapshots")];
	cleanup_listing DIR *listing = NULL;
	cleanup_fd int model = openat(hub, folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct ngc_ref ref;
	const char *name;

	snprintf(path, sizeof(path), "%.255s/snapshots", folder);
	listing = model < 0 ? NULL : open_listing(model, "snapshots");
	if (!listing && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) {
		(*strange)++;
		return 0;
	}
	if (!listing)
		return error_set_os(err, REASON_IO, errno, "cache: %s", TEXT_QUOTE(path));
	for (name = next_name(listing); name; name = next_name(listing)) {
		if (parse_names(folder, name, &ref))
			(*strange)++;
		else if (wanted_add(wanted, &ref, err))
			return -1;
	}
	return errno ? error_set_os(err, REASON_IO, errno, "cache: %s", TEXT_QUOTE(path)) : 0;
}

int
wanted_add_cache(struct wanted *wanted, int cache, size_t *strange, struct error *err)
{
	cleanup_listing DIR *listing = open_listing(cache, HUB);
	const char *name;
	size_t seen = 0;

	if (!listing && errno == ENOENT)
		return 0;
	if (!listing)
		return error_set_os(err, REASON_IO, errno, "cache: '" HUB "'");
	for (name = next_name(listing); name; name = next_name(listing)) {
		if (seen++ == LIMIT_MODEL_FILES)
			return error_set(err, REASON_IO, 0, "cache: more than %d folders",
				LIMIT_MODEL_FILES);
		if (strncmp(name, FOLDER_PREFIX, strlen(FOLDER_PREFIX)) == 0 &&
			add_folder(wanted, dirfd(listing), name, strange, err))
			return -1;
	}
	return errno ? error_set_os(err, REASON_IO, errno, "cache: '" HUB "'") : 0;
}

static int
compare(const void *left, const void *right)
{
	const struct ngc_ref *a = left, *b = right;
	int order = strcmp(a->org, b->org);

	if (order == 0)
		order = strcmp(a->team, b->team);
	if (order == 0)
		order = strcmp(a->model, b->model);
	return order ? order : strcmp(a->version, b->version);
}

void
wanted_sort(struct wanted *wanted)
{
	size_t kept = 0;

	if (wanted->count == 0)
		return;
	qsort(wanted->refs, wanted->count, sizeof(wanted->refs[0]), compare);
	for (size_t i = 1; i < wanted->count; i++)
		if (!ngc_ref_equal(&wanted->refs[kept], &wanted->refs[i]))
			wanted->refs[++kept] = wanted->refs[i];
	wanted->count = kept + 1;
}
