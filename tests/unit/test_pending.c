#include "gate/pending.h"

#include "base/clock.h"
#include "base/writer.h"
#include "gate/pending_text.h"
#include "gate/verification.h"

#include "tests/unit/gate_material.h"

#include <sched.h>

#include <sys/mount.h>
#include <sys/wait.h>

enum { BYTES = 4711, REFUSED = 2 };

static char place[LIMIT_NAME_BYTES];
static struct pending list[PENDING_MAX];

/* The model in the folder PATH, as something that is signed in ALGORITHM and shards of SHARD_SIZE.
 */
static void
open_item(const char *path, enum digest_algorithm algorithm, uint64_t shard_size,
	struct verification_item *out)
{
	struct resource *resource = calloc(1, sizeof(*resource));
	struct error err;

	*out = (struct verification_item){ .model = MODEL_CLOSED };
	material_need(resource != NULL, "memory");
	material_need(model_open_path(path, MODEL_LINKS_REFUSE, NULL, NULL, &out->model, &err) == 0,
		err.text);
	resource->name = strdup("f");
	resource->shard_size = shard_size;
	if (shard_size) {
		resource->shards = calloc(1, sizeof(*resource->shards));
		resource->shards[0].algorithm = algorithm;
		resource->shard_count = 1;
	} else {
		resource->digest.algorithm = algorithm;
	}
	out->signed_model.statement.resources = resource;
	out->signed_model.statement.resource_count = 1;
}

static size_t
count(void)
{
	struct error err = { 0 };
	size_t found = 0;

	check_result(pending_list(place, true, list, &found, &err), REASON_NONE, &err, "list");
	return found;
}

/* What is left is found again, once however often it is left; and opened; and gone. */
static void
test_round(void)
{
	struct verification_item item;
	struct pending found;
	struct error err = { 0 };
	struct stat st, opened;
	int64_t earlier = -1;
	int fd;

	open_item("model a", DIGEST_SHA256, 0, &item);
	check(count() == 0, "nothing yet", "something");
	check(pending_find(place, getpid(), &item, &found) == 0, "find: nothing yet", "something");
	check_result(pending_leave(place, getpid(), &item, BYTES, &earlier, &err), REASON_NONE,
		&err, "leave");
	check(earlier == 0, "leave: first", "earlier %lld", (long long)earlier);
	check_result(pending_leave(place, getpid(), &item, BYTES - 1, &earlier, &err), REASON_NONE,
		&err, "leave again");
	check(earlier > clock_now() - 60 && earlier <= clock_now(), "leave again: earlier", "%lld",
		(long long)earlier);
	check(count() == 1, "once", "%zu", count());
	material_need(stat("model a", &st) == 0, "stat");
	check(list[0].inode == st.st_ino && list[0].device == st.st_dev &&
			list[0].bytes == BYTES - 1 && list[0].algorithm == DIGEST_SHA256 &&
			list[0].shard_size == 0 && strcmp(list[0].label, "model a") == 0,
		"its facts", "%s", list[0].label);
	check(stat(list[0].path, &opened) == 0 && opened.st_ino == st.st_ino, "its path", "%s",
		list[0].path);
	check(pending_find(place, getpid(), &item, &found) == 1, "find", "nothing");
	fd = pending_open(&list[0], &err);
	check_result(fd < 0, REASON_NONE, &err, "open");
	close(fd);
	material_need(rename("model a", "elsewhere") == 0 && mkdir("model a", 0755) == 0, "swap");
	fd = pending_open(&list[0], &err);
	check_result(fd, REASON_NOT_CACHED, &err, "open another one");
	pending_remove(place, &list[0]);
	check(count() == 0, "remove", "still there");
	fd = pending_open(&list[0], &err);
	material_need(rmdir("model a") == 0 && rename("elsewhere", "model a") == 0, "swap back");
	verification_release_item(&item);
}

static void
test_shards(void)
{
	struct verification_item item;
	struct error err = { 0 };
	int64_t earlier;

	open_item("model a", DIGEST_BLAKE2B, 1 << 20, &item);
	check_result(pending_leave(place, getpid(), &item, BYTES, &earlier, &err), REASON_NONE,
		&err, "shards");
	check(count() == 1 && list[0].algorithm == DIGEST_BLAKE2B && list[0].shard_size == 1 << 20,
		"shards: facts", "shard size %llu", (unsigned long long)list[0].shard_size);
	pending_remove(place, &list[0]);
	verification_release_item(&item);
}

/* What a container calls /inside is found on the host: by the mounts of both. */
static int
leave_from_mount(void)
{
	struct verification_item item;
	struct error err = { 0 };
	char inside[LIMIT_NAME_BYTES];
	int64_t earlier;
	int ready[2], done[2];
	char byte;
	pid_t child;
	int result;

	material_need(pipe2(ready, O_CLOEXEC) == 0 && pipe2(done, O_CLOEXEC) == 0, "pipes");
	child = fork();
	if (child == 0) {
		bool bound = unshare(CLONE_NEWNS) == 0 &&
			     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
			     mkdir("inside", 0755) == 0 &&
			     mount("model a", "inside", NULL, MS_BIND, NULL) == 0;

		close(done[1]);
		if (write(ready[1], bound ? "y" : "n", 1) != 1 || read(done[0], &byte, 1) < 0)
			_exit(1);
		_exit(0);
	}
	material_need(read(ready[0], &byte, 1) == 1, "child");
	snprintf(inside, sizeof(inside), "/proc/%d/root%s/inside", child, material_folder);
	if (byte == 'y') {
		open_item(inside, DIGEST_SHA256, 0, &item);
		result = pending_leave(place, child, &item, BYTES, &earlier, &err);
		check_result(result, REASON_NONE, &err, "from a container");
		verification_release_item(&item);
	} else {
		check_skip("from a container", "no mount namespace can be had");
		result = REFUSED;
	}
	close(done[1]);
	waitpid(child, NULL, 0);
	return result;
}

static void
test_container(void)
{
	char wanted[LIMIT_NAME_BYTES];

	if (leave_from_mount())
		return;
	snprintf(wanted, sizeof(wanted), "%s/model a", material_folder);
	check(count() == 1 && strcmp(list[0].path, wanted) == 0, "from a container: path", "%s",
		list[0].path);
	pending_remove(place, &list[0]);
}

/* Only what pending_text_format() writes is a request; the rest goes. */
static void
test_nonsense(void)
{
	static const char *const texts[] = {
		"",
		"nimgate-request 2\n",
		"nimgate-request 1\npath /a\n",
		"nimgate-request 1\npath a\nbelow \ndevice 1\ninode 1\nalgorithm sha256\nshard_size 0\nbytes 1\nasked 1\nlabel a\n",
		"nimgate-request 1\npath /a\nbelow ../b\ndevice 1\ninode 1\nalgorithm sha256\nshard_size 0\nbytes 1\nasked 1\nlabel a\n",
		"nimgate-request 1\npath /a%00\nbelow \ndevice 1\ninode 1\nalgorithm sha256\nshard_size 0\nbytes 1\nasked 1\nlabel a\n",
		"nimgate-request 1\npath /a\nbelow \ndevice -1\ninode 1\nalgorithm sha256\nshard_size 0\nbytes 1\nasked 1\nlabel a\n",
		"nimgate-request 1\npath /a\nbelow \ndevice 1\ninode 1\nalgorithm md5\nshard_size 0\nbytes 1\nasked 1\nlabel a\n",
		"nimgate-request 1\npath /a\nbelow \ndevice 1\ninode 1\nalgorithm sha256\nshard_size 0\nbytes 1\nasked 1\nlabel a\nmore 1\n",
		"nimgate-request 1\npath /a b\nbelow \ndevice 1\ninode 1\nalgorithm sha256\nshard_size 0\nbytes 1\nasked 1\nlabel a\n",
	};
	static const char good[] =
		"nimgate-request 1\npath /a%20%0a%25\nbelow snapshots/b\ndevice 1\ninode 2\nalgorithm sha256\nshard_size 0\nbytes 3\nasked 4\nlabel a%07\n";
	cleanup_writer struct writer writer = { 0 };
	struct pending pending;
	struct error err = { 0 };
	char path[LIMIT_NAME_BYTES + 64];
	size_t left = 0;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		check(pending_text_parse(texts[i], &pending) == -1, "nonsense", "taken: %s",
			texts[i]);
	check(pending_text_parse(good, &pending) == 0 && strcmp(pending.path, "/a \n%") == 0 &&
			strcmp(pending.label, "a\a") == 0,
		"every byte", "%s", pending.path);
	pending_text_format(&pending, &writer);
	check_text(writer.text, good, "as it was");
	snprintf(path, sizeof(path), "%s/0123456789abcdef", place);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	material_need(fd >= 0, "file");
	close(fd);
	check(count() == 0, "no request", "one");
	check(access(path, F_OK) == 0, "read only", "it is gone");
	check_result(pending_list(place, false, list, &left, &err), REASON_NONE, &err, "clean");
	check(access(path, F_OK) != 0, "clean: gone", "it is still there");
}

/* So many and no more; and nothing where others can write. */
static void
test_bounds(void)
{
	const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	struct verification_item item;
	struct error err = { 0 };
	char path[LIMIT_NAME_BYTES + 64];
	int64_t earlier;
	size_t found;

	for (int i = 0; i < PENDING_MAX; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/%016x", place, i);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		material_need(fd >= 0, path);
		close(fd);
	}
	open_item("model a", DIGEST_SHA256, 0, &item);
	check_result(pending_leave(place, getpid(), &item, BYTES, &earlier, &err), REASON_IO, &err,
		"too many");
	check(!pending_fits(place, getpid(), &item), "too many: none fits", "one does");
	snprintf(path, sizeof(path), "%s/%016x", place, 7);
	material_need(utimensat(AT_FDCWD, path, long_ago, 0) == 0, "times");
	check(pending_fits(place, getpid(), &item), "an old one: ours fits", "it does not");
	check_result(pending_leave(place, getpid(), &item, BYTES, &earlier, &err), REASON_NONE,
		&err, "an old one: goes");
	check(access(path, F_OK) != 0, "an old one: gone", "it stays");
	check_result(pending_list(place, false, list, &found, &err), REASON_NONE, &err, "clean up");
	check(pending_fits(place, getpid(), &item), "room again: one fits", "none does");
	check_result(pending_leave(place, getpid(), &item, BYTES, &earlier, &err), REASON_NONE,
		&err, "room again");
	material_need(chmod(place, 0755) == 0, "chmod");
	check_result(pending_leave(place, getpid(), &item, BYTES, &earlier, &err), REASON_CONFIG,
		&err, "others can look");
	check_result(pending_list(place, true, list, &found, &err), REASON_CONFIG, &err,
		"others can look: list");
	material_need(chmod(place, 0700) == 0, "chmod");
	verification_release_item(&item);
}

/* What somebody has begun to write stays; what he left behind when he was killed does not. */
static void
test_abandoned(void)
{
	static const char *const names[] = { ".0123456789abcdef.1", ".0123456789abcdef.2" };
	const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char path[2 * LIMIT_NAME_BYTES];
	struct error err;
	size_t found;
	int fd;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		material_need(fd >= 0, path);
		close(fd);
		material_need(i || utimensat(AT_FDCWD, path, long_ago, 0) == 0, "times");
	}
	check_result(pending_list(place, true, list, &found, &err), REASON_NONE, &err, "abandoned");
	snprintf(path, sizeof(path), "%s/%s", place, names[0]);
	check(access(path, F_OK) == 0, "abandoned: only looked at", "it was removed");
	check_result(pending_list(place, false, list, &found, &err), REASON_NONE, &err,
		"abandoned: removed");
	check(access(path, F_OK) != 0, "abandoned: gone", "it stays");
	snprintf(path, sizeof(path), "%s/%s", place, names[1]);
	check(access(path, F_OK) == 0, "being written: stays", "it was removed");
}

int
main(void)
{
	material_enter();
	snprintf(place, sizeof(place), "%s/run/requests", material_folder);
	material_need(mkdir("model a", 0755) == 0, "model");
	test_round();
	test_shards();
	test_container();
	test_nonsense();
	test_bounds();
	test_abandoned();
	return check_failures ? 1 : 0;
}
