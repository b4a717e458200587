#include "cli/decisions.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "gate/decision_file.h"
#include "policy/policy.h"
#include "policy/policy_log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int
decisions_find(const char *given, const char *policy_path, char **out, struct error *err)
{
	static const struct policy_facts nobody = { NULL, NULL };
	struct policy policy = { 0 };

	if (given) {
		*out = strdup(given);
		return *out ? 0 : error_no_memory(err);
	}
	if (policy_load(policy_path ? policy_path : POLICY_PATH_DEFAULT, &nobody, &policy, err))
		return -1;
	*out = take_ptr(policy.log);
	policy_release(&policy);
	return *out ? 0
		    : error_set(err, REASON_CONFIG, 0,
			      "the policy keeps no decision log (key log); name one with --log");
}

/* From the text's end on. */
static bool
visit_lines(const struct file_bytes *file,
	bool (*visit)(void *context, const struct node *decision), void *context)
{
	const char *end = file->bytes + file->length, *line;
	struct error ignored;

	while (end > file->bytes) {
		cleanup_document struct node_document *document = NULL;

		if (end[-1] == '\n')
			end--;
		line = memrchr(file->bytes, '\n', (size_t)(end - file->bytes));
		line = line ? line + 1 : file->bytes;
		/* A line that was cut by a full disk is no decision; those before it are. */
		if (json_parse(line, (size_t)(end - line), REASON_IO, &document, &ignored) == 0 &&
			visit(context, node_root(document)))
			return true;
		end = line;
	}
	return false;
}

/* A regular file of one name that only root can have written. */
static int
check_writers(int fd, const char *name, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return error_set(err, REASON_CONFIG, 0,
			"decision log %s: not a regular file of one name", TEXT_QUOTE(name));
	return file_check_owner(fd, name, 0, err) ? error_wrap(err, "decision log") : 0;
}

int
decisions_visit(const char *path, enum decisions_trust trust,
	bool (*visit)(void *context, const struct node *decision), void *context, struct error *err)
{
	const struct decision_file log = { .path = path };
	char name[LIMIT_NAME_BYTES];
	bool any = false;

	error_set(err, REASON_IO, ENOENT, "decision log %s is not there", TEXT_QUOTE(path));
	for (unsigned int i = 0; i <= POLICY_LOG_KEEP_LIMIT; i++) {
		cleanup_bytes struct file_bytes file = { 0 };
		cleanup_fd int fd = -1;

		if (decision_file_path(&log, i, name, sizeof(name)))
			break;
		fd = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return error_set_os(
				err, REASON_IO, errno, "decision log %s", TEXT_QUOTE(name));
		if (trust == DECISIONS_ROOT && check_writers(fd, name, err))
			return -1;
		if (file_read(fd, LIMIT_WIRE_BYTES, TEXT_QUOTE(name), &file, err))
			return -1;
		any = true;
		if (visit_lines(&file, visit, context))
			return 1;
	}
	return any ? 0 : -1;
}
