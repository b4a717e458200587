/*
 * Gives a target the inputs that were kept, without libFuzzer: for builds that count branches. The
 * program is called as its target; its inputs lie in build/fuzz/corpus/TARGET.
 */
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"

#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

static bool
replay(int folder, const char *name)
{
	cleanup_bytes struct file_bytes input = { 0 };
	struct error err = { 0 };
	cleanup_fd int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

	if (name[0] == '.' || fd < 0 || file_read(fd, LIMIT_BUNDLE_BYTES, name, &input, &err))
		return false;
	LLVMFuzzerTestOneInput((const uint8_t *)input.bytes, input.length);
	return true;
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *target = slash ? slash + 1 : argv[0];
	char path[256];
	const struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "build/fuzz/corpus/%s", target);
	folder = opendir(path);
	LLVMFuzzerInitialize(&argc, &argv);
	while (folder && (entry = readdir(folder)))
		count += replay(dirfd(folder), entry->d_name);
	if (folder)
		closedir(folder);
	printf(count ? "ok %s: %zu inputs\n" : "not ok %s: %zu inputs\n", target, count);
	return count ? 0 : 1;
}
