#include "cli/containerd_config.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/doctor_report.h"
#include "cli/toml.h"

#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER  "/etc/containerd/"
#define ENGINE  "containerd"
#define CRI     CONTAINERD_CONFIG_CRI
#define CRI_TWO CONTAINERD_CONFIG_CRI_TWO

/* One file while it is read. */
struct reading {
	const char *path; /* borrowed */
	bool imported;
	bool takes; /* it has said something of CRI */
};

/* The handler that TABLE is about, or belongs to; NULL where it is about none. */
static struct containerd_handler *
handler_of(struct containerd_config *config, const char *table)
{
	static const char mark[] = ".containerd.runtimes.";
	const char *name = strstr(table, mark);
	size_t length, i;

	if (!name)
		return NULL;
	name += strlen(mark);
	length = strcspn(name, ".");
	for (i = 0; i < config->count; i++)
		if (strlen(config->handlers[i].name) == length &&
			memcmp(config->handlers[i].name, name, length) == 0)
			return &config->handlers[i];
	if (config->count == CONTAINERD_CONFIG_HANDLERS) {
		config->too_many = true;
		return NULL;
	}
	config->handlers[i] = (struct containerd_handler){ 0 };
	snprintf(config->handlers[i].name, sizeof(config->handlers[i].name), "%.*s", (int)length,
		name);
	config->count++;
	return &config->handlers[i];
}

/* True if the name is that of the section, or of something in it. */
static bool
is_below(const char *name, const char *section)
{
	size_t length = strlen(section);

	return strncmp(name, section, length) == 0 && (name[length] == '.' || name[length] == '\0');
}

/* True for what containerd 1 takes from one file alone: the section of CRI, its parts, and both as
 * a key of a table above it. */
static bool
is_of_cri(const struct toml *toml)
{
	char name[2 * LIMIT_ERROR_TEXT + 1];

	snprintf(name, sizeof(name), "%s%s%s", toml->table, toml->table[0] ? "." : "", toml->key);
	return is_below(name, "plugins." CRI) || is_below(name, "plugins.cri");
}

/*
 * True for a setting of handlers that nothing here looks into: all of "plugins" as one value, CRI
 * as a key of a table above it, a handler or its options within a line, a value that is too long,
 * and the default_runtime of containerd 1, which counts before every default_runtime_name.
 */
static bool
is_odd(const struct toml *toml)
{
	static const char *const sections[] = { "plugins." CRI, "plugins." CRI_TWO };
	static const char handlers[] = ".containerd.runtimes";
	const char *mark = strstr(toml->table, handlers);
	char inner[LIMIT_NAME_BYTES], old[LIMIT_NAME_BYTES];
	size_t i;

	if (strlen(toml->value) == sizeof(toml->value) - 1)
		return true;
	if (mark && toml->key[0] && (strcmp(mark, handlers) == 0 || is_below(toml->key, "options")))
		return true;
	if (!toml->table[0])
		return is_below(toml->key, "plugins");
	if (strcmp(toml->table, "plugins") == 0)
		return is_below(toml->key, CRI) || is_below(toml->key, CRI_TWO);
	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		snprintf(inner, sizeof(inner), "%s.containerd", sections[i]);
		snprintf(old, sizeof(old), "%s.containerd.default_runtime", sections[i]);
		if (strcmp(toml->table, sections[i]) == 0 && is_below(toml->key, "containerd"))
			return true;
		if (strcmp(toml->table, inner) == 0 &&
			(is_below(toml->key, "runtimes") || is_below(toml->key, "default_runtime")))
			return true;
		if (strcmp(toml->table, old) == 0 && strcmp(toml->key, "runtime_type") == 0)
			return toml_text(toml, 0, inner) && inner[0];
	}
	return false;
}

/* The first word of a file about CRI: those before it do not count any more. */
static void
take_section(struct containerd_config *config, struct reading *reading)
{
	if (reading->takes)
		return;
	reading->takes = true;
	if (config->count || config->standard[0])
		snprintf(config->last, sizeof(config->last), "%s", reading->path);
	memcpy(config->hidden, config->section, sizeof(config->hidden));
	snprintf(config->section, sizeof(config->section), "%s", reading->path);
	config->count = 0;
	config->standard[0] = config->named_by[0] = '\0';
}

static void
take_setting(struct containerd_config *config, const struct toml *toml, const char *path)
{
	struct containerd_handler *handler = handler_of(config, toml->table);

	if (handler)
		snprintf(handler->from, sizeof(handler->from), "%s", path);
	if (is_odd(toml))
		snprintf(config->odd, sizeof(config->odd), "%s", path);
	if (strcmp(toml->key, "default_runtime_name") == 0) {
		toml_first_text(toml, config->standard);
		snprintf(config->named_by, sizeof(config->named_by), "%s", path);
	} else if (strcmp(toml->key, "disabled_plugins") == 0)
		config->off = toml_holds(toml, "cri") || toml_holds(toml, CRI) ||
			      toml_holds(toml, CRI_TWO);
	else if (handler && strcmp(toml->key, "runtime_type") == 0)
		toml_first_text(toml, handler->type);
	else if (handler && strcmp(toml->key, "BinaryName") == 0)
		toml_first_text(toml, handler->binary);
	else if (handler && strcmp(toml->key, "base_runtime_spec") == 0)
		toml_first_text(toml, handler->spec);
}

static int read_file(
	struct doctor_report *report, struct reading *reading, struct containerd_config *config);

/* The files that one text of imports means, in their order. */
static int
read_imported(struct doctor_report *report, const char *name, struct containerd_config *config)
{
	char pattern[2 * LIMIT_NAME_BYTES];
	glob_t files = { 0 };
	int result = 0;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s%s%s", report->root, name[0] == '/' ? "" : FOLDER,
		name);
	config->imports = true;
	if (fnmatch(pattern + strlen(report->root), CONTAINERD_CONFIG_DROP_IN, FNM_PATHNAME) == 0)
		config->imports_ours = true;
	if (glob(pattern, 0, NULL, &files) == 0)
		for (i = 0; i < files.gl_pathc && result == 0; i++) {
			struct reading reading = {
				.path = files.gl_pathv[i] + strlen(report->root),
				.imported = true,
			};

			result = read_file(report, &reading, config);
		}
	globfree(&files);
	return result;
}

static int
read_imports(struct doctor_report *report, const char *text, struct containerd_config *config)
{
	char name[LIMIT_NAME_BYTES];
	struct toml toml;
	size_t i;

	toml_start(&toml, text);
	while (toml_next(&toml)) {
		if (toml.table[0] || strcmp(toml.key, "imports") != 0)
			continue;
		for (i = 0; toml_text(&toml, i, name); i++)
			if (read_imported(report, name, config))
				return -1;
	}
	return 0;
}

/* One level of imports is what machines have; more is not followed in circles here. */
static int
refuse_imports(struct doctor_report *report, const char *path)
{
	doctor_report_add(report, ENGINE, "config", DOCTOR_HOLE,
		"%s imports more files, which are not looked at: name them in config.toml",
		TEXT_QUOTE(path));
	return -1;
}

/* What config.toml alone decides. */
static void
take_head(struct containerd_config *config, const struct toml *toml)
{
	config->settings = true;
	if (!toml->table[0] && strcmp(toml->key, "version") == 0)
		config->version = (int)strtol(toml->value, NULL, 10);
}

static int
read_file(struct doctor_report *report, struct reading *reading, struct containerd_config *config)
{
	cleanup_free char *text = NULL;
	char name[LIMIT_NAME_BYTES];
	struct toml toml;

	if (doctor_report_read(report, ENGINE, "config", reading->path, &text))
		return -1;
	if (text && (strstr(text, "\"\"\"") || strstr(text, "'''")))
		snprintf(config->odd, sizeof(config->odd), "%s", reading->path);
	toml_start(&toml, text ? text : "");
	while (toml_next(&toml)) {
		if (!reading->imported)
			take_head(config, &toml);
		if (reading->imported && !toml.table[0] && strcmp(toml.key, "imports") == 0 &&
			toml_text(&toml, 0, name))
			return refuse_imports(report, reading->path);
		/* In files of version 3 that is another plugin, and containerd 2 adds them up. */
		if (config->version != 3 && is_of_cri(&toml))
			take_section(config, reading);
		take_setting(config, &toml, reading->path);
	}
	return reading->imported || !text ? 0 : read_imports(report, text, config);
}

int
containerd_config_read(struct doctor_report *report, struct containerd_config *out)
{
	struct reading reading = { .path = CONTAINERD_CONFIG_FILE };

	return read_file(report, &reading, out);
}

const struct containerd_handler *
containerd_config_handler(const struct containerd_config *config, const char *name)
{
	for (size_t i = 0; i < config->count; i++)
		if (strcmp(config->handlers[i].name, name) == 0)
			return &config->handlers[i];
	return NULL;
}
