#include "oci/view.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "guard/wire.h"
#include "oci/rootfs.h"
#include "oci/view_check.h"
#include "oci/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>

/* A directory that every /proc has, that nothing reads while a container is made, and above no
 * container's root. */
#define BENCH "/proc/driver"

enum {
	TREE_KIB = 20 << 10
}; /* a page for each text, of which there are LIMIT_MANIFEST_VERSIONS at most; all else takes none
    */

static void
drop_batch(struct view *view)
{
	while (view->batch_count)
		close(view->batch_fds[--view->batch_count]);
	wire_release(&view->batch);
}

/* Sends the files that were gathered. */
static int
flush(struct view *view, struct error *err)
{
	int result;

	if (view->batch_count == 0)
		return 0;
	result = wire_send_many(
		view->child.socket, &view->batch, view->batch_fds, view->batch_count, err);
	drop_batch(view);
	return result ? spawn_report_send(&view->child, err) : 0;
}

/* Sends the request, with FD unless it is negative, after all that came before it. */
static int
request(struct view *view, struct wire_message *message, int fd, struct error *err)
{
	if (flush(view, err))
		return -1;
	if (wire_send(view->child.socket, message, fd, err))
		return spawn_report_send(&view->child, err);
	return 0;
}

/* Mounts on a mount that is shared would appear on the host, too. */
static int
check_bench(const struct rootfs *rootfs, int bench, struct error *err)
{
	bool shared;

	if (rootfs_is_shared(rootfs, bench, &shared, err))
		return -1;
	if (shared)
		return error_set(err, REASON_UNSEEN, 0,
			"the container's mounts are shared with the host (rootfsPropagation)");
	return 0;
}

static int
enter(struct view *view, const char *label, struct error *err)
{
	cleanup_message struct wire_message message = { .type = VIEWER_ENTER };
	cleanup_fd int namespace = rootfs_open_namespace(view->rootfs, err);
	cleanup_fd int bench = -1;
	int fds[2];

	if (namespace < 0)
		return -1;
	bench = rootfs_open_outside(view->rootfs, BENCH, err);
	if (bench < 0 || check_bench(view->rootfs, bench, err))
		return -1;
	wire_put_text(&message, label);
	fds[0] = namespace;
	fds[1] = bench;
	if (viewer_start(&view->child, err))
		return -1;
	return wire_send_many(view->child.socket, &message, fds, ARRAY_SIZE(fds), err);
}

int
view_start(const struct rootfs *rootfs, const char *label, struct view *out, struct error *err)
{
	struct view view = { .rootfs = rootfs };

	if (enter(&view, label, err)) {
		view_end(&view);
		return -1;
	}
	*out = view;
	return 0;
}

void
view_end(struct view *view)
{
	spawn_end(&view->child);
	drop_batch(view);
	for (size_t i = 0; i < view->place_count; i++) {
		free(view->places[i].path);
		mem_close_fd(&view->places[i].target);
	}
	for (size_t i = 0; i < view->name_count; i++)
		free(view->names[i].name);
	free(view->places);
	free(view->names);
	*view = (struct view){ 0 };
}

/* Whether the mount must become private first; it cannot where the place is not its root. */
static int
look_at_mount(
	const struct view *view, const struct view_place *place, bool *shared, struct error *err)
{
	struct statx stx;

	if (rootfs_is_shared(view->rootfs, place->target, shared, err))
		return error_wrap(err, "%s", TEXT_QUOTE(place->path));
	if (statx(place->target, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx))
		return error_set_os(err, REASON_UNSEEN, errno, "%s", TEXT_QUOTE(place->path));
	if (*shared && !(stx.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return error_set(err, REASON_UNSEEN, 0,
			"%s lies on a mount that is shared with others", TEXT_QUOTE(place->path));
	return 0;
}

static int
open_place(const struct view *view, struct view_place *place, struct error *err)
{
	struct stat st;

	place->target = rootfs_open_path(view->rootfs, place->path, O_PATH);
	if (place->target < 0 || fstat(place->target, &st))
		return error_set_os(err, errno == ENOENT ? REASON_BUSY : REASON_UNSEEN, errno,
			"%s in the container", TEXT_QUOTE(place->path));
	if (place->kind == VIEW_SINGLE ? !S_ISREG(st.st_mode)
				       : !S_ISDIR(st.st_mode) && place->kind == VIEW_TREE)
		return error_set(err, REASON_BUSY, 0, "%s: no longer what was verified",
			TEXT_QUOTE(place->path));
	place->owner = st.st_uid;
	place->group = st.st_gid;
	return 0;
}

/* The request that makes the place. */
static int
request_place(struct view *view, const struct view_place *place, uint64_t inodes, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };
	bool shared;

	if (look_at_mount(view, place, &shared, err))
		return -1;
	message.type = place->kind == VIEW_TREE     ? VIEWER_TREE
		       : place->kind == VIEW_SINGLE ? VIEWER_SINGLE
						    : VIEWER_COPY;
	wire_put_u32(&message, shared);
	if (place->kind == VIEW_TREE) {
		wire_put_u64(&message, TREE_KIB);
		wire_put_u64(&message, inodes);
	}
	return request(view, &message, place->target, err);
}

int
view_try_place(const struct view *view, const char *path, struct error *err)
{
	cleanup_free char *copy = strdup(path);
	struct view_place place = { .kind = VIEW_TREE, .path = copy, .target = -1 };
	bool shared;
	int result;

	if (!copy)
		return error_no_memory(err);
	result =
		open_place(view, &place, err) || look_at_mount(view, &place, &shared, err) ? -1 : 0;
	mem_close_fd(&place.target);
	return result;
}

int
view_add_place(struct view *view, enum view_kind kind, const char *path, uint64_t inodes,
	size_t *index, struct error *err)
{
	struct view_place *place;

	if (view->place_count == VIEWER_PLACES)
		return error_set(err, REASON_INTERNAL, 0, "more than %d places", VIEWER_PLACES);
	if (mem_grow((void **)&view->places, view->place_count, &view->place_capacity,
		    sizeof(*view->places)))
		return error_no_memory(err);
	place = &view->places[view->place_count];
	*place = (struct view_place){ .kind = kind, .path = strdup(path), .target = -1 };
	if (!place->path)
		return error_no_memory(err);
	view->place_count++;
	if (open_place(view, place, err) || request_place(view, place, inodes, err))
		return -1;
	*index = view->place_count - 1;
	return 0;
}

/* Notes what must be there in the end. */
static int
add_name(struct view *view, size_t place, const char *name, struct view_name entry,
	struct error *err)
{
	if (mem_grow((void **)&view->names, view->name_count, &view->name_capacity,
		    sizeof(*view->names)))
		return error_no_memory(err);
	entry.place = place;
	entry.name = strdup(name);
	if (!entry.name)
		return error_no_memory(err);
	view->names[view->name_count++] = entry;
	return 0;
}

/* A message that begins with place and name. */
static void
begin(struct wire_message *message, enum viewer_request type, size_t place, const char *name)
{
	message->type = type;
	wire_put_u32(message, (uint32_t)place);
	wire_put_text(message, name);
}

int
view_add_folder(struct view *view, size_t place, const char *name, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };

	begin(&message, VIEWER_FOLDER, place, name);
	wire_put_u64(&message, LIMIT_VIEW_FOLDER_KIB);
	wire_put_u64(&message, LIMIT_VIEW_FOLDER_INODES);
	wire_put_u32(&message, view->places[place].owner);
	wire_put_u32(&message, view->places[place].group);
	if (add_name(view, place, name, (struct view_name){ .kind = VIEW_NAME_FOREIGN }, err))
		return -1;
	return request(view, &message, -1, err);
}

int
view_show(struct view *view, size_t place, const char *name, bool *added, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_fd int fd = file_openat2(view->places[place].target, name, O_PATH | O_NOFOLLOW,
		RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	struct stat st;

	*added = false;
	if (fd < 0 || fstat(fd, &st) || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
		return 0;
	begin(&message, VIEWER_SHOW, place, name);
	wire_put_u32(&message, S_ISDIR(st.st_mode));
	if (add_name(view, place, name, (struct view_name){ .kind = VIEW_NAME_FOREIGN }, err) ||
		request(view, &message, fd, err))
		return -1;
	*added = true;
	return 0;
}

int
view_add_text(
	struct view *view, size_t place, const char *name, const char *text, struct error *err)
{
	cleanup_message struct wire_message message = { 0 };

	begin(&message, VIEWER_TEXT, place, name);
	wire_put_text(&message, text);
	if (add_name(view, place, name, (struct view_name){ .kind = VIEW_NAME_TEXT }, err))
		return -1;
	return request(view, &message, -1, err);
}

/* Several to a message: one message each costs as much as the mount. */
int
view_bind(struct view *view, size_t place, const char *name, int fd, const struct stat *st,
	struct error *err)
{
	const struct view_name entry = {
		.kind = VIEW_NAME_FILE, .device = st->st_dev, .inode = st->st_ino
	};
	int kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (kept < 0)
		return error_set_os(
			err, REASON_INTERNAL, errno, "%s: cannot be kept open", TEXT_QUOTE(name));
	view->batch_fds[view->batch_count++] = kept;
	begin(&view->batch, VIEWER_FILE, place, name);
	if (add_name(view, place, name, entry, err))
		return -1;
	return view->batch_count == VIEW_BATCH ? flush(view, err) : 0;
}

/* Sends a question, and waits for the answer. */
static int
ask(struct view *view, enum viewer_request type, struct error *err)
{
	cleanup_message struct wire_message question = { .type = type }, answer = { 0 };
	char text[LIMIT_ERROR_TEXT + 1];
	uint32_t failed;
	int os_errno;

	if (request(view, &question, -1, err) ||
		spawn_receive(&view->child, LIMIT_VIEWER_MS, &answer, err))
		return -1;
	failed = wire_get_u32(&answer);
	os_errno = (int)wire_get_u32(&answer);
	wire_copy_text(&answer, text, sizeof(text));
	if (answer.type != VIEWER_ANSWER || !wire_is_whole(&answer))
		return error_set(err, REASON_INTERNAL, 0, "viewer: its answer is malformed");
	if (failed)
		return error_set(err, os_errno == ENOENT ? REASON_BUSY : REASON_INTERNAL, os_errno,
			"viewer: %s", text);
	return 0;
}

int
view_ask(struct view *view, struct error *err)
{
	return ask(view, VIEWER_ASK, err);
}

int
view_move(struct view *view, struct error *err)
{
	if (ask(view, VIEWER_MOVE, err))
		return -1;
	/* What is checked from here on nobody can change any more, not even the viewer. */
	spawn_end(&view->child);
	return view_check_places(view, err);
}
