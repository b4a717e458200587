#include "cli/fetch_wanted.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/option.h"
#include "gate/plan.h"
#include "gate/reading.h"
#include "nim/cache.h"
#include "supply/wanted.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>

static int
open_directory(const char *option, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set_os(err, REASON_USAGE, errno, "--%s %s", option, TEXT_QUOTE(path))
		      : fd;
}

static int
add_words(const struct option_list *words, struct wanted *out, struct error *err)
{
	struct ngc_ref ref;

	for (size_t i = 0; i < words->count; i++) {
		if (ngc_ref_parse(words->values[i], &ref, err)) {
			err->reason = REASON_USAGE;
			return -1;
		}
		if (wanted_add(out, &ref, err))
			return -1;
	}
	return 0;
}

/* The versions of the manifest FD: of its profile PIN, or of all. */
static int
add_manifest(int fd, const char *pin, struct wanted *out, struct error *err)
{
	struct reading reading = reading_of(fd);
	cleanup_plan struct plan plan = { 0 };

	if (reading_profile(&reading, pin ? pin : "", &plan, err))
		return -1;
	if (plan.foreign)
		console_say(CONSOLE_WARNING,
			"the manifest has profiles with files that are not from NGC: these have no signatures");
	return wanted_add_profile(out, &plan.profile, err);
}

static int
add_manifest_file(const char *path, const char *pin, struct wanted *out, struct error *err)
{
	cleanup_fd int found = open(path, O_PATH | O_CLOEXEC);
	cleanup_fd int fd = found < 0 ? -1 : file_reopen(found);

	if (fd < 0)
		return error_set_os(err, REASON_USAGE, errno, "--manifest %s", TEXT_QUOTE(path));
	return add_manifest(fd, pin, out, err) ? error_wrap(err, "%s", TEXT_QUOTE(path)) : 0;
}

static int
add_image(const char *path, const char *pin, struct wanted *out, struct error *err)
{
	cleanup_fd int image = open_directory("image-root", path, err);
	cleanup_fd int fd = -1;

	if (image < 0)
		return -1;
	for (size_t i = 0; cache_manifest_paths[i] && fd < 0; i++) {
		cleanup_fd int found = file_openat2(image, cache_manifest_paths[i], O_PATH,
			RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

		if (found >= 0)
			fd = file_reopen(found);
	}
	if (fd < 0)
		return error_set(err, REASON_UNCLEAR, 0, "the image has no manifest at %s or %s",
			cache_manifest_paths[0], cache_manifest_paths[1]);
	return add_manifest(fd, pin, out, err);
}

static int
add_cache(const char *path, struct wanted *out, struct error *err)
{
	cleanup_fd int cache = open_directory("cache", path, err);
	size_t strange = 0;

	if (cache < 0 || wanted_add_cache(out, cache, &strange, err))
		return -1;
	if (strange)
		console_say(CONSOLE_WARNING,
			"the cache has %zu names below ngc/hub that are no versions of NGC",
			strange);
	return 0;
}

int
fetch_wanted_collect(const struct fetch_wanted *from, struct wanted *out, struct error *err)
{
	cleanup_wanted struct wanted wanted = { 0 };

	if (from->profile && !from->manifest && !from->image)
		return error_set(err, REASON_USAGE, 0,
			"--profile is of a manifest: --manifest or --image-root is missing");
	if (!from->words->count && !from->manifest && !from->image && !from->cache)
		return error_set(err, REASON_USAGE, 0,
			"nothing is wanted: expected org/team/model:version, --manifest, --image-root or "
			"--cache (see --help)");
	if (add_words(from->words, &wanted, err) ||
		(from->manifest &&
			add_manifest_file(from->manifest, from->profile, &wanted, err)) ||
		(from->image && add_image(from->image, from->profile, &wanted, err)) ||
		(from->cache && add_cache(from->cache, &wanted, err)))
		return -1;
	wanted_sort(&wanted);
	*out = wanted;
	wanted = (struct wanted){ 0 };
	return 0;
}
