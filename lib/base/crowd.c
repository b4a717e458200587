#include "base/crowd.h"

#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

void
crowd_look(int dir, struct crowd *out)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	struct stat st;

	*out = (struct crowd){ .written_s = INT64_MAX };
	if (!stream) {
		mem_close_fd(&copy);
		return;
	}
	while ((entry = readdir(stream))) {
		if (entry->d_name[0] == '.')
			continue;
		out->count++;
		if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			st.st_mtim.tv_sec < out->written_s) {
			out->written_s = st.st_mtim.tv_sec;
			snprintf(out->oldest, sizeof(out->oldest), "%s", entry->d_name);
		}
	}
	closedir(stream);
}
