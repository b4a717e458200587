#include "cli/scrub_file.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/mounted.h"
#include "hash/direct.h"
#include "oms/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>

void
scrub_file_close(struct scrub_file *file)
{
	mem_close_fd(&file->fd);
	file->fd = -1;
	free(file->shards);
	file->shards = NULL;
}

/* True if the file at FD is the one of the row, and as it was then. */
static bool
stands(const struct scrub_file *file)
{
	struct identity now;
	struct error ignored;

	return identity_read(file->fd, &now, &ignored) == 0 &&
	       identity_equal(&now, &file->row->identity);
}

/*
 * What the page cache says of a file says nothing of the disk: large files are read past it, and
 * what it has of small ones is dropped. Btrfs reads from the cache again where the disk fails.
 */
static void
turn_to_disk(struct scrub_file *file)
{
	const struct identity *identity = &file->row->identity;
	int flags = fcntl(file->fd, F_GETFL);

	file->direct = identity->size >= DIRECT_CHUNK_BYTES &&
		       file->row->shard_size % DIRECT_ALIGNMENT == 0 && flags >= 0 &&
		       fcntl(file->fd, F_SETFL, flags | O_DIRECT) == 0;
	if (!file->direct || identity->magic == BTRFS_SUPER_MAGIC)
		posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
}

static enum scrub_state
find(struct scrub_file *file, const struct mounted *mounted)
{
	const struct mounted_place *place;
	struct error ignored;

	file->fd = mounted_find(mounted, &file->row->identity, &place);
	file->mount = place ? place->path : NULL;
	if (file->fd < 0 && !place)
		return SCRUB_AWAY;
	if (file->fd < 0)
		return errno == ESTALE ? SCRUB_GONE : SCRUB_BUSY;
	if (!stands(file) || file->row->identity.size == 0)
		return SCRUB_GONE;
	clock_gettime(CLOCK_REALTIME, &file->since);
	if (boot_read(&file->boot, &ignored) || lease_take(file->fd, &file->lease, &ignored))
		return SCRUB_BUSY;
	return SCRUB_OPEN;
}

int
scrub_file_open(const struct journal_row *row, const struct mounted *mounted,
	struct scrub_file *out, struct error *err)
{
	struct scrub_file file = { .row = row, .fd = -1, .streams = 1 };

	file.state = find(&file, mounted);
	if (file.state == SCRUB_OPEN && row->shard_size) {
		file.streams = shard_count(row->identity.size, row->shard_size);
		file.shards = calloc(file.streams + 1, sizeof(*file.shards));
		if (!file.shards) {
			scrub_file_close(&file);
			return error_no_memory(err);
		}
	}
	if (file.state == SCRUB_OPEN)
		turn_to_disk(&file);
	else
		scrub_file_close(&file);
	*out = file;
	return 0;
}

bool
scrub_file_has_next(const struct scrub_file *file)
{
	return file->state == SCRUB_OPEN && file->failed == REASON_NONE &&
	       file->submitted < file->streams;
}

struct stream
scrub_file_next(struct scrub_file *file)
{
	const uint64_t size = file->row->identity.size, step = file->row->shard_size;
	struct stream stream = {
		.fd = file->fd, .algorithm = file->row->algorithm, .direct = file->direct
	};

	stream.offset = step * file->submitted;
	stream.to_end = file->submitted + 1 == file->streams;
	stream.length = stream.to_end ? size - stream.offset : step;
	file->submitted++;
	return stream;
}

/* With shards a row keeps the SHA-256 of their digests. */
static int
join_shards(struct scrub_file *file, struct error *err)
{
	struct digest_context *context;
	int result = 0;

	if (!file->shards)
		return 0;
	context = digest_open(DIGEST_SHA256, err);
	if (!context)
		return -1;
	for (size_t i = 0; result == 0 && i < file->streams; i++)
		result = digest_update(context, file->shards[i].bytes,
			digest_size(file->shards[i].algorithm), err);
	if (result == 0)
		result = digest_finish(context, &file->found, err);
	digest_close(context);
	return result;
}

/* All of the file is hashed. Only what stood still, from the open on, says anything. */
static int
conclude(struct scrub_file *file, struct error *err)
{
	if (file->failed == REASON_NONE && join_shards(file, err))
		return -1;
	if (!stands(file))
		file->state = SCRUB_GONE;
	else if (!lease_is_kept(&file->lease, file->fd) || file->failed == REASON_INTERNAL)
		file->state = SCRUB_BUSY;
	else if (file->failed != REASON_NONE)
		/* Also one that ends early, although nobody cut it: so Btrfs reads what fails. */
		file->state = SCRUB_UNREADABLE;
	else
		file->state =
			digest_equal(&file->found, &file->row->digest) ? SCRUB_EQUAL : SCRUB_WRONG;
	return 0;
}

int
scrub_file_take(struct scrub_file *file, size_t index, const struct stream_result *result,
	struct error *err)
{
	file->answered++;
	if (result->reason != REASON_NONE) {
		file->failed = result->reason;
		file->os_errno = result->os_errno ? result->os_errno : EIO;
	} else if (file->shards) {
		file->shards[index] = result->digest;
	} else {
		file->found = result->digest;
	}
	if (file->answered < file->submitted || scrub_file_has_next(file))
		return 0;
	return conclude(file, err);
}
