#include "policy/policy_digest.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/writer.h"
#include "border/digest.h"
#include "policy/policy.h"

#include <string.h>

int
policy_digest_keep(
	struct policy *policy, const char *path, struct file_bytes *bytes, struct error *err)
{
	struct policy_file *file = &policy->files[policy->file_count];

	file->path = strdup(path);
	if (!file->path)
		return error_no_memory(err);
	file->bytes = bytes->bytes;
	file->length = bytes->length;
	policy->file_count++;
	*bytes = (struct file_bytes){ 0 };
	return 0;
}

int
policy_digest_compute(const struct policy *policy, struct digest *out, struct error *err)
{
	cleanup_writer struct writer list = { 0 };
	struct digest digest;

	for (size_t i = 0; i < policy->file_count; i++) {
		const struct policy_file *file = &policy->files[i];

		if (digest_compute(DIGEST_SHA256, file->bytes, file->length, &digest, err))
			return -1;
		writer_format(&list, "%s  %s\n", digest_format(&digest).text, file->path);
	}
	if (list.failed)
		return error_no_memory(err);
	if (list.length == 0) {
		*out = (struct digest){ .algorithm = DIGEST_NONE };
		return 0;
	}
	return digest_compute(DIGEST_SHA256, list.text, list.length, out, err);
}

void
policy_digest_release(struct policy *policy)
{
	while (policy->file_count) {
		struct policy_file *file = &policy->files[--policy->file_count];

		free(file->path);
		free(file->bytes);
	}
}
