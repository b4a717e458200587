#include "cli/doctor_hooks.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/json.h"
#include "cli/doctor_report.h"
#include "cli/toml.h"

#include <glob.h>
#include <string.h>

/* In the order of precedence: a file in the second hides one of the same name in the first. */
static const char *const directories[] = {
	"/usr/share/containers/oci/hooks.d",
	"/etc/containers/oci/hooks.d",
};

/* What an engine's configuration says of hooks. */
struct places {
	const char *const *files; /* patterns, the later ones win; NULL ends them */
	unsigned int defaults;    /* bits of the directories that count unless it says otherwise */
};

static bool
is_our_hook(const struct node *top)
{
	const char *path = node_text(node_member(node_member(top, "hook"), "path"));

	return path && doctor_report_is(path, "nimgate-hook");
}

static bool
has_stage(const struct node *top)
{
	const struct node *stages = node_member(top, "stages"), *stage;

	for (stage = stages ? stages->first : NULL; stage; stage = stage->next)
		if (node_text(stage) && (strcmp(stage->text, "createRuntime") == 0 ||
						strcmp(stage->text, "prestart") == 0))
			return true;
	return false;
}

/* A file whose hook is ours: does it count for every start? */
static void
check_entry(
	struct doctor_report *report, const char *engine, const char *path, const struct node *top)
{
	const struct node *when = node_member(top, "when");
	const struct node *always = node_member(when, "always");

	if (!always || !always->boolean || when->count != 1)
		doctor_report_add(report, engine, "hooks.d", DOCTOR_HOLE,
			"%s: not for every start: 'when' must be {\"always\": true}",
			TEXT_QUOTE(path));
	else if (!has_stage(top))
		doctor_report_add(report, engine, "hooks.d", DOCTOR_HOLE,
			"%s: the stage must be createRuntime", TEXT_QUOTE(path));
	else
		doctor_report_add(
			report, engine, "hooks.d", DOCTOR_OK, "%s: every start", TEXT_QUOTE(path));
	/* podman and CRI-O skip a hook whose program is missing, and say nothing. */
	doctor_report_program(
		report, engine, "hook", node_text(node_member(node_member(top, "hook"), "path")));
}

/* One file of a directory. Returns whether its hook is ours. */
static bool
check_file(struct doctor_report *report, const char *engine, const char *path)
{
	cleanup_document struct node_document *document = NULL;
	cleanup_free char *text = NULL;
	struct error err = { 0 };

	if (doctor_report_read(report, engine, "hooks.d", path, &text) || !text)
		return false;
	if (json_parse(text, strlen(text), REASON_CONFIG, &document, &err)) {
		doctor_report_add(report, engine, "hooks.d", DOCTOR_HOLE, "%s: %s",
			TEXT_QUOTE(path), err.text);
		return false;
	}
	if (!is_our_hook(node_root(document)))
		return false;
	check_entry(report, engine, path, node_root(document));
	return true;
}

/* True if a file of a later directory, of those that are read, takes the place of NAME in the one
 * at INDEX. */
static bool
is_masked(const struct doctor_report *report, unsigned int read, size_t index, const char *name)
{
	char path[LIMIT_NAME_BYTES];

	while (++index < ARRAY_SIZE(directories)) {
		snprintf(path, sizeof(path), "%s/%s", directories[index], name);
		if ((read & (1U << index)) && doctor_report_exists(report, path))
			return true;
	}
	return false;
}

/* All that PATTERN means below the root, without the root. Caller: globfree(). */
static size_t
expand(const struct doctor_report *report, const char *pattern, glob_t *out)
{
	char whole[LIMIT_NAME_BYTES];

	*out = (glob_t){ 0 };
	if (snprintf(whole, sizeof(whole), "%s%s", report->root, pattern) >= (int)sizeof(whole) ||
		glob(whole, 0, NULL, out))
		return 0;
	return out->gl_pathc;
}

/* Bit I is set where the directory of index I has a hook of ours that counts; READ: those that are
 * read. */
static unsigned int
check_directories(struct doctor_report *report, const char *engine, unsigned int read)
{
	unsigned int found = 0;
	size_t skip = strlen(report->root), i, j, count;
	char pattern[LIMIT_NAME_BYTES];
	glob_t files;

	for (i = 0; i < ARRAY_SIZE(directories); i++) {
		snprintf(pattern, sizeof(pattern), "%s/*.json", directories[i]);
		count = expand(report, pattern, &files);
		for (j = 0; j < count; j++) {
			const char *path = files.gl_pathv[j] + skip;

			if (!is_masked(report, read, i, doctor_report_name(path)) &&
				check_file(report, engine, path))
				found |= 1U << i;
		}
		globfree(&files);
	}
	return found;
}

/* The directories, as bits, that count by this file; NAMED where it says nothing of them. */
static unsigned int
read_hooks_dir(
	struct doctor_report *report, const char *engine, const char *path, unsigned int named)
{
	cleanup_free char *text = NULL;
	struct toml toml;

	if (doctor_report_read(report, engine, "hooks_dir", path, &text) || !text)
		return named;
	toml_start(&toml, text);
	while (toml_next(&toml)) {
		if (strcmp(toml.key, "hooks_dir") != 0)
			continue;
		named = toml_holds(&toml, directories[0]) ? 1U : 0;
		named |= toml_holds(&toml, directories[1]) ? 2U : 0;
	}
	return named;
}

/* The directories, as bits, that the engine reads: the last file that names some decides. */
static unsigned int
directories_read(struct doctor_report *report, const char *engine, const struct places *places)
{
	unsigned int named = places->defaults;
	size_t skip = strlen(report->root), i, j, count;
	glob_t files;

	for (i = 0; places->files[i]; i++) {
		count = expand(report, places->files[i], &files);
		for (j = 0; j < count; j++)
			named = read_hooks_dir(report, engine, files.gl_pathv[j] + skip, named);
		globfree(&files);
	}
	return named;
}

static void
check_engine(struct doctor_report *report, const char *engine, const struct places *places)
{
	unsigned int read = directories_read(report, engine, places);
	unsigned int found = check_directories(report, engine, read);

	if (!found)
		doctor_report_add(report, engine, "hooks.d", DOCTOR_HOLE,
			"no hook of nimgate's in %s or %s: nimgate engine enable %s",
			directories[0], directories[1], engine);
	else if (!(found & read))
		doctor_report_add(report, engine, "hooks_dir", DOCTOR_HOLE,
			"the hook's directory is not among those that %s reads", engine);
	else
		doctor_report_add(report, engine, "hooks_dir", DOCTOR_OK, "is read");
}

void
doctor_hooks_podman(struct doctor_report *report)
{
	static const char *const files[] = { "/usr/share/containers/containers.conf",
		"/etc/containers/containers.conf", "/etc/containers/containers.conf.d/*.conf",
		NULL };
	/* Its manual names both directories; podman 4.3, 5.4 and 5.8 read the first alone. */
	static const struct places places = { files, 1U };

	check_engine(report, "podman", &places);
	doctor_report_add(report, "podman", "callers", DOCTOR_NOTE,
		"podman --hooks-dir, and rootless podman, read other directories (hole 2)");
}

void
doctor_hooks_crio(struct doctor_report *report)
{
	static const char *const files[] = { "/etc/crio/crio.conf", "/etc/crio/crio.conf.d/*",
		NULL };
	static const struct places places = { files, 1U };

	check_engine(report, "crio", &places);
}
