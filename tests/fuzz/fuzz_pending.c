/*
 * Requests: what is read is written again as the same bytes, and fits.
 */
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "gate/pending.h"
#include "gate/pending_text.h"

#include "tests/fuzz/fuzz.h"

void
fuzz_input(const uint8_t *data, size_t size)
{
	static struct pending pending;
	cleanup_writer struct writer first = { 0 }, second = { 0 };
	cleanup_free char *text = malloc(size + 1);

	if (!text)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (pending_text_parse(text, &pending))
		return;
	FUZZ_PROMISE(pending.path[0] == '/' && strlen(pending.path) < sizeof(pending.path) &&
		     strlen(pending.below) < sizeof(pending.below) &&
		     strlen(pending.label) < sizeof(pending.label));
	FUZZ_PROMISE(!pending.below[0] || text_is_canonical_path(pending.below));
	FUZZ_PROMISE(digest_size(pending.algorithm) > 0);
	pending_text_format(&pending, &first);
	if (first.failed)
		return;
	FUZZ_PROMISE(pending_text_parse(first.text, &pending) == 0);
	pending_text_format(&pending, &second);
	FUZZ_PROMISE(second.failed || strcmp(first.text, second.text) == 0);
}
