#include "cli/engine_containerd.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/containerd_config.h"
#include "cli/containerd_text.h"
#include "cli/doctor_report.h"
#include "cli/toml.h"

#include <glob.h>
#include <string.h>

#define OTHERS "/etc/containerd/conf.d/*.toml"

/* Reads what is there. Returns it (the caller frees it), or NULL. */
static struct containerd_config *
read_config(const struct engine_options *options, struct error *err)
{
	struct doctor_report report = { .root = options->root };
	cleanup_free struct containerd_config *config = calloc(1, sizeof(*config));

	if (!config || containerd_config_read(&report, config)) {
		if (report.count)
			error_set(err, REASON_CONFIG, 0, "%s", report.findings[0].text);
		else
			error_no_memory(err);
		doctor_report_release(&report);
		return NULL;
	}
	doctor_report_release(&report);
	return take_ptr(config);
}

/* True if every pod's containers come through the gate by what is there. */
static bool
is_enabled(const struct containerd_config *config)
{
	const struct containerd_handler *handler =
		containerd_config_handler(config, config->standard);

	return handler && !config->odd[0] && doctor_report_is(handler->binary, "nimgate-runtime");
}

/* A drop-in is right where nothing takes its place; else the lines belong into config.toml. */
static bool
wants_drop_in(const struct containerd_config *config)
{
	return config->version == 3 || !config->section[0];
}

/* Other files in the directory, which are read, too, once drop-ins are. */
static bool
has_others(const char *root)
{
	char pattern[LIMIT_NAME_BYTES];
	bool found = false;
	glob_t files = { 0 };
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s" OTHERS, root);
	if (glob(pattern, 0, NULL, &files) == 0)
		for (i = 0; i < files.gl_pathc; i++)
			found |= strcmp(files.gl_pathv[i] + strlen(root),
					 CONTAINERD_CONFIG_DROP_IN) != 0;
	globfree(&files);
	return found;
}

/* What the default handler is keeps us from standing in for it. */
static int
check_handler(const struct containerd_config *config, struct error *err)
{
	const struct containerd_handler *runc = containerd_config_handler(config, "runc");

	if (config->standard[0] && strcmp(config->standard, "runc") != 0)
		return error_set(err, REASON_CONFIG, 0,
			"%s: default_runtime_name is %s: have that handler's BinaryName be nimgate-runtime, "
			"or have its program run nimgate-runtime (docs/engines.md)",
			TEXT_QUOTE(config->named_by), TEXT_QUOTE(config->standard));
	if (containerd_config_handler(config, "nimgate"))
		return error_set(err, REASON_CONFIG, 0,
			"%s: has a handler nimgate, which is not the default: set default_runtime_name there",
			TEXT_QUOTE(containerd_config_handler(config, "nimgate")->from));
	if (!runc)
		return 0;
	if (runc->binary[0] || runc->spec[0] ||
		(runc->type[0] && strcmp(runc->type, "io.containerd.runc.v2") != 0))
		return error_set(err, REASON_CONFIG, 0,
			"%s: the handler runc has a program, a base_runtime_spec or a runtime_type of its own: "
			"add these lines, with what it has",
			TEXT_QUOTE(runc->from));
	if (strcmp(runc->from, CONTAINERD_CONFIG_FILE) != 0)
		return error_set(err, REASON_CONFIG, 0,
			"%s: has settings of the handler runc: add these lines there, with what it has",
			TEXT_QUOTE(runc->from));
	return 0;
}

/* Refuses what is not certain to be right. */
static int
check(const struct containerd_config *config, const char *root, struct error *err)
{
	if (config->settings && config->version != 2 && config->version != 3)
		return error_set(err, REASON_CONFIG, 0,
			"'" CONTAINERD_CONFIG_FILE
			"': says neither version = 2 nor version = 3: its names are "
			"those of version 1, which no drop-in has");
	if (config->odd[0] || config->too_many)
		return error_set(err, REASON_CONFIG, 0,
			"%s: has tables of CRI's in a form that is not looked into: add these lines there",
			TEXT_QUOTE(config->odd[0] ? config->odd : CONTAINERD_CONFIG_FILE));
	if (check_handler(config, err))
		return -1;
	if (!wants_drop_in(config) && strcmp(config->section, CONTAINERD_CONFIG_FILE) != 0)
		return error_set(err, REASON_CONFIG, 0,
			"%s: containerd 1.6 and 1.7 take all of CRI from that file alone: add these lines there",
			TEXT_QUOTE(config->section));
	if (config->named_by[0] && strcmp(config->named_by, CONTAINERD_CONFIG_FILE) != 0)
		return error_set(err, REASON_CONFIG, 0,
			"%s: sets default_runtime_name: add these lines there",
			TEXT_QUOTE(config->named_by));
	if (!wants_drop_in(config) || config->imports_ours)
		return 0;
	if (config->imports)
		return error_set(err, REASON_CONFIG, 0,
			"'" CONTAINERD_CONFIG_FILE "': has other imports: add \"" OTHERS
			"\" to them");
	if (has_others(root))
		return error_set(err, REASON_CONFIG, 0,
			"'" OTHERS
			"': has files that containerd does not read, and would: name those in the "
			"imports of config.toml that are meant");
	return 0;
}

/* The lines for people, where we do not: those of the drop-in but its version. */
static void
give_lines(struct engine_plan *plan, const struct containerd_config *config)
{
	cleanup_free char *text = NULL;
	struct error err;

	if (containerd_text_drop_in(config->version == 3 ? 3 : 2, NULL, &text, &err) == 0)
		plan->lines = strdup(strchr(text, '[') ?: "");
}

static int
plan_drop_in(struct engine_plan *plan, const struct containerd_config *config,
	const struct engine_options *options, struct error *err)
{
	struct engine_change *drop_in =
		engine_change_begin(plan, options, CONTAINERD_CONFIG_DROP_IN, err);
	struct engine_change *top;

	if (!drop_in)
		return -1;
	top = engine_change_begin(plan, options, CONTAINERD_CONFIG_FILE, err);
	if (!top)
		return -1;
	if (containerd_text_drop_in(
		    config->version == 3 ? 3 : 2, top->before, &drop_in->after, err))
		return -1;
	if (!config->imports_ours) {
		if (containerd_text_import(top->before, config->settings, &top->after, err))
			return error_wrap(err, "%s", TEXT_QUOTE(top->path));
		return 0;
	}
	top->after = strdup(top->before ? top->before : "");
	return top->after ? 0 : error_no_memory(err);
}

/* Where nothing stands against it. */
static int
plan_right(struct engine_plan *plan, const struct containerd_config *config,
	const struct engine_options *options, struct error *err)
{
	struct engine_change *top;

	if (is_enabled(config))
		return engine_change_settings(plan, options, err);
	if (check(config, options->root, err) || engine_change_settings(plan, options, err))
		return -1;
	if (wants_drop_in(config))
		return plan_drop_in(plan, config, options, err);
	top = engine_change_begin(plan, options, CONTAINERD_CONFIG_FILE, err);
	if (!top)
		return -1;
	if (containerd_text_insert(top->before, config->version, &top->after, err))
		return error_wrap(err, "%s", TEXT_QUOTE(top->path));
	return 0;
}

static int
plan_enable(struct engine_plan *plan, const struct engine_options *options, struct error *err)
{
	cleanup_free struct containerd_config *config = read_config(options, err);

	if (!config)
		return -1;
	if (config->off) {
		plan->note = "its CRI plugin is off: no kubelet starts containers there";
		return 0;
	}
	if (plan_right(plan, config, options, err)) {
		give_lines(plan, config);
		return -1;
	}
	return 0;
}

/* Lines of ours are gone from the text: are there others that name the program? */
static bool
names_runtime(const char *text)
{
	char program[LIMIT_NAME_BYTES];
	struct toml toml;

	toml_start(&toml, text);
	while (toml_next(&toml)) {
		toml_first_text(&toml, program);
		if (strcmp(toml.key, "BinaryName") == 0 &&
			doctor_report_is(program, "nimgate-runtime"))
			return true;
	}
	return false;
}

static int
plan_disable(struct engine_plan *plan, const struct engine_options *options, struct error *err)
{
	struct engine_change *top = engine_change_begin(plan, options, CONTAINERD_CONFIG_FILE, err);

	if (!top)
		return -1;
	if (top->before &&
		containerd_text_without(top->before, has_others(options->root), &top->after, err))
		return error_wrap(err, "%s", TEXT_QUOTE(top->path));
	if (top->after && names_runtime(top->after))
		return error_set(err, REASON_CONFIG, 0,
			"%s: names nimgate-runtime in lines that are not nimgate's: take them out",
			TEXT_QUOTE(top->path));
	return engine_change_file(plan, options, CONTAINERD_CONFIG_DROP_IN, NULL, err);
}

int
engine_containerd_plan(struct engine_plan *plan, bool enable, const struct engine_options *options,
	struct error *err)
{
	plan->advice = "containerd reads it when it starts: systemctl restart containerd\n";
	return enable ? plan_enable(plan, options, err) : plan_disable(plan, options, err);
}
