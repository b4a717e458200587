#include "cli/state.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "gate/journal.h"

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
enum state_service
state_find_service(const char *root)
{
	static const char *const folders[] = { "etc/systemd/system", "run/systemd/system",
		"usr/local/lib/systemd/system", "usr/lib/systemd/system", "lib/systemd/system" };
	static const char *const wants[] = { "etc/systemd/system/paths.target.wants",
		"etc/systemd/system/multi-user.target.wants",
		"run/systemd/system/paths.target.wants" };
	bool installed = false;

	if (!is_there(root, "run/systemd", "system"))
		return STATE_SERVICE_NO_SYSTEMD;
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++)
		if (is_there(root, wants[i], UNIT))
			return STATE_SERVICE_ON;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		installed = installed || is_there(root, folders[i], UNIT);
	return installed ? STATE_SERVICE_OFF : STATE_SERVICE_ABSENT;
}

static int
count_row(void *context, const struct journal_row *row)
{
	struct state_receipts *receipts = context;

	receipts->rows++;
	receipts->bytes += row->identity.size;
	if (!receipts->oldest_s || row->hashed_s < receipts->oldest_s)
		receipts->oldest_s = row->hashed_s;
	return 0;
}

static void
read_receipts(const char *folder, struct state_receipts *out)
{
	struct error err = { 0 };
	cleanup_journal struct journal *journal = journal_open(folder, true, &err);

	if (journal && journal_visit(journal, count_row, out) < 0)
		error_set(&err, REASON_IO, 0, "the journal of receipts cannot be read");
	if (err.reason != REASON_NONE)
		snprintf(out->why, sizeof(out->why), "%.*s", (int)sizeof(out->why) - 1, err.text);
}

int
state_read(const char *folder, struct state *out, struct error *err)
{
	struct state state = { 0 };
	struct error why;

	state.running = calloc(STATE_RUNNING_MAX, sizeof(*state.running));
	state.pending = calloc(PENDING_MAX, sizeof(*state.pending));
	if (!state.running || !state.pending) {
		state_release(&state);
		return error_no_memory(err);
	}
	read_receipts(folder, &state.receipts);
	state.running_count = running_list(RUNNING_DIRECTORY, state.running, STATE_RUNNING_MAX);
	if (pending_list(PENDING_DIRECTORY, true, state.pending, &state.pending_count, &why)) {
		state.pending_count = 0;
		snprintf(state.pending_why, sizeof(state.pending_why), "%.*s",
			(int)sizeof(state.pending_why) - 1, why.text);
	}
	state.service = state_find_service("");
	*out = state;
	return 0;
}

void
state_release(struct state *state)
{
	free(state->running);
	free(state->pending);
	*state = (struct state){ 0 };
}
