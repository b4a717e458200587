#include "cli/cmd_gpus.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/nvml.h"
#include "cli/option.h"
#include "cli/save.h"
#include "hash/gpu_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct gpus_options {
	const char *library;
	bool write;
};

static const struct option options[] = {
	{ "library", OPTION_TEXT, offsetof(struct gpus_options, library), "FILE",
		"NVIDIA's library, root's alone (default: where drivers are put)" },
	{ "write", OPTION_FLAG, offsetof(struct gpus_options, write), NULL,
		"write it to " GPU_LIST_PATH ", where the hook reads it" },
};

static const struct option_table table = {
	.usage = "gpus [OPTION...]",
	.about =
		"Asks NVIDIA's management library (" NVML_LIBRARY
		") for each GPU's PCI address, memory\n"
		"in MiB (0: it has none of its own), compute capability and model. nimgate-gpus.service runs it with --write at boot: then\n"
		"profiles can be ruled out also for models that nimgate does not know (docs/placement.md).\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* What the library says, as text that will be understood. */
static int
ask(const char *library, struct writer *writer, struct error *err)
{
	static struct gpu_list list, again;

	if (nvml_list(library, &list, err))
		return -1;
	gpu_list_format(&list, writer);
	if (writer->failed)
		return error_no_memory(err);
	if (gpu_list_parse(writer->text, writer->length, &again))
		return error_set(err, REASON_IO, 0, "NVML: its answer is not understood");
	return 0;
}

static int
run(const struct gpus_options *values, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	if (ask(values->library, &writer, err)) {
		/* What was true before need not be now: where it cannot be told, there is no file.
		 */
		if (values->write)
			unlink(GPU_LIST_PATH);
		return -1;
	}
	if (!values->write) {
		fputs(writer.text, stdout);
		return 0;
	}
	if (mkdir("/run/nimgate", 0700) && errno != EEXIST)
		return error_set_os(err, REASON_IO, errno, "/run/nimgate");
	umask(077);
	return save_file(GPU_LIST_PATH, writer.text, writer.length, err);
}

int
cmd_gpus(const struct option_list *argv)
{
	struct gpus_options values = { 0 };
	struct error err;
	int result = option_parse_alone(&table, argv, &values, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (result || run(&values, &err))
		return console_fail("nimgate gpus", &err);
	return REASON_STATUS_ADMIT;
}
