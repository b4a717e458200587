#include "gate/running.h"

#include "base/clock.h"
#include "gate/verification.h"

#include "tests/unit/gate_material.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum {
	SOON_MS = 300,
	LONG_MS = 60000,
	CROWD = 20,
	MIB = 1 << 20,
};

static char place[LIMIT_NAME_BYTES];

/* A verification of the models in the folders A and B (may be NULL). */
static void
open_models(struct verification *verification, const char *a, const char *b)
{
	struct error err;

	material_need(verification_init(verification, b ? 2 : 1, &err) == 0, "verification");
	material_need(model_open_path(a, MODEL_LINKS_REFUSE, NULL, NULL,
			      &verification->items[0].model, &err) == 0,
		err.text);
	if (b)
		material_need(model_open_path(b, MODEL_LINKS_REFUSE, NULL, NULL,
				      &verification->items[1].model, &err) == 0,
			err.text);
}

static uint64_t own_left; /* bytes that begin() has to hash itself; 0: not known */

/* Takes the turn of A and B within MS; returns as running_begin(). */
static int
begin(const char *a, const char *b, int64_t ms, struct running *out, bool *waited,
	struct running_progress *ahead, struct error *err)
{
	cleanup_verification struct verification verification = { 0 };
	const struct running_wait wait = { .deadline_ms = clock_monotonic_ms() + ms,
		.left = own_left };

	open_models(&verification, a, b);
	return running_begin(place, &verification, &wait, out, waited, ahead, err);
}

/* A process that has the turn of A, says that it has done DONE of MIB bytes, and stays. */
static pid_t
start_holder(const char *a, uint64_t done)
{
	struct running running;
	struct running_progress ahead;
	struct error err;
	bool waited;
	char byte;
	int ends[2];
	pid_t pid;

	material_need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (begin(a, NULL, LONG_MS, &running, &waited, &ahead, &err))
			_exit(1);
		running.began_ms -= LONG_MS / 2; /* as if for half a minute */
		running_tell(&running, done, MIB);
		if (write(ends[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	material_need(read(ends[0], &byte, 1) == 1, "holder");
	close(ends[0]);
	return pid;
}

static void
stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Another model is free; the same one is pending at once where its holder needs longer than there
 * is; and a dead holder blocks nobody. */
static void
test_turns(void)
{
	struct running running = RUNNING_NONE;
	struct running_progress ahead;
	struct error err = { 0 };
	bool waited;
	pid_t holder = start_holder("a", MIB / 4);
	int64_t before = clock_monotonic_ms();

	check_result(begin("b", NULL, LONG_MS, &running, &waited, &ahead, &err), REASON_NONE, &err,
		"another model");
	check(!waited, "another model: waited", "it waited");
	running_end(&running);
	check_result(begin("b", "a", LONG_MS, &running, &waited, &ahead, &err), REASON_PENDING,
		&err, "pending");
	check(clock_monotonic_ms() - before < LONG_MS / 4, "pending: at once", "not");
	check(ahead.done == MIB / 4 && ahead.total == MIB && ahead.pid == holder &&
			strcmp(ahead.label, "a") == 0,
		"pending: progress", "%llu of %llu of %s by %d", (unsigned long long)ahead.done,
		(unsigned long long)ahead.total, ahead.label, ahead.pid);
	check(running_left_ms(&ahead) > LONG_MS && running_left_ms(&ahead) < 2 * LONG_MS,
		"pending: left", "%lld ms", (long long)running_left_ms(&ahead));
	check(strstr(err.text, "25 % done") != NULL, "pending: text", "%s", err.text);
	stop(holder);
	check_result(begin("a", "b", SOON_MS, &running, &waited, &ahead, &err), REASON_NONE, &err,
		"dead holder");
	check(running.count == 2 && !waited, "dead holder: keys", "%zu", running.count);
	running_end(&running);
}

static size_t
count_progress(void)
{
	char path[2 * LIMIT_NAME_BYTES];
	const struct dirent *entry;
	size_t count = 0;
	DIR *stream;

	snprintf(path, sizeof(path), "%s/running", place);
	stream = opendir(path);
	material_need(stream != NULL, "progress");
	while ((entry = readdir(stream)))
		count += entry->d_name[0] != '.';
	closedir(stream);
	return count;
}

/* What a killed holder told misleads nobody who waits for the next one, and does not pile up; that
 * of a living one stays. */
static void
test_dead_progress(void)
{
	struct running running = RUNNING_NONE;
	struct running_progress ahead;
	struct error err = { 0 };
	bool waited;
	pid_t dead = start_holder("a", 1), living;

	stop(dead);
	check(count_progress() == 1, "dead progress: stays", "%zu files", count_progress());
	living = start_holder("b", MIB / 4);
	check(count_progress() == 1, "dead progress: gone", "%zu files", count_progress());
	dead = start_holder("a", 1);
	stop(dead);
	check_result(begin("a", NULL, SOON_MS, &running, &waited, &ahead, &err), REASON_NONE, &err,
		"dead progress: our turn");
	check(count_progress() == 1, "dead progress: of this model", "%zu files", count_progress());
	running_end(&running);
	stop(living);
}

/* A holder that is nearly done is waited for, until the deadline and no longer. */
static void
test_deadline(void)
{
	struct running running = RUNNING_NONE;
	struct running_progress ahead;
	struct error err = { 0 };
	bool waited;
	pid_t holder = start_holder("a", MIB - 1);
	int64_t before = clock_monotonic_ms(), took;

	check_result(begin("a", NULL, SOON_MS, &running, &waited, &ahead, &err), REASON_PENDING,
		&err, "deadline");
	took = clock_monotonic_ms() - before;
	check(took >= SOON_MS && took < 10 * SOON_MS, "deadline: time", "%lld ms", (long long)took);
	check(waited, "deadline: waited", "it did not wait");
	stop(holder);
}

/* A holder that hashes more than we need hashes something else: a co-tenant's huge file, or a whole
 * version of which we need a part. It keeps its turn and its progress, and we go on; the turns of
 * other models are taken as ever. */
static void
test_another(void)
{
	static const struct {
		const char *name;
		uint64_t left;
		int wanted;
		size_t keys; /* whose turn is ours then */
	} rows[] = {
		{ "another: not known", 0, REASON_PENDING, 0 },
		{ "another: the same", MIB - 4096, REASON_PENDING, 0 },
		{ "another: less, of a file that it has in part", MIB, REASON_PENDING, 0 },
		{ "another: a little more", MIB / 5 * 4 + MIB / 100, REASON_PENDING, 0 },
		{ "another: much more", MIB / 2, REASON_NONE, 1 },
		{ "another: all of it", 1, REASON_NONE, 1 },
	};
	struct running_progress ahead, list[8];
	struct error err = { 0 };
	pid_t holder = start_holder("a", 4096);
	bool waited;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct running running = RUNNING_NONE;

		own_left = rows[i].left;
		check_result(begin("a", "b", LONG_MS / 60, &running, &waited, &ahead, &err),
			(enum reason)rows[i].wanted, &err, rows[i].name);
		check(running.count == rows[i].keys, rows[i].name, "%zu turns", running.count);
		running_tell(&running, 1, 2);
		running_end(&running);
		check(running_list(place, list, ARRAY_SIZE(list)) == 1 && list[0].pid == holder &&
				list[0].done == 4096,
			rows[i].name, "the holder's progress is gone");
	}
	own_left = 0;
	stop(holder);
}

/* The caller's own reason to end is heard while it waits. */
static int
refuse(void *context, struct error *err)
{
	int *asked = context;

	return ++*asked < 3 ? 0 : error_set(err, REASON_UNSEEN, 0, "enough");
}

static void
test_give_up(void)
{
	cleanup_verification struct verification verification = { 0 };
	struct running running = RUNNING_NONE;
	struct running_progress ahead;
	struct error err = { 0 };
	bool waited;
	int asked = 0;
	const struct running_wait wait = { .give_up = refuse, .context = &asked };
	pid_t holder = start_holder("a", MIB - 1);

	open_models(&verification, "a", NULL);
	check_result(running_begin(place, &verification, &wait, &running, &waited, &ahead, &err),
		REASON_UNSEEN, &err, "give up");
	check(asked == 3, "give up: asked", "%d times", asked);
	stop(holder);
}

/* One after another: each of a crowd has the turn, none together with another. */
static void
test_crowd(void)
{
	pid_t pids[CROWD];
	int failed = 0, status;

	for (size_t i = 0; i < CROWD; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct running running;
			struct running_progress ahead;
			struct error err;
			bool waited;
			int fd;

			if (begin(i % 2 ? "a" : "b", i % 2 ? "b" : "a", LONG_MS, &running, &waited,
				    &ahead, &err))
				_exit(1);
			fd = open("inside", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
			if (fd < 0)
				_exit(2);
			usleep(2000);
			unlink("inside");
			running_end(&running);
			_exit(0);
		}
	}
	for (size_t i = 0; i < CROWD; i++) {
		waitpid(pids[i], &status, 0);
		failed += status != 0;
	}
	check(failed == 0, "crowd", "%d of %d failed", failed, CROWD);
}

/* What runs is listed; what a dead one left behind is not, and neither is nonsense. */
static void
test_list(void)
{
	struct running_progress list[8];
	pid_t holder = start_holder("a", 1), dead = start_holder("b", 2);
	char path[LIMIT_NAME_BYTES + 64];
	size_t count;
	int fd;

	stop(dead);
	snprintf(path, sizeof(path), "%s/running/0000000000000001", place);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	material_need(fd >= 0 && write(fd, "1 2 x", 5) == 5, "nonsense");
	close(fd);
	count = running_list(place, list, ARRAY_SIZE(list));
	check(count == 1 && list[0].pid == holder, "list", "%zu", count);
	stop(holder);
	check(running_list(place, list, ARRAY_SIZE(list)) == 0, "list: none", "some");
	check(running_list("/nonexistent", list, ARRAY_SIZE(list)) == 0, "list: no place", "some");
}

/* Where others could write, nothing is read and nobody waits. */
static void
test_foreign_place(void)
{
	struct running running = RUNNING_NONE, second = RUNNING_NONE;
	struct running_progress ahead;
	struct error err = { 0 };
	bool waited;

	material_need(chmod(place, 0777) == 0, "chmod");
	check_result(begin("a", NULL, SOON_MS, &running, &waited, &ahead, &err), REASON_NONE, &err,
		"foreign place");
	check(running.fd < 0, "foreign place: no locks", "it has some");
	check_result(begin("a", NULL, SOON_MS, &second, &waited, &ahead, &err), REASON_NONE, &err,
		"foreign place, second");
	running_end(&running);
	running_end(&second);
	material_need(chmod(place, 0700) == 0, "chmod");
}

int
main(void)
{
	material_enter();
	snprintf(place, sizeof(place), "%s/run", material_folder);
	material_need(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0, "models");
	test_turns();
	test_dead_progress();
	test_deadline();
	test_another();
	test_give_up();
	test_crowd();
	test_list();
	test_foreign_place();
	return check_failures ? 1 : 0;
}
