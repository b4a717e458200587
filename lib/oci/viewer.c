#include "oci/viewer.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "guard/contain.h"
#include "guard/spawn.h"
#include "guard/tables.h"
#include "guard/wire.h"
#include "oci/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>

#define CAPABILITY(number) (UINT64_C(1) << (number))

enum {
	MEMORY_MAX = 64 << 20,
	DESCRIPTORS_MAX = 2 * VIEWER_PLACES + WIRE_DESCRIPTORS + 16,
};

/* One mount of the view, and what it will cover. */
struct place {
	enum viewer_request kind;
	int target; /* owned */
	int root;   /* owned; -1: nothing yet */
};

struct viewer {
	int bench;
	char label[LIMIT_MOUNT_LABEL_BYTES + 1]; /* of what is made in memory */
	struct place places[VIEWER_PLACES];
	size_t count;
	struct error failure; /* REASON_NONE: everything went well so far */
};

/* One request on its way. */
struct request {
	struct wire_message message;
	int fds[WIRE_DESCRIPTORS];
	size_t count;
};

static int
fail(struct error *err, const char *what, const char *name)
{
	return error_set_os(err, REASON_INTERNAL, errno, "%s: %s", TEXT_QUOTE(name), what);
}

static int
malformed(struct error *err)
{
	return error_set(err, REASON_INTERNAL, 0, "the request is malformed");
}

/* The one descriptor that came, or -1. */
static int
only_fd(const struct request *request)
{
	return request->count == 1 ? request->fds[0] : -1;
}

static void
release_request(struct request *request)
{
	wire_release(&request->message);
	while (request->count)
		close(request->fds[--request->count]);
}

/* Makes the directories above NAME. */
static int
make_parents(int root, const char *name, struct error *err)
{
	char path[LIMIT_NAME_BYTES];
	const char *slash;

	for (slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(path, name, (size_t)(slash - name));
		path[slash - name] = '\0';
		if (mkdirat(root, path, 0755) && errno != EEXIST)
			return fail(err, "no directory can be made there", path);
	}
	return 0;
}

static int
make_directory(int root, const char *name, struct error *err)
{
	if (make_parents(root, name, err))
		return -1;
	return mkdirat(root, name, 0755) ? fail(err, "no directory can be made there", name) : 0;
}

/* A new file that holds TEXT. */
static int
make_file(int root, const char *name, const char *text, struct error *err)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	size_t length = strlen(text);
	cleanup_fd int fd = openat(root, name, flags, 0444);

	if (fd < 0 && errno == ENOENT) {
		if (make_parents(root, name, err))
			return -1;
		fd = openat(root, name, flags, 0444);
	}
	if (fd < 0 || (length && write(fd, text, length) != (ssize_t)length))
		return fail(err, "no file can be made there", name);
	return 0;
}

/* A place: what will be covered, and for a tree the file system that covers it. */
static int
add_place(struct viewer *viewer, struct request *request, struct error *err)
{
	struct place place = { .kind = request->message.type, .root = -1 };
	struct mounts_memory memory = {
		.mode = "755", .owner = SPAWN_USER, .group = SPAWN_USER, .label = viewer->label
	};
	bool separate = wire_get_u32(&request->message) != 0;

	if (place.kind == VIEWER_TREE) {
		memory.kib = wire_get_u64(&request->message);
		memory.inodes = wire_get_u64(&request->message);
	}
	if (!wire_is_whole(&request->message) || only_fd(request) < 0 ||
		viewer->count == VIEWER_PLACES)
		return malformed(err);
	if (separate && mounts_separate(only_fd(request)))
		return fail(err, "the mount cannot be made private", "place");
	if (place.kind == VIEWER_TREE) {
		place.root = mounts_create(&memory);
		if (place.root < 0 || mounts_move(place.root, viewer->bench, ""))
			return fail(err, "no file system in memory can be mounted", "place");
	}
	if (place.kind == VIEWER_COPY) {
		place.root = mounts_copy(only_fd(request), true);
		if (place.root < 0 || mounts_protect(place.root, true))
			return fail(err, "it cannot be made read-only", "place");
	}
	place.target = request->fds[--request->count];
	viewer->places[viewer->count++] = place;
	return 0;
}

/* Place and name, with which most requests begin. */
static struct place *
get_place(struct viewer *viewer, struct wire_message *message, char name[static LIMIT_NAME_BYTES],
	struct error *err)
{
	uint32_t index = wire_get_u32(message);

	wire_copy_text(message, name, LIMIT_NAME_BYTES);
	if (message->failed || index >= viewer->count ||
		viewer->places[index].kind == VIEWER_COPY) {
		malformed(err);
		return NULL;
	}
	return &viewer->places[index];
}

static int
add_folder(struct viewer *viewer, struct request *request, struct error *err)
{
	char name[LIMIT_NAME_BYTES];
	struct place *place = get_place(viewer, &request->message, name, err);
	struct mounts_memory memory = {
		.mode = "1777", .label = viewer->label, .executable = true
	};
	cleanup_fd int fs = -1;

	memory.kib = wire_get_u64(&request->message);
	memory.inodes = wire_get_u64(&request->message);
	memory.owner = wire_get_u32(&request->message);
	memory.group = wire_get_u32(&request->message);
	if (!place || !wire_is_whole(&request->message))
		return malformed(err);
	if (make_directory(place->root, name, err))
		return -1;
	fs = mounts_create(&memory);
	if (fs < 0 || mounts_move(fs, place->root, name))
		return fail(err, "no writable folder can be mounted there", name);
	return 0;
}

static int
add_shown(struct viewer *viewer, struct request *request, struct error *err)
{
	char name[LIMIT_NAME_BYTES];
	struct place *place = get_place(viewer, &request->message, name, err);
	bool directory = wire_get_u32(&request->message) != 0;
	cleanup_fd int tree = -1;

	if (!place || !wire_is_whole(&request->message) || only_fd(request) < 0)
		return malformed(err);
	if (directory ? make_directory(place->root, name, err)
		      : make_file(place->root, name, "", err))
		return -1;
	tree = mounts_copy(only_fd(request), true);
	if (tree < 0 || mounts_move(tree, place->root, name))
		return fail(err, "it cannot be mounted there", name);
	return 0;
}

static int
add_text(struct viewer *viewer, struct request *request, struct error *err)
{
	char name[LIMIT_NAME_BYTES], text[LIMIT_NAME_BYTES];
	struct place *place = get_place(viewer, &request->message, name, err);

	wire_copy_text(&request->message, text, sizeof(text));
	if (!place || !wire_is_whole(&request->message))
		return malformed(err);
	return make_file(place->root, name, text, err);
}

/* Puts the very file that was hashed at its name: what is covered from here on is its inode. */
static int
add_file(struct place *place, const char *name, int fd, struct error *err)
{
	cleanup_fd int tree = mounts_copy(fd, false);

	if (tree < 0 || mounts_protect(tree, false))
		return fail(err, "its mount cannot be copied read-only", name);
	if (place->kind == VIEWER_SINGLE) {
		if (place->root >= 0)
			return malformed(err);
		place->root = take_fd(&tree);
		return 0;
	}
	if (make_file(place->root, name, "", err))
		return -1;
	/* The kernel mounts no file that has lost its name: then errno is ENOENT. */
	return mounts_move(tree, place->root, name) ? fail(err, "it cannot be mounted there", name)
						    : 0;
}

/* One for each descriptor. */
static int
add_files(struct viewer *viewer, struct request *request, struct error *err)
{
	char name[LIMIT_NAME_BYTES];

	for (size_t i = 0; i < request->count; i++) {
		struct place *place = get_place(viewer, &request->message, name, err);

		if (!place || add_file(place, name, request->fds[i], err))
			return -1;
	}
	return request->count && wire_is_whole(&request->message) ? 0 : malformed(err);
}

/* The last built is on top of the others at the bench, and leaves it first. */
static int
move(struct viewer *viewer, struct error *err)
{
	for (size_t i = viewer->count; i > 0; i--) {
		const struct place *place = &viewer->places[i - 1];

		if (place->root < 0)
			return error_set(err, REASON_INTERNAL, 0, "a place without its file");
		if (place->kind == VIEWER_TREE && mounts_protect(place->root, false))
			return fail(err, "it cannot be made read-only", "place");
		if (mounts_move(place->root, place->target, ""))
			return fail(err, "it cannot be moved over what it covers", "place");
	}
	return 0;
}

static int
carry_out(struct viewer *viewer, struct request *request, struct error *err)
{
	switch (request->message.type) {
	case VIEWER_TREE:
	case VIEWER_SINGLE:
	case VIEWER_COPY: return add_place(viewer, request, err);
	case VIEWER_FOLDER: return add_folder(viewer, request, err);
	case VIEWER_SHOW: return add_shown(viewer, request, err);
	case VIEWER_TEXT: return add_text(viewer, request, err);
	case VIEWER_FILE: return add_files(viewer, request, err);
	case VIEWER_ASK: return 0;
	case VIEWER_MOVE: return move(viewer, err);
	default: return malformed(err);
	}
}

static int
answer(const struct viewer *viewer, int socket)
{
	cleanup_message struct wire_message message = { .type = VIEWER_ANSWER };
	struct error ignored;

	wire_put_u32(&message, viewer->failure.reason != REASON_NONE);
	wire_put_u32(&message, (uint32_t)viewer->failure.os_errno);
	wire_put_text(&message, viewer->failure.text);
	return wire_send(socket, &message, -1, &ignored);
}

static int
serve(void *context, int socket)
{
	struct viewer *viewer = context;
	struct error err;
	int got;

	for (;;) {
		struct request request = { .count = 0 };
		bool asked;

		got = wire_receive_many(
			socket, -1, &request.message, request.fds, &request.count, &err);
		if (got <= 0)
			return got == 0 ? 0 : 1;
		if (viewer->failure.reason == REASON_NONE)
			carry_out(viewer, &request, &viewer->failure);
		asked = request.message.type == VIEWER_ASK || request.message.type == VIEWER_MOVE;
		release_request(&request);
		if (asked && answer(viewer, socket))
			return 1;
	}
}

/* Before the filter: into the container's mounts, for which one more capability is needed. */
static int
prepare(void *context, int socket, struct error *err)
{
	struct viewer *viewer = context;
	cleanup_message struct wire_message message = { 0 };
	int fds[WIRE_DESCRIPTORS];
	size_t count = 0;

	if (wire_receive_many(socket, LIMIT_VIEWER_MS, &message, fds, &count, err) != 1)
		return -1;
	wire_copy_text(&message, viewer->label, sizeof(viewer->label));
	if (message.type != VIEWER_ENTER || !wire_is_whole(&message) || count != 2)
		return malformed(err);
	if (setns(fds[0], CLONE_NEWNS))
		return error_set_os(err, REASON_INTERNAL, errno,
			"the container's mount namespace cannot be entered");
	close(fds[0]);
	viewer->bench = fds[1];
	umask(022);
	return contain_capabilities(CAPABILITY(CAP_SYS_ADMIN), err);
}

int
viewer_start(struct spawn_child *out, struct error *err)
{
	struct viewer viewer = { .bench = -1 };
	const struct spawn_options options = {
		.name = "viewer",
		.table = &tables_viewer,
		.memory_max = MEMORY_MAX,
		.cpu_seconds = LIMIT_CHILD_CPU_SECONDS,
		.descriptors_max = DESCRIPTORS_MAX,
		.capabilities = CAPABILITY(CAP_SYS_ADMIN) | CAPABILITY(CAP_SYS_CHROOT),
		.prepare = prepare,
		.serve = serve,
		.context = &viewer,
	};

	return spawn_start(&options, out, err);
}
