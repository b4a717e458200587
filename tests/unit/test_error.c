#include "base/error.h"

#include "base/mem.h"

#include "tests/unit/check.h"

#include <errno.h>

static void
test_set(void)
{
	struct error err = { 0 };

	check(error_set(&err, REASON_LINK, EXDEV, "%s: %d", "a", 7) == -1, "set: result", "not -1");
	check_text(err.text, "a: 7", "set: text");
	check(err.reason == REASON_LINK && err.os_errno == EXDEV, "set: fields", "wrong");
	check(error_set_os(&err, REASON_IO, ENOENT, "file %s", "x") == -1, "set_os", "not -1");
	check_text(err.text, "file x (does not exist)", "set_os: text");
	check(error_wrap(&err, "model %d", 3) == -1, "wrap", "not -1");
	check_text(err.text, "model 3: file x (does not exist)", "wrap: text");
	check(err.reason == REASON_IO && err.os_errno == ENOENT, "wrap: fields", "changed");
	check(error_no_memory(&err) == -1 && err.reason == REASON_INTERNAL &&
			err.os_errno == ENOMEM,
		"no memory", "wrong");
	check_text(err.text, "out of memory", "no memory: text");
}

static void
test_too_long(void)
{
	char fits[LIMIT_ERROR_TEXT + 1], longer[LIMIT_ERROR_TEXT + 2];
	struct error err = { 0 };

	memset(fits, 'a', sizeof(fits) - 1);
	fits[sizeof(fits) - 1] = '\0';
	memset(longer, 'b', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	error_set(&err, REASON_IO, 0, "%s", fits);
	check_text(err.text, fits, "fits exactly");
	error_set(&err, REASON_IO, 0, "%s", longer);
	check(strlen(err.text) == LIMIT_ERROR_TEXT &&
			strcmp(err.text + LIMIT_ERROR_TEXT - 4, "b...") == 0,
		"too long: cut", "%s", err.text);
	error_wrap(&err, "%s", longer);
	check(strlen(err.text) == LIMIT_ERROR_TEXT &&
			strcmp(err.text + LIMIT_ERROR_TEXT - 3, "...") == 0,
		"too long: wrapped", "%s", err.text);
}

static void
test_printable(void)
{
	struct error err = { 0 };

	error_set(&err, REASON_IO, 0, "a\nb\033[31m\x7f\xe2!");
	check_text(err.text,
		"a?b?[31m?"
		"?!",
		"what nobody quoted");
	error_wrap(&err, "c\td");
	check_text(err.text,
		"c?d: a?b?[31m?"
		"?!",
		"what nobody quoted: wrapped");
}

/* Engines search messages for the system's words and change their exit status (facts: runtimes,
 * 6.2). */
static void
test_words(void)
{
	static const char *const forbidden[] = { "no such file or directory", "permission denied",
		"executable file not found" };

	for (size_t i = 0; i < ARRAY_SIZE(forbidden); i++) {
		int os_errno = 0;

		while (os_errno < 200 && !strcasestr(error_os_words(os_errno), forbidden[i]))
			os_errno++;
		check(os_errno == 200, forbidden[i], "errno %d: %s", os_errno,
			error_os_words(os_errno));
	}
	check_text(error_os_words(ENOENT), "does not exist", "words: known");
	check_text(error_os_words(9999), "system error 9999", "words: unknown");
}

int
main(void)
{
	test_set();
	test_too_long();
	test_printable();
	test_words();
	return check_end();
}
