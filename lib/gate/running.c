#include "gate/running.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/digest.h"
#include "gate/verification.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define TURNS  "turns"
#define FOLDER "running"

enum {
	TELL_MS = 500,
	LOOK_MS = 20,       /* between two looks whether the turn is free */
	ASK_MS = 1000,      /* a holder's own estimate means something after that time */
	MORE_PART = 4,      /* a part of our own bytes: who hashes so much more hashes others */
	RECORD_BYTES = 512, /* of a progress file */
	KEY_DIGITS = 16,
};

/* Makes NAME below DIRECTORY's descriptor, root's alone. Returns it, or -1. */
static int
open_own(int dir, const char *name, int flags)
{
	struct stat st;
	cleanup_fd int fd =
		openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st) || st.st_uid != geteuid() ||
		(st.st_mode & (S_IRWXG | S_IRWXO)))
		return -1;
	return take_fd(&fd);
}

/* Opens the file of turns and the folder of progress files. Returns 0, or -1 where they cannot be
 * had. */
static int
open_places(const char *directory, struct running *running)
{
	struct error ignored;
	cleanup_fd int dir = -1;

	mkdir(directory, 0700); /* may be there */
	dir = file_open_trusted_directory(directory, &ignored);
	if (dir < 0)
		return -1;
	mkdirat(dir, FOLDER, 0700);
	running->folder = open_own(dir, FOLDER, O_RDONLY | O_DIRECTORY);
	running->fd = open_own(dir, TURNS, O_RDWR | O_CREAT);
	return running->fd < 0 ? -1 : 0;
}

/*
 * A number for the directory or file that the model lies in: equal for two ways to the same one,
 * which is all that matters; two models that share a number wait for each other for nothing. Of a
 * hash that nobody can aim with: snapshots have foreign names, and a file system of somebody's own
 * numbers its files as it likes.
 */
static int
key_of(const struct model *model, uint64_t *out, struct error *err)
{
	struct {
		uint64_t device, inode;
		char below[LIMIT_NAME_BYTES];
	} place = { 0 };
	struct digest digest;
	struct stat st;

	if (fstat(model->base, &st))
		return error_set_os(err, REASON_IO, errno, "%s", TEXT_QUOTE(model->label));
	place.device = st.st_dev;
	place.inode = st.st_ino;
	snprintf(place.below, sizeof(place.below), "%s", model->below);
	if (digest_compute(DIGEST_SHA256, &place, sizeof(place), &digest, err))
		return -1;
	memcpy(out, digest.bytes, sizeof(*out));
	*out >>= 1; /* an offset in a file */
	return 0;
}

static int
by_key(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

/* Ascending, so that two that want the same models cannot wait for each other. */
static int
collect_keys(const struct verification *verification, struct running *running, struct error *err)
{
	uint64_t *keys = calloc(verification->count + 1, sizeof(*keys));
	size_t count = 0;

	if (!keys)
		return error_no_memory(err);
	for (size_t i = 0; i < verification->count; i++)
		if (key_of(&verification->items[i].model, &keys[i], err)) {
			free(keys);
			return -1;
		}
	if (verification->count)
		qsort(keys, verification->count, sizeof(*keys), by_key);
	for (size_t i = 0; i < verification->count; i++)
		if (i == 0 || keys[i] != keys[count - 1])
			keys[count++] = keys[i];
	running->keys = keys;
	running->count = count;
	return 0;
}

static struct flock
turn_of(uint64_t key)
{
	return (struct flock){
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)key, .l_len = 1
	};
}

/* The name of a progress file: the key, and whose it is. */
static char *
name_of(uint64_t key, char out[static KEY_DIGITS + 1])
{
	snprintf(out, KEY_DIGITS + 1, "%016" PRIx64, key);
	return out;
}

/* One line: process, bytes done and in all, milliseconds so far, what it is called. */
static int
parse_progress(char *line, struct running_progress *out)
{
	char *label = line;
	uint64_t numbers[4];

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		char *end = strchr(label, ' ');

		if (!end || text_parse_count(label, (size_t)(end - label), &numbers[i]))
			return -1;
		label = end + 1;
	}
	label[strcspn(label, "\n")] = '\0';
	out->pid = (pid_t)numbers[0];
	out->done = numbers[1];
	out->total = numbers[2];
	out->elapsed_ms = (int64_t)numbers[3];
	text_escape(out->label, sizeof(out->label), label, strlen(label));
	return out->done > out->total ? -1 : 0;
}

static int
read_progress(int folder, uint64_t key, struct running_progress *out)
{
	char name[KEY_DIGITS + 1], line[RECORD_BYTES];
	cleanup_fd int fd = open_own(folder, name_of(key, name), O_RDONLY);
	ssize_t length = fd < 0 ? -1 : pread(fd, line, sizeof(line) - 1, 0);

	*out = (struct running_progress){ .key = key };
	if (length <= 0)
		return -1;
	line[length] = '\0';
	return parse_progress(line, out);
}

int64_t
running_left_ms(const struct running_progress *progress)
{
	if (progress->total == 0 || progress->done == 0 || progress->elapsed_ms < ASK_MS)
		return -1;
	return (int64_t)((double)(progress->total - progress->done) / (double)progress->done *
			 (double)progress->elapsed_ms);
}

/* The holder will need longer than there is. */
static bool
outlasts(const struct running_progress *ahead, int64_t deadline_ms)
{
	return deadline_ms && running_left_ms(ahead) > deadline_ms - clock_monotonic_ms();
}

/* What the holder has left cannot be ours: whoever may write the cache can put anything into it,
 * start a container of his own, and put it back. */
static bool
is_another(const struct running_progress *ahead, uint64_t left)
{
	return left && ahead->total - ahead->done > left &&
	       ahead->total - ahead->done - left > left / MORE_PART;
}

static int
refuse_waiting(const struct running_progress *ahead, struct error *err)
{
	return error_set(err, REASON_PENDING, 0, "%s is being verified elsewhere: %.0f %% done",
		TEXT_QUOTE(ahead->label),
		ahead->total ? 100.0 * (double)ahead->done / (double)ahead->total : 0.0);
}

/* Waits for the turn of one model. Returns 0, 1 where there are no locks, 2 where somebody else
 * keeps it for other files, or -1. */
static int
wait_for(struct running *running, uint64_t key, const struct running_wait *wait, bool *waited,
	struct running_progress *ahead, struct error *err)
{
	const struct timespec moment = { .tv_nsec = LOOK_MS * 1000000L };
	struct flock lock = turn_of(key);

	while (fcntl(running->fd, F_OFD_SETLK, &lock)) {
		bool told;

		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EACCES)
			return 1;
		*waited = true;
		if (wait->give_up && wait->give_up(wait->context, err))
			return -1;
		told = running->folder >= 0 && read_progress(running->folder, key, ahead) == 0;
		if (told && is_another(ahead, wait->left))
			return 2;
		if ((told && outlasts(ahead, wait->deadline_ms)) ||
			(wait->deadline_ms && clock_monotonic_ms() >= wait->deadline_ms))
			return refuse_waiting(ahead, err);
		nanosleep(&moment, NULL);
	}
	return 0;
}

/* Takes what turns there are, in their order; those of others go from the list. */
static int
take_turns(struct running *running, const struct running_wait *wait, bool *waited,
	struct running_progress *ahead, struct error *err)
{
	size_t taken = 0;

	for (size_t i = 0; i < running->count; i++) {
		int got = wait_for(running, running->keys[i], wait, waited, ahead, err);

		if (got < 0)
			return -1;
		if (got == 1) {
			mem_close_fd(&running->fd);
			running->fd = -1;
			return 0;
		}
		if (got == 0)
			running->keys[taken++] = running->keys[i];
	}
	running->count = taken;
	return 0;
}

/* True if somebody has the turn of KEY: else its progress was left behind by a dead holder. */
static bool
is_running(int fd, uint64_t key)
{
	struct flock lock = turn_of(key);

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* The key that a progress file is named after; false for any other name. */
static bool
parse_name(const char *name, uint64_t *key)
{
	char *end;

	*key = strtoull(name, &end, 16);
	return end == name + KEY_DIGITS && *end == '\0';
}

/* Removes the progress of holders that were killed: it would tell who waits for us of them, and
 * pile up. Whoever takes a turn in this moment tells again soon. */
static void
forget_dead(const struct running *running)
{
	int copy = openat(running->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	uint64_t key;

	if (!stream) {
		mem_close_fd(&copy);
		return;
	}
	while ((entry = readdir(stream)))
		if (parse_name(entry->d_name, &key) && !is_running(running->fd, key))
			unlinkat(running->folder, entry->d_name, 0);
	closedir(stream);
}

int
running_begin(const char *directory, const struct verification *verification,
	const struct running_wait *wait, struct running *out, bool *waited,
	struct running_progress *ahead, struct error *err)
{
	struct running running = { .fd = -1, .folder = -1 };

	*waited = false;
	*ahead = (struct running_progress){ 0 };
	if (collect_keys(verification, &running, err))
		return -1;
	if (verification->count && verification->items[0].model.label) {
		const char *label = verification->items[0].model.label;

		text_escape(running.label, sizeof(running.label), label, strlen(label));
	}
	/* Without a place for locks nobody waits for anybody. */
	if (open_places(directory, &running) == 0 &&
		take_turns(&running, wait, waited, ahead, err)) {
		running_end(&running);
		return -1;
	}
	if (running.fd >= 0 && running.folder >= 0)
		forget_dead(&running);
	running.began_ms = clock_monotonic_ms();
	*out = running;
	return 0;
}

/* Written in one call over what was there, and of one length: readers see one or the other. */
static void
write_progress(const struct running *running, uint64_t key, uint64_t done, uint64_t total)
{
	char name[KEY_DIGITS + 1], line[RECORD_BYTES];
	cleanup_fd int fd = open_own(running->folder, name_of(key, name), O_WRONLY | O_CREAT);
	int length = snprintf(line, sizeof(line), "%d %" PRIu64 " %" PRIu64 " %" PRId64 " %s",
		(int)getpid(), done, total, clock_monotonic_ms() - running->began_ms,
		running->label);

	if (fd < 0 || length < 0 || length >= (int)sizeof(line))
		return;
	memset(line + length, '\n', sizeof(line) - (size_t)length);
	if (pwrite(fd, line, sizeof(line), 0) < 0)
		return; /* others see an older one */
}

void
running_tell(struct running *running, uint64_t done, uint64_t total)
{
	int64_t now = clock_monotonic_ms();

	if (running->fd < 0 || running->folder < 0 ||
		(running->told_ms && now - running->told_ms < TELL_MS))
		return;
	running->told_ms = now;
	for (size_t i = 0; i < running->count; i++)
		write_progress(running, running->keys[i], done < total ? done : total, total);
}

size_t
running_list(const char *directory, struct running_progress *out, size_t max)
{
	struct error ignored;
	cleanup_fd int dir = file_open_trusted_directory(directory, &ignored);
	cleanup_fd int turns = dir < 0 ? -1 : open_own(dir, TURNS, O_RDWR);
	int folder = turns < 0 ? -1 : open_own(dir, FOLDER, O_RDONLY | O_DIRECTORY);
	DIR *stream = folder < 0 ? NULL : fdopendir(folder);
	const struct dirent *entry;
	size_t count = 0;

	if (!stream) {
		mem_close_fd(&folder);
		return 0;
	}
	while (count < max && (entry = readdir(stream))) {
		uint64_t key;

		if (parse_name(entry->d_name, &key) && is_running(turns, key) &&
			read_progress(folder, key, &out[count]) == 0)
			count++;
	}
	closedir(stream);
	return count;
}

void
running_end(struct running *running)
{
	char name[KEY_DIGITS + 1];

	for (size_t i = 0; running->told_ms && i < running->count; i++)
		unlinkat(running->folder, name_of(running->keys[i], name), 0);
	mem_close_fd(&running->fd);
	mem_close_fd(&running->folder);
	free(running->keys);
	*running = (struct running){ .fd = -1, .folder = -1 };
}
