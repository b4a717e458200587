#include "cli/trust_uses.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "policy/policy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define SUFFIX ".yaml"

/* One file; one that is not there names nothing. */
static int
look_into(const char *file, const char *path, struct writer *out, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = { 0 };
	cleanup_fd int found = open(file, O_PATH | O_CLOEXEC);
	cleanup_fd int fd = found < 0 ? -1 : file_reopen(found);

	if (found < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(file));
	if (file_read(fd, LIMIT_POLICY_BYTES, TEXT_QUOTE(file), &bytes, err)) {
		err->reason = REASON_CONFIG;
		return -1;
	}
	if (memmem(bytes.bytes, bytes.length, path, strlen(path)))
		writer_format(out, "%s%s", out->length ? ", " : "", TEXT_QUOTE(file));
	return 0;
}

static int
look_into_folder(const char *folder, const char *path, struct writer *out, struct error *err)
{
	DIR *listing = opendir(folder);
	char file[LIMIT_NAME_BYTES];
	int result = 0;

	if (!listing)
		return errno == ENOENT
			       ? 0
			       : error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(folder));
	while (result == 0) {
		const struct dirent *entry = readdir(listing);

		if (!entry)
			break;
		if (entry->d_name[0] != '.' && snprintf(file, sizeof(file), "%s/%s", folder,
						       entry->d_name) < (int)sizeof(file))
			result = look_into(file, path, out, err);
	}
	closedir(listing);
	return result;
}

int
trust_uses_find(const char *policy, const char *path, struct writer *out, struct error *err)
{
	char folder[LIMIT_NAME_BYTES];
	size_t length = strlen(policy);

	if (length > strlen(SUFFIX) && strcmp(policy + length - strlen(SUFFIX), SUFFIX) == 0)
		length -= strlen(SUFFIX);
	if (snprintf(folder, sizeof(folder), "%.*s.d", (int)length, policy) >= (int)sizeof(folder))
		return error_set(err, REASON_USAGE, 0, "--policy: its path is too long");
	if (strcmp(policy, POLICY_PATH_DEFAULT) == 0 &&
		look_into(POLICY_PATH_VENDOR, path, out, err))
		return -1;
	if (look_into(policy, path, out, err) || look_into_folder(folder, path, out, err))
		return -1;
	return out->failed ? error_no_memory(err) : 0;
}
