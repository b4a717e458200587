#include "hash/queue.h"

#include "tests/unit/check.h"

#include <stdlib.h>
#include <unistd.h>

static struct lanes_work
work_of(uint32_t index, uint64_t length)
{
	struct lanes_work work = { .index = index };

	work.reader.stream.length = length;
	return work;
}

/* What each worker should have, as streams come and go. */
static void
test_share(void)
{
	struct queue queue;
	struct lanes_work work;

	if (queue_init(&queue, 2, 100, KERNEL_LANES_MAX))
		abort();
	check(queue_share(&queue) == 1 && !queue_first(&queue), "share: nothing", "%zu",
		queue_share(&queue));
	for (uint32_t i = 0; i < 7; i++) {
		work = work_of(i, 10);
		queue_put(&queue, &work);
	}
	check(queue_share(&queue) == 4, "share: seven for two", "%zu", queue_share(&queue));
	for (int i = 0; i < 4; i++)
		queue_take(&queue, &work);
	check(work.index == 3 && queue_first(&queue)->index == 4, "share: in order", "%u",
		work.index);
	check(queue_share(&queue) == 4 && queue.live == 4 && queue.waiting == 3,
		"share: those that are hashed count", "%zu", queue_share(&queue));
	check(queue.bytes == 70, "share: bytes", "%llu", (unsigned long long)queue.bytes);
	queue_done(&queue, 3, 30);
	check(queue_share(&queue) == 2 && queue.bytes == 40, "share: those that ended do not",
		"%zu", queue_share(&queue));
	for (uint32_t i = 0; i < 90; i++) {
		work = work_of(i, 10);
		queue_put(&queue, &work);
	}
	check(queue_share(&queue) == KERNEL_LANES_MAX, "share: no more than lanes", "%zu",
		queue_share(&queue));
	queue_destroy(&queue);
}

/* Full for those who put, never for those who give back. */
static void
test_full(void)
{
	struct queue queue;
	struct lanes_work work = work_of(0, 1), got;
	size_t right = 0;

	if (queue_init(&queue, 1, 3, KERNEL_LANES_MAX))
		abort();
	for (uint32_t i = 0; i < 3; i++) {
		work = work_of(i, 1);
		queue_put(&queue, &work);
	}
	queue.live = KERNEL_LANES_MAX;
	for (uint32_t i = 0; i < KERNEL_LANES_MAX; i++) {
		work = work_of(3 + i, 1);
		queue_give(&queue, &work);
	}
	check(queue.waiting == 3 + KERNEL_LANES_MAX && queue.live == 0, "full: given back", "%zu",
		queue.waiting);
	for (uint32_t i = 0; queue_first(&queue); i++) {
		queue_take(&queue, &got);
		right += got.index == i;
	}
	check(right == 3 + KERNEL_LANES_MAX, "full: nothing is lost", "%zu", right);
	queue_destroy(&queue);
}

static void *
wait_for_work(void *argument)
{
	struct queue *queue = argument;
	bool got;

	pthread_mutex_lock(&queue->lock);
	got = queue_wait(queue);
	pthread_mutex_unlock(&queue->lock);
	return got ? queue : NULL;
}

/* A worker that waits is hungry, until something comes or all is over. */
static void
test_hungry(bool close)
{
	const struct lanes_work work = work_of(1, 1);
	struct queue queue;
	pthread_t thread;
	void *got = NULL;

	if (queue_init(&queue, 1, 3, KERNEL_LANES_MAX) ||
		pthread_create(&thread, NULL, wait_for_work, &queue))
		abort();
	for (int i = 0; i < 5000 && !atomic_load(&queue.hungry); i++)
		usleep(1000);
	check(atomic_load(&queue.hungry) == 1, "hungry: told", "%zu", atomic_load(&queue.hungry));
	if (close) {
		queue_close(&queue);
	} else {
		queue.live = 1;
		queue_give(&queue, &work);
	}
	pthread_join(thread, &got);
	check((got != NULL) == !close && atomic_load(&queue.hungry) == 0,
		close ? "hungry: the end" : "hungry: fed", "%p", got);
	queue_destroy(&queue);
}

int
main(void)
{
	test_share();
	test_full();
	test_hungry(false);
	test_hungry(true);
	return check_end();
}
