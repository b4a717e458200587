#include "cli/doctor_report.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

void
doctor_report_add(struct doctor_report *report, const char *engine, const char *check,
	enum doctor_state state, const char *format, ...)
{
	struct doctor_finding finding = { .engine = engine, .check = check, .state = state };
	va_list args;

	va_start(args, format);
	vsnprintf(finding.text, sizeof(finding.text), format, args);
	va_end(args);
	if (mem_grow((void **)&report->findings, report->count, &report->capacity,
		    sizeof(*report->findings)))
		report->failed = true;
	else
		report->findings[report->count++] = finding;
}

void
doctor_report_release(struct doctor_report *report)
{
	free(report->findings);
	*report = (struct doctor_report){ 0 };
}

bool
doctor_report_covered(const struct doctor_report *report)
{
	for (size_t i = 0; i < report->count; i++)
		if (report->findings[i].state == DOCTOR_HOLE)
			return false;
	return !report->failed;
}

/* Opens the file below the root. Returns a descriptor, or -1 with the error. */
static int
open_below(const struct doctor_report *report, const char *path, struct error *err)
{
	char whole[LIMIT_NAME_BYTES];

	if (snprintf(whole, sizeof(whole), "%s%s", report->root, path) >= (int)sizeof(whole))
		return error_set(err, REASON_CONFIG, 0, "%s: path too long", TEXT_QUOTE(path));
	return file_open_trusted(whole, err);
}

bool
doctor_report_program(
	struct doctor_report *report, const char *engine, const char *check, const char *path)
{
	struct error err = { 0 };
	cleanup_fd int fd = open_below(report, path, &err);
	struct stat st;

	if (fd < 0)
		doctor_report_add(report, engine, check, DOCTOR_HOLE, "%s", err.text);
	else if (fstat(fd, &st) || !(st.st_mode & S_IXUSR))
		doctor_report_add(
			report, engine, check, DOCTOR_HOLE, "%s: not a program", TEXT_QUOTE(path));
	else {
		doctor_report_add(report, engine, check, DOCTOR_OK, "%s", TEXT_QUOTE(path));
		return true;
	}
	return false;
}

bool
doctor_report_exists(const struct doctor_report *report, const char *path)
{
	char whole[LIMIT_NAME_BYTES];

	return snprintf(whole, sizeof(whole), "%s%s", report->root, path) < (int)sizeof(whole) &&
	       access(whole, F_OK) == 0;
}

int
doctor_report_read(struct doctor_report *report, const char *engine, const char *check,
	const char *path, char **out)
{
	struct error err = { 0 };
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int fd = open_below(report, path, &err);

	*out = NULL;
	if (fd < 0 && err.os_errno == ENOENT)
		return 0;
	if (fd < 0 || file_read(fd, LIMIT_POLICY_BYTES, TEXT_QUOTE(path), &file, &err)) {
		doctor_report_add(report, engine, check, DOCTOR_HOLE, "%s", err.text);
		return -1;
	}
	*out = take_ptr(file.bytes);
	return 0;
}

const char *
doctor_report_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool
doctor_report_is(const char *path, const char *name)
{
	return strcmp(doctor_report_name(path), name) == 0;
}
