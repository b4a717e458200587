#include "cli/progress_count.h"

#include "base/clock.h"
#include "cli/progress.h"

#include <stdio.h>

enum {
	PATIENCE_MS = 1000, /* what is over sooner needs no progress */
	REDRAW_MS = 250,    /* faster than anybody reads */
};

void
progress_count_start(struct progress_count *progress, const char *things, bool quiet)
{
	*progress = (struct progress_count){
		.things = things,
		.wanted = !quiet && progress_is_watched(),
		.started_ms = clock_monotonic_ms(),
	};
}

void
progress_count_show(void *context, size_t done, size_t total)
{
	struct progress_count *progress = context;
	int64_t now = clock_monotonic_ms();
	char line[96];

	if (!progress->wanted || now - progress->started_ms < PATIENCE_MS ||
		now - progress->shown_ms < REDRAW_MS)
		return;
	progress->shown_ms = now;
	progress->visible = true;
	snprintf(line, sizeof(line), "%3zu %% of %zu %s, %lld s", total ? done * 100 / total : 100,
		total, progress->things, (long long)(now - progress->started_ms) / 1000);
	fprintf(stderr, "\r%.*s\033[K", (int)progress_columns() - 1, line);
}

void
progress_count_end(struct progress_count *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
