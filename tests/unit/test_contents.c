#include "gate/contents.h"

#include "base/clock.h"
#include "gate/running.h"
#include "gate/verification.h"
#include "receipt/receipts.h"

#include "tests/unit/disks.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>

enum {
	FILES = 40, /* more than pool_recall() samples */
	AGE_S = 600,
	CROWD = 8,
	SOON_MS = 400,
	HUGE_FILES = 8,
};

static const off_t huge = (off_t)LIMIT_SPARSE_MIB << 20; /* holes, and not refused for it */

static char run[LIMIT_NAME_BYTES], journal[LIMIT_NAME_BYTES];

static const char *elsewise; /* the name of a file that was signed with another digest */

/* Opens PATH as a model in which every file has the digest of its name. */
static void
open_model(struct verification *verification, const char *path)
{
	struct error err = { 0 };
	struct verification_item *item;
	struct statement *statement;

	material_need(verification_init(verification, 1, &err) == 0, err.text);
	item = verification->items;
	statement = &item->signed_model.statement;
	material_need(
		model_open_path(path, MODEL_LINKS_REFUSE, NULL, NULL, &item->model, &err) == 0,
		err.text);
	statement->resources = calloc(item->model.tree.count, sizeof(*statement->resources));
	material_need(statement->resources != NULL, "memory");
	for (size_t i = 0; i < item->model.tree.count; i++) {
		const char *name = item->model.tree.entries[i].name;
		struct resource *resource = &statement->resources[statement->resource_count++];

		resource->name = strdup(name);
		if (elsewise && strcmp(name, elsewise) == 0)
			name = "other";
		material_need(digest_compute(DIGEST_SHA256, name, strlen(name), &resource->digest,
				      &err) == 0,
			err.text);
	}
}

/* What one comparison came to. */
struct outcome {
	int result;
	struct error err;
	struct contents_rest rest;
	size_t files, remembered, findings, recorded;
	bool placed;
};

static void
note_place(void *context, struct pool_options *options)
{
	bool *placed = context;

	*placed = true;
	options->threads_max = 1;
}

static struct outcome
compare(const char *path, int64_t deadline_ms, bool foresee)
{
	cleanup_verification struct verification verification = { 0 };
	cleanup_receipts struct receipts receipts = { 0 };
	struct outcome outcome = { 0 };
	struct contents_options options = {
		.pool = { .receipts = &receipts, .foresee = foresee },
		.running = run,
		.place = note_place,
		.context = &outcome.placed,
	};

	if (deadline_ms)
		options.pool.deadline_ms = clock_monotonic_ms() + deadline_ms;
	open_model(&verification, path);
	receipts_open(journal, AGE_S, false, &receipts);
	material_need(receipts.journal != NULL, receipts.why);
	outcome.result = contents_compare(&verification, &options, &outcome.rest, &outcome.err);
	outcome.files = verification.report.files;
	outcome.remembered = verification.report.remembered;
	outcome.findings = verification.report.count;
	outcome.recorded = receipts.recorded;
	return outcome;
}

/* Hashed once, remembered, and not hashed again; nothing is placed for that. */
static void
test_twice(void)
{
	struct outcome first = compare("ext4/model", 0, false),
		       second = compare("ext4/model", 0, false);

	check_result(first.result, REASON_NONE, &first.err, "first");
	check(first.files == FILES && first.remembered == 0 && first.recorded == FILES &&
			first.placed && first.findings == 0,
		"first: hashed", "%zu files, %zu remembered, %zu recorded", first.files,
		first.remembered, first.recorded);
	check_result(second.result, REASON_NONE, &second.err, "second");
	check(second.files == FILES && second.remembered == FILES && !second.placed,
		"second: remembered", "%zu files, %zu remembered", second.files, second.remembered);
}

/* Hashed before, and signed with another digest: found without hashing it again, for which a start
 * might never have the time. */
static void
test_denied(void)
{
	struct outcome outcome;

	elsewise = "f7";
	outcome = compare("ext4/model", 0, false);
	elsewise = NULL;
	check(outcome.result == 0 && outcome.findings == 1 && outcome.remembered == FILES - 1 &&
			outcome.files == FILES - 1 && !outcome.placed,
		"denied by a receipt", "%zu findings, %zu remembered, %s", outcome.findings,
		outcome.remembered, outcome.placed ? "hashed" : "not hashed");
}

/* One byte, with the old times: that file is hashed, and found. */
static void
test_changed(void)
{
	const char *path = "ext4/model/f7";
	struct stat st;
	struct timespec times[2];
	struct outcome outcome;

	material_need(stat(path, &st) == 0, path);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	material_file(path, "g7");
	material_need(utimensat(AT_FDCWD, path, times, 0) == 0, path);
	outcome = compare("ext4/model", 0, false);
	check(outcome.result == 0 && outcome.findings == 1 && outcome.remembered == FILES - 1,
		"changed", "%zu findings, %zu remembered", outcome.findings, outcome.remembered);
	material_file(path, "f7");
}

/* Of a crowd that starts at once, one hashes each file, and all get the same answer. */
static void
test_crowd(const char *path, size_t hashings)
{
	int ends[2], status;
	size_t hashed = 0, failed = 0, one;
	pid_t pids[CROWD];

	material_need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	for (size_t i = 0; i < CROWD; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct outcome outcome = compare(path, 0, false);

			one = outcome.files - outcome.remembered;
			_exit(outcome.result || outcome.files != FILES ||
				write(ends[1], &one, sizeof(one)) != (ssize_t)sizeof(one));
		}
	}
	for (size_t i = 0; i < CROWD; i++) {
		waitpid(pids[i], &status, 0);
		failed += status != 0;
	}
	close(ends[1]);
	while (read(ends[0], &one, sizeof(one)) == (ssize_t)sizeof(one))
		hashed += one;
	close(ends[0]);
	check(failed == 0 && hashed == hashings * FILES, path,
		"crowd: %zu failed, %zu files hashed, wanted %zu", failed, hashed,
		hashings * FILES);
}

/* What cannot end in time ends early, and says how much is left. */
static void
test_foreseen(void)
{
	struct outcome outcome;
	int64_t before = clock_monotonic_ms(), took;

	outcome = compare("ext4/huge", 20 * SOON_MS / 10, true);
	took = clock_monotonic_ms() - before;
	check_result(outcome.result, REASON_DEADLINE, &outcome.err, "foreseen");
	check(took < 20 * SOON_MS / 10, "foreseen: early", "%lld ms", (long long)took);
	check(outcome.rest.lasting && !outcome.rest.elsewhere && outcome.rest.done > 0 &&
			outcome.rest.done < outcome.rest.total &&
			outcome.rest.total == (uint64_t)huge * HUGE_FILES &&
			outcome.rest.left_ms > 0,
		"foreseen: rest", "%llu of %llu, %lld ms", (unsigned long long)outcome.rest.done,
		(unsigned long long)outcome.rest.total, (long long)outcome.rest.left_ms);
	before = clock_monotonic_ms();
	outcome = compare("ext4/huge", SOON_MS, false);
	took = clock_monotonic_ms() - before;
	check_result(outcome.result, REASON_DEADLINE, &outcome.err, "deadline");
	check(took >= SOON_MS, "deadline: not before", "%lld ms", (long long)took);
}

/* While one verifies, another one's time is up: it says where it stands, and that it is elsewhere.
 */
static void
test_elsewhere(void)
{
	struct outcome outcome;
	struct running_progress list[1];
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		compare("ext4/huge", 0, false);
		_exit(0);
	}
	while (running_list(run, list, 1) == 0 || list[0].done == 0)
		usleep(1000);
	outcome = compare("ext4/huge", SOON_MS, true);
	check_result(outcome.result, REASON_PENDING, &outcome.err, "elsewhere");
	check(outcome.rest.elsewhere && outcome.rest.total == (uint64_t)huge * HUGE_FILES,
		"elsewhere: rest", "%llu of %llu", (unsigned long long)outcome.rest.done,
		(unsigned long long)outcome.rest.total);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Whoever may write the cache puts a huge file in place of a small one, has it verified by a start
 * of his own, and puts the small one back: the starts of others do not wait for that. */
static void
test_swapped(void)
{
	struct outcome outcome;
	struct running_progress list[1];
	pid_t pid;

	material_need(rename("ext4/swapped/f0", "ext4/f0") == 0 &&
			      rename("ext4/huge/f0", "ext4/swapped/f0") == 0,
		"swap");
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		compare("ext4/swapped", 0, false);
		_exit(0);
	}
	while (running_list(run, list, 1) == 0 || list[0].done == 0)
		usleep(1000);
	material_need(rename("ext4/swapped/f0", "ext4/huge/f0") == 0 &&
			      rename("ext4/f0", "ext4/swapped/f0") == 0,
		"swap back");
	outcome = compare("ext4/swapped", 20 * SOON_MS, true);
	check_result(outcome.result, REASON_NONE, &outcome.err, "swapped");
	check(running_list(run, list, 1) == 1 && outcome.files == FILES && outcome.findings == 0,
		"swapped: at once", "%zu files, %zu findings", outcome.files, outcome.findings);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void
make_model(const char *folder)
{
	char path[64], name[16];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		material_file(path, name);
	}
}

static void
make_huge(void)
{
	char path[64];

	for (int i = 0; i < HUGE_FILES; i++) {
		snprintf(path, sizeof(path), "ext4/huge/f%d", i);
		material_file(path, "");
		material_need(truncate(path, huge) == 0, path);
	}
}

int
main(void)
{
	material_enter();
	if (!disks_enter() || !disks_make("ext4", NULL) || !disks_make("tmpfs", "size=1m")) {
		check_skip("contents", "no file system can be mounted");
		return 0;
	}
	signal(SIGIO, SIG_IGN);
	snprintf(run, sizeof(run), "%s/run", material_folder);
	snprintf(journal, sizeof(journal), "%s/journal", material_folder);
	make_model("ext4/model");
	make_model("ext4/crowd");
	make_model("ext4/swapped");
	make_model("tmpfs/crowd");
	make_huge();
	sleep(4); /* else a change at this moment could have the same times */
	test_twice();
	test_denied();
	test_changed();
	test_crowd("ext4/crowd", 1);
	test_crowd("tmpfs/crowd", CROWD);
	test_foreseen();
	test_elsewhere();
	test_swapped();
	return check_failures ? 1 : 0;
}
