#include "base/user.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

bool
user_is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789-";

	return name[0] && strchr("0123456789-", name[0]) == NULL &&
	       name[strspn(name, letters)] == '\0' && strlen(name) <= USER_NAME_MAX;
}

int
user_find(const char *path, const char *name, uid_t *out, struct error *err)
{
	cleanup_fd int fd = file_open_trusted(path, err);
	cleanup_file FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	const struct passwd *entry;

	if (fd < 0)
		return -1;
	if (!file)
		return error_no_memory(err);
	take_fd(&fd);
	for (entry = fgetpwent(file); entry; entry = fgetpwent(file)) {
		if (strcmp(entry->pw_name, name) == 0) {
			*out = entry->pw_uid;
			return 0;
		}
	}
	return error_set(
		err, REASON_CONFIG, 0, "%s has no user %s", TEXT_QUOTE(path), TEXT_QUOTE(name));
}
