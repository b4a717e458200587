#include "base/mountinfo.h"

#include "base/mem.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Undoes the kernel's "\040" for blanks, line breaks and backslashes. */
static int
copy_path(const char *text, size_t length, char out[static LIMIT_NAME_BYTES])
{
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		if (at + 1 >= LIMIT_NAME_BYTES)
			return -1;
		if (text[i] == '\\' && length - i > 3 && is_octal(text[i + 1]) &&
			is_octal(text[i + 2]) && is_octal(text[i + 3])) {
			out[at++] = (char)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
					   (text[i + 3] - '0'));
			i += 3;
		} else {
			out[at++] = text[i];
		}
	}
	out[at] = '\0';
	return 0;
}

/* "36 35 98:0 /root /point options shared:1 - ext4 /dev/sda1 rw": fields 1, 3, 4, 5, and the one
 * after the hyphen; before that come the optional ones. */
static int
parse(char *line, struct mountinfo *out)
{
	char *fields[5], *rest = line, *hyphen = strstr(line, " - ");

	if (!hyphen)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i] || !rest)
			return -1;
	}
	*hyphen = '\0';
	hyphen += strlen(" - ");
	hyphen[strcspn(hyphen, " \n")] = '\0';
	if (sscanf(fields[0], "%" SCNu64, &out->id) != 1 ||
		sscanf(fields[2], "%" SCNu32 ":%" SCNu32, &out->major, &out->minor) != 2 ||
		strlen(hyphen) >= sizeof(out->type))
		return -1;
	memcpy(out->type, hyphen, strlen(hyphen) + 1);
	out->shared = strstr(rest, " shared:") != NULL;
	return copy_path(fields[3], strlen(fields[3]), out->root) ||
			       copy_path(fields[4], strlen(fields[4]), out->point)
		       ? -1
		       : 0;
}

static int
visit_lines(FILE *mounts, int (*visit)(void *context, const struct mountinfo *mount), void *context)
{
	cleanup_free char *line = NULL;
	struct mountinfo mount;
	size_t capacity = 0;
	int result = 0;

	while (result == 0 && getline(&line, &capacity, mounts) > 0)
		if (parse(line, &mount) == 0)
			result = visit(context, &mount);
	return result;
}

int
mountinfo_visit(
	pid_t pid, int (*visit)(void *context, const struct mountinfo *mount), void *context)
{
	char path[64] = "/proc/self/mountinfo";
	cleanup_file FILE *mounts = NULL;

	if (pid > 0)
		snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	mounts = fopen(path, "re");
	return mounts ? visit_lines(mounts, visit, context) : -1;
}

const char *
mountinfo_below(const char *path, const char *folder)
{
	size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	if (strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return NULL;
	return path + length;
}
