#include "oci/command.h"

#include "base/mem.h"

#include "tests/unit/check.h"

enum { WORDS_MAX = 16 };

/* Splits a line at its blanks; "''" is an empty word. */
static void
split(char *line, char *words[static WORDS_MAX])
{
	size_t count = 0;
	char *word;

	for (word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		if (strcmp(word, "''") == 0)
			word[0] = '\0';
		words[count++] = word;
	}
	words[count] = NULL;
}

/* BUNDLE NULL: starts nothing. */
static const struct {
	const char *line, *bundle, *log;
	bool json;
} rows[] = {
	{ "create --bundle /b x", "/b", NULL, false },
	{ "run -b /b x", "/b", NULL, false },
	{ "run x", ".", NULL, false },
	{ "run", ".", NULL, false },
	{ "create --bundle=/b=c x", "/b=c", NULL, false },
	{ "--root /r --log /l --log-format json create --bundle /b --pid-file /p x", "/b", "/l",
		true },
	{ "--log=/l --root=/r --log-format=json --systemd-cgroup run --bundle rel x", "rel", "/l",
		true },
	{ "--systemd-cgroup --debug --log /l --log-format text create -b . x", ".", "/l", false },
	{ "--debug=true -root create --cgroup-manager run --rootless auto create --bundle /b x",
		"/b", NULL, false },
	{ "--log create --log-format json --root run state x", NULL, "create", true },
	{ "--root create run --bundle run x", "run", NULL, false },
	{ "--root r run --console-socket create --preserve-fds 3 --no-pivot --no-new-keyring "
	  "--detach --keep -d x",
		".", NULL, false },
	{ "-- create -b /b x", "/b", NULL, false },
	{ "create -b /b -- -x", "/b", NULL, false },
	{ "create - --", ".", NULL, false },
	{ "state create", NULL, NULL, false },
	{ "kill run KILL", NULL, NULL, false },
	{ "delete --force create", NULL, NULL, false },
	{ "exec --bundle x create run", NULL, NULL, false },
	{ "state restore", NULL, NULL, false },
	{ "checkpoint --image-path restore x", NULL, NULL, false },
	{ "run restore", ".", NULL, false },
	{ "features", NULL, NULL, false },
	{ "--version", NULL, NULL, false },
	{ "-v", NULL, NULL, false },
	{ "--help", NULL, NULL, false },
	{ "--unknown state x", NULL, NULL, false },
	{ "--log", NULL, NULL, false },
	{ "--log-format", NULL, NULL, false },
	{ "--root", NULL, NULL, false },
	{ "--", NULL, NULL, false },
	{ "", NULL, NULL, false },
	{ "''", NULL, NULL, false },
	{ "Create -x", NULL, NULL, false },
};

static void
test_understood(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *line = strdup(rows[i].line);
		struct command command = { 0 };
		struct error err = { 0 };
		char *words[WORDS_MAX];
		int result;

		split(line, words);
		result = command_parse(words, &command, &err);
		check_result(result, REASON_NONE, &err, rows[i].line);
		if (result)
			continue;
		check(command.starts == (rows[i].bundle != NULL), rows[i].line, "starts: %d",
			command.starts);
		if (command.starts)
			check_text(command.bundle, rows[i].bundle, rows[i].line);
		check(!command.restores, rows[i].line, "restores");
		check_text(command.log ? command.log : "-", rows[i].log ? rows[i].log : "-",
			rows[i].line);
		check(command.log_json == rows[i].json, rows[i].line, "JSON: %d", command.log_json);
	}
}

static void
test_restores(void)
{
	static const char *const lines[] = {
		"restore x",
		"restore --bundle /b --image-path /i x",
		"--root create --log=/l restore -d x",
		"-- restore",
		"restore",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		cleanup_free char *line = strdup(lines[i]);
		struct command command = { 0 };
		struct error err = { 0 };
		char *words[WORDS_MAX];

		split(line, words);
		check_result(command_parse(words, &command, &err), REASON_NONE, &err, lines[i]);
		check(command.restores && !command.starts, lines[i], "does not restore");
	}
}

static void
test_refused(void)
{
	static const struct {
		const char *line, *words;
	} refused[] = {
		{ "--log /l --unknown create x", "'--unknown' before the command" },
		{ "--log /l -unknown x run y", "'-unknown' before the command" },
		{ "--log /l --unknown restore x", "'--unknown' before the command" },
		{ "--log /l create --unknown x", "'--unknown' of a start" },
		{ "--log /l create -bundle /b x", "'-bundle' of a start" },
		{ "--log /l create -b=/b x", "'-b=/b' of a start" },
		{ "--log /l create -b/b x", "'-b/b' of a start" },
		{ "--log /l create --b /b x", "'--b' of a start" },
		{ "--log /l create --bundl /b x", "'--bundl' of a start" },
		{ "--log /l run -db /b x", "'-db' of a start" },
		{ "--log /l create --bundle", "'--bundle' lacks its value" },
		{ "--log /l create -b", "'-b' lacks its value" },
		{ "--log /l create --bundle= x", "empty" },
		{ "--log /l create -b '' x", "empty" },
		{ "--log /l create --bundle /a -b /b x", "given twice" },
		{ "--log /l create x --bundle /b", "before the container's id" },
		{ "--log /l run x -d", "before the container's id" },
		{ "--log /l create --config other.json x", "must be config.json" },
		{ "--log /l run -f other.json x", "must be config.json" },
		{ "--log /l run --config=other.json x", "must be config.json" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_free char *line = strdup(refused[i].line);
		struct command command = { 0 };
		struct error err = { 0 };
		char *words[WORDS_MAX];

		split(line, words);
		check_result(
			command_parse(words, &command, &err), REASON_USAGE, &err, refused[i].line);
		check(strstr(err.text, refused[i].words) != NULL, refused[i].line,
			"wanted '%s', got '%s'", refused[i].words, err.text);
		check_text(command.log ? command.log : "-", "/l", refused[i].line);
	}
}

int
main(void)
{
	test_understood();
	test_restores();
	test_refused();
	return check_end();
}
