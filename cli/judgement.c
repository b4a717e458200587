#include "cli/judgement.h"

#include "base/birth.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "cli/containers.h"
#include "cli/decisions.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SLACK_S = 5 /* of a line that names no process: it began just before its decision */ };

/* The search through the log. */
struct search {
	struct judgements *judgements;
	struct birth self; /* for this boot */
	size_t open;       /* without their decision */
};

/* True if the process is one of the container's. */
static bool
is_inside(const struct container *container, pid_t pid, uint64_t ticks)
{
	char path[64];
	struct stat st;

	if (pid == container->pid)
		return ticks == container->ticks;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return stat(path, &st) == 0 && st.st_ino == container->namespace &&
	       birth_read_ticks(pid) == ticks;
}

static int
read_number(const struct node *map, const char *key, uint64_t *out)
{
	const struct node *member = node_member(map, key);

	return member && member->kind == NODE_NUMBER ? text_parse_whole(member->text, out) : -1;
}

/* What one line says. */
struct line {
	const char *id; /* borrowed; NULL: none */
	const char *reason;
	bool admitted;
	bool named;     /* there is a process */
	bool this_boot; /* of this run of the kernel */
	pid_t pid;
	uint64_t ticks;
	int64_t decided_s;
};

/* Returns 0 or -1. */
static int
read_line(const struct node *decision, const char *boot, struct line *out)
{
	const char *verdict = node_text(node_member(decision, "verdict"));
	const char *time = node_text(node_member(decision, "time"));
	const struct node *process = node_member(decision, "process");
	const char *process_boot = process ? node_text(node_member(process, "boot")) : NULL;
	struct line line = {
		.id = node_text(node_member(decision, "container")),
		.reason = node_text(node_member(decision, "reason")),
	};
	uint64_t pid = 0;

	if (!verdict || !time || clock_parse(time, &line.decided_s))
		return -1;
	line.admitted = strcmp(verdict, "admit") == 0;
	line.named = process_boot && read_number(process, "pid", &pid) == 0 && pid > 0 &&
		     pid <= INT32_MAX && read_number(process, "started", &line.ticks) == 0;
	line.pid = (pid_t)pid;
	line.this_boot = line.named && strcmp(process_boot, boot) == 0;
	*out = line;
	return 0;
}

static void
take(struct judgement *judgement, const struct line *line)
{
	judgement->admitted = line->admitted;
	judgement->named = line->named;
	judgement->pid = line->pid;
	judgement->ticks = line->ticks;
	judgement->decided_s = line->decided_s;
	snprintf(judgement->reason, sizeof(judgement->reason), "%.*s",
		(int)sizeof(judgement->reason) - 1, line->reason ? line->reason : "");
}

/* From the newest line on. True when there is nothing left to look for. */
static bool
take_decision(void *context, const struct node *decision)
{
	struct search *search = context;
	struct line line;

	if (read_line(decision, search->self.boot, &line))
		return false;
	for (size_t i = 0; i < search->judgements->count; i++) {
		struct judgement *judgement = &search->judgements->items[i];
		const struct container *container = judgement->container;
		const bool same_id = line.id && strcmp(container->id, line.id) == 0;

		if (judgement->match == JUDGEMENT_FOUND)
			continue;
		if (line.named ? line.this_boot && is_inside(container, line.pid, line.ticks)
			       : same_id && judgement->match == JUDGEMENT_NONE) {
			take(judgement, &line);
			judgement->match = JUDGEMENT_FOUND;
			search->open--;
		} else if (same_id && judgement->match == JUDGEMENT_NONE) {
			take(judgement, &line);
			judgement->match = JUDGEMENT_OTHER;
		}
	}
	return search->open == 0;
}

static void
recall(struct judgement *judgement, const struct audit_state *known)
{
	for (size_t i = 0; i < known->count && judgement->match == JUDGEMENT_NONE; i++) {
		const struct audit_state_row *row = &known->rows[i];
		const struct line line = {
			.admitted = true,
			.named = true,
			.pid = row->pid,
			.ticks = row->ticks,
			.decided_s = row->decided_s,
			.reason = strcmp(row->reason, "none") == 0 ? NULL : row->reason,
		};

		if (!is_inside(judgement->container, row->pid, row->ticks))
			continue;
		take(judgement, &line);
		judgement->match = JUDGEMENT_FOUND;
	}
}

static const char *
find_alert(const struct judgement *judgement)
{
	const struct container *container = judgement->container;

	if (judgement->match == JUDGEMENT_NONE)
		return container->id[0]
			       ? "the log has no decision about it"
			       : "nothing tells its id, and the log has no decision about it";
	if (!judgement->admitted)
		return "it was refused, and runs";
	if (judgement->match == JUDGEMENT_OTHER ||
		(!judgement->named && container->started_s > judgement->decided_s + SLACK_S))
		return "it started again after it was admitted";
	return NULL;
}

int
judgement_find(const struct containers *containers, const struct audit_state *known,
	const char *path, struct judgements *out, struct error *err)
{
	struct judgements judgements = { .count = containers->count };
	struct search search = { .judgements = &judgements };

	judgements.items = calloc(containers->count + 1, sizeof(*judgements.items));
	if (!judgements.items)
		return error_no_memory(err);
	for (size_t i = 0; i < judgements.count; i++) {
		judgements.items[i].container = &containers->items[i];
		recall(&judgements.items[i], known);
		search.open += judgements.items[i].match != JUDGEMENT_FOUND;
	}
	/* Before the first decision there is no log. */
	if (search.open &&
		(birth_read(getpid(), &search.self) ||
			(decisions_visit(path, DECISIONS_ROOT, take_decision, &search, err) < 0 &&
				err->os_errno != ENOENT))) {
		judgement_release(&judgements);
		return search.self.pid ? -1 : error_set(err, REASON_IO, 0, "/proc tells nothing");
	}
	for (size_t i = 0; i < judgements.count; i++) {
		judgements.items[i].alert = find_alert(&judgements.items[i]);
		judgements.alerts += judgements.items[i].alert != NULL;
	}
	*out = judgements;
	return 0;
}

int
judgement_remember(const struct judgements *judgements, struct audit_state *out, struct error *err)
{
	struct audit_state state = {
		.time_s = clock_now(),
		.containers = judgements->count,
		.alerts = judgements->alerts,
	};

	state.rows = calloc(judgements->count + 1, sizeof(*state.rows));
	if (!state.rows)
		return error_no_memory(err);
	for (size_t i = 0; i < judgements->count && state.count < AUDIT_STATE_ROWS; i++) {
		const struct judgement *judgement = &judgements->items[i];
		struct audit_state_row *row = &state.rows[state.count];

		if (judgement->alert || !judgement->named)
			continue;
		row->pid = judgement->pid;
		row->ticks = judgement->ticks;
		row->decided_s = judgement->decided_s;
		snprintf(row->reason, sizeof(row->reason), "%s",
			judgement->reason[0] ? judgement->reason : "none");
		state.count++;
	}
	*out = state;
	return 0;
}

void
judgement_release(struct judgements *judgements)
{
	free(judgements->items);
	*judgements = (struct judgements){ .count = 0 };
}
