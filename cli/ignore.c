#include "cli/ignore.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Of the model's first level alone, as the reference leaves them out (facts: oms, section 8). */
static const char *const git_names[] = { ".git", ".gitattributes", ".github", ".gitignore" };

void
ignore_release(struct ignore *ignore)
{
	size_t i;

	for (i = 0; i < ignore->count; i++)
		free(ignore->rules[i].path);
	free(ignore->rules);
	free(ignore->root);
	*ignore = (struct ignore){ 0 };
}

int
ignore_init(struct ignore *ignore, const char *path, struct error *err)
{
	char *root = realpath(path, NULL);

	if (!root)
		return error_set_os(err, REASON_USAGE, errno, "model %s", TEXT_QUOTE(path));
	*ignore = (struct ignore){ .root = root };
	return 0;
}

static int
by_path(const void *path, const void *rule)
{
	return strcmp(path, ((const struct ignore_rule *)rule)->path);
}

static struct ignore_rule *
find(const struct ignore *ignore, const char *path)
{
	if (!ignore->count)
		return NULL;
	return bsearch(path, ignore->rules, ignore->count, sizeof(*ignore->rules), by_path);
}

int
ignore_add(struct ignore *ignore, const char *path, struct error *err)
{
	struct ignore_rule rule = { 0 };
	size_t place = 0;

	if (find(ignore, path))
		return 0;
	if (mem_grow((void **)&ignore->rules, ignore->count, &ignore->capacity,
		    sizeof(*ignore->rules)))
		return error_no_memory(err);
	rule.path = strdup(path);
	if (!rule.path)
		return error_no_memory(err);
	while (place < ignore->count && strcmp(ignore->rules[place].path, path) < 0)
		place++;
	memmove(&ignore->rules[place + 1], &ignore->rules[place],
		(ignore->count - place) * sizeof(rule));
	ignore->rules[place] = rule;
	ignore->count++;
	return 0;
}

int
ignore_add_git(struct ignore *ignore, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(git_names); i++)
		if (ignore_add(ignore, git_names[i], err))
			return -1;
	return 0;
}

bool
ignore_is_git(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(git_names); i++)
		if (strcmp(path, git_names[i]) == 0)
			return true;
	return false;
}

/* The part of the absolute PATH that lies below the model: "" for the model itself, NULL outside.
 */
static const char *
below_root(const struct ignore *ignore, const char *path)
{
	size_t length = strlen(ignore->root);

	if (strcmp(ignore->root, "/") == 0)
		return path + 1;
	if (strncmp(path, ignore->root, length) != 0)
		return NULL;
	if (path[length] == '\0')
		return "";
	return path[length] == '/' ? path + length + 1 : NULL;
}

/* Where the last name of the first END bytes of PATH begins. */
static size_t
start_of_name(const char *path, size_t end)
{
	while (end > 0 && path[end - 1] == '/')
		end--;
	while (end > 0 && path[end - 1] != '/')
		end--;
	return end;
}

/* The real path of the first LENGTH bytes of PATH (owned by the caller), or NULL with errno set. */
static char *
resolve_prefix(const char *path, size_t length)
{
	cleanup_free char *prefix = length ? strndup(path, length) : strdup(".");

	return prefix ? realpath(prefix, NULL) : NULL;
}

/*
 * The absolute place of PATH: links on the way are resolved, the last name is not, and names that
 * do not exist stay as they are. Owned by the caller; NULL with errno set.
 */
static char *
locate(const char *path)
{
	cleanup_free char *plain = strdup(path), *real = NULL;
	size_t end = strlen(path), cut;
	const char *name;
	char *placed;

	if (!plain)
		return NULL;
	while (end > 1 && plain[end - 1] == '/')
		plain[--end] = '\0';
	cut = start_of_name(plain, end);
	name = plain + cut;
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return realpath(plain, NULL);
	real = resolve_prefix(plain, cut);
	while (!real && errno == ENOENT && cut > 0) {
		cut = start_of_name(plain, cut);
		real = resolve_prefix(plain, cut);
	}
	if (!real)
		return NULL;
	if (!text_is_canonical_path(plain + cut)) {
		errno = ENOENT;
		return NULL;
	}
	if (asprintf(&placed, "%s/%s", strcmp(real, "/") == 0 ? "" : real, plain + cut) < 0)
		return NULL;
	return placed;
}

int
ignore_add_given(struct ignore *ignore, const char *path, struct error *err)
{
	cleanup_free char *placed = locate(path);
	const char *below;

	if (!placed)
		return error_set_os(
			err, REASON_USAGE, errno, "--ignore-paths %s", TEXT_QUOTE(path));
	below = below_root(ignore, placed);
	if (!below)
		return error_set(err, REASON_USAGE, 0,
			"--ignore-paths %s: lies outside the model %s", TEXT_QUOTE(path),
			TEXT_QUOTE(ignore->root));
	if (!below[0])
		return error_set(err, REASON_USAGE, 0,
			"--ignore-paths %s: is the model itself, nothing would be left",
			TEXT_QUOTE(path));
	return ignore_add(ignore, below, err);
}

/* Adds the absolute PLACE if it is in the model and still the file that FD holds. */
static int
add_place(struct ignore *ignore, const char *place, int fd, struct error *err)
{
	const char *below = below_root(ignore, place);
	struct stat there, opened;

	if (!below || !below[0])
		return 0;
	if (fd >= 0 && (stat(place, &there) || fstat(fd, &opened) ||
			       there.st_dev != opened.st_dev || there.st_ino != opened.st_ino))
		return 0;
	return ignore_add(ignore, below, err);
}

int
ignore_add_signature(struct ignore *ignore, const char *path, int fd, struct error *err)
{
	cleanup_free char *given = locate(path), *real = realpath(path, NULL);

	if (given && add_place(ignore, given, fd, err))
		return -1;
	return real ? add_place(ignore, real, fd, err) : 0;
}

bool
ignore_skip(const char *name, void *context)
{
	struct ignore_rule *rule = find(context, name);

	if (rule)
		rule->present = true;
	return rule != NULL;
}

size_t
ignore_present(const struct ignore *ignore)
{
	size_t i, count = 0;

	for (i = 0; i < ignore->count; i++)
		count += ignore->rules[i].present;
	return count;
}
