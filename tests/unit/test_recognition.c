#include "gate/recognition.h"

#include "gate/start.h"
#include "nim/cache.h"
#include "oci/rootfs.h"
#include "policy/policy.h"

#include "tests/unit/gate_material.h"

#define CURRENT "opt/nim/etc/default/model_manifest.yaml"
#define OLD     "etc/nim/config/model_manifest.yaml"
#define PIN     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What lies in a container's root: a file with its own path inside, or as KIND says. */
struct thing {
	const char *path;
	enum {
		NOTHING,
		A_FILE,
		A_DIRECTORY,
		A_FIFO,
		A_LINK,
		A_HARD_LINK,
	} kind;
	const char *target;
};

static void
make(const char *root, const struct thing *thing)
{
	char path[LIMIT_NAME_BYTES], target[LIMIT_NAME_BYTES];

	snprintf(path, sizeof(path), "%s/%s", root, thing->path);
	switch (thing->kind) {
	case A_FILE: material_file(path, thing->path); break;
	case A_DIRECTORY: material_directory(path); break;
	case A_FIFO: material_fifo(path); break;
	case A_LINK: material_link(path, thing->target); break;
	case A_HARD_LINK:
		snprintf(target, sizeof(target), "%s/%s", root, thing->target);
		material_parents(path);
		material_need(link(target, path) == 0, path);
		break;
	default: break;
	}
}

struct row {
	const char *name;
	struct thing things[3];
	bool nim_variable;
	enum reason wanted;
	const char *words;
	const char *path;    /* of the manifest; NULL: no NIM */
	const char *content; /* of the manifest */
};

static const struct row rows[] = {
	{ "an empty root", { { NULL, NOTHING, NULL } }, false, REASON_NONE, NULL, NULL, NULL },
	{ "something else", { { "opt/other/file", A_FILE, NULL } }, false, REASON_NONE, NULL, NULL,
		NULL },
	{ "a current image", { { CURRENT, A_FILE, NULL } }, false, REASON_NONE, NULL, "/" CURRENT,
		CURRENT },
	{ "a current image, and its variables", { { CURRENT, A_FILE, NULL } }, true, REASON_NONE,
		NULL, "/" CURRENT, CURRENT },
	{ "an old image", { { OLD, A_FILE, NULL } }, false, REASON_NONE, NULL, "/" OLD, OLD },
	{ "an old image with /opt/nim", { { OLD, A_FILE, NULL }, { "opt/nim", A_DIRECTORY, NULL } },
		false, REASON_NONE, NULL, "/" OLD, OLD },
	{ "two manifests", { { CURRENT, A_FILE, NULL }, { OLD, A_FILE, NULL } }, false,
		REASON_UNCLEAR, "two manifests, /" CURRENT " and /" OLD, NULL, NULL },
	{ "two names of one manifest, by a link",
		{ { CURRENT, A_FILE, NULL }, { OLD, A_LINK, "/" CURRENT } }, false, REASON_NONE,
		NULL, "/" CURRENT, CURRENT },
	{ "two names of one manifest, by a hard link",
		{ { CURRENT, A_FILE, NULL }, { OLD, A_HARD_LINK, CURRENT } }, false, REASON_NONE,
		NULL, "/" CURRENT, CURRENT },
	{ "a manifest behind a link",
		{ { "srv/m.yaml", A_FILE, NULL }, { CURRENT, A_LINK, "/srv/m.yaml" } }, false,
		REASON_NONE, NULL, "/" CURRENT, "srv/m.yaml" },
	{ "a link in the way",
		{ { "srv/nim/etc/default/model_manifest.yaml", A_FILE, NULL },
			{ "opt/nim", A_LINK, "../srv/nim" } },
		false, REASON_NONE, NULL, "/" CURRENT, "srv/nim/etc/default/model_manifest.yaml" },
	{ "a link out of the root, which leads nowhere",
		{ { CURRENT, A_LINK, "../../../../../../../../etc/passwd" } }, false,
		REASON_UNCLEAR, "has no manifest", NULL, NULL },
	{ "a loop of links", { { "opt/nim", A_LINK, "nim" } }, false, REASON_UNSEEN, NULL, NULL,
		NULL },
	{ "/opt/nim alone", { { "opt/nim", A_DIRECTORY, NULL } }, false, REASON_UNCLEAR,
		"has no manifest", NULL, NULL },
	{ "/opt/nim is a file", { { "opt/nim", A_FILE, NULL } }, false, REASON_UNCLEAR,
		"has no manifest", NULL, NULL },
	{ "variables alone", { { "opt/other", A_FILE, NULL } }, true, REASON_UNCLEAR,
		"has no manifest", NULL, NULL },
	{ "a FIFO as a manifest", { { CURRENT, A_FIFO, NULL } }, false, REASON_MANIFEST,
		"not a regular file", NULL, NULL },
	{ "a directory as a manifest", { { OLD, A_DIRECTORY, NULL } }, false, REASON_MANIFEST,
		"not a regular file", NULL, NULL },
};

static void
check_row(const struct row *row, const char *root)
{
	struct rootfs rootfs = ROOTFS_CLOSED;
	struct recognition recognition = { .manifest = -1 };
	static struct start start;
	struct error err = { 0 };
	char content[200] = "";
	bool half;
	int result;

	material_directory(root);
	for (size_t i = 0; i < ARRAY_SIZE(row->things) && row->things[i].path; i++)
		make(root, &row->things[i]);
	rootfs.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	start.nim = row->nim_variable;
	result = recognition_look(&rootfs, &start, &recognition, &err);
	/* Half a NIM is seen here, and refused by the check. */
	half = result == 0 && recognition.nim && recognition.manifest < 0;
	if (half)
		result = recognition_check_manifest(&recognition, &err);
	material_check(result, row->wanted, row->words, &err, row->name);
	check(recognition.nim == (row->path != NULL || half) &&
			(recognition.manifest >= 0) == (row->path != NULL),
		row->name, "nim %d, descriptor %d", recognition.nim, recognition.manifest);
	if (row->path && recognition.manifest >= 0) {
		check_text(recognition.manifest_path, row->path, row->name);
		material_need(
			read(recognition.manifest, content, sizeof(content) - 1) >= 0, "read");
		check_text(content, row->content, row->name);
	}
	mem_close_fd(&recognition.manifest);
	rootfs_close(&rootfs);
}

static void
test_pin(void)
{
	static const struct {
		const char *name, *pin;
		enum policy_choice unpinned;
		enum reason wanted;
		const char *words;
	} pins[] = {
		{ "a full id", PIN, POLICY_REFUSE, REASON_NONE, NULL },
		{ "no pin", "", POLICY_REFUSE, REASON_UNPINNED, "no profile is pinned" },
		{ "no pin, to be verified", "", POLICY_ALLOW, REASON_NONE, NULL },
		{ "a description", "vllm-fp8-tp1", POLICY_REFUSE, REASON_UNPINNED,
			"'vllm-fp8-tp1' is not a full id" },
		{ "a description, to be verified", "vllm-fp8-tp1", POLICY_ALLOW, REASON_NONE,
			NULL },
		{ "a hostile pin", "\033[2J", POLICY_REFUSE, REASON_UNPINNED, "'\\x1b[2J'" },
		{ "a digit less", "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			POLICY_REFUSE, REASON_UNPINNED, "is not a full id" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(pins); i++) {
		static struct start start;
		const struct policy policy = { .unpinned = pins[i].unpinned };
		struct error err = { 0 };

		snprintf(start.pin, sizeof(start.pin), "%s", pins[i].pin);
		material_check(recognition_check_pin(&start, &policy, &err), pins[i].wanted,
			pins[i].words, &err, pins[i].name);
	}
}

static void
test_profile(void)
{
	static char wanted[] = PIN;
	static const struct {
		const char *name, *pin;
		char *profile;
		enum reason reason;
		const char *words;
	} profiles[] = {
		{ "no profile is named", "", NULL, REASON_NONE, NULL },
		{ "the named profile", PIN, wanted, REASON_NONE, NULL },
		{ "none in its place", "", wanted, REASON_POLICY,
			"wants profile " PIN " here, and the container pins none: set" },
		{ "another in its place", "0" PIN, wanted, REASON_POLICY, "pins '0" PIN "': set" },
		{ "its beginning", "1", wanted, REASON_POLICY, "pins '1': set" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		static struct start start;
		const struct policy policy = { .profile = profiles[i].profile };
		struct error err = { 0 };

		snprintf(start.pin, sizeof(start.pin), "%s", profiles[i].pin);
		material_check(recognition_check_profile(&start, &policy, &err), profiles[i].reason,
			profiles[i].words, &err, profiles[i].name);
	}
}

static void
test_manifest(void)
{
	const struct recognition half = { .nim = true, .manifest = -1 };
	struct recognition mounted = {
		.nim = true, .manifest = 0, .manifest_path = "/m", .mounted = true
	};
	const struct policy strict = { .manifest_mount = POLICY_REFUSE };
	const struct policy lenient = { .manifest_mount = POLICY_ALLOW };
	struct error err = { 0 };

	material_check(recognition_check_manifest(&half, &err), REASON_UNCLEAR, "has no manifest",
		&err, "half a NIM");
	material_check(
		recognition_check_manifest(&mounted, &err), REASON_NONE, NULL, &err, "a NIM");
	material_check(recognition_check_mount(&mounted, &strict, &err), REASON_POLICY,
		"manifest_mount", &err, "a mounted manifest");
	material_check(recognition_check_mount(&mounted, &lenient, &err), REASON_NONE, NULL, &err,
		"a mounted manifest that policy allows");
	mounted.mounted = false;
	material_check(recognition_check_mount(&mounted, &strict, &err), REASON_NONE, NULL, &err,
		"the image's manifest");
}

int
main(void)
{
	material_enter();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char root[16];

		snprintf(root, sizeof(root), "r%zu", i);
		check_row(&rows[i], root);
	}
	test_pin();
	test_profile();
	test_manifest();
	return check_end();
}
