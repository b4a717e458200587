#include "cli/cmd_bench.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/bench.h"
#include "cli/bench_output.h"
#include "cli/console.h"
#include "cli/source.h"

struct bench_options {
	struct source_options source;
	const char *output;
};

static const struct option options[] = {
	SOURCE_OPTIONS(struct bench_options),
	SOURCE_HASH_OPTIONS(struct bench_options),
	{ "output", OPTION_TEXT, offsetof(struct bench_options, output), "text|json",
		"what to print (default: text)" },
};

static const struct option_table table = {
	.usage = "bench [DIRECTORY] [OPTION...]",
	.about =
		"Tells how fast this machine hashes: its kernels, and which of them hash how many files at\n"
		"a time. With DIRECTORY, hashes all its files as verify does, and tells what that took.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static int
run(const struct bench_options *values, const struct option_list *words, struct error *err)
{
	const char *path = words->count ? words->values[0] : NULL;
	struct bench_directory directory;
	struct bench_machine machine;
	size_t threads;
	bool json;

	if (words->count > 1)
		return error_set(
			err, REASON_USAGE, 0, "expected one DIRECTORY at most (see --help)");
	if (option_parse_output(values->output, &json, err) || source_check(&values->source, err) ||
		source_threads(&values->source, &threads, err) ||
		bench_measure_machine(threads, &machine, err))
		return -1;
	if (path && bench_hash_directory(&values->source, path, &directory, err))
		return -1;
	if (json)
		return bench_output_json(&machine, path ? &directory : NULL, err);
	bench_output_text(&machine, path ? &directory : NULL);
	return 0;
}

int
cmd_bench(const struct option_list *argv)
{
	struct bench_options values = { .source.ignore_git = true };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (values.source.quiet)
		console_limit(CONSOLE_ERROR);
	if (result < 0 || run(&values, &words, &err))
		return console_fail("nimgate bench", &err);
	return REASON_STATUS_ADMIT;
}
