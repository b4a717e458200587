#include "supply/fetch.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/secret.h"
#include "gate/parser.h"
#include "gate/signed_model.h"
#include "supply/courier.h"
#include "supply/fetch_settings.h"
#include "supply/ngc.h"
#include "supply/signature_store.h"

#include <errno.h>
#include <poll.h>

enum {
	TICK_MS = 200,     /* between two looks at the clock */
	DOCUMENTS_MAX = 8, /* of one version: both forms, two tokens, and the file, each twice */
};

/* One courier and what it is sent for. */
struct lane {
	struct courier courier;
	struct fetch_item *item; /* borrowed; NULL: it waits */
	int64_t end_ms;          /* on CLOCK_MONOTONIC: when it must be back */
};

struct run {
	const struct fetch_options *options;
	struct fetch_item *items;
	size_t count, next, done;
	struct lane lanes[FETCH_SETTINGS_JOBS_MAX];
	size_t lane_count;
};

const char *
fetch_word(enum fetch_outcome outcome)
{
	static const char *const words[FETCH_OUTCOMES] = {
		[FETCH_FAILED] = "failed",
		[FETCH_NEW] = "new",
		[FETCH_UNCHANGED] = "unchanged",
		[FETCH_PRESENT] = "present",
		[FETCH_CHANGED] = "changed",
		[FETCH_REPLACED] = "replaced",
		[FETCH_NOT_SIGNED] = "not signed",
	};

	return (unsigned int)outcome < FETCH_OUTCOMES ? words[outcome] : words[FETCH_FAILED];
}

static void
fail(struct fetch_item *item, const struct error *why)
{
	item->outcome = why->reason == REASON_NOT_SIGNED ? FETCH_NOT_SIGNED : FETCH_FAILED;
	item->why = *why;
}

/* Whether the file FD is a signature by its form; and, by the policy's anchors, of whom. */
static int
look_at(int fd, const struct fetch_options *options, struct fetch_item *item, struct error *err)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_signed_model struct signed_model model = { 0 };

	if (parser_start(PARSER_SIGNATURE, &parser, err))
		return -1;
	if (parser_form(&parser, fd, err))
		return error_wrap(
			err, "%s: what NGC gives as its signature", NGC_REF_TEXT(&item->ref));
	if (!options->anchors)
		return 0;
	if (lseek(fd, 0, SEEK_SET))
		return error_set_os(err, REASON_IO, errno, "a signature cannot be read again");
	if (parser_bundle(&parser, fd, options->anchors, &model, &item->trust) == 0) {
		item->verified = true;
		return 0;
	}
	/* A parser that died says nothing about the signature. */
	if (item->trust.reason != REASON_INTERNAL)
		return 0;
	*err = item->trust;
	item->trust = (struct error){ .reason = REASON_NONE };
	return error_wrap(err, "%s", NGC_REF_TEXT(&item->ref));
}

/* NGC's signature is another than the one in the folder. */
static int
put_changed(const struct fetch_options *options, const struct file_bytes *bytes,
	struct fetch_item *item, struct error *err)
{
	bool doubtful = options->anchors && !item->verified;

	if (options->replace && !doubtful) {
		if (signature_store_replace(options->store, &item->ref, bytes, err))
			return -1;
		item->outcome = FETCH_REPLACED;
		return 0;
	}
	if (signature_store_put_beside(options->store, &item->ref, bytes, err))
		return -1;
	item->outcome = FETCH_CHANGED;
	error_set(&item->why, REASON_CHANGED, 0,
		"%s: NGC has another signature now than the folder; it lies beside it as %s%s",
		NGC_REF_TEXT(&item->ref), SIGNATURE_STORE_NEXT,
		options->replace ? " and does not verify, so that it replaces nothing"
				 : " (--replace takes it)");
	return 0;
}

/* Puts what a courier brought where it belongs. */
static int
put(const struct fetch_options *options, int fd, struct fetch_item *item, struct error *err)
{
	cleanup_bytes struct file_bytes bytes = { 0 };
	enum signature_store_state state;

	if (file_read(fd, LIMIT_BUNDLE_BYTES, "signature", &bytes, err) ||
		signature_store_compare(options->store, &item->ref, &bytes, &state, err))
		return -1;
	if (lseek(fd, 0, SEEK_SET))
		return error_set_os(err, REASON_IO, errno, "a signature cannot be read again");
	if (look_at(fd, options, item, err))
		return -1;
	if (state == SIGNATURE_STORE_DIFFERENT)
		return put_changed(options, &bytes, item, err);
	if (state == SIGNATURE_STORE_ABSENT &&
		signature_store_add(options->store, &item->ref, &bytes, err))
		return -1;
	signature_store_drop_beside(options->store, &item->ref);
	item->outcome = state == SIGNATURE_STORE_ABSENT ? FETCH_NEW : FETCH_UNCHANGED;
	return 0;
}

/* Takes what the courier of LANE brought. */
static void
finish(struct run *run, struct lane *lane)
{
	struct fetch_item *item = lane->item;
	struct error err;
	cleanup_fd int fd = courier_receive(&lane->courier, LIMIT_STATE_MS, &err);

	if (fd < 0 || put(run->options, fd, item, &err))
		fail(item, &err);
	lane->item = NULL;
	run->done++;
}

/* True if ITEM needs no courier. */
static bool
is_settled(const struct run *run, struct fetch_item *item)
{
	enum signature_store_state state;
	struct error err;

	if (!run->options->missing)
		return false;
	if (signature_store_compare(run->options->store, &item->ref, NULL, &state, &err)) {
		fail(item, &err);
		return true;
	}
	if (state == SIGNATURE_STORE_ABSENT)
		return false;
	item->outcome = FETCH_PRESENT;
	return true;
}

/* Sends the courier of LANE for the next version. */
static void
assign(struct run *run, struct lane *lane)
{
	struct error err;

	while (run->next < run->count && !lane->item && lane->courier.child.pid) {
		struct fetch_item *item = &run->items[run->next++];

		if (is_settled(run, item)) {
			run->done++;
		} else if (courier_send_for_signature(&lane->courier, &item->ref, &err)) {
			fail(item, &err);
			run->done++;
		} else {
			lane->item = item;
			lane->end_ms =
				clock_monotonic_ms() +
				(int64_t)run->options->ngc->http.total_s * 1000 * DOCUMENTS_MAX;
		}
	}
}

/* A courier that is not back in time will not be. */
static void
give_up(struct run *run, struct lane *lane)
{
	struct error err;

	courier_end(&lane->courier);
	error_set(&err, REASON_NETWORK, ETIMEDOUT, "%s: no answer within the time that is given",
		NGC_REF_TEXT(&lane->item->ref));
	fail(lane->item, &err);
	lane->item = NULL;
	run->done++;
}

/* Waits until a courier is back, or a moment is over. */
static void
wait_for_couriers(struct run *run)
{
	struct pollfd polls[FETCH_SETTINGS_JOBS_MAX];

	for (size_t i = 0; i < run->lane_count; i++)
		polls[i] = (struct pollfd){
			.fd = run->lanes[i].item ? run->lanes[i].courier.child.socket : -1,
			.events = POLLIN,
		};
	if (poll(polls, run->lane_count, TICK_MS) < 0)
		return;
	for (size_t i = 0; i < run->lane_count; i++) {
		if (!run->lanes[i].item)
			continue;
		if (polls[i].revents)
			finish(run, &run->lanes[i]);
		else if (clock_monotonic_ms() > run->lanes[i].end_ms)
			give_up(run, &run->lanes[i]);
	}
}

/* Whether any courier is under way, or can be sent. */
static bool
goes_on(const struct run *run)
{
	for (size_t i = 0; i < run->lane_count; i++)
		if (run->lanes[i].item ||
			(run->lanes[i].courier.child.pid && run->next < run->count))
			return true;
	return false;
}

static void
fetch_all(struct run *run)
{
	const struct fetch_options *options = run->options;
	struct error err;

	while (goes_on(run)) {
		for (size_t i = 0; i < run->lane_count; i++)
			assign(run, &run->lanes[i]);
		if (options->progress)
			options->progress(options->context, run->done, run->count);
		wait_for_couriers(run);
	}
	error_set(&err, REASON_INTERNAL, 0, "no courier is left");
	for (; run->next < run->count; run->next++)
		fail(&run->items[run->next], &err);
	if (options->progress)
		options->progress(options->context, run->done, run->count);
}

int
fetch_run(struct fetch_item *items, size_t count, const struct fetch_options *options,
	struct secret *key, struct error *err)
{
	struct run run = { .options = options, .items = items, .count = count };
	size_t wanted = count < options->jobs ? count : options->jobs;
	int result = 0;

	while (run.lane_count < wanted && result == 0) {
		result = courier_start(options->ngc, key, &run.lanes[run.lane_count].courier, err);
		run.lane_count += result == 0;
	}
	secret_release(key);
	if (result == 0)
		fetch_all(&run);
	for (size_t i = 0; i < run.lane_count; i++)
		courier_end(&run.lanes[i].courier);
	return result;
}
