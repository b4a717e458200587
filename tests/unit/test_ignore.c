#include "cli/ignore.h"

#include "base/mem.h"
#include "check.h"

#include <fcntl.h>
#include <sys/stat.h>

/* A folder with: model/{a,d/b,link -> ../outside,sig,siglink -> ../outside/sig}, outside/sig, and
 * linked -> model. The test runs in it. */
static int
make_folder(void)
{
	static const char *const folders[] = { "model", "model/d", "outside" };
	static const char *const files[] = { "model/a", "model/d/b", "model/sig", "outside/sig" };
	static char folder[] = "/tmp/test_ignore.XXXXXX";
	size_t i;
	int fd;

	if (!mkdtemp(folder) || chdir(folder))
		return -1;
	for (i = 0; i < ARRAY_SIZE(folders); i++)
		if (mkdir(folders[i], 0755))
			return -1;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		fd = open(files[i], O_CREAT | O_WRONLY, 0644);
		if (fd < 0)
			return -1;
		close(fd);
	}
	return symlink("../outside", "model/link") || symlink("../outside/sig", "model/siglink") ||
	       symlink("model", "linked") || symlink("model/sig", "sig-from-outside");
}

static void
remove_folder(void)
{
	static const char *const names[] = { "model/a", "model/d/b", "model/sig", "outside/sig",
		"model/link", "model/siglink", "linked", "sig-from-outside", "model/d", "model",
		"outside" };
	cleanup_free char *folder = getcwd(NULL, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		remove(names[i]);
	if (chdir("/") == 0 && folder)
		rmdir(folder);
}

static const struct {
	const char *given;
	const char *rule; /* NULL: refused */
} given[] = {
	{ "model/a", "a" }, { "model/d", "d" }, { "model/d/", "d" }, { "model//d///b", "d/b" },
	{ "./model/d/../a", "a" }, { "linked/d/b", "d/b" },
	{ "model/link", "link" }, /* the last name is not resolved */
	{ "model/not-there", "not-there" }, { "model/not/there/yet", "not/there/yet" },
	{ "model/d/..", NULL }, { "model/d/.", "d" }, { "model", NULL }, { "model/", NULL },
	{ "linked", NULL }, /* lies beside the model */
	{ "linked/.", NULL }, { ".", NULL }, { "/", NULL }, { "", NULL }, { "outside/sig", NULL },
	{ "model-2", NULL }, { "model/../outside/sig", NULL },
	{ "model/link/sig", NULL },                            /* a link on the way is resolved */
	{ "model/not/../there", NULL }, { "model/a/b", NULL }, /* below a file */
};

static void
test_given(size_t index)
{
	cleanup_ignore struct ignore ignore = { 0 };
	struct error err = { 0 };
	char name[100];
	int result;

	snprintf(name, sizeof(name), "given \"%s\"", given[index].given);
	if (ignore_init(&ignore, "model", &err)) {
		check(false, name, "%s", err.text);
		return;
	}
	result = ignore_add_given(&ignore, given[index].given, &err);
	if (!given[index].rule)
		check_result(result, REASON_USAGE, &err, name);
	else
		check(result == 0 && ignore.count == 1 &&
				strcmp(ignore.rules[0].path, given[index].rule) == 0,
			name, "got %d, %s %s", result, ignore.count ? ignore.rules[0].path : "-",
			err.text);
}

static const struct {
	const char *path;
	const char *opened;   /* NULL: nothing is opened */
	const char *rules[2]; /* sorted */
} signatures[] = {
	{ "model/sig", "model/sig", { "sig", NULL } },
	{ "linked/sig", "model/sig", { "sig", NULL } },
	{ "sig-from-outside", "model/sig", { "sig", NULL } },
	{ "model/siglink", "outside/sig", { "siglink", NULL } },
	{ "outside/sig", "outside/sig", { NULL, NULL } },
	{ "model/new.sig", NULL, { "new.sig", NULL } }, { "new.sig", NULL, { NULL, NULL } },
	{ "model/sig", "outside/sig", { NULL, NULL } }, /* another file took its place */
};

static void
test_signature(size_t index)
{
	cleanup_ignore struct ignore ignore = { 0 };
	const char *const *rules = signatures[index].rules;
	const char *opened = signatures[index].opened;
	cleanup_fd int fd = opened ? open(opened, O_RDONLY) : -1;
	size_t wanted = rules[0] ? rules[1] ? 2 : 1 : 0;
	struct error err = { 0 };
	char name[100];
	int result;

	snprintf(name, sizeof(name), "signature %s, opened %s", signatures[index].path,
		opened ? opened : "nothing");
	if (ignore_init(&ignore, "model", &err)) {
		check(false, name, "%s", err.text);
		return;
	}
	result = ignore_add_signature(&ignore, signatures[index].path, fd, &err);
	check(result == 0 && ignore.count == wanted &&
			(!wanted || strcmp(ignore.rules[0].path, rules[0]) == 0),
		name, "got %d, %zu rules, %s", result, ignore.count,
		ignore.count ? ignore.rules[0].path : "-");
}

static const struct {
	const char *path;
	bool skipped;
} paths[] = {
	{ ".git", true },
	{ ".gitattributes", true },
	{ ".github", true },
	{ ".gitignore", true },
	{ ".gitmodules", false },
	{ "sub/.git", false },
	{ ".gi", false },
	{ ".git2", false },
	{ "a", true },
	{ "b/c", true },
	{ "b", false },
	{ "b/d", false },
};

static void
test_skip(void)
{
	cleanup_ignore struct ignore ignore = { 0 };
	struct error err = { 0 };
	size_t i;

	if (ignore_init(&ignore, "model", &err) || ignore_add(&ignore, "b/c", &err) ||
		ignore_add_git(&ignore, &err) || ignore_add(&ignore, "a", &err) ||
		ignore_add(&ignore, "a", &err)) {
		check(false, "rules", "%s", err.text);
		return;
	}
	check(ignore.count == 6 && ignore_present(&ignore) == 0, "rules are unique", "got %zu",
		ignore.count);
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		check(ignore_skip(paths[i].path, &ignore) == paths[i].skipped, paths[i].path,
			"wanted %s", paths[i].skipped ? "skipped" : "kept");
	check(ignore_present(&ignore) == 6, "what was left out is remembered", "got %zu",
		ignore_present(&ignore));
}

int
main(void)
{
	cleanup_ignore struct ignore ignore = { 0 };
	struct error err = { 0 };
	size_t i;

	if (make_folder()) {
		check(false, "folder for the test", "cannot be made");
		return check_end();
	}
	check_result(ignore_init(&ignore, "not-there", &err), REASON_USAGE, &err, "no model");
	for (i = 0; i < ARRAY_SIZE(given); i++)
		test_given(i);
	for (i = 0; i < ARRAY_SIZE(signatures); i++)
		test_signature(i);
	test_skip();
	remove_folder();
	return check_end();
}
