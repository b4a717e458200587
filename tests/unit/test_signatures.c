#include "gate/signatures.h"

#include "nim/ngc_ref.h"
#include "policy/policy.h"

#include "tests/unit/gate_material.h"

#define OWN "result.sigstore"

static const struct ngc_ref with_team = { "nim", "meta", "llama", "1.0+x" };
static const struct ngc_ref without_team = { "nim", "", "llama", "2" };
static char folder_a[LIMIT_NAME_BYTES], folder_b[LIMIT_NAME_BYTES], folder_none[LIMIT_NAME_BYTES];

static const struct policy both = { .signatures = { { folder_a, folder_b }, 2 } };
static const struct policy turned = { .signatures = { { folder_b, folder_a }, 2 } };
static const struct policy some = { .signatures = { { folder_none, folder_b }, 2 } };
static const struct policy none = { .mode = POLICY_MODE_NONE };

struct row {
	const char *name;
	const struct policy *folders;
	const struct ngc_ref *ref;
	bool cli_layout;
	const char *files[3]; /* made for the row; the content is the name */
	const char *found;    /* which of them; NULL: REASON_NOT_SIGNED */
	const char *words;
};

static void
check_row(const struct row *row)
{
	char content[200] = "";
	struct error err = { 0 };
	cleanup_fd int fd = -1;
	ssize_t got;

	for (size_t i = 0; i < ARRAY_SIZE(row->files) && row->files[i]; i++)
		material_file(row->files[i], row->files[i]);
	fd = signatures_open(row->folders, row->ref, row->cli_layout, &err);
	material_check(fd >= 0 ? 0 : -1, row->found ? REASON_NONE : REASON_NOT_SIGNED, row->words,
		&err, row->name);
	got = fd >= 0 ? read(fd, content, sizeof(content) - 1) : 0;
	if (got > 0)
		content[got] = '\0';
	check_text(content, row->found ? row->found : "", row->name);
	for (size_t i = 0; i < ARRAY_SIZE(row->files) && row->files[i]; i++)
		material_need(unlink(row->files[i]) == 0, row->files[i]);
}

static void
test_layouts(void)
{
	static const struct row rows[] = {
		{ "no folder", &none, &with_team, true, { NULL }, NULL, "no signature" },
		{ "nothing there", &both, &with_team, true, { NULL }, NULL,
			"/a/nim/meta/llama/1.0+x/" OWN },
		{ "with a team", &both, &with_team, false, { "a/nim/meta/llama/1.0+x/" OWN },
			"a/nim/meta/llama/1.0+x/" OWN, NULL },
		{ "without a team", &both, &without_team, false, { "a/nim/llama/2/" OWN },
			"a/nim/llama/2/" OWN, NULL },
		{ "another version", &both, &with_team, true, { "a/nim/meta/llama/1.0/" OWN }, NULL,
			"nim/meta/llama:1.0+x" },
		{ "another team", &both, &with_team, true, { "a/nim/llama/1.0+x/" OWN }, NULL,
			NULL },
		{ "the last folder", &both, &with_team, false, { "b/nim/meta/llama/1.0+x/" OWN },
			"b/nim/meta/llama/1.0+x/" OWN, NULL },
		{ "a folder is not there", &some, &with_team, false,
			{ "b/nim/meta/llama/1.0+x/" OWN }, "b/nim/meta/llama/1.0+x/" OWN, NULL },
		{ "the first folder counts", &both, &with_team, false,
			{ "a/nim/meta/llama/1.0+x/" OWN, "b/nim/meta/llama/1.0+x/" OWN },
			"a/nim/meta/llama/1.0+x/" OWN, NULL },
		{ "in the policy's order", &turned, &with_team, false,
			{ "a/nim/meta/llama/1.0+x/" OWN, "b/nim/meta/llama/1.0+x/" OWN },
			"b/nim/meta/llama/1.0+x/" OWN, NULL },
		{ "the CLI's layout", &both, &with_team, true, { "a/llama_v1.0+x/" OWN },
			"a/llama_v1.0+x/" OWN, NULL },
		{ "the CLI's layout, not allowed", &both, &with_team, false,
			{ "a/llama_v1.0+x/" OWN }, NULL, NULL },
		{ "nimgate's layout first", &both, &with_team, true,
			{ "a/llama_v1.0+x/" OWN, "a/nim/meta/llama/1.0+x/" OWN },
			"a/nim/meta/llama/1.0+x/" OWN, NULL },
		{ "the folder before the layout", &both, &with_team, true,
			{ "a/llama_v1.0+x/" OWN, "b/nim/meta/llama/1.0+x/" OWN },
			"a/llama_v1.0+x/" OWN, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

/* What is there and cannot be trusted is not passed over, not even for a good one behind it. */
static void
test_untrusted(void)
{
	static const char path[] = "a/nim/meta/llama/1.0+x/" OWN;
	static const struct {
		const char *name, *changed;
		mode_t mode, back;
		const char *words;
	} rows[] = {
		{ "a folder that others can write", "a", 0777, 0755, "mode 0777" },
		{ "a folder on the way", "a/nim/meta", 0775, 0755, "/meta': mode 0775" },
		{ "a file that others can write", path, 0646, 0644, "mode 0646" },
	};
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	material_file(path, "x");
	material_file("b/nim/meta/llama/1.0+x/" OWN, "x");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		material_need(chmod(rows[i].changed, rows[i].mode) == 0, "chmod");
		material_check(signatures_open(&both, &with_team, true, &err), REASON_CONFIG,
			rows[i].words, &err, rows[i].name);
		material_need(chmod(rows[i].changed, rows[i].back) == 0, "chmod");
	}
	material_need(rename(path, "there") == 0, "rename");
	material_link(path, "/nowhere");
	material_check(signatures_open(&both, &with_team, true, &err), REASON_CONFIG,
		"a symbolic link", &err, "a link to nowhere");
	material_need(unlink(path) == 0, "unlink");
	material_fifo(path);
	material_check(signatures_open(&both, &with_team, true, &err), REASON_CONFIG,
		"not a regular file", &err, "a FIFO");
	material_need(unlink(path) == 0, "unlink");
	material_directory(path);
	material_check(signatures_open(&both, &with_team, true, &err), REASON_CONFIG,
		"not a regular file", &err, "a directory");
	material_need(rmdir(path) == 0 && rmdir("a/nim/meta/llama/1.0+x") == 0, "rmdir");
	material_file("a/nim/meta/llama/1.0+x", "x");
	material_check(signatures_open(&both, &with_team, true, &err), REASON_CONFIG,
		"not a directory", &err, "a file on the way");
	material_need(unlink("a/nim/meta/llama/1.0+x") == 0, "unlink");
	fd = signatures_open(&both, &with_team, true, &err);
	check_result(fd < 0, REASON_NONE, &err, "without it the next folder counts");
}

static void
test_owner(void)
{
	struct policy owned = both;
	struct error err = { 0 };
	cleanup_fd int fd = -1;

	if (geteuid() != 0) {
		check_skip("another owner", "needs root");
		return;
	}
	material_need(chown("b/nim", 1, 1) == 0, "chown");
	material_check(signatures_open(&both, &with_team, true, &err), REASON_CONFIG,
		"belongs to user 1,", &err, "another owner");
	owned.signature_owner = (char *)(uintptr_t) "daemon";
	fd = signatures_open(&owned, &with_team, true, &err);
	check_result(fd < 0, REASON_NONE, &err, "an owner that policy names");
	material_need(chmod("b/nim/meta", 0775) == 0, "chmod");
	material_check(signatures_open(&owned, &with_team, true, &err), REASON_CONFIG, "mode 0775",
		&err, "an owner that policy names lets others write");
	material_need(chmod("b/nim/meta", 0755) == 0, "chmod");
	owned.signature_owner = (char *)(uintptr_t) "bin";
	material_check(signatures_open(&owned, &with_team, true, &err), REASON_CONFIG,
		"belongs to user 1,", &err, "another owner than policy names");
	owned.signature_owner = (char *)(uintptr_t) "nobody";
	material_check(signatures_open(&owned, &with_team, true, &err), REASON_CONFIG,
		"signature_owner: user 'nobody' is nobody", &err, "nobody as an owner");
	owned.signature_owner = (char *)(uintptr_t) "no-such-user";
	material_check(signatures_open(&owned, &with_team, true, &err), REASON_CONFIG,
		"signature_owner: '/etc/passwd' has no user 'no-such-user'", &err,
		"an owner that nobody is");
}

int
main(void)
{
	material_enter();
	material_directory("a");
	material_directory("b");
	snprintf(folder_a, sizeof(folder_a), "%s", material_path("a"));
	snprintf(folder_b, sizeof(folder_b), "%s", material_path("b"));
	snprintf(folder_none, sizeof(folder_none), "%s", material_path("none"));
	test_layouts();
	test_untrusted();
	test_owner();
	return check_end();
}
