/*
 * models.lock: what is read is written as one text, whatever the order and the blanks were.
 */
#include "base/writer.h"
#include "gate/lock.h"

#include "tests/fuzz/fuzz.h"

static const char first[] = "# nimgate models.lock 1\n";

void
fuzz_input(const uint8_t *data, size_t size)
{
	cleanup_lock struct lock lock = { 0 }, again = { 0 };
	cleanup_writer struct writer text = { 0 }, before = { 0 }, after = { 0 };
	struct error err = { 0 };

	/* Most inputs have the right beginning, which would take the fuzzer long to find. */
	if (size && data[0] != '#')
		writer_bytes(&text, first, strlen(first));
	writer_bytes(&text, (const char *)data, size);
	if (text.failed)
		return;
	if (lock_parse(text.text, text.length, &lock, &err)) {
		FUZZ_PROMISE(err.reason == REASON_CONFIG || err.reason == REASON_INTERNAL);
		return;
	}
	for (size_t i = 0; i < lock.count; i++) {
		FUZZ_PROMISE(digest_size(lock.entries[i].payload.algorithm) == 32);
		FUZZ_PROMISE(
			i == 0 || strcmp(lock.entries[i - 1].version, lock.entries[i].version) < 0);
	}
	lock_write(&lock, &before);
	if (before.failed)
		return;
	if (lock_parse(before.text, before.length, &again, &err)) {
		FUZZ_PROMISE(fuzz_has_refused());
		return;
	}
	lock_write(&again, &after);
	FUZZ_PROMISE(after.failed || strcmp(before.text, after.text) == 0);
}
