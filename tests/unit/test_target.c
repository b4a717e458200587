/* What words name: versions, snapshots, folders and caches, in a cache that is made here. */
#include "cli/target.h"

#include "base/mem.h"
#include "check.h"

#include <sys/stat.h>

static char root[] = "/tmp/nimgate-target.XXXXXX";

/* PATH below the root. */
static const char *
at(const char *path)
{
	static char text[4][512];
	static size_t next;
	char *out = text[next++ % 4];

	snprintf(out, sizeof(text[0]), "%s%s", root, path);
	return out;
}

/* Makes the directory PATH below the root, with all above it. */
static void
make(const char *path)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s", root, path);
	for (char *slash = text + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(text, 0755);
		*slash = '/';
	}
	mkdir(text, 0755);
}

/* All labels in a row; then whether it is as WANTED. */
static void
check_labels(const char *name, const char *word, const char *cache, const char *wanted)
{
	cleanup_targets struct target_list list = { 0 };
	char labels[2048] = "";
	struct error err = { 0 };

	if (target_add(&list, word, cache, &err)) {
		check(false, name, "%s: %s", reason_word(err.reason), err.text);
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct target *target = &list.items[i];

		snprintf(labels + strlen(labels), sizeof(labels) - strlen(labels), "%s%s in %s%s%s",
			i ? ", " : "", target->is_version ? target->label : "(no version)",
			target->path + strlen(root), target->below[0] ? " at " : "", target->below);
	}
	check_text(labels, wanted, name);
}

static void
check_refused(const char *name, const char *word, const char *cache, enum reason reason)
{
	cleanup_targets struct target_list list = { 0 };
	struct error err = { 0 };

	check_result(target_add(&list, word, cache, &err), reason, &err, name);
}

#define HUB "/cache/ngc/hub"

static void
test_words(void)
{
	check_labels("a version", "nim/meta/llama:1", at("/cache"),
		"nim/meta/llama:1 in " HUB "/models--nim--meta--llama at snapshots/1");
	check_labels("a cache", at("/cache"), NULL,
		"nim/meta/llama:1 in " HUB "/models--nim--meta--llama at snapshots/1, "
		"nim/meta/llama:2-b in " HUB "/models--nim--meta--llama at snapshots/2-b, "
		"nim/tiny:x in " HUB "/models--nim--tiny at snapshots/x, "
		"(no version) in " HUB "/models--odd at snapshots/x");
	check_labels("a folder", at(HUB "/models--nim--meta--llama"), NULL,
		"nim/meta/llama:1 in " HUB "/models--nim--meta--llama at snapshots/1, "
		"nim/meta/llama:2-b in " HUB "/models--nim--meta--llama at snapshots/2-b");
	check_labels("a snapshot", at(HUB "/models--nim--tiny/snapshots/x"), NULL,
		"nim/tiny:x in " HUB "/models--nim--tiny at snapshots/x");
	check_labels("a snapshot, with detours", at(HUB "/../hub/models--nim--tiny/snapshots/./x/"),
		NULL, "nim/tiny:x in " HUB "/models--nim--tiny at snapshots/x");
	check_labels("below a snapshot", at(HUB "/models--nim--tiny/snapshots/x/deep"), NULL,
		"(no version) in " HUB "/models--nim--tiny/snapshots/x/deep");
	check_labels("the folder of snapshots of another", at("/snapshots/x"), NULL,
		"(no version) in /snapshots/x");
	check_labels("any directory", at("/plain"), NULL, "(no version) in /plain");
}

static void
test_refused(void)
{
	check_refused("no cache", "nim/meta/llama:1", NULL, REASON_USAGE);
	check_refused(
		"a cache that is not there", "nim/meta/llama:1", at("/nowhere"), REASON_USAGE);
	check_refused("an empty cache", at("/empty"), NULL, REASON_NOT_CACHED);
	check_refused(
		"a folder without snapshots", at("/models--nim--none"), NULL, REASON_NOT_CACHED);
	check_refused("no such directory", at("/nowhere"), NULL, REASON_USAGE);
	check_refused("not a version", "nim/meta", at("/cache"), REASON_USAGE);
}

static void
remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command)) /* NOLINT(cert-env33-c): a test */
		perror(command);
}

int
main(void)
{
	static const char *const directories[] = { HUB "/models--nim--meta--llama/snapshots/1",
		HUB "/models--nim--meta--llama/snapshots/2-b",
		HUB "/models--nim--tiny/snapshots/x/deep", HUB "/models--odd/snapshots/x",
		HUB "/models--nim--empty", HUB "/other", "/plain", "/empty/ngc/hub",
		"/models--nim--none", "/snapshots/x" };

	if (!mkdtemp(root))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		make(directories[i]);
	test_words();
	test_refused();
	remove_all();
	return check_end();
}
