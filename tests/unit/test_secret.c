#include "base/secret.h"

#include "base/mem.h"
#include "base/memfile.h"

#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/check.h"

static int
file_of(const char *text)
{
	struct error err;

	return memfile_make("test", text, strlen(text), &err);
}

static void
test_read(void)
{
	static const struct {
		const char *name, *text, *wanted, *words;
	} rows[] = {
		{ "a key", "nvapi-abc", "nvapi-abc", NULL },
		{ "a line", "nvapi-abc\n", "nvapi-abc", NULL },
		{ "a line of other systems", "nvapi-abc\r\n \t\n", "nvapi-abc", NULL },
		{ "empty", "", NULL, "what: is empty" },
		{ "only white", " \n", NULL, "what: is empty" },
		{ "two lines", "a\nb", NULL, "no key has" },
		{ "a space", "a b", NULL, "no key has" },
		{ "white before", " a", NULL, "no key has" },
		{ "no ASCII", "a\xc3\xa9", NULL, "no key has" },
		{ "a control character", "a\x1b[31m", NULL, "no key has" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_secret struct secret secret = { 0 };
		struct error err = { 0 };
		cleanup_fd int fd = file_of(rows[i].text);
		int result = secret_read(fd, "what", &secret, &err);

		check_result(
			result, rows[i].wanted ? REASON_NONE : REASON_CONFIG, &err, rows[i].name);
		if (rows[i].wanted)
			check_text(secret.text, rows[i].wanted, rows[i].name);
		else
			check(strstr(err.text, rows[i].words) && !secret.text, rows[i].name,
				"got: %s", err.text);
	}
}

/* As long as it may be, and one byte more. */
static void
test_long(void)
{
	static char text[SECRET_MAX + 2];

	for (size_t more = 0; more < 2; more++) {
		cleanup_secret struct secret read = { 0 }, copied = { 0 };
		struct error err = { 0 };
		cleanup_fd int fd = -1;

		memset(text, 'a', SECRET_MAX + more);
		fd = file_of(text);
		check_result(secret_read(fd, "what", &read, &err),
			more ? REASON_CONFIG : REASON_NONE, &err, "the longest, read");
		check_result(secret_copy(text, strlen(text), "what", &copied, &err),
			more ? REASON_CONFIG : REASON_NONE, &err, "the longest, copied");
	}
}

/* Where it stood in the environment it is no more. */
static void
test_variable(void)
{
	static char variable[] = "TEST_SECRET=abcdef";
	cleanup_secret struct secret secret = { 0 };
	struct error err = { 0 };

	putenv(variable);
	check_result(secret_take_variable("TEST_SECRET", &secret, &err), REASON_NONE, &err,
		"a variable");
	check_text(secret.text, "abcdef", "its value");
	check(!getenv("TEST_SECRET"), "it is gone", "it is there");
	check(memcmp(variable + strlen("TEST_SECRET="), "\0\0\0\0\0\0", 6) == 0, "it is wiped",
		"%s", variable);
	secret_release(&secret);
	check_result(secret_take_variable("TEST_SECRET", &secret, &err), REASON_NONE, &err,
		"no variable");
	check(!secret.text, "no variable", "there is one");
	setenv("TEST_SECRET", "", 1);
	check_result(secret_take_variable("TEST_SECRET", &secret, &err), REASON_NONE, &err,
		"an empty variable");
	check(!secret.text && !getenv("TEST_SECRET"), "an empty variable", "there is one");
	setenv("TEST_SECRET", "a b", 1);
	check_result(secret_take_variable("TEST_SECRET", &secret, &err), REASON_CONFIG, &err,
		"a bad variable");
	check(!getenv("TEST_SECRET") && !strstr(err.text, "a b"), "a bad variable is gone, too",
		"%s", err.text);
}

/* What a child sees of it: 0 nothing, 1 all. */
static int
child_sees(const struct secret *secret)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(strcmp(secret->text, "abc") == 0 ? 1 : secret->text[0] ? 2 : 0);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_children(void)
{
	cleanup_secret struct secret secret = { 0 };
	struct error err = { 0 };

	check_result(secret_copy("abc", 3, "what", &secret, &err), REASON_NONE, &err, "a copy");
	check(child_sees(&secret) == 0, "a child has zeros", "it does not");
	check_result(secret_pass_on(&secret, true, &err), REASON_NONE, &err, "passed on");
	check(child_sees(&secret) == 1, "a child has it", "it does not");
	check_result(secret_pass_on(&secret, false, &err), REASON_NONE, &err, "kept");
	check(child_sees(&secret) == 0, "a child has zeros again", "it does not");
	check_text(secret.text, "abc", "we have it");
}

static void
test_harden(void)
{
	struct rlimit limit = { 1, 1 };
	struct error err = { 0 };

	check_result(secret_harden(&err), REASON_NONE, &err, "harden");
	check(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0, "no core", "%lu",
		(unsigned long)limit.rlim_max);
	check(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0, "not dumpable", "it is");
}

int
main(void)
{
	test_read();
	test_long();
	test_variable();
	test_children();
	test_harden();
	return check_end();
}
