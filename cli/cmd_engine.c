#include "cli/cmd_engine.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/engine_diff.h"
#include "cli/engine_found.h"
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
	.usage = "engine enable|disable [docker|podman|containerd|crio]... [OPTION...]",
	.about =
		"Has engines start every container through the gate, or no longer: those that are named, or else\n"
		"every one that is installed. Shows what would change; --apply changes it, engine by engine.\n"
		"Restarts nothing, and says what has to be. nimgate doctor tells whether the gate is in force.\n"
		"Exit status 0: done. 1: no engine is named, and none is installed. 2: one of them could not be\n"
		"changed, which is left as it is; the others are done.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* One run of the command. */
struct order {
	struct engine_options how;
	bool enable;
	bool write; /* --apply */
	bool named; /* one engine, which is not said again */
};

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
	bool open = engine_change_is_open(plan);
	size_t i;

	for (i = 0; i < plan->count; i++) {
		const struct engine_change *change = &plan->changes[i];

		if (engine_change_is_done(change))
			continue;
		engine_diff_print(change->path, change->before, change->after, stdout);
		if (write && apply(change, err))
			return -1;
	}
	/* What is said below is about what was shown above. */
	fflush(stdout);
	if (!open)
		console_say(CONSOLE_INFO, "%s",
			plan->note ? plan->note : "no file of ours needs a change");
	else if (!write)
		console_say(CONSOLE_INFO, "nothing is written without --apply");
	if (open)
		fputs(plan->advice, stderr);
	return 0;
}

/* One engine. Returns the exit status. */
static int
carry_out_for(const struct order *order, const char *name)
{
	struct engine_plan plan = { 0 };
	struct error err = { 0 };
	int result, status;

	if (!order->named)
		console_say(CONSOLE_INFO, "%s:", name);
	result = engine_plan_make(name, order->enable, &order->how, &plan, &err);
	if (!result)
		result = carry_out(&plan, order->write, &err);
	status = result ? console_fail("nimgate engine", &err) : REASON_STATUS_ADMIT;
	if (result && plan.lines)
		printf("%s", plan.lines);
	fflush(stdout);
	engine_change_release(&plan);
	return status;
}

/* Without a name: what is installed; and to be taken away is also what an engine left that is gone.
 */
static bool
is_meant(const struct order *order, const char *name)
{
	struct engine_plan plan = { 0 };
	struct error err;
	bool meant = engine_found(order->how.root, name);

	if (!meant && !order->enable)
		meant = engine_plan_make(name, false, &order->how, &plan, &err) ||
			engine_change_is_open(&plan);
	engine_change_release(&plan);
	return meant;
}

/* Returns the exit status, the first that is not 0, or -1. */
static int
carry_out_all(const struct order *order, struct error *err)
{
	int result = 0, status;
	size_t i, count = 0;

	for (i = 0; i < engine_found_count; i++) {
		if (!is_meant(order, engine_found_names[i]))
			continue;
		status = carry_out_for(order, engine_found_names[i]);
		result = result ? result : status;
		count++;
	}
	if (!count)
		return error_set(err, REASON_MISSING, 0,
			"no engine is installed: neither docker, podman, containerd nor crio");
	return result;
}

/* A misspelled name is found before anything is changed. */
static int
check_names(const struct option_list *words, struct error *err)
{
	size_t i, j;

	for (i = 1; i < words->count; i++) {
		for (j = 0; j < engine_found_count; j++)
			if (strcmp(words->values[i], engine_found_names[j]) == 0)
				break;
		if (j == engine_found_count)
			return error_set(err, REASON_USAGE, 0,
				"%s: expected docker, podman, containerd or crio",
				TEXT_QUOTE(words->values[i]));
	}
	return 0;
}

/* Reads the command line, plans and carries out. Returns the exit status, or -1. */
static int
run(const struct option_list *argv, struct error *err)
{
	struct options values = { 0 };
	struct option_list words = { 0 };
	struct order order = { 0 };
	int result = option_parse(&table, argv, &values, &words, err);
	size_t i;

	if (result)
		return result < 0 ? -1 : REASON_STATUS_ADMIT;
	order.enable = words.count && strcmp(words.values[0], "enable") == 0;
	if (!order.enable && (!words.count || strcmp(words.values[0], "disable") != 0))
		return error_set(err, REASON_USAGE, 0, "expected enable or disable (see --help)");
	if (option_check_path("root", values.root, err) ||
		option_check_path("runtime", values.runtime, err) || check_names(&words, err))
		return -1;
	order.how = (struct engine_options){ values.root ? values.root : "", values.runtime };
	order.write = values.apply;
	order.named = words.count == 2;
	if (words.count == 1)
		return carry_out_all(&order, err);
	for (i = 1; i < words.count; i++) {
		int status = carry_out_for(&order, words.values[i]);

		result = result ? result : status;
	}
	return result;
}

int
cmd_engine(const struct option_list *argv)
{
	struct error err;
	int status = run(argv, &err);

	return status < 0 ? console_fail("nimgate engine", &err) : status;
}
