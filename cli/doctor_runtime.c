#include "cli/doctor_runtime.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "cli/doctor_report.h"
#include "cli/engine_plan.h"
#include "cli/toml.h"
#include "gate/runtime_settings.h"

#include <glob.h>
#include <string.h>

#define NVIDIA_CONFIG "/etc/nvidia-container-runtime/config.toml"
#define CONTAINERD    "containerd"

enum { HANDLERS = 64 };

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

	if (doctor_report_read(report, "docker", "daemon.json", ENGINE_PLAN_DOCKER, &text))
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

/* One handler of containerd's CRI plugin. */
struct handler {
	char name[LIMIT_ERROR_TEXT];
	char binary[LIMIT_NAME_BYTES]; /* "": containerd's own default */
	char spec[LIMIT_NAME_BYTES];   /* base_runtime_spec; "": none */
};

struct containerd {
	struct handler handlers[HANDLERS];
	size_t count;
	char standard[LIMIT_NAME_BYTES]; /* default_runtime_name */
	bool off;                        /* the plugin */
	bool imports;                    /* the drop-ins are named */
	bool too_many;
};

/* The handler that TABLE is about, or belongs to; NULL where it is about none. */
static struct handler *
handler_of(struct containerd *containerd, const char *table)
{
	static const char mark[] = "." CONTAINERD ".runtimes.";
	const char *name = strstr(table, mark);
	size_t length, i;

	if (!name)
		return NULL;
	name += strlen(mark);
	length = strcspn(name, ".");
	for (i = 0; i < containerd->count; i++)
		if (strlen(containerd->handlers[i].name) == length &&
			memcmp(containerd->handlers[i].name, name, length) == 0)
			return &containerd->handlers[i];
	if (containerd->count == HANDLERS) {
		containerd->too_many = true;
		return NULL;
	}
	snprintf(containerd->handlers[i].name, sizeof(containerd->handlers[i].name), "%.*s",
		(int)length, name);
	containerd->count++;
	return &containerd->handlers[i];
}

static void
take_setting(struct containerd *containerd, const struct toml *toml)
{
	struct handler *handler = handler_of(containerd, toml->table);

	if (strcmp(toml->key, "default_runtime_name") == 0)
		toml_first_text(toml, containerd->standard);
	else if (strcmp(toml->key, "disabled_plugins") == 0)
		containerd->off = toml_holds(toml, "cri") ||
				  toml_holds(toml, "io.containerd.grpc.v1.cri") ||
				  toml_holds(toml, "io.containerd.cri.v1.runtime");
	else if (strcmp(toml->key, "imports") == 0)
		containerd->imports = strstr(toml->value, "/etc/containerd/conf.d/") != NULL;
	else if (handler && strcmp(toml->key, "BinaryName") == 0)
		toml_first_text(toml, handler->binary);
	else if (handler && strcmp(toml->key, "base_runtime_spec") == 0)
		toml_first_text(toml, handler->spec);
}

static int
read_config(struct doctor_report *report, const char *path, struct containerd *containerd)
{
	cleanup_free char *text = NULL;
	struct toml toml;

	if (doctor_report_read(report, CONTAINERD, "config", path, &text))
		return -1;
	toml_start(&toml, text ? text : "");
	while (toml_next(&toml))
		take_setting(containerd, &toml);
	return 0;
}

/* config.toml, and the drop-ins that it imports. */
static int
read_configs(struct doctor_report *report, struct containerd *containerd)
{
	char pattern[LIMIT_NAME_BYTES];
	glob_t files = { 0 };
	int result = 0;
	size_t i;

	if (read_config(report, "/etc/containerd/config.toml", containerd))
		return -1;
	snprintf(pattern, sizeof(pattern), "%s/etc/containerd/conf.d/*.toml", report->root);
	if (containerd->imports && glob(pattern, 0, NULL, &files) == 0)
		for (i = 0; i < files.gl_pathc && result == 0; i++)
			result = read_config(
				report, files.gl_pathv[i] + strlen(report->root), containerd);
	globfree(&files);
	return result;
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
check_handlers(struct doctor_report *report, const struct containerd *containerd)
{
	bool standard = false, shim = false;
	size_t i;

	for (i = 0; i < containerd->count; i++) {
		const struct handler *handler = &containerd->handlers[i];

		standard |= strcmp(handler->name, containerd->standard) == 0;
		if (handler->spec[0] && spec_has_hook(report, handler->spec))
			doctor_report_add(report, CONTAINERD, "handler", DOCTOR_OK,
				"%s: by its base_runtime_spec", TEXT_QUOTE(handler->name));
		else
			shim |= check_runtime(report, CONTAINERD, handler->name, handler->binary);
	}
	if (!standard)
		doctor_report_add(report, CONTAINERD, "default_runtime_name", DOCTOR_HOLE,
			"%s is containerd's own runc: nimgate engine enable containerd",
			containerd->standard[0] ? TEXT_QUOTE(containerd->standard) : "it");
	if (containerd->too_many)
		doctor_report_add(report, CONTAINERD, "handler", DOCTOR_HOLE,
			"more than %d handlers are not looked at", HANDLERS);
	if (shim)
		check_settings(report, CONTAINERD);
}

void
doctor_runtime_containerd(struct doctor_report *report)
{
	struct containerd *containerd = calloc(1, sizeof(*containerd));

	if (!containerd) {
		report->failed = true;
		return;
	}
	if (read_configs(report, containerd) == 0) {
		if (containerd->off)
			doctor_report_add(report, CONTAINERD, "cri", DOCTOR_OK,
				"is off: no kubelet starts containers here");
		else
			check_handlers(report, containerd);
		doctor_report_add(report, CONTAINERD, "callers", DOCTOR_NOTE,
			"ctr and nerdctl choose a runtime of their own (hole 4)");
	}
	free(containerd);
}
