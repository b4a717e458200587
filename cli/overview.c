#include "cli/overview.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "receipt/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define UNIT "nimgate-verify.path"

static bool
is_there(const char *root, const char *folder, const char *name)
{
	char path[LIMIT_NAME_BYTES];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s/%s", root, folder, name);
	return lstat(path, &st) == 0;
}

/* By its files alone: we ask no other program. */
enum overview_service
overview_find_service(const char *root)
{
	static const char *const folders[] = { "etc/systemd/system", "run/systemd/system",
		"usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system" };
	static const char *const wants[] = { "etc/systemd/system/paths.target.wants",
		"etc/systemd/system/multi-user.target.wants",
		"run/systemd/system/paths.target.wants" };
	bool installed = false;

	if (!is_there(root, "run/systemd", "system"))
		return OVERVIEW_SERVICE_NO_SYSTEMD;
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++)
		if (is_there(root, wants[i], UNIT))
			return OVERVIEW_SERVICE_ON;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		installed = installed || is_there(root, folders[i], UNIT);
	return installed ? OVERVIEW_SERVICE_OFF : OVERVIEW_SERVICE_ABSENT;
}

static int
count_row(void *context, const struct journal_row *row)
{
	struct overview_receipts *receipts = context;

	receipts->rows++;
	receipts->bytes += row->identity.size;
	if (!receipts->oldest_s || row->hashed_s < receipts->oldest_s)
		receipts->oldest_s = row->hashed_s;
	return 0;
}

static void
read_receipts(const char *folder, struct overview_receipts *out)
{
	struct error err = { 0 };
	cleanup_journal struct journal *journal = journal_open(folder, true, &err);

	if (journal && journal_visit(journal, count_row, out) < 0)
		error_set(&err, REASON_IO, 0, "the journal of receipts cannot be read");
	if (err.reason != REASON_NONE)
		snprintf(out->why, sizeof(out->why), "%.*s", (int)sizeof(out->why) - 1, err.text);
}

int
overview_read(const char *folder, struct overview *out, struct error *err)
{
	struct overview overview = { 0 };
	struct error why;

	overview.running = calloc(OVERVIEW_RUNNING_MAX, sizeof(*overview.running));
	overview.pending = calloc(PENDING_MAX, sizeof(*overview.pending));
	if (!overview.running || !overview.pending) {
		overview_release(&overview);
		return error_no_memory(err);
	}
	read_receipts(folder, &overview.receipts);
	memo_count(folder, &overview.memos);
	overview.running_count =
		running_list(RUNNING_DIRECTORY, overview.running, OVERVIEW_RUNNING_MAX);
	if (pending_list(
		    PENDING_DIRECTORY, true, overview.pending, &overview.pending_count, &why)) {
		overview.pending_count = 0;
		snprintf(overview.pending_why, sizeof(overview.pending_why), "%.*s",
			(int)sizeof(overview.pending_why) - 1, why.text);
	}
	overview.service = overview_find_service("");
	*out = overview;
	return 0;
}

void
overview_release(struct overview *overview)
{
	free(overview->running);
	free(overview->pending);
	*overview = (struct overview){ 0 };
}
