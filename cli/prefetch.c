#include "cli/prefetch.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/notify.h"
#include "cli/progress.h"
#include "cli/recall.h"
#include "cli/source.h"
#include "cli/stop.h"
#include "gate/anchors.h"
#include "gate/parser.h"
#include "gate/running.h"
#include "gate/signatures.h"
#include "gate/verification.h"
#include "oms/shard.h"
#include "policy/policy.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { SAID_MAX = 20 /* files of a model that are named one by one */ };

/* One model on its way. */
struct run {
	struct prefetch *prefetch;
	const struct prefetch_form *form;
	struct verification verification;
	struct running running;
	struct progress progress;
	struct prefetch_sum sum;
	size_t said;        /* files that were named */
	int64_t settled_ms; /* time until the newest file's times are old enough */
};

/* The form that the signature of REF has, if it counts. */
static int
read_form(const struct prefetch *prefetch, const struct ngc_ref *ref, struct signed_model *model,
	struct prefetch_form *out)
{
	const struct statement *statement = &model->statement;
	cleanup_parser struct parser parser = { 0 };
	struct error ignored;
	cleanup_fd int fd = signatures_open(prefetch->policy, ref, true, &ignored);

	if (fd < 0 || parser_start(PARSER_SIGNATURE, &parser, &ignored) ||
		parser_bundle(&parser, fd, prefetch->anchors, model, &ignored) ||
		!statement->resource_count)
		return -1;
	out->hash = resource_digest(&statement->resources[0], 0)->algorithm;
	out->shard_size = statement->shard_size;
	return 0;
}

struct prefetch_form
prefetch_form(const struct prefetch *prefetch, const struct ngc_ref *ref)
{
	struct prefetch_form form = prefetch->form, found;
	struct signed_model signed_model = { 0 };

	if (prefetch->form_given || !prefetch->policy)
		return form;
	if (read_form(prefetch, ref, &signed_model, &found) == 0)
		form = found;
	signed_model_release(&signed_model);
	return form;
}

/* A file that nobody will find in the journal. */
static void
leave_out(struct run *run, const char *name, enum reason reason, const char *why)
{
	const struct model *model = &run->verification.items[0].model;

	run->sum.left_out++;
	if (run->said++ < SAID_MAX)
		console_say(CONSOLE_WARNING, "%s: %s is not remembered: %s",
			model->below[0] ? model->label : TEXT_QUOTE(model->label), TEXT_QUOTE(name),
			why);
	/* What policy will never remember is a fact; all else may be better the next time. */
	if (run->prefetch->busy == REASON_NONE && reason != REASON_POLICY)
		run->prefetch->busy = reason;
}

/* To be hashed: a resource without its digests. */
static int
add_resource(struct run *run, const struct tree_entry *entry, uint64_t bytes, struct error *err)
{
	struct statement *statement = &run->verification.items[0].signed_model.statement;
	struct resource *resource = &statement->resources[statement->resource_count];
	const struct prefetch_form *form = run->form;

	resource->name = strdup(entry->name);
	if (!resource->name)
		return error_no_memory(err);
	resource->digest.algorithm = form->hash;
	statement->resource_count++;
	return form->shard_size ? shard_divide(resource, bytes, form->shard_size, form->hash, err)
				: 0;
}

/* One name of the model: known, to be hashed, or left out. */
static int
sort_entry(struct run *run, const struct tree_entry *entry, struct error *err)
{
	const struct verification_item *item = &run->verification.items[0];
	struct recall recall;

	if (stop_give_up(NULL, err))
		return -1;
	if (entry->kind != TREE_FILE &&
		(entry->kind != TREE_LINK || item->model.links == MODEL_LINKS_REFUSE))
		return 0;
	recall_look(&run->prefetch->receipts, &item->model, entry, run->form->hash,
		run->form->shard_size, &recall);
	run->sum.files++;
	run->sum.bytes += recall.bytes;
	run->sum.remembered += recall.state == RECALL_KNOWN;
	if (recall.state == RECALL_NEVER || recall.state == RECALL_BUSY)
		leave_out(run, entry->name, recall.reason, recall.why);
	if (recall.settled_ms > run->settled_ms)
		run->settled_ms = recall.settled_ms;
	return recall.state == RECALL_OPEN ? add_resource(run, entry, recall.bytes, err) : 0;
}

static int
sort_entries(struct run *run, struct error *err)
{
	struct verification_item *item = &run->verification.items[0];
	struct statement *statement = &item->signed_model.statement;

	statement->resources = calloc(item->model.tree.count + 1, sizeof(*statement->resources));
	if (!statement->resources)
		return error_no_memory(err);
	for (size_t i = 0; i < item->model.tree.count; i++)
		if (sort_entry(run, &item->model.tree.entries[i], err))
			return -1;
	return 0;
}

/* Right after a download, the youngest files are not old enough for a receipt: they are in a
 * moment. A signal ends the wait. */
static void
await_settled(const struct run *run)
{
	const struct timespec wait = { .tv_sec = run->settled_ms / 1000,
		.tv_nsec = run->settled_ms % 1000 * 1000000 };

	if (run->settled_ms > 0)
		nanosleep(&wait, NULL);
}

static void
show_progress(void *context, uint64_t done, uint64_t total)
{
	struct run *run = context;

	progress_show(&run->progress, done, total);
	running_tell(&run->running, done, total);
	notify_progress(run->verification.items[0].model.label, done, total);
}

static int
hash(struct run *run, struct error *err)
{
	const struct source_options *source = run->prefetch->source;
	struct pool_options pool = { .collect = true,
		.receipts = &run->prefetch->receipts,
		.progress = show_progress,
		.give_up = stop_give_up,
		.context = run };
	int result;

	if (source_threads(source, &pool.threads, err) || source_io(source, &pool.io, err))
		return -1;
	progress_start(&run->progress, &run->verification, source->quiet);
	result = pool_run(&run->verification, &pool, err);
	progress_end(&run->progress);
	receipts_refresh(&run->prefetch->receipts);
	if (result == 0 && run->prefetch->receipts.failed)
		return error_set(err, REASON_IO, 0, "%s", run->prefetch->receipts.why);
	return result;
}

/* What was hashed and yet has no receipt, with the reason. */
static void
find_forgotten(struct run *run, const struct resource *resource)
{
	const struct verification_item *item = &run->verification.items[0];
	const char *name = item->model.single ? "." : resource->name;
	const struct tree_entry *entry = tree_find(&item->model.tree, name);
	const struct report *report = &run->verification.report;
	struct recall recall;

	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->findings[i].name, name) == 0)
			return;
	recall_look(&run->prefetch->receipts, &item->model, entry, run->form->hash,
		run->form->shard_size, &recall);
	if (recall.state == RECALL_KNOWN)
		run->sum.hashed++;
	else
		leave_out(run, name, recall.state == RECALL_OPEN ? REASON_BUSY : recall.reason,
			recall.state == RECALL_OPEN
				? "it was changed just now, or its times lie in the future"
				: recall.why);
}

static void
count_hashed(struct run *run)
{
	const struct statement *statement = &run->verification.items[0].signed_model.statement;
	const struct report *report = &run->verification.report;
	char why[LIMIT_ERROR_TEXT + 1];

	for (size_t i = 0; i < report->count; i++)
		leave_out(run, report->findings[i].name, report->findings[i].reason,
			report_explain(&report->findings[i], why, sizeof(why)));
	for (size_t i = 0; i < statement->resource_count; i++)
		find_forgotten(run, &statement->resources[i]);
	if (run->said > SAID_MAX)
		console_say(
			CONSOLE_WARNING, "%zu more files are not remembered", run->said - SAID_MAX);
}

static int
take_turn(struct run *run, struct error *err)
{
	const struct running_wait wait = { .give_up = stop_give_up };
	struct running_progress ahead = { 0 };
	struct running running = RUNNING_NONE;
	bool waited;

	if (running_begin(
		    RUNNING_DIRECTORY, &run->verification, &wait, &running, &waited, &ahead, err))
		return -1;
	run->running = running;
	return 0;
}

static void
add_sum(struct prefetch_sum *to, const struct prefetch_sum *sum)
{
	to->files += sum->files;
	to->bytes += sum->bytes;
	to->hashed += sum->hashed;
	to->remembered += sum->remembered;
	to->left_out += sum->left_out;
}

/* In its turn: what others hashed while we waited is known then. */
static int
run_model(struct run *run, struct error *err)
{
	if (take_turn(run, err))
		return -1;
	receipts_refresh(&run->prefetch->receipts);
	if (sort_entries(run, err))
		return -1;
	if (run->verification.items[0].signed_model.statement.resource_count) {
		await_settled(run);
		if (hash(run, err))
			return -1;
	}
	count_hashed(run);
	return 0;
}

int
prefetch_model(struct prefetch *prefetch, struct model *model, const struct prefetch_form *form,
	struct prefetch_sum *sum, struct error *err)
{
	struct run run = { .prefetch = prefetch, .form = form, .running = RUNNING_NONE };
	int result = verification_init(&run.verification, 1, err);

	if (result) {
		model_close(model);
		return -1;
	}
	run.verification.items[0].model = *model;
	*model = (struct model)MODEL_CLOSED;
	result = run_model(&run, err);
	running_end(&run.running);
	verification_release(&run.verification);
	add_sum(sum, &run.sum);
	add_sum(&prefetch->sum, &run.sum);
	return result;
}

char *
prefetch_describe(const struct prefetch_sum *sum, char *out, size_t size)
{
	snprintf(out, size,
		"%zu files, %" PRIu64 " bytes: %zu hashed, %zu remembered already, %zu not "
		"remembered",
		sum->files, sum->bytes, sum->hashed, sum->remembered, sum->left_out);
	return out;
}
