/*
 * nimgate: the admin's command. This file knows the commands by name; each is a file of its own.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cmd_audit.h"
#include "cli/cmd_bench.h"
#include "cli/cmd_digest.h"
#include "cli/cmd_doctor.h"
#include "cli/cmd_engine.h"
#include "cli/cmd_explain.h"
#include "cli/cmd_fetch.h"
#include "cli/cmd_gpus.h"
#include "cli/cmd_lock.h"
#include "cli/cmd_metrics.h"
#include "cli/cmd_policy.h"
#include "cli/cmd_prefetch.h"
#include "cli/cmd_profile.h"
#include "cli/cmd_receipt.h"
#include "cli/cmd_scrub.h"
#include "cli/cmd_sign.h"
#include "cli/cmd_status.h"
#include "cli/cmd_trust.h"
#include "cli/cmd_verify.h"
#include "cli/console.h"
#include "cli/option.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
	const char *name;
	int (*run)(const struct option_list *argv);
} commands[] = {
	{ "verify", cmd_verify },
	{ "sign", cmd_sign },
	{ "digest", cmd_digest },
	{ "policy", cmd_policy },
	{ "lock", cmd_lock },
	{ "profile", cmd_profile },
	{ "fetch", cmd_fetch },
	{ "trust", cmd_trust },
	{ "explain", cmd_explain },
	{ "prefetch", cmd_prefetch },
	{ "scrub", cmd_scrub },
	{ "receipt", cmd_receipt },
	{ "status", cmd_status },
	{ "metrics", cmd_metrics },
	{ "engine", cmd_engine },
	{ "doctor", cmd_doctor },
	{ "audit", cmd_audit },
	{ "gpus", cmd_gpus },
	{ "bench", cmd_bench },
};

struct globals {
	const char *log_level;
	bool version;
};

static const struct option options[] = {
	{ "log-level", OPTION_TEXT, offsetof(struct globals, log_level), "LEVEL",
		"DEBUG, INFO (default), WARNING, ERROR, CRITICAL" },
	{ "version", OPTION_FLAG, offsetof(struct globals, version), NULL, "print the release" },
};

static const struct option_table table = {
	.usage = "[--log-level LEVEL] COMMAND [--help] ...",
	.about = "  verify certificate|key MODEL   is this model the one that was signed?\n"
		 "  sign certificate|key MODEL     sign the model as it is\n"
		 "  digest MODEL                   print the model's root digest\n"
		 "  policy check|show|test         is the policy right, and what does it come to?\n"
		 "  lock add|check|diff            which payload is accepted for each version?\n"
		 "  profile list                   an image's profiles: cached, signed, admitted?\n"
		 "  fetch [REFERENCE...]           bring the signatures of NGC versions\n"
		 "  trust list|add|fetch|remove    the certificates that a policy may name\n"
		 "  explain ID|BUNDLE              what was, or would be, decided, and what to do\n"
		 "  prefetch REF|DIR...            hash models now, so that their start need not\n"
		 "  scrub                          do remembered files still have their bytes?\n"
		 "  receipt list|forget            what is remembered; forget it\n"
		 "  status                         what is remembered, being hashed, and waiting\n"
		 "  metrics                        this host's gate in numbers, for Prometheus\n"
		 "  engine enable|disable          start every container through the gate\n"
		 "  doctor                         is the gate in force for every way to start?\n"
		 "  audit                          does a NIM run that the gate did not admit?\n"
		 "  gpus                           this machine's GPUs, by NVIDIA's library\n"
		 "  bench [DIRECTORY]              how fast does this machine hash?\n",
	.options = options,
	.count = ARRAY_SIZE(options),
	.stop_at_word = true,
};

static int
dispatch(const struct option_list *words, struct error *err)
{
	static struct option_list rest;
	size_t i;

	if (!words->count)
		return error_set(err, REASON_USAGE, 0, "a command is missing (see --help)");
	rest.count = words->count - 1;
	memcpy(rest.values, words->values + 1, rest.count * sizeof(rest.values[0]));
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(words->values[0], commands[i].name) == 0)
			return commands[i].run(&rest);
	return error_set(err, REASON_USAGE, 0, "%s: no such command (see --help)",
		TEXT_QUOTE(words->values[0]));
}

static int
run(char *argv[], struct error *err)
{
	static struct option_list all, words;
	struct globals globals = { 0 };
	enum console_level level = CONSOLE_INFO;
	int result;

	if (option_words(argv, argv[0] ? 1 : 0, &all, err))
		return -1;
	result = option_parse(&table, &all, &globals, &words, err);
	if (result)
		return result < 0 ? -1 : REASON_STATUS_ADMIT;
	if (globals.log_level && console_parse_level(globals.log_level, &level, err))
		return -1;
	console_limit(level);
	if (globals.version) {
		printf("nimgate %s\n", NIMGATE_RELEASE);
		return REASON_STATUS_ADMIT;
	}
	return dispatch(&words, err);
}

/* Each file that is being hashed is open: as many as the system allows. */
static void
raise_descriptors(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

int
main(int argc, char *argv[])
{
	struct error err;
	int status;

	(void)argc;
	/* The kernel's word that a writer waits for a lease; and a child that ended while we wrote
	 * to it. */
	signal(SIGIO, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* A journal that may not grow changes no verdict. */
	signal(SIGXFSZ, SIG_IGN);
	raise_descriptors();
	status = run(argv, &err);
	if (status < 0)
		status = console_fail("nimgate", &err);
	/* A verdict that could not be printed was not given. */
	if (fflush(stdout) && status == REASON_STATUS_ADMIT) {
		error_set(&err, REASON_IO, 0, "standard output cannot be written");
		status = console_fail("nimgate", &err);
	}
	return status;
}
