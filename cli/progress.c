#include "cli/progress.h"

#include "base/clock.h"
#include "gate/verification.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 1000,   /* what is over sooner needs no progress */
	REDRAW_MS = 250,      /* faster than anybody reads */
	COLUMNS_DEFAULT = 80, /* of terminals that do not say */
	HOURS_MAX = 999,      /* nobody waits longer */
	SECONDS_PER_HOUR = 3600,
};

bool
progress_is_watched(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void
progress_start(struct progress *progress, const struct verification *verification, bool quiet)
{
	*progress = (struct progress){
		.verification = verification,
		.findings = verification->report.count,
		.wanted = !quiet && progress_is_watched(),
		.started_ms = clock_monotonic_ms(),
	};
}

/* Seconds as 0:07, 12:34 or 1:02:03. */
static void
format_seconds(double seconds, char *out, size_t size)
{
	const double most = (double)HOURS_MAX * SECONDS_PER_HOUR;
	unsigned int whole = (unsigned int)(seconds < most ? seconds : most);
	unsigned int hours = whole / SECONDS_PER_HOUR, minutes = whole / 60 % 60;

	if (hours)
		snprintf(out, size, "%u:%02u:%02u", hours, minutes, whole % 60);
	else
		snprintf(out, size, "%u:%02u", minutes, whole % 60);
}

char *
progress_format(const struct progress_state *state, char *out, size_t size)
{
	double done = (double)state->bytes, total = (double)state->bytes_total;
	double rate = done * 1000 / (double)(state->ms ? state->ms : 1);
	char left[32] = "?";

	if (rate > 0)
		format_seconds((total - done) / rate, left, sizeof(left));
	snprintf(out, size, "%3.0f %% of %.1f GB, %zu of %zu files, %.2f GB/s, %s left",
		total > 0 ? 100 * done / total : 100, total / 1e9, state->files, state->files_total,
		rate / 1e9, left);
	return out;
}

/* The files that are done, right or wrong, and all that are signed and not missing. */
static void
count_files(const struct progress *progress, struct progress_state *state)
{
	const struct verification *verification = progress->verification;
	const struct report *report = &verification->report;

	for (size_t i = 0; i < verification->count; i++)
		state->files_total += verification->items[i].signed_model.statement.resource_count;
	for (size_t i = 0; i < progress->findings; i++)
		state->files_total -= report->findings[i].reason == REASON_MISSING;
	state->files = report->files + report->count - progress->findings;
}

size_t
progress_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0)
		return COLUMNS_DEFAULT;
	return size.ws_col;
}

void
progress_show(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;
	int64_t now = clock_monotonic_ms();
	struct progress_state state = { .bytes = done, .bytes_total = total };
	char line[128];
	int columns;

	if (!progress->wanted || now - progress->started_ms < PATIENCE_MS ||
		now - progress->shown_ms < REDRAW_MS)
		return;
	progress->shown_ms = now;
	progress->visible = true;
	state.ms = (uint64_t)(now - progress->started_ms);
	count_files(progress, &state);
	/* A line that reaches the edge would go on in the next one, and stay. */
	columns = (int)progress_columns() - 1;
	fprintf(stderr, "\r%.*s\033[K", columns, progress_format(&state, line, sizeof(line)));
}

void
progress_end(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
