#include "cli/audit_state.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/save.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum {
	LINE_BYTES = 128, /* of one row, at most */
	FILE_BYTES = (AUDIT_STATE_ROWS + 4) * LINE_BYTES,
};

static const char head[] = "nimgate-audit 1\n";

/* What is left of a text. */
struct rest {
	const char *at;
	const char *end;
};

/* The word up to the byte STOP, which is passed over. Returns its length, or 0. */
static size_t
take_word(struct rest *rest, char stop, const char **word)
{
	const char *found = memchr(rest->at, stop, (size_t)(rest->end - rest->at));

	if (!found)
		return 0;
	*word = rest->at;
	rest->at = found + 1;
	return (size_t)(found - *word);
}

/* A number up to the byte STOP. Returns 0 or -1. */
static int
take_number(struct rest *rest, char stop, uint64_t *out)
{
	const char *word;
	size_t length = take_word(rest, stop, &word);

	return length ? text_parse_count(word, length, out) : -1;
}

/* "NAME " and a number. Returns 0 or -1. */
static int
take_line(struct rest *rest, const char *name, uint64_t *out)
{
	const char *word;
	size_t length = take_word(rest, ' ', &word);

	if (length != strlen(name) || memcmp(word, name, length) != 0)
		return -1;
	return take_number(rest, '\n', out);
}

static int
take_row(struct rest *rest, struct audit_state_row *out)
{
	struct audit_state_row row = { .pid = 0 };
	uint64_t pid, decided;
	const char *word;
	size_t length = take_word(rest, ' ', &word);

	if (length != strlen("admitted") || memcmp(word, "admitted", length) != 0 ||
		take_number(rest, ' ', &pid) || take_number(rest, ' ', &row.ticks) ||
		take_number(rest, ' ', &decided) || pid == 0 || pid > INT32_MAX || row.ticks == 0)
		return -1;
	length = take_word(rest, '\n', &word);
	if (length == 0 || length >= sizeof(row.reason))
		return -1;
	memcpy(row.reason, word, length);
	if (strspn(row.reason, "abcdefghijklmnopqrstuvwxyz-") != length)
		return -1;
	row.pid = (pid_t)pid;
	row.decided_s = (int64_t)decided;
	*out = row;
	return 0;
}

static int
parse_rows(struct rest *rest, struct audit_state *state)
{
	size_t capacity = 0;

	while (rest->at < rest->end) {
		if (state->count == AUDIT_STATE_ROWS ||
			mem_grow((void **)&state->rows, state->count, &capacity,
				sizeof(*state->rows)) ||
			take_row(rest, &state->rows[state->count]))
			return -1;
		state->count++;
	}
	return 0;
}

int
audit_state_parse(const char *bytes, size_t length, struct audit_state *out)
{
	struct audit_state state = { .time_s = 0 };
	struct rest rest = { bytes + strlen(head), bytes + length };
	uint64_t time;

	*out = state;
	if (length < strlen(head) || memcmp(bytes, head, strlen(head)) != 0)
		return -1;
	if (take_line(&rest, "time", &time) || take_line(&rest, "containers", &state.containers) ||
		take_line(&rest, "alerts", &state.alerts) || parse_rows(&rest, &state)) {
		audit_state_release(&state);
		return -1;
	}
	state.time_s = (int64_t)time;
	*out = state;
	return 0;
}

void
audit_state_format(const struct audit_state *state, struct writer *writer)
{
	writer_format(writer, "%stime %" PRId64 "\ncontainers %" PRIu64 "\nalerts %" PRIu64 "\n",
		head, state->time_s, state->containers, state->alerts);
	for (size_t i = 0; i < state->count; i++) {
		const struct audit_state_row *row = &state->rows[i];

		writer_format(writer, "admitted %d %" PRIu64 " %" PRId64 " %s\n", (int)row->pid,
			row->ticks, row->decided_s, row->reason);
	}
}

int
audit_state_read(const char *path, struct audit_state *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };

	*out = (struct audit_state){ .time_s = 0 };
	if (file_read_trusted(path, FILE_BYTES, &file, err))
		return -1;
	if (audit_state_parse(file.bytes, file.length, out))
		return error_set(err, REASON_CONFIG, 0, "%s: not understood", TEXT_QUOTE(path));
	return 0;
}

int
audit_state_write(const struct audit_state *state, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	audit_state_format(state, &writer);
	if (writer.failed)
		return error_no_memory(err);
	if (mkdir("/run/nimgate", 0700) && errno != EEXIST)
		return error_set_os(err, REASON_IO, errno, "/run/nimgate");
	umask(077);
	return save_file(AUDIT_STATE_PATH, writer.text, writer.length, err);
}

void
audit_state_release(struct audit_state *state)
{
	free(state->rows);
	*state = (struct audit_state){ .time_s = 0 };
}
