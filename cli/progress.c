#include "cli/progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

enum {
	PATIENCE_MS = 1000, /* what is over sooner needs no progress */
	REDRAW_MS = 250,    /* faster than anybody reads */
};

void
progress_start(struct progress *progress, bool quiet)
{
	*progress = (struct progress){ .wanted = !quiet && isatty(STDERR_FILENO) };
	progress->started_ms = clock_monotonic_ms();
}

char *
progress_format(uint64_t done, uint64_t total, uint64_t ms, char *out, size_t size)
{
	double seconds = (double)(ms ? ms : 1) / 1000, rate = (double)done / seconds;
	double left = rate > 0 ? (double)(total - done) / rate : 0;
	double percent = total ? 100 * (double)done / (double)total : 100;

	snprintf(out, size, "%3.0f %% of %.1f GB, %.2f GB/s, %u:%02u left", percent,
		(double)total / 1e9, rate / 1e9, (unsigned int)left / 60, (unsigned int)left % 60);
	return out;
}

void
progress_show(void *context, uint64_t done, uint64_t total)
{
	struct progress *progress = context;
	int64_t now = clock_monotonic_ms();
	char line[128];

	if (!progress->wanted || now - progress->started_ms < PATIENCE_MS ||
		now - progress->shown_ms < REDRAW_MS)
		return;
	progress->shown_ms = now;
	progress->visible = true;
	progress_format(done, total, (uint64_t)(now - progress->started_ms), line, sizeof(line));
	fprintf(stderr, "\r%s\033[K", line);
}

void
progress_end(struct progress *progress)
{
	if (progress->visible)
		fputs("\r\033[K", stderr);
	progress->visible = false;
}
