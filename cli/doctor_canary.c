#include "cli/doctor_canary.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/canary_image.h"
#include "cli/doctor_report.h"
#include "cli/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	SECONDS = 150, /* for one command: a hook has up to two minutes */
	WORDS = 12,    /* of the longest command below */
};

/* In the commands below; replaced by what they stand for, or by nothing. */
#define IMAGE   "IMAGE"
#define NAME    "NAME"
#define RUNTIME "RUNTIME"

/* How to talk to an engine. NULL ends each command, and the list of them. */
static const struct canary_engine {
	const char *name;
	const char *load[WORDS]; /* reads the archive from its standard input */
	const char *start[WORDS];
	const char *runtime;         /* the option of start that names one, before its value */
	const char *clear[4][WORDS]; /* what a start may leave */
	const char *remove_image[WORDS];
} canary_engines[] = {
	{ "docker", { "docker", "load" },
		{ "docker", "run", "--rm", "--pull", "never", "--network", "none", "--name", NAME,
			RUNTIME, IMAGE },
		"--runtime=", { { "docker", "rm", "--force", NAME } }, { "docker", "rmi", IMAGE } },
	{ "podman", { "podman", "load" },
		{ "podman", "run", "--rm", "--pull", "never", "--network", "none", "--name", NAME,
			RUNTIME, IMAGE },
		"--runtime=", { { "podman", "rm", "--force", NAME } }, { "podman", "rmi", IMAGE } },
	{ "containerd", { "ctr", "images", "import", "-" },
		{ "ctr", "run", "--rm", RUNTIME, IMAGE, NAME }, "--runc-binary=",
		{ { "ctr", "tasks", "rm", "--force", NAME }, { "ctr", "containers", "rm", NAME },
			{ "ctr", "snapshots", "rm", NAME } },
		{ "ctr", "images", "rm", "--sync", IMAGE } },
};

/* One canary. */
struct canary {
	const struct canary_engine *engine;
	char name[64];                  /* of the container */
	char image[96];                 /* of the image */
	char runtime[LIMIT_NAME_BYTES]; /* the whole option; "" without one */
};

static const struct canary_engine *
find_engine(const char *name)
{
	size_t i;

	if (strcmp(name, "ctr") == 0)
		name = "containerd";
	for (i = 0; i < ARRAY_SIZE(canary_engines); i++)
		if (strcmp(canary_engines[i].name, name) == 0)
			return &canary_engines[i];
	return NULL;
}

/* Names that nothing on this machine has. */
static int
canary_open(struct canary *canary, const char *runtime, struct error *err)
{
	uint8_t random[8];
	char digits[2 * sizeof(random) + 1];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_set_os(err, REASON_INTERNAL, errno, "no random number");
	text_format_hex(digits, random, sizeof(random));
	snprintf(canary->name, sizeof(canary->name), "nimgate-canary-%s", digits);
	snprintf(canary->image, sizeof(canary->image), "localhost/%s:1", canary->name);
	if (runtime && snprintf(canary->runtime, sizeof(canary->runtime), "%s%s",
			       canary->engine->runtime, runtime) >= (int)sizeof(canary->runtime))
		return error_set(err, REASON_USAGE, 0, "--runtime: too long");
	return 0;
}

/* Runs one of the engine's commands. As program_run(). */
static int
run_words(const struct canary *canary, const char *const words[static WORDS], int input,
	struct file_bytes *said, struct error *err)
{
	const char *argv[WORDS + 1];
	size_t i, count = 0;

	for (i = 0; i < WORDS && words[i]; i++) {
		const char *word = words[i];

		if (strcmp(word, NAME) == 0)
			word = canary->name;
		else if (strcmp(word, IMAGE) == 0)
			word = canary->image;
		else if (strcmp(word, RUNTIME) == 0)
			word = canary->runtime;
		if (word[0])
			argv[count++] = word;
	}
	argv[count] = NULL;
	return program_run(argv, input, SECONDS, said, err);
}

/* The last line that is not empty, quoted. */
static struct text_quoted
last_line(const struct file_bytes *said)
{
	char *end = said->bytes + said->length, *line;

	while (end > said->bytes && end[-1] == '\n')
		end--;
	*end = '\0';
	line = strrchr(said->bytes, '\n');
	return text_quote(line ? line + 1 : said->bytes);
}

/* The reason's word as nimgate says it and engines repeat it; "" where they do not. */
static void
find_reason(const char *said, char out[static 32])
{
	const char *found = strstr(said, "nimgate: refused (");

	out[0] = '\0';
	if (found && sscanf(found, "nimgate: refused (%31[a-z-])", out) != 1)
		out[0] = '\0';
}

/* The hook's exit status, which is all that crun shows; 0 where it is none of a refusal. */
static int
find_status(const char *said)
{
	const char *hook = strstr(said, "nimgate-hook");
	const char *code = hook ? strstr(hook, "(exit code: ") : NULL;
	int status = code ? (int)strtol(code + strlen("(exit code: "), NULL, 10) : 0;
	bool refuses = (status > REASON_HOOK_OFFSET && status < 2 * REASON_HOOK_OFFSET) ||
		       status == REASON_STATUS_INTERNAL;

	return refuses ? status : 0;
}

static void
judge(struct doctor_report *report, const struct canary *canary, int status,
	const struct file_bytes *said)
{
	const char *engine = canary->engine->name;
	char reason[32];

	find_reason(said->bytes, reason);
	if (status == CANARY_IMAGE_STATUS)
		doctor_report_add(report, engine, "canary", DOCTOR_HOLE,
			"admitted: a NIM with a file that nobody signed ran; such starts do not come through the gate, or its policy refuses nothing");
	else if (status != 0 && reason[0])
		doctor_report_add(report, engine, "canary", DOCTOR_OK, "refused (%s)", reason);
	else if (status != 0 && find_status(said->bytes))
		doctor_report_add(report, engine, "canary", DOCTOR_OK,
			"refused (the hook's exit status is %d)", find_status(said->bytes));
	else
		doctor_report_add(report, engine, "canary", DOCTOR_HOLE,
			"cannot be told: it did not run, yet nimgate did not refuse it: %s",
			last_line(said).text);
}

/* Starts it, and removes what a start leaves. NOTHING is an empty input. */
static void
start(struct doctor_report *report, const struct canary *canary, int nothing)
{
	const struct canary_engine *engine = canary->engine;
	cleanup_bytes struct file_bytes said = { 0 };
	struct error err = { 0 };
	int status = run_words(canary, engine->start, nothing, &said, &err);
	size_t i;

	if (status < 0)
		doctor_report_add(report, engine->name, "canary", DOCTOR_HOLE, "cannot be told: %s",
			err.text);
	else
		judge(report, canary, status, &said);
	/* Mostly there is nothing left to remove, and these fail; what stays keeps its image. */
	for (i = 0; engine->clear[i][0]; i++) {
		cleanup_bytes struct file_bytes ignored = { 0 };

		(void)run_words(canary, engine->clear[i], nothing, &ignored, &err);
	}
}

/* Runs a command that must succeed; where it does not, that is a finding. Returns whether it did.
 */
static bool
must_run(struct doctor_report *report, const struct canary *canary,
	const char *const words[static WORDS], int input, const char *failed)
{
	cleanup_bytes struct file_bytes said = { 0 };
	struct error err = { 0 };
	int status = run_words(canary, words, input, &said, &err);

	if (status)
		doctor_report_add(report, canary->engine->name, "canary", DOCTOR_HOLE, "%s: %s",
			failed, status < 0 ? err.text : last_line(&said).text);
	return status == 0;
}

/* With the signals that ask to end held back until everything is removed. */
static int
fly(struct doctor_report *report, const struct canary *canary, struct error *err)
{
	cleanup_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cleanup_fd int archive = canary_image_make(canary->image, err);
	sigset_t held, before;

	if (archive < 0)
		return -1;
	if (nothing < 0)
		return error_set_os(err, REASON_INTERNAL, errno, "/dev/null");
	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &before);
	if (must_run(report, canary, canary->engine->load, archive, "cannot be loaded")) {
		start(report, canary, nothing);
		must_run(report, canary, canary->engine->remove_image, nothing,
			"its image stays behind");
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return 0;
}

int
doctor_canary(
	struct doctor_report *report, const char *engine, const char *runtime, struct error *err)
{
	struct canary canary = { .engine = find_engine(engine) };

	if (!canary.engine)
		return error_set(err, REASON_USAGE, 0,
			"--canary %s: expected docker, podman, containerd or ctr",
			TEXT_QUOTE(engine));
	if (canary_open(&canary, runtime, err) || fly(report, &canary, err))
		return -1;
	return report->failed ? error_no_memory(err) : 0;
}
