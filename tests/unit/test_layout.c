#include "gate/layout.h"

#include "gate/notes.h"
#include "gate/verification.h"
#include "oci/rootfs.h"
#include "oci/view.h"
#include "policy/policy.h"

#include "tests/unit/container.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))
#define FOLDER        "ngc/hub/models--o--m"

static const char root[] = "/cache/";

static void
make_mounts(void)
{
	material_need(mount("rootfs", "rootfs", NULL, MS_BIND, NULL) == 0 &&
			      mount("none", "rootfs/shared", "tmpfs", 0, NULL) == 0 &&
			      mkdir("rootfs/shared/cache", 0755) == 0 &&
			      mount("none", "rootfs/shared", NULL, MS_SHARED, NULL) == 0,
		"mounts");
}

/* Up to two models at their paths. */
struct models {
	struct verification verification;
	struct verification_item items[2];
	struct layout layout;
	struct notes notes;
};

static void
add_model(struct models *models, const char *path, enum model_links links, bool single)
{
	struct verification_item *item = &models->items[models->verification.count++];
	struct error err = { 0 };

	models->verification.items = models->items;
	item->model.links = links;
	item->model.single = single;
	material_need(layout_add(&models->layout, path, &err) == 0, "memory");
}

static int
build(struct models *models, const struct policy *policy, const char *cache_root,
	const struct rootfs *rootfs, struct view *view, struct error *err)
{
	const struct layout_options options = { .policy = policy,
		.cache_root = cache_root,
		.verification = &models->verification,
		.notes = &models->notes };

	material_need(view_start(rootfs, "", view, err) == 0, err->text);
	return layout_build(&models->layout, &options, view, err);
}

/* Models that cannot share a view. */
static void
test_overlap(const struct rootfs *rootfs)
{
	static const struct {
		const char *name, *first, *second, *root, *words;
	} rows[] = {
		{ "one path twice", "/store", "/store", root, "verified more than once" },
		{ "one in the other", "/store", "/store/below", root, "verified more than once" },
		{ "the cache itself is in a model", "/cache", "/store", "/cache/deep",
			"holds the cache" },
		{ "the cache is the root", "/store", "/other", "/", "the container's root" },
		{ "names that only begin alike", "/store", "/storefront", root, NULL },
	};
	static const struct policy policy;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct models models = { 0 };
		struct view view = { 0 };
		struct error err = { 0 };
		bool good = !rows[i].words;

		add_model(&models, rows[i].first, MODEL_LINKS_REFUSE, false);
		add_model(&models, rows[i].second, MODEL_LINKS_REFUSE, false);
		material_check(build(&models, &policy, rows[i].root, rootfs, &view, &err),
			good ? REASON_NONE : REASON_INTERNAL, rows[i].words, &err, rows[i].name);
		view_end(&view);
		layout_release(&models.layout);
	}
}

/* Whether there can be a view, before anything is known of the models; nothing of it stays. */
static void
test_try(const struct rootfs *rootfs)
{
	static const struct {
		const char *name, *root, *words;
		enum reason reason;
	} rows[] = {
		{ "try: a cache", root, NULL, REASON_NONE },
		{ "try: no cache", "/none", NULL, REASON_NONE },
		{ "try: a mount that is shared", "/shared", NULL, REASON_NONE },
		{ "try: below a mount that is shared", "/shared/cache", "shared with others",
			REASON_UNSEEN },
		{ "try: the root", "/", "the container's root", REASON_INTERNAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct view view = { 0 };
		struct error err = { 0 };

		material_need(view_start(rootfs, "", &view, &err) == 0, err.text);
		material_check(layout_try(rows[i].root, &view, &err), rows[i].reason, rows[i].words,
			&err, rows[i].name);
		if (rows[i].reason == REASON_NONE)
			check_result(view_ask(&view, &err), REASON_NONE, &err, rows[i].name);
		view_end(&view);
	}
}

static bool
is_there(const struct rootfs *rootfs, const char *path)
{
	cleanup_fd int fd = rootfs_open_path(rootfs, path, O_PATH | O_NOFOLLOW);

	return fd >= 0;
}

static void
bind_model(const struct models *models, size_t index, const char *name, const char *from,
	const struct rootfs *rootfs, struct view *view)
{
	cleanup_fd int fd = rootfs_open_path(rootfs, from, O_RDONLY);
	struct error err = { 0 };
	struct stat st;

	material_need(fd >= 0 && fstat(fd, &st) == 0, from);
	check_result(layout_bind(&models->layout, index, name, fd, &st, view, &err), REASON_NONE,
		&err, from);
}

/* A snapshot, an adapter elsewhere, and what policy names beside them. */
static void
test_whole(const struct rootfs *rootfs)
{
	static const struct {
		const char *path;
		bool there;
	} rows[] = {
		{ "/cache/" FOLDER "/snapshots/v/a", true }, { "/cache/" FOLDER "/refs/v", true },
		{ "/cache/" FOLDER "/blobs", false },
		{ "/cache/" FOLDER "/snapshots/unsigned", false }, { "/cache/named/x", true },
		{ "/cache/ngc/hub/models--o--left-out", false },
		{ "/cache/ngc/hub/models--o--entry", false }, { "/cache/mounted/x", true },
		{ "/cache/other", false }, { "/cache/write/here", true },
		{ "/cache/ngc/hub/tmp", false }, /* the policy's list stands for ours */
		{ "/adapter", true }, { "/store/evil", true }, /* no model is verified there */
	};
	struct policy policy = {
		.cache_entries = { .paths = { TEXT("named"), TEXT("ngc"), TEXT("named/x"),
					   TEXT("link"), TEXT("none"),
					   TEXT("ngc/hub/models--o--entry/snapshots") },
			.count = 6 },
		.cache_mounts = { .paths = { TEXT("/cache/mounted"), TEXT("/store"),
					  TEXT("/cache/" FOLDER),
					  TEXT("/cache/ngc/hub/models--o--left-out") },
			.count = 4 },
		.cache_writable = { .paths = { TEXT("write/here"), TEXT("named"), TEXT("ngc") },
			.count = 3 },
	};
	struct models models = { 0 };
	struct view view = { 0 };
	struct error err = { 0 };

	add_model(&models, "/cache/" FOLDER "/snapshots/v", MODEL_LINKS_BLOBS, false);
	add_model(&models, "/adapter", MODEL_LINKS_REFUSE, true);
	check_result(
		build(&models, &policy, root, rootfs, &view, &err), REASON_NONE, &err, "a layout");
	check(models.notes.count == 2 && strstr(models.notes.texts[0], "'named'") &&
			strstr(models.notes.texts[1], "'mounted'"),
		"what is shown is noted", "%zu notes: %s", models.notes.count,
		models.notes.texts[0]);
	bind_model(&models, 0, "a", "/cache/" FOLDER "/blobs/1", rootfs, &view);
	bind_model(&models, 1, ".", "/adapter", rootfs, &view);
	check_result(view_move(&view, &err), REASON_NONE, &err, "in place");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(is_there(rootfs, rows[i].path) == rows[i].there, rows[i].path, "%d",
			!rows[i].there);
	view_end(&view);
	layout_release(&models.layout);
}

int
main(void)
{
	cleanup_rootfs struct rootfs rootfs = ROOTFS_CLOSED;
	struct container container;
	struct error err = { 0 };

	signal(SIGPIPE, SIG_IGN);
	material_enter();
	material_file("rootfs/cache/" FOLDER "/blobs/1", "signed");
	material_file("rootfs/cache/" FOLDER "/refs/v", "evil");
	material_file("rootfs/cache/" FOLDER "/snapshots/unsigned/x", "evil");
	material_file("rootfs/cache/named/x", "named");
	material_file("rootfs/cache/ngc/hub/models--o--left-out/snapshots/v/x", "evil");
	material_file("rootfs/cache/ngc/hub/models--o--entry/snapshots/v/x", "evil");
	material_file("rootfs/cache/mounted/x", "mounted");
	material_file("rootfs/cache/other", "evil");
	material_link("rootfs/cache/link", "named");
	material_file("rootfs/store/evil", "evil");
	material_directory("rootfs/storefront");
	material_directory("rootfs/shared");
	material_file("rootfs/adapter", "adapter");
	if (geteuid() != 0 || !container_start(make_mounts, &container)) {
		check_skip("layout", "needs root and a mount namespace");
		return check_end();
	}
	material_need(rootfs_open(container.pid, material_folder, "rootfs", &rootfs, &err) == 0,
		err.text);
	test_try(&rootfs);
	test_overlap(&rootfs);
	test_whole(&rootfs);
	container_end(&container);
	return check_end();
}
