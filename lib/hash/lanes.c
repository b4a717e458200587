#include "hash/lanes.h"

#include <stdlib.h>
#include <string.h>

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
};

int
lanes_open(struct lanes *lanes, const struct kernel_plan *plan, _Atomic uint64_t *progress)
{
	const size_t step = BUFFER_BYTES + STAGGER_BYTES;
	size_t size = KERNEL_LANES_MAX * step;

	size = (size + BUFFER_ALIGNMENT - 1) / BUFFER_ALIGNMENT * BUFFER_ALIGNMENT;
	*lanes = (struct lanes){ .plan = plan, .progress = progress };
	lanes->memory = aligned_alloc(BUFFER_ALIGNMENT, size);
	if (!lanes->memory)
		return -1;
	for (size_t i = 0; i < KERNEL_LANES_MAX; i++)
		lanes->slots[i].buffer = lanes->memory + i * step;
	return 0;
}

void
lanes_close(struct lanes *lanes)
{
	free(lanes->memory);
	lanes->memory = NULL;
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
	lanes->live++;
}

static void
count(const struct lanes *lanes, uint64_t bytes)
{
	if (lanes->progress)
		atomic_fetch_add_explicit(lanes->progress, bytes, memory_order_relaxed);
}

/* Reads into the slot's buffer, behind what is left of a block. Returns false with the reason in
 * RESULT. */
static bool
refill(const struct lanes *lanes, struct lanes_slot *slot, struct stream_result *result)
{
	size_t chunk = lanes->live > FEW ? CHUNK_BYTES : CHUNK_BYTES_FEW, got = 0;
	struct reader *reader = &slot->work.reader;

	memmove(slot->buffer, slot->work.lane.next, slot->available);
	slot->work.lane.next = slot->buffer;
	while (slot->available < KERNEL_BLOCK_BYTES && !reader->whole) {
		if (!reader_read(reader, slot->buffer + slot->available, chunk - slot->available,
			    &got, result))
			return false;
		slot->available += got;
	}
	return true;
}

static void
release(struct lanes *lanes, struct lanes_slot *slot)
{
	slot->live = false;
	lanes->live--;
}

/* Ends the slot's stream if it has come to its end, or cannot. Returns true if it did. */
static bool
end_slot(struct lanes *lanes, struct lanes_slot *slot, struct stream_result *result)
{
	*result = (struct stream_result){ .index = slot->work.index };
	if (slot->available >= KERNEL_BLOCK_BYTES)
		return false;
	if (refill(lanes, slot, result)) {
		if (slot->available >= KERNEL_BLOCK_BYTES)
			return false;
		kernel_finish(kernel_plan_next(lanes->plan, 1).kernel, &slot->work.lane,
			slot->available, &result->digest);
		count(lanes, slot->available);
	}
	reader_end(&slot->work.reader);
	release(lanes, slot);
	return true;
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
		if (end_slot(lanes, slot, &results[ended])) {
			*bytes += slot->work.reader.stream.length;
			ended++;
		} else {
			ready[live++] = slot;
		}
	}
	for (size_t at = 0; at < live; at += group.live) {
		group = kernel_plan_next(lanes->plan, live - at);
		advance(lanes, &ready[at], group);
	}
	return ended;
}

static uint64_t
left_of(const struct lanes_slot *slot)
{
	return slot->live ? reader_left(&slot->work.reader) + slot->available : 0;
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

	/* What was read and not hashed is read again there. */
	reader_rewind(&slot->work.reader, slot->available);
	*out = slot->work;
	out->started = true;
	release(lanes, slot);
}
