/*
 * nimgate-hook: what a container runtime runs at createRuntime or prestart. Exit status 0 admits
 * the start, anything else refuses it; a refusal is one line on standard error.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "gate/counters.h"
#include "gate/decision.h"
#include "gate/decision_count.h"
#include "gate/decision_file.h"
#include "gate/decision_record.h"
#include "hook/admit.h"
#include "policy/policy_digest.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char usage[] =
	"usage: nimgate-hook [--policy FILE] [--rule NAME] [--explain]\n"
	"                    [createRuntime|prestart]\n"
	"\n"
	"Run by an OCI runtime with the container's state on standard input. Exit status\n"
	"0 admits the start; every other status refuses it (docs/exit-status.md).\n"
	"\n"
	"  --rule NAME     the policy's rule of that name applies\n"
	"  --policy FILE   the policy, root's alone (default: " POLICY_PATH_DEFAULT ")\n"
	"  --explain       print each step on standard error\n"
	"  --version       print the release\n"
	"  --help          print this text\n";

/* Takes nothing over from the runtime: not its signal mask, its umask, its descriptors, its
 * directory or its limits. */
static void
detach(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, normal = { .sa_handler = SIG_DFL };
	struct rlimit files;
	sigset_t none;
	int number, fd;

	for (number = 1; number < NSIG; number++)
		sigaction(number, &normal, NULL);
	/* The kernel's word that a writer waits for a lease; and a child that ended while we wrote
	 * to it. */
	sigaction(SIGIO, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	/* A log or a journal that may not grow changes no verdict. */
	sigaction(SIGXFSZ, &ignore, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(077);
	/* Times in syslog are those of this machine, by no file that a variable names. */
	unsetenv("TZ");
	syscall(SYS_close_range, 3U, ~0U, 0U);
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	if (chdir("/"))
		abort(); /* no other directory can be "/" */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* Reads the command line. Returns 0 to go on, 1 when all is said, -1 when it is wrong. */
static int
read_options(int argc, char *argv[], struct admit_options *options, struct error *err)
{
	static const struct option table[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "rule", required_argument, NULL, 'r' },
		{ "explain", no_argument, NULL, 'e' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (option) {
		case 'p': options->policy_path = optarg; break;
		case 'r': options->rule = optarg; break;
		case 'e': options->explain = true; break;
		case 'v': printf("nimgate-hook %s\n", NIMGATE_RELEASE); return 1;
		case 'h': fputs(usage, stdout); return 1;
		default:
			return error_set(err, REASON_USAGE, 0,
				"option %s is not known or lacks its value (see --help)",
				TEXT_QUOTE(argv[optind - 1]));
		}
	}
	if (optind < argc && strcmp(argv[optind], "createRuntime") != 0 &&
		strcmp(argv[optind], "prestart") != 0)
		return error_set(err, REASON_USAGE, 0,
			"stage %s: the hook runs at createRuntime or prestart",
			TEXT_QUOTE(argv[optind]));
	if (argc - optind > 1)
		return error_set(err, REASON_USAGE, 0, "more words than one stage");
	return 0;
}

/* The verdict in one line. */
static void
tell(const struct decision *decision)
{
	const struct error *refusal = decision->refusal;

	if (refusal && decision->verdict == DECISION_REFUSE)
		fprintf(stderr, "nimgate: refused (%s): %s\n", reason_word(refusal->reason),
			refusal->text);
	else if (refusal)
		fprintf(stderr, "nimgate: admitted, would be refused (%s): %s\n",
			reason_word(refusal->reason), refusal->text);
}

/*
 * The verdict where people and programs look for it later; none of these can change it. Without a
 * policy, which a refusal may lack, the system's log has it all the same.
 */
static void
record(const struct decision *decision, const struct admission *admission)
{
	const struct policy *policy = &admission->policy;
	const struct decision_file file = {
		.path = policy->log,
		.size_max = policy->log_max,
		.keep = policy->log_keep,
	};
	struct decision_losses losses = { .log = false };
	struct error err, log_err;

	losses.log = policy->log && decision_log(decision, &file, &log_err);
	if (losses.log)
		fprintf(stderr, "nimgate: %s\n", log_err.text);
	losses.system = (!admission->policy_loaded || policy->record == POLICY_RECORD_SYSTEM) &&
			decision_record_send(decision, losses.log ? log_err.text : NULL, &err);
	if (losses.system)
		admit_explain(admission, "record: %s", err.text);
	if (decision_count_add(decision, &losses, COUNTERS_PATH, &err))
		admit_explain(admission, "not counted: %s", err.text);
}

/* True if the policy admits what would be refused. A policy that cannot be read admits nothing. */
static bool
is_lenient(struct admission *admission)
{
	struct error ignored;

	return admit_load_policy(admission, &ignored) == 0 &&
	       admission->policy.mode != POLICY_MODE_ENFORCE &&
	       admission->policy.mode != POLICY_MODE_NONE;
}

static enum decision_evidence
evidence(const struct admission *admission)
{
	if (!admission->proved)
		return DECISION_EVIDENCE_NONE;
	return admission->verification.report.remembered ? DECISION_EVIDENCE_RECEIPT
							 : DECISION_EVIDENCE_HASHED;
}

/* What was decided about, and how, beside the verdict. */
static void
describe(const struct admission *admission, struct decision *out)
{
	const struct policy *policy = &admission->policy;
	struct error ignored;

	out->evidence = evidence(admission);
	out->protection = admission->protection.given;
	policy_digest_compute(policy, &out->policy, &ignored);
	out->mode = policy->mode;
	out->rule = policy->rule;
	if (admission->state.id[0]) {
		out->id = admission->state.id;
		out->bundle = admission->state.oci_bundle;
		birth_read(admission->state.pid, &out->process);
	}
	out->times.whole_ms = clock_monotonic_ms() - admission->began_ms;
	out->times.contents_ms = admission->contents_ms;
	out->profile = admission->plan.profile.id[0] ? admission->plan.profile.id : NULL;
	out->verification = &admission->verification;
	out->notes = &admission->notes;
}

int
main(int argc, char *argv[])
{
	struct admit_options options = { .policy_path = POLICY_PATH_DEFAULT };
	struct decision decision = { 0 };
	struct admission admission;
	struct error err = { 0 };
	int status;

	detach();
	status = read_options(argc, argv, &options, &err);
	if (status > 0)
		return REASON_STATUS_ADMIT;
	if (status < 0) {
		decision.refusal = &err;
		tell(&decision);
		return reason_hook_status(err.reason);
	}
	if (admit(&options, &admission, &err) == 0) {
		decision.verdict = DECISION_ADMIT;
	} else {
		decision.refusal = &err;
		decision.verdict = is_lenient(&admission) ? DECISION_ADMIT : DECISION_REFUSE;
	}
	/* Of a container that is no NIM nothing is said, and nothing more is found out. */
	if (decision.refusal || admission.recognition.nim) {
		describe(&admission, &decision);
		tell(&decision);
		record(&decision, &admission);
	}
	admit_release(&admission);
	return decision.verdict == DECISION_ADMIT ? REASON_STATUS_ADMIT
						  : reason_hook_status(err.reason);
}
