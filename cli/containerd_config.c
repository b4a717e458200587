#include "cli/containerd_config.h"

#include "base/mem.h"
#include "base/text.h"
#include "cli/doctor_report.h"
#include "cli/toml.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER  "/etc/containerd/"
#define ENGINE  "containerd"
#define CRI     "io.containerd.grpc.v1.cri"
#define CRI_TWO "io.containerd.cri.v1.runtime"

/* One file while it is read. */
struct reading {
	const char *path; /* borrowed */
	bool imported;
	bool takes; /* it has said something of CRI */
	bool adds;  /* of containerd 2, which adds the files up */
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

/* True for what containerd 1 takes from one file alone: the section of CRI, its parts, and both as
 * a key of a table above it. */
static bool
is_of_cri(const struct toml *toml)
{
	static const char *const sections[] = { "plugins." CRI, "plugins.cri" };
	char name[2 * LIMIT_ERROR_TEXT + 1];
	size_t i, length;

	snprintf(name, sizeof(name), "%s%s%s", toml->table, toml->table[0] ? "." : "", toml->key);
	for (i = 0; i < ARRAY_SIZE(sections); i++) {
		length = strlen(sections[i]);
		if (strncmp(name, sections[i], length) == 0 &&
			(name[length] == '.' || name[length] == '\0'))
			return true;
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
	config->count = 0;
	config->standard[0] = '\0';
}

static void
take_setting(struct containerd_config *config, const struct toml *toml)
{
	struct containerd_handler *handler = handler_of(config, toml->table);

	if (strcmp(toml->key, "default_runtime_name") == 0)
		toml_first_text(toml, config->standard);
	else if (strcmp(toml->key, "disabled_plugins") == 0)
		config->off = toml_holds(toml, "cri") || toml_holds(toml, CRI) ||
			      toml_holds(toml, CRI_TWO);
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

static int
read_file(struct doctor_report *report, struct reading *reading, struct containerd_config *config)
{
	cleanup_free char *text = NULL;
	char name[LIMIT_NAME_BYTES];
	struct toml toml;

	if (doctor_report_read(report, ENGINE, "config", reading->path, &text))
		return -1;
	toml_start(&toml, text ? text : "");
	while (toml_next(&toml)) {
		if (reading->imported && !toml.table[0] && strcmp(toml.key, "imports") == 0 &&
			toml_text(&toml, 0, name))
			return refuse_imports(report, reading->path);
		if (!toml.table[0] && strcmp(toml.key, "version") == 0)
			reading->adds = strtol(toml.value, NULL, 10) >= 3;
		if (!reading->adds && is_of_cri(&toml))
			take_section(config, reading);
		take_setting(config, &toml);
	}
	return reading->imported || !text ? 0 : read_imports(report, text, config);
}

int
containerd_config_read(struct doctor_report *report, struct containerd_config *out)
{
	struct reading reading = { .path = FOLDER "config.toml" };

	return read_file(report, &reading, out);
}
