#include "cli/cmd_engine.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/engine_diff.h"
#include "cli/engine_plan.h"
#include "cli/option.h"
#include "cli/save.h"

#include <string.h>

struct options {
	const char *root;
	const char *runtime;
	bool apply;
};

static const struct option options[] = {
	{ "apply", OPTION_FLAG, offsetof(struct options, apply), NULL,
		"write the files; without it they are only shown" },
	{ "runtime", OPTION_TEXT, offsetof(struct options, runtime), "PATH",
		"docker, containerd: the runtime that nimgate-runtime becomes (default: runc, or crun)" },
	{ "root", OPTION_TEXT, offsetof(struct options, root), "DIR",
		"the machine's files lie below DIR: an image, a test" },
};

static const struct option_table table = {
	.usage = "engine enable|disable docker|podman|containerd|crio [OPTION...]",
	.about =
		"Has an engine start every container through the gate, or no longer. Shows what would change;\n"
		"--apply changes it. Restarts nothing. nimgate doctor tells whether the gate is in force.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static bool
is_done(const struct engine_change *change)
{
	if (!change->before || !change->after)
		return change->before == change->after;
	return strcmp(change->before, change->after) == 0;
}

static int
apply(const struct engine_change *change, struct error *err)
{
	if (change->after)
		return save_over(change->path, change->after, strlen(change->after), err);
	if (unlink(change->path))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(change->path));
	return 0;
}

static int
carry_out(const struct engine_plan *plan, bool write, struct error *err)
{
	size_t i, changes = 0;

	for (i = 0; i < plan->count; i++) {
		const struct engine_change *change = &plan->changes[i];

		if (is_done(change))
			continue;
		changes++;
		engine_diff_print(change->path, change->before, change->after, stdout);
		if (write && apply(change, err))
			return -1;
	}
	if (plan->drop_in)
		printf("%s", plan->drop_in);
	if (!changes)
		console_say(CONSOLE_INFO, "no file of ours needs a change");
	else if (!write)
		console_say(CONSOLE_INFO, "nothing is written without --apply");
	if (changes || plan->by_hand)
		fputs(plan->advice, stderr);
	return 0;
}

/* Reads the command line, plans and carries out. Returns 1 after --help. */
static int
run(const struct option_list *argv, struct error *err)
{
	struct options values = { 0 };
	struct option_list words = { 0 };
	struct engine_options how;
	struct engine_plan plan = { 0 };
	int result = option_parse(&table, argv, &values, &words, err);
	bool enable;

	if (result)
		return result;
	enable = words.count == 2 && strcmp(words.values[0], "enable") == 0;
	if (words.count != 2 || (!enable && strcmp(words.values[0], "disable") != 0))
		return error_set(err, REASON_USAGE, 0,
			"expected enable or disable, and an engine (see --help)");
	if (option_check_path("root", values.root, err) ||
		option_check_path("runtime", values.runtime, err))
		return -1;
	how = (struct engine_options){ values.root ? values.root : "", values.runtime };
	if (engine_plan_make(words.values[1], enable, &how, &plan, err))
		return -1;
	result = carry_out(&plan, values.apply, err);
	engine_plan_release(&plan);
	return result;
}

int
cmd_engine(const struct option_list *argv)
{
	struct error err;

	return run(argv, &err) < 0 ? console_fail("nimgate engine", &err) : REASON_STATUS_ADMIT;
}
