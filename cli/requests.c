#include "cli/requests.h"

#include "base/error.h"
#include "base/mem.h"
#include "cli/console.h"
#include "cli/notify.h"
#include "cli/prefetch.h"
#include "cli/stop.h"
#include "gate/model.h"
#include "gate/pending.h"

#include <stdio.h>
#include <string.h>

static int
open_model(const struct pending *pending, struct model *out, struct error *err)
{
	int base = pending_open(pending, err);

	if (base < 0)
		return -1;
	if (pending->below[0])
		return model_open_snapshot(base, pending->below, pending->label, out, err);
	return model_open_descriptor(base, pending->label, out, err);
}

/* One request, and the line about it. */
static int
serve(const struct pending *pending, struct prefetch *prefetch, struct error *err)
{
	const struct prefetch_form form = { pending->algorithm, pending->shard_size };
	struct prefetch_sum sum = { 0 };
	struct model model = MODEL_CLOSED;
	char words[160];

	if (open_model(pending, &model, err) ||
		prefetch_model(prefetch, &model, &form, &sum, err)) {
		if (!stop_asked())
			console_say(CONSOLE_ERROR, "%s: %s", pending->label, err->text);
		return -1;
	}
	printf("%s: %s\n", pending->label, prefetch_describe(&sum, words, sizeof(words)));
	fflush(stdout);
	return 0;
}

/* What is still there after it was removed would be served for ever. */
static int
check_removed(const struct pending *now, const struct pending *before, struct error *err)
{
	if (now->asked_s == before->asked_s && strcmp(now->name, before->name) == 0)
		return error_set(err, REASON_IO, 0, "request %s cannot be removed", now->name);
	return 0;
}

int
requests_serve(const char *directory, struct prefetch *prefetch, struct error *err)
{
	cleanup_free struct pending *list = calloc(PENDING_MAX, sizeof(*list));
	cleanup_free struct pending *before = calloc(1, sizeof(*before));
	struct error first = { 0 };
	size_t count;

	if (!list || !before)
		return error_no_memory(err);
	notify_send("READY=1\nSTATUS=looking for requests\n");
	while (stop_give_up(NULL, err) == 0) {
		if (pending_list(directory, false, list, &count, err))
			return -1;
		if (count == 0) {
			if (first.reason != REASON_NONE)
				*err = first;
			return first.reason == REASON_NONE ? 0 : -1;
		}
		if (check_removed(&list[0], before, err))
			return -1;
		if (serve(&list[0], prefetch, err)) {
			if (stop_asked())
				break;
			if (first.reason == REASON_NONE)
				first = *err;
		}
		pending_remove(directory, &list[0]);
		*before = list[0];
	}
	notify_send("STOPPING=1\nSTATUS=stopped; what is hashed is remembered\n");
	return -1;
}
