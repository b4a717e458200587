#include "cli/cmd_status.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/option.h"
#include "cli/overview.h"
#include "cli/remember.h"
#include "policy/policy.h"

#include <inttypes.h>

enum { SCHEMA = 1 };

struct status_options {
	const char *receipts;
	const char *policy;
	const char *output;
};

static const struct option options[] = {
	{ "receipts", OPTION_TEXT, offsetof(struct status_options, receipts), "DIR",
		"where receipts are (default: as the policy says)" },
	{ "policy", OPTION_TEXT, offsetof(struct status_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "output", OPTION_TEXT, offsetof(struct status_options, output), "text|json",
		"what to print (default: text)" },
};

static const struct option_table table = {
	.usage = "status [OPTION...]",
	.about =
		"What is remembered on this host, which models are being hashed, and which wait for that.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static const struct {
	const char *word;
	const char *text;
} services[] = {
	[OVERVIEW_SERVICE_NO_SYSTEMD] = { "no-systemd",
		"systemd does not run here; nimgate prefetch --requests serves requests" },
	[OVERVIEW_SERVICE_ABSENT] = { "absent",
		"nimgate-verify.path is not installed (docs/second-start.md)" },
	[OVERVIEW_SERVICE_OFF] = { "disabled",
		"nimgate-verify.path is installed, but not enabled (systemctl enable --now)" },
	[OVERVIEW_SERVICE_ON] = { "enabled", "nimgate-verify.path" },
};

static unsigned int
percent(const struct running_progress *progress)
{
	double part = progress->total ? (double)progress->done / (double)progress->total : 0;

	return (unsigned int)(100 * (part < 1 ? part : 1));
}

static void
print_running(const struct running_progress *progress)
{
	int64_t left_ms = running_left_ms(progress);

	printf("running: %s: %u %% of %.1f GB, process %d", progress->label, percent(progress),
		(double)progress->total / 1e9, (int)progress->pid);
	if (left_ms >= 0)
		printf(", %" PRId64 " s left", (left_ms + 999) / 1000);
	puts("");
}

static void
print_text(const struct overview *overview)
{
	const struct overview_receipts *receipts = &overview->receipts;
	char time[32];

	if (receipts->why[0])
		printf("receipts: none can be read: %s\n", receipts->why);
	else if (!receipts->rows)
		puts("receipts: none");
	else
		printf("receipts: %zu, for %.1f GB, the oldest of %s\n", receipts->rows,
			(double)receipts->bytes / 1e9, clock_format(receipts->oldest_s, time));
	if (overview->memos.count)
		printf("memos: %zu, %.1f kB\n", overview->memos.count,
			(double)overview->memos.bytes / 1e3);
	else
		puts("memos: none");
	for (size_t i = 0; i < overview->running_count; i++)
		print_running(&overview->running[i]);
	if (overview->pending_why[0])
		printf("pending: cannot be read: %s\n", overview->pending_why);
	for (size_t i = 0; i < overview->pending_count; i++)
		printf("pending: %s: %.1f GB, since %s\n", overview->pending[i].label,
			(double)overview->pending[i].bytes / 1e9,
			clock_format(overview->pending[i].asked_s, time));
	printf("served by: %s\n", services[overview->service].text);
}

static void
put_receipts(struct writer *writer, const struct overview_receipts *receipts)
{
	char time[32];

	writer_open(writer, "receipts", '{');
	writer_string(writer, "error", receipts->why[0] ? receipts->why : NULL);
	writer_number(writer, "rows", receipts->rows);
	writer_number(writer, "bytes", receipts->bytes);
	writer_string(
		writer, "oldest", receipts->rows ? clock_format(receipts->oldest_s, time) : NULL);
	writer_close(writer, '}');
}

static void
put_memos(struct writer *writer, const struct memo_sum *memos)
{
	writer_open(writer, "memos", '{');
	writer_number(writer, "count", memos->count);
	writer_number(writer, "bytes", memos->bytes);
	writer_close(writer, '}');
}

static void
put_running(struct writer *writer, const struct running_progress *progress)
{
	int64_t left_ms = running_left_ms(progress);

	writer_open(writer, NULL, '{');
	writer_string(writer, "model", progress->label);
	writer_number(writer, "process", (uint64_t)progress->pid);
	writer_number(writer, "bytes", progress->done);
	writer_number(writer, "bytes_total", progress->total);
	writer_number(writer, "elapsed_ms", (uint64_t)progress->elapsed_ms);
	if (left_ms >= 0)
		writer_number(writer, "left_ms", (uint64_t)left_ms);
	else
		writer_string(writer, "left_ms", NULL);
	writer_close(writer, '}');
}

static void
put_pending(struct writer *writer, const struct pending *pending)
{
	char time[32];

	writer_open(writer, NULL, '{');
	writer_string(writer, "model", pending->label);
	writer_string(writer, "path", pending->path);
	writer_number(writer, "bytes", pending->bytes);
	writer_string(writer, "since", clock_format(pending->asked_s, time));
	writer_close(writer, '}');
}

static int
print_json(const struct overview *overview, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	writer_open(&writer, NULL, '{');
	writer_number(&writer, "schema", SCHEMA);
	writer_string(&writer, "nimgate", NIMGATE_RELEASE);
	put_receipts(&writer, &overview->receipts);
	put_memos(&writer, &overview->memos);
	writer_open(&writer, "running", '[');
	for (size_t i = 0; i < overview->running_count; i++)
		put_running(&writer, &overview->running[i]);
	writer_close(&writer, ']');
	writer_open(&writer, "pending", '[');
	for (size_t i = 0; i < overview->pending_count; i++)
		put_pending(&writer, &overview->pending[i]);
	writer_close(&writer, ']');
	writer_string(&writer, "service", services[overview->service].word);
	writer_close(&writer, '}');
	if (writer.failed)
		return error_no_memory(err);
	puts(writer.text);
	return 0;
}

static int
run(const struct status_options *values, struct error *err)
{
	struct policy policy = { 0 };
	struct remember remember;
	struct overview overview = { 0 };
	bool json;
	int result = option_parse_output(values->output, &json, err);

	if (result == 0 &&
		remember_find(values->policy, values->receipts, &policy, &remember, err) < 0)
		result = -1;
	if (result == 0)
		result = overview_read(remember.folder, &overview, err);
	if (result == 0 && json)
		result = print_json(&overview, err);
	else if (result == 0)
		print_text(&overview);
	overview_release(&overview);
	policy_release(&policy);
	return result;
}

int
cmd_status(const struct option_list *argv)
{
	struct status_options values = { 0 };
	struct error err;
	int result = option_parse_alone(&table, argv, &values, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || run(&values, &err))
		return console_fail("nimgate status", &err);
	return REASON_STATUS_ADMIT;
}
