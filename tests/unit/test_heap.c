#include "border/heap.h"

#include "border/digest.h"
#include "tests/unit/check.h"
#include "tests/unit/scarce.h"

#include <openssl/crypto.h>
#include <pthread.h>

static void *
refuse_one(void *unused)
{
	(void)unused;
	scarce_begin(1, false);
	OPENSSL_free(OPENSSL_malloc(100));
	scarce_end();
	return (void *)(uintptr_t)heap_refusals();
}

static void
test_counts(void)
{
	char *bytes = OPENSSL_malloc(100), *larger;

	check(bytes && heap_refusals() == 0, "heap: plenty", "%zu", heap_refusals());
	bytes = OPENSSL_realloc(bytes, 200);
	check(bytes && heap_refusals() == 0, "heap: plenty, larger", "%zu", heap_refusals());
	refuse_one(NULL);
	check(heap_refusals() == 1, "heap: one refused", "%zu", heap_refusals());
	scarce_begin(1, false);
	larger = OPENSSL_realloc(bytes, 400);
	scarce_end();
	check(!larger && heap_refusals() == 2, "heap: none larger", "%zu", heap_refusals());
	larger = OPENSSL_realloc(larger ? larger : bytes, 0); /* valgrind does not refuse */
	check(!larger && heap_refusals() == 2, "heap: nothing is no refusal", "%zu",
		heap_refusals());
}

static void
test_thread(void)
{
	size_t before = heap_refusals();
	void *result = NULL;
	pthread_t thread;

	check(pthread_create(&thread, NULL, refuse_one, NULL) == 0 &&
			pthread_join(thread, &result) == 0,
		"heap: a thread", "cannot run");
	check((uintptr_t)result == 1 && heap_refusals() == before,
		"heap: each thread counts its own", "%zu there, %zu here",
		(size_t)(uintptr_t)result, heap_refusals() - before);
}

static void
test_refuse(void)
{
	struct error err = { .reason = REASON_SIGNATURE, .text = "as it was" };
	size_t before = heap_refusals();

	check_result(heap_refuse(before, &err), REASON_SIGNATURE, &err, "heap: not the memory");
	check_text(err.text, "as it was", "heap: not the memory, words");
	check_result(heap_refuse(before - 1, &err), REASON_INTERNAL, &err, "heap: the memory");
	check(err.os_errno == ENOMEM, "heap: the memory, errno", "%d", err.os_errno);
}

int
main(void)
{
	struct error err = { 0 };

	check_result(digest_start(&err), REASON_NONE, &err, "heap: start");
	heap_start();
	test_counts();
	test_thread();
	test_refuse();
	return check_end();
}
