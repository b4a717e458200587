/*
 * Linked into a hook that is only measured: each function below is called through a twin (ld's
 * --wrap) that adds up the time in it. At the end one line each goes to standard output:
 *
 *   NAME MILLISECONDS CALLS
 *
 * "exec" is the time from NIMGATE_BENCH_NS to main's first function. Times of functions that others
 * call are in those of the callers.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

/* In the order of a start. */
#define STEPS(X)                      \
	X(parser_start)               \
	X(parser_state)               \
	X(parser_config)              \
	X(rootfs_open)                \
	X(recognition_look)           \
	X(policy_load)                \
	X(place_find)                 \
	X(settings_decide)            \
	X(narrow_read_plan)           \
	X(parser_bytes)               \
	X(memo_find)                  \
	X(bundles_read)               \
	X(digest_warm_up)             \
	X(anchors_read)               \
	X(signatures_open)            \
	X(parser_bundle_ask)          \
	X(parser_bundle_answer)       \
	X(protection_prepare)         \
	X(models_open)                \
	X(verification_compare_names) \
	X(protection_begin)           \
	X(prove_contents)             \
	X(receipts_open)              \
	X(pool_open)                  \
	X(pool_recall)                \
	X(model_open_file)            \
	X(lease_take)                 \
	X(receipts_honour)            \
	X(identity_read)              \
	X(journal_find)               \
	X(view_bind)                  \
	X(protection_settle)          \
	X(cache_root_check)           \
	X(protection_finish)          \
	X(view_check_places)          \
	X(decision_log)               \
	X(admit_release)              \
	X(spawn_start)                \
	X(spawn_end)

#define NUMBER(name) STEP_##name,
enum { STEPS(NUMBER) STEP_COUNT };

#define NAME(name) #name,
static const char *const names[] = { STEPS(NAME) };

static uint64_t times_ns[STEP_COUNT], calls[STEP_COUNT], began_ns;

static uint64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* All have at most six arguments that are no floating-point numbers, and give what fits a register:
 * whatever is passed on unchanged is right. */
#define TWIN(name)                                                                                 \
	uintptr_t __real_##name(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t); \
	uintptr_t __wrap_##name(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t); \
	uintptr_t __wrap_##name(                                                                   \
		uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f)      \
	{                                                                                          \
		uint64_t start = now_ns();                                                         \
		uintptr_t result = __real_##name(a, b, c, d, e, f);                                \
                                                                                                   \
		times_ns[STEP_##name] += now_ns() - start;                                         \
		calls[STEP_##name]++;                                                              \
		return result;                                                                     \
	}
STEPS(TWIN)

static __attribute__((constructor)) void
begin(void)
{
	const char *said = getenv("NIMGATE_BENCH_NS");

	if (said)
		began_ns = now_ns() - strtoull(said, NULL, 10);
}

/* Children leave by _exit(). */
static __attribute__((destructor)) void
end(void)
{
	printf("exec %.3f 1\n", (double)began_ns / 1e6);
	for (size_t i = 0; i < STEP_COUNT; i++)
		if (calls[i])
			printf("%s %.3f %llu\n", names[i], (double)times_ns[i] / 1e6,
				(unsigned long long)calls[i]);
	fflush(stdout);
}
