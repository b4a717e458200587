#include "cli/progress.h"

#include "base/mem.h"
#include "check.h"
#include "gate/verification.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

enum { LONG_MS = 2000000 }; /* beside this, what the test takes does not count */

static const struct {
	struct progress_state state;
	const char *line;
} lines[] = {
	{ { 0, 0, 0, 0, 0 }, "100 % of 0.0 GB, 0 of 0 files, 0.00 GB/s, ? left" },
	{ { 0, 5000000000, 0, 3, 1000 }, "  0 % of 5.0 GB, 0 of 3 files, 0.00 GB/s, ? left" },
	{ { 4000000000, 16000000000, 8, 32, 1000 },
		" 25 % of 16.0 GB, 8 of 32 files, 4.00 GB/s, 0:03 left" },
	{ { 16000000000, 16000000000, 32, 32, 8000 },
		"100 % of 16.0 GB, 32 of 32 files, 2.00 GB/s, 0:00 left" },
	{ { 1000000000, 754000000000, 1, 163, 1000 },
		"  0 % of 754.0 GB, 1 of 163 files, 1.00 GB/s, 12:33 left" },
	{ { 1000000000, 3724000000000, 0, 1, 1000 },
		"  0 % of 3724.0 GB, 0 of 1 files, 1.00 GB/s, 1:02:03 left" },
	{ { 1, UINT64_MAX, 0, 1, 1000 },
		"  0 % of 18446744073.7 GB, 0 of 1 files, 0.00 GB/s, 999:00:00 left" },
};

static void
test_lines(void)
{
	char line[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		check_text(progress_format(&lines[i].state, line, sizeof(line)), lines[i].line,
			lines[i].line);
}

/* What a run of the progress shows where standard error is a terminal or a pipe. */
struct watch {
	int reader; /* sees what is written */
	int writer;
	int before; /* standard error as it was */
};

static int
open_terminal(struct watch *watch, unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	watch->reader = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (watch->reader < 0 || grantpt(watch->reader) || unlockpt(watch->reader))
		return -1;
	watch->writer = open(ptsname(watch->reader), O_RDWR | O_NOCTTY);
	return watch->writer < 0 ? -1 : ioctl(watch->writer, TIOCSWINSZ, &size);
}

static int
open_pipe(struct watch *watch)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK))
		return -1;
	watch->reader = ends[0];
	watch->writer = ends[1];
	return 0;
}

static void
redirect(struct watch *watch)
{
	watch->before = dup(STDERR_FILENO);
	dup2(watch->writer, STDERR_FILENO);
}

static void
restore(struct watch *watch)
{
	dup2(watch->before, STDERR_FILENO);
	close(watch->before);
	close(watch->writer);
	close(watch->reader);
}

/* What stands there since the last look. */
static const char *
look(const struct watch *watch)
{
	static char text[512];
	ssize_t got = read(watch->reader, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	return text;
}

/* Two of four files are done, one of them wrong; a fifth was missing before. */
static void
test_terminal(struct verification *verification)
{
	struct progress progress;
	struct watch watch;

	if (open_terminal(&watch, 0)) {
		check_skip("terminal", "no pseudo-terminal can be had");
		return;
	}
	redirect(&watch);
	progress_start(&progress, verification, false);
	verification->report.count = 2;
	verification->report.files = 1;
	progress_show(&progress, 1, 2);
	check_text(look(&watch), "", "nothing in the first second");
	progress_end(&progress);
	check_text(look(&watch), "", "nothing to clear");
	progress.started_ms -= LONG_MS;
	progress_show(&progress, 1000000000000, 4000000000000);
	check_text(look(&watch),
		"\r 25 % of 4000.0 GB, 2 of 4 files, 0.50 GB/s, 1:40:00 left\033[K",
		"a line on a terminal");
	progress_show(&progress, 2000000000000, 4000000000000);
	check_text(look(&watch), "", "not redrawn at once");
	progress.shown_ms -= 250;
	progress_show(&progress, 2000000000000, 4000000000000);
	check_text(look(&watch), "\r 50 % of 4000.0 GB, 2 of 4 files, 1.00 GB/s, 33:20 left\033[K",
		"redrawn later");
	progress_end(&progress);
	check_text(look(&watch), "\r\033[K", "cleared at the end");
	restore(&watch);
}

/* How a line appears long after the start, in a terminal of 20 columns or a pipe. */
static const struct {
	const char *name;
	const char *term; /* NULL: not set */
	bool quiet;
	bool pipe;
	const char *line;
} places[] = {
	{ "narrow terminal", "xterm", false, false, "\r 25 % of 4.0 GB, 0 \033[K" },
	{ "quiet", "xterm", true, false, "" },
	{ "pipe", "xterm", false, true, "" },
	{ "dumb terminal", "dumb", false, false, "" },
	{ "no TERM", NULL, false, false, "" },
};

static void
test_places(struct verification *verification)
{
	struct progress progress;
	struct watch watch;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].pipe ? open_pipe(&watch) : open_terminal(&watch, 20)) {
			check_skip(places[i].name, "no pseudo-terminal can be had");
			continue;
		}
		if (places[i].term)
			setenv("TERM", places[i].term, 1);
		else
			unsetenv("TERM");
		redirect(&watch);
		progress_start(&progress, verification, places[i].quiet);
		progress.started_ms -= LONG_MS;
		progress_show(&progress, 1000000000, 4000000000);
		check_text(look(&watch), places[i].line, places[i].name);
		restore(&watch);
	}
}

int
main(void)
{
	static struct finding findings[] = { { .reason = REASON_MISSING },
		{ .reason = REASON_CHANGED } };
	struct verification_item item = { .signed_model.statement.resource_count = 5 };
	struct verification verification = {
		.items = &item, .count = 1, .report = { .findings = findings, .count = 1 }
	};

	setenv("TERM", "xterm", 1);
	test_lines();
	test_terminal(&verification);
	verification.report = (struct report){ 0 };
	test_places(&verification);
	return check_end();
}
