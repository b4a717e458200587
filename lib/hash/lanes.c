#include "hash/lanes.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	/* Sixteen lanes of this size stay in an L2 cache of a MiB; where few are live, more is
	 * better for reading. */
	CHUNK_BYTES = 60 << 10,
	CHUNK_BYTES_FEW = 128 << 10,
	FEW = 4,
	BUFFER_BYTES = CHUNK_BYTES_FEW,
	BUFFER_ALIGNMENT = 4096,
	/* Buffers in lock-step would otherwise hit one set of the L1 cache (facts: hashing, section
	 * 4). */
	STAGGER_BYTES = 256,
	HUGE_PAGE_BYTES = 2 << 20, /* on machines whose pages are of 4 KiB */
};

/* In huge pages, where there are such: a disk writes into one of these as one piece of memory,
 * into small ones as 512, and reads three times as fast for that. */
static int
open_direct(struct lanes *lanes)
{
	const size_t size = (size_t)LANES_DIRECT * DIRECT_BUFFER_BYTES;

	lanes->direct_memory = aligned_alloc(HUGE_PAGE_BYTES, size);
	if (!lanes->direct_memory)
		return -1;
	madvise(lanes->direct_memory, size, MADV_HUGEPAGE);
	for (size_t i = 0; i < LANES_DIRECT; i++)
		lanes->slots[i].direct_buffer = lanes->direct_memory + i * DIRECT_BUFFER_BYTES;
	direct_waiter_init(&lanes->waiter);
	return 0;
}

int
lanes_open(struct lanes *lanes, const struct kernel_plan *plan, struct direct_pool *pool,
	_Atomic uint64_t *progress)
{
	const size_t step = BUFFER_BYTES + STAGGER_BYTES;
	size_t size = KERNEL_LANES_MAX * step;

	size = (size + BUFFER_ALIGNMENT - 1) / BUFFER_ALIGNMENT * BUFFER_ALIGNMENT;
	*lanes = (struct lanes){ .plan = plan, .pool = pool, .progress = progress };
	lanes->memory = aligned_alloc(BUFFER_ALIGNMENT, size);
	if (!lanes->memory)
		return -1;
	for (size_t i = 0; i < KERNEL_LANES_MAX; i++)
		lanes->slots[i].buffer = lanes->memory + i * step;
	return pool ? open_direct(lanes) : 0;
}

void
lanes_close(struct lanes *lanes)
{
	if (lanes->direct_memory)
		direct_waiter_destroy(&lanes->waiter);
	free(lanes->direct_memory);
	free(lanes->memory);
	lanes->direct_memory = NULL;
	lanes->memory = NULL;
}

static bool
is_direct(const struct lanes_slot *slot)
{
	return slot->work.reader.stream.direct;
}

void
lanes_take(struct lanes *lanes, const struct lanes_work *work)
{
	struct lanes_slot *slot = lanes->slots;

	while (slot->live)
		slot++;
	slot->work = *work;
	slot->available = 0;
	slot->live = true;
	if (work->started)
		slot->work.lane.next = slot->buffer;
	else
		kernel_start(&slot->work.lane, slot->buffer);
	if (is_direct(slot))
		direct_start(&slot->direct, lanes->pool, &lanes->waiter, &slot->work.reader,
			slot->direct_buffer);
	lanes->live++;
}

static void
count(const struct lanes *lanes, uint64_t bytes)
{
	if (lanes->progress)
		atomic_fetch_add_explicit(lanes->progress, bytes, memory_order_relaxed);
}

/* What a slot that had run empty came to. */
enum state {
	STATE_READY,  /* there is a block to hash */
	STATE_WAIT,   /* its disk has not answered yet */
	STATE_END,    /* no more comes: what is available is the last of it */
	STATE_FAILED, /* with the reason in the result */
};

static enum state
judge(const struct lanes_slot *slot)
{
	if (slot->available >= KERNEL_BLOCK_BYTES)
		return STATE_READY;
	return slot->work.reader.whole ? STATE_END : STATE_WAIT;
}

/* Reads into the slot's buffer, behind what is left of a block. */
static enum state
refill(const struct lanes *lanes, struct lanes_slot *slot, struct stream_result *result)
{
	size_t chunk = lanes->live > FEW ? CHUNK_BYTES : CHUNK_BYTES_FEW, got = 0;
	struct reader *reader = &slot->work.reader;

	memmove(slot->buffer, slot->work.lane.next, slot->available);
	slot->work.lane.next = slot->buffer;
	while (judge(slot) == STATE_WAIT) {
		if (!reader_read(reader, slot->buffer + slot->available, chunk - slot->available,
			    &got, result))
			return STATE_FAILED;
		slot->available += got;
	}
	return judge(slot);
}

/* Takes the next chunk that was read, if it is there. */
static enum state
refill_direct(struct lanes_slot *slot, struct stream_result *result)
{
	while (judge(slot) == STATE_WAIT) {
		switch (direct_next(&slot->direct, &slot->work.reader, &slot->work.lane.next,
			&slot->available, result)) {
		case DIRECT_WAIT: return STATE_WAIT;
		case DIRECT_FAILED: return STATE_FAILED;
		case DIRECT_DATA: break;
		}
	}
	return judge(slot);
}

static void
release(struct lanes *lanes, struct lanes_slot *slot)
{
	if (is_direct(slot))
		direct_stop(&slot->direct);
	slot->live = false;
	lanes->live--;
}

/* Gets the slot something to hash. Ends its stream where that has come to its end, or cannot. */
static enum state
feed(struct lanes *lanes, struct lanes_slot *slot, struct stream_result *result)
{
	enum state state = judge(slot);

	*result = (struct stream_result){ .index = slot->work.index };
	if (state == STATE_WAIT)
		state = is_direct(slot) ? refill_direct(slot, result) : refill(lanes, slot, result);
	if (state == STATE_END) {
		kernel_finish(kernel_plan_next(lanes->plan, 1).kernel, &slot->work.lane,
			slot->available, &result->digest);
		count(lanes, slot->available);
	}
	if (state == STATE_END || state == STATE_FAILED) {
		release(lanes, slot);
		reader_end(&slot->work.reader);
	}
	return state;
}

/* One group of lanes, as far as the shortest of them goes. */
static void
advance(struct lanes *lanes, struct lanes_slot *const slots[], struct kernel_group group)
{
	struct kernel_lane *members[KERNEL_LANES_MAX];
	size_t blocks = SIZE_MAX;

	for (size_t i = 0; i < group.live; i++) {
		size_t has = slots[i]->available / KERNEL_BLOCK_BYTES;

		members[i] = &slots[i]->work.lane;
		blocks = has < blocks ? has : blocks;
	}
	kernel_advance(group.kernel, members, group.live, blocks);
	for (size_t i = 0; i < group.live; i++)
		slots[i]->available -= blocks * KERNEL_BLOCK_BYTES;
	count(lanes, group.live * blocks * KERNEL_BLOCK_BYTES);
}

size_t
lanes_step(
	struct lanes *lanes, struct stream_result results[static KERNEL_LANES_MAX], uint64_t *bytes)
{
	struct lanes_slot *ready[KERNEL_LANES_MAX];
	size_t ended = 0, live = 0;
	struct kernel_group group;

	for (size_t i = 0; i < KERNEL_LANES_MAX; i++) {
		struct lanes_slot *slot = &lanes->slots[i];

		if (!slot->live)
			continue;
		switch (feed(lanes, slot, &results[ended])) {
		case STATE_READY: ready[live++] = slot; break;
		case STATE_WAIT: break;
		case STATE_END:
		case STATE_FAILED:
			*bytes += slot->work.reader.stream.length;
			ended++;
			break;
		}
	}
	if (!live && !ended && lanes->live)
		direct_wait(lanes->pool, &lanes->waiter);
	for (size_t at = 0; at < live; at += group.live) {
		group = kernel_plan_next(lanes->plan, live - at);
		advance(lanes, &ready[at], group);
	}
	return ended;
}

/* A direct read begins at a multiple of its alignment: such a stream is given between two chunks.
 */
static uint64_t
left_of(const struct lanes_slot *slot)
{
	if (!slot->live || (is_direct(slot) && slot->available))
		return 0;
	return reader_left(&slot->work.reader) + slot->available;
}

static const struct lanes_slot *
find_longest(const struct lanes *lanes)
{
	const struct lanes_slot *longest = &lanes->slots[0];

	for (size_t i = 1; i < KERNEL_LANES_MAX; i++)
		if (left_of(&lanes->slots[i]) > left_of(longest))
			longest = &lanes->slots[i];
	return longest;
}

uint64_t
lanes_longest(const struct lanes *lanes)
{
	return left_of(find_longest(lanes));
}

void
lanes_give(struct lanes *lanes, struct lanes_work *out)
{
	struct lanes_slot *slot = &lanes->slots[find_longest(lanes) - lanes->slots];

	release(lanes, slot);
	/* What was read and not hashed is read again there. */
	reader_rewind(&slot->work.reader, slot->available);
	*out = slot->work;
	out->started = true;
}
