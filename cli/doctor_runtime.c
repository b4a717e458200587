#include "cli/doctor_runtime.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "cli/containerd_config.h"
#include "cli/doctor_report.h"
#include "cli/engine_change.h"
#include "cli/toml.h"
#include "policy/runtime_settings.h"

#include <string.h>

#define NVIDIA_CONFIG "/etc/nvidia-container-runtime/config.toml"
#define CONTAINERD    "containerd"

/* What nimgate-runtime needs: its settings, and what they name. */
static void
check_settings(struct doctor_report *report, const char *engine)
{
	cleanup_runtime_settings struct runtime_settings settings = { 0 };
	char path[LIMIT_NAME_BYTES];
	struct error err = { 0 };

	snprintf(path, sizeof(path), "%s" RUNTIME_SETTINGS_PATH, report->root);
	if (runtime_settings_load(path, &settings, &err)) {
		doctor_report_add(report, engine, "settings", DOCTOR_HOLE, "%s", err.text);
		return;
	}
	doctor_report_program(report, engine, "runtime", settings.runtime);
	doctor_report_program(report, engine, "hook", settings.hook);
}

/* NVIDIA's runtime, which becomes the first runtime of its own configuration. */
static bool
leads_to_ours(struct doctor_report *report, const char *engine)
{
	cleanup_free char *text = NULL;
	char first[LIMIT_NAME_BYTES];
	struct toml toml;

	if (doctor_report_read(report, engine, "nvidia", NVIDIA_CONFIG, &text) || !text)
		return false;
	toml_start(&toml, text);
	while (toml_next(&toml)) {
		if (strcmp(toml.table, "nvidia-container-runtime") != 0 ||
			strcmp(toml.key, "runtimes") != 0)
			continue;
		toml_first_text(&toml, first);
		return doctor_report_is(first, "nimgate-runtime");
	}
	return false;
}

/* One program that starts containers for the runtime called NAME. Returns whether it is the gate,
 * or leads to it. */
static bool
check_runtime(
	struct doctor_report *report, const char *engine, const char *name, const char *program)
{
	if (program && doctor_report_is(program, "nimgate-runtime"))
		return doctor_report_program(report, engine, "runtime", program);
	if (program && strncmp(doctor_report_name(program), "nvidia-container-runtime", 24) == 0 &&
		leads_to_ours(report, engine)) {
		doctor_report_add(report, engine, "runtime", DOCTOR_OK,
			"%s: NVIDIA's runtime runs nimgate-runtime", TEXT_QUOTE(name));
		return true;
	}
	doctor_report_add(report, engine, "runtime", DOCTOR_HOLE,
		"%s starts containers past the gate", TEXT_QUOTE(name));
	return false;
}

static void
check_daemon(struct doctor_report *report, const struct node *top)
{
	const struct node *runtimes = node_member(top, "runtimes"), *runtime;
	const char *standard = node_text(node_member(top, "default-runtime"));

	if (!standard || strcmp(standard, "runc") == 0)
		doctor_report_add(report, "docker", "default-runtime", DOCTOR_HOLE,
			"is runc: nimgate engine enable docker");
	else if (!node_member(runtimes, standard))
		doctor_report_add(report, "docker", "default-runtime", DOCTOR_HOLE,
			"%s is not among the runtimes", TEXT_QUOTE(standard));
	else
		doctor_report_add(report, "docker", "default-runtime", DOCTOR_OK, "is %s",
			TEXT_QUOTE(standard));
	for (runtime = runtimes && runtimes->kind == NODE_MAP ? runtimes->first : NULL; runtime;
		runtime = runtime->next)
		check_runtime(
			report, "docker", runtime->key, node_text(node_member(runtime, "path")));
}

void
doctor_runtime_docker(struct doctor_report *report)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_free char *text = NULL;
	struct error err = { 0 };

	if (doctor_report_read(report, "docker", "daemon.json", ENGINE_CHANGE_DOCKER, &text))
		return;
	if (!text)
		doctor_report_add(report, "docker", "default-runtime", DOCTOR_HOLE,
			"is runc: nimgate engine enable docker");
	else if (json_parse(text, strlen(text), REASON_CONFIG, &document, &err))
		doctor_report_add(report, "docker", "daemon.json", DOCTOR_HOLE, "%s", err.text);
	else
		check_daemon(report, node_root(document));
	check_settings(report, "docker");
	doctor_report_add(report, "docker", "callers", DOCTOR_NOTE,
		"whoever may use Docker's socket can say --runtime runc (hole 3)");
}

/* True if the specification that the handler starts from has our hook. */
static bool
spec_has_hook(struct doctor_report *report, const char *path)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_free char *text = NULL;
	const struct node *list, *hook;
	struct error err = { 0 };
	const char *program;

	if (doctor_report_read(report, CONTAINERD, "base_runtime_spec", path, &text) || !text ||
		json_parse(text, strlen(text), REASON_CONFIG, &document, &err))
		return false;
	list = node_member(node_member(node_root(document), "hooks"), "createRuntime");
	for (hook = list ? list->first : NULL; hook; hook = hook->next) {
		program = node_text(node_member(hook, "path"));
		if (program && doctor_report_is(program, "nimgate-hook"))
			return doctor_report_program(report, CONTAINERD, "hook", program);
	}
	return false;
}

static void
check_handlers(struct doctor_report *report, const struct containerd_config *config)
{
	/* containerd's own name for it, where no file has another. */
	const char *name = config->standard[0] ? config->standard : "runc";
	bool standard = false, shim = false;
	size_t i;

	for (i = 0; i < config->count; i++) {
		const struct containerd_handler *handler = &config->handlers[i];

		standard |= strcmp(handler->name, name) == 0;
		if (handler->spec[0] && spec_has_hook(report, handler->spec))
			doctor_report_add(report, CONTAINERD, "handler", DOCTOR_OK,
				"%s: by its base_runtime_spec", TEXT_QUOTE(handler->name));
		else
			shim |= check_runtime(report, CONTAINERD, handler->name, handler->binary);
	}
	if (!standard && config->last[0])
		doctor_report_add(report, CONTAINERD, "default_runtime_name", DOCTOR_HOLE,
			"containerd 1.6 and 1.7 take all of CRI from %s alone, which does not name ours "
			"(hole 14)",
			TEXT_QUOTE(config->last));
	else if (!standard)
		doctor_report_add(report, CONTAINERD, "default_runtime_name", DOCTOR_HOLE,
			"%s is containerd's own runc: nimgate engine enable containerd",
			config->standard[0] ? TEXT_QUOTE(config->standard) : "it");
	else if (config->hidden[0] && strcmp(config->section, CONTAINERD_CONFIG_DROP_IN) == 0)
		doctor_report_add(report, CONTAINERD, "config", DOCTOR_NOTE,
			"containerd 1.6 and 1.7 take all of CRI from %s, and nothing of it from %s: "
			"one file should have both (docs/engines.md)",
			TEXT_QUOTE(config->section), TEXT_QUOTE(config->hidden));
	if (config->too_many)
		doctor_report_add(report, CONTAINERD, "handler", DOCTOR_HOLE,
			"more than %d handlers are not looked at", CONTAINERD_CONFIG_HANDLERS);
	if (shim)
		check_settings(report, CONTAINERD);
}

void
doctor_runtime_containerd(struct doctor_report *report)
{
	struct containerd_config *config = calloc(1, sizeof(*config));

	if (!config) {
		report->failed = true;
		return;
	}
	if (containerd_config_read(report, config) == 0) {
		if (config->off)
			doctor_report_add(report, CONTAINERD, "cri", DOCTOR_OK,
				"is off: no kubelet starts containers here");
		else
			check_handlers(report, config);
		doctor_report_add(report, CONTAINERD, "callers", DOCTOR_NOTE,
			"ctr and nerdctl choose a runtime of their own (hole 4)");
	}
	free(config);
}
