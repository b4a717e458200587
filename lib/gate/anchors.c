#include "gate/anchors.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A fresh installation trusts nobody: its first refusal says what to do. */
static int
refuse_anchor(struct error *err)
{
	const bool absent = err->os_errno == ENOENT;
	char found[sizeof(err->text)];

	if (!absent)
		return error_wrap(err, "trust anchor");
	snprintf(found, sizeof(found), "%s", err->text);
	return error_set(err, err->reason, ENOENT,
		"trust anchor %s: nimgate trust fetch, or nimgate trust add (docs/install.md)",
		found);
}

int
anchors_add(struct anchors *anchors, const char *path, bool trusted, struct error *err)
{
	cleanup_bytes struct file_bytes pem = { 0 };
	cleanup_free char *copy = NULL;
	cleanup_fd int fd = -1;

	if (anchors->count == ARRAY_SIZE(anchors->files))
		return error_set(err, REASON_CONFIG, 0, "more than %zu trust files",
			ARRAY_SIZE(anchors->files));
	if (trusted) {
		fd = file_open_trusted(path, err);
		if (fd < 0)
			return refuse_anchor(err);
	} else {
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
		if (fd < 0)
			return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
	}
	if (file_read(fd, LIMIT_PEM_BYTES, TEXT_QUOTE(path), &pem, err)) {
		err->reason = REASON_CONFIG;
		return -1;
	}
	copy = strdup(path);
	if (!copy)
		return error_no_memory(err);
	anchors->files[anchors->count].path = take_ptr(copy);
	anchors->files[anchors->count].pem = pem;
	anchors->count++;
	pem = (struct file_bytes){ 0 };
	return 0;
}

int
anchors_read(enum trust_method method, const struct policy_paths *paths,
	const struct signers *signers, struct anchors *out, struct error *err)
{
	struct anchors anchors = { .method = method, .at = clock_now(), .signers = signers };
	size_t i;

	for (i = 0; i < paths->count; i++) {
		if (anchors_add(&anchors, paths->paths[i], true, err)) {
			anchors_release(&anchors);
			return -1;
		}
	}
	*out = anchors;
	return 0;
}

void
anchors_release(struct anchors *anchors)
{
	size_t i;

	for (i = 0; i < anchors->count; i++) {
		free(anchors->files[i].path);
		file_release(&anchors->files[i].pem);
	}
	*anchors = (struct anchors){ 0 };
}
