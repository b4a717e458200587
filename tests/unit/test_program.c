#include "cli/program.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include "tests/unit/check.h"

#include <fcntl.h>
#include <signal.h>

/* What a shell's SCRIPT comes to. */
static int
run(const char *script, int seconds, struct file_bytes *said, struct error *err)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	cleanup_fd int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return program_run(argv, nothing, seconds, said, err);
}

static void
test_ends(void)
{
	static const struct {
		const char *script, *said;
		int status;
	} rows[] = {
		{ "echo a; echo b >&2; echo c", "a\nb\nc\n", 0 },
		{ "read x || echo end; exit 99", "end\n", 99 },
		{ "true", "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_bytes struct file_bytes said = { 0 };
		struct error err = { 0 };

		int status = run(rows[i].script, 20, &said, &err);

		check(status == rows[i].status, rows[i].script, "status %d", status);
		check_text(said.bytes, rows[i].said, rows[i].script);
	}
}

static void
test_fails(void)
{
	static const char *const missing[] = { "nimgate-no-such-program", NULL };
	cleanup_bytes struct file_bytes said = { 0 };
	struct error err = { 0 };

	check_result(program_run(missing, STDIN_FILENO, 20, &said, &err), REASON_CONFIG, &err,
		"missing");
	check_result(run("kill -KILL $$", 20, &said, &err), REASON_INTERNAL, &err, "killed");
	check_result(run("exec sleep 60", 1, &said, &err), REASON_DEADLINE, &err, "too slow");
	check(!said.bytes, "nothing is said", "something is");
}

/* The signals that its caller holds back end it all the same. */
static void
test_signals(void)
{
	cleanup_bytes struct file_bytes said = { 0 };
	struct error err = { 0 };
	sigset_t held, before;

	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &before);
	check_result(run("kill -TERM $$; echo still here", 20, &said, &err), REASON_INTERNAL, &err,
		"ended by a signal");
	sigprocmask(SIG_SETMASK, &before, NULL);
}

int
main(void)
{
	test_ends();
	test_fails();
	test_signals();
	return check_end();
}
