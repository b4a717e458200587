#include "receipt/receipts.h"

#include "base/error.h"
#include "base/mem.h"
#include "oms/resource.h"
#include "receipt/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Keeps the first reason, after which nothing is written any more. */
static void
fail(struct receipts *receipts, const struct error *err)
{
	if (receipts->failed)
		return;
	receipts->failed = true;
	snprintf(receipts->why, sizeof(receipts->why), "%.*s", (int)sizeof(receipts->why) - 1,
		err->text);
}

void
receipts_open(const char *directory, int64_t age_max_s, bool read_only, struct receipts *out)
{
	struct receipts receipts = {
		.age_max_s = age_max_s, .files = RECEIPTS_GUARDED, .read_only = read_only
	};
	struct error err = { 0 };

	/* The clock first: whoever sets it from here on is seen. */
	if (boot_read(&receipts.boot, &err) == 0)
		receipts.journal = journal_open(directory, read_only, &err);
	if (!receipts.journal)
		fail(&receipts, &err);
	*out = receipts;
}

/* The digest that a row has for RESOURCE; false where no row can have one. */
static bool
find_digest(const struct resource *resource, struct digest *out)
{
	struct digest_context *context;
	struct error ignored;
	bool done = true;

	if (!resource->shards) {
		*out = resource->digest;
		return digest_size(out->algorithm) > 0;
	}
	if (resource->shard_count == 0 || resource->shard_size == 0)
		return false;
	context = digest_open(DIGEST_SHA256, &ignored);
	if (!context)
		return false;
	for (size_t i = 0; done && i < resource->shard_count; i++) {
		const struct digest *shard = &resource->shards[i];

		done = shard->algorithm == resource->shards[0].algorithm &&
		       digest_size(shard->algorithm) > 0 &&
		       digest_update(
			       context, shard->bytes, digest_size(shard->algorithm), &ignored) == 0;
	}
	done = done && digest_finish(context, out, &ignored) == 0;
	digest_close(context);
	return done;
}

/* This boot, with the clock as it is now: false once somebody has set it since the receipts were
 * opened. */
static bool
read_boot(const struct receipts *receipts, struct boot *now)
{
	struct error ignored;

	*now = receipts->boot;
	return boot_read_clock(now, &ignored) == 0 && boot_equal(now, &receipts->boot);
}

/* Root is trusted anyway. An access control list shows in the mode: its mask stands for the group.
 */
static bool
is_guarded(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Who could exchange the file's blocks would not, as far as the caller trusts. */
static bool
is_trusted(const struct receipts *receipts, const struct stat *st)
{
	return receipts->files == RECEIPTS_ANY ||
	       (receipts->files == RECEIPTS_GUARDED && is_guarded(st));
}

/* Why a file can never have a receipt, in the words of a message; NULL where it can. */
static const char *
why_unfit(
	const struct receipts *receipts, const struct lease *lease, const struct identity *identity)
{
	if (!identity_is_reliable(identity) && !identity_is_exchangeable(identity))
		return "their file system does not tell of every change";
	if (!identity_is_reliable(identity) && !is_trusted(receipts, &lease->st))
		return "others than root may write them (receipts.files in the policy)";
	/* A lease that says all: it counts mappings, and no flush has moved the file's times. */
	return lease->held && !lease->flushed ? NULL : "no read lease can be had on them";
}

static bool
may_have_row(const struct receipts *receipts, const struct lease *lease,
	const struct identity *identity, const struct resource *resource)
{
	return why_unfit(receipts, lease, identity) == NULL &&
	       (!resource->shards || identity->size == resource->size);
}

const char *
receipts_judge(const struct receipts *receipts, const struct journal_row *row)
{
	struct timespec hashed = { .tv_sec = row->hashed_s }, now;
	struct boot boot;

	clock_gettime(CLOCK_REALTIME, &now);
	if (memcmp(row->boot.id, receipts->boot.id, sizeof(row->boot.id)) != 0)
		return "hashed before this boot";
	if (!read_boot(receipts, &boot) || !boot_equal(&row->boot, &boot) || row->hashed_s < 0 ||
		row->hashed_s > now.tv_sec)
		return "the clock was set since";
	if (now.tv_sec - row->hashed_s > receipts->age_max_s)
		return "older than policy allows";
	if (!identity_is_settled(&row->identity, &hashed))
		return "changed just before it was hashed";
	return NULL;
}

/* All rules but those that the file itself decides, which was found equal; with WANTED NULL
 * whatever the digest is. */
static bool
counts(const struct receipts *receipts, const struct journal_row *row, const struct digest *wanted)
{
	return (!wanted || digest_equal(&row->digest, wanted)) && !receipts_judge(receipts, row);
}

static enum digest_algorithm
algorithm_of(const struct resource *resource)
{
	return resource_digest(resource, 0)->algorithm;
}

bool
receipts_any(const struct receipts *receipts)
{
	return receipts && receipts->journal && !receipts->record_only &&
	       journal_rows(receipts->journal) > 0;
}

/* As receipts_honour(); with WANTED NULL as receipts_hold(). */
static bool
find(struct receipts *receipts, int fd, const struct lease *lease, const struct resource *resource,
	const struct digest *wanted, struct identity *identity, bool *usable)
{
	const struct journal_row *row;
	struct error ignored;

	*usable = false;
	memset(identity, 0, sizeof(*identity));
	if (!receipts->journal)
		return false;
	if (identity_read(fd, identity, &ignored) ||
		!may_have_row(receipts, lease, identity, resource)) {
		if (!receipts->unfit)
			receipts->unfit = why_unfit(receipts, lease, identity);
		return false;
	}
	*usable = true;
	if (receipts->record_only)
		return false;
	row = journal_find(
		receipts->journal, identity, algorithm_of(resource), resource->shard_size);
	/* The lease last: it held while we looked. */
	if (!row || !counts(receipts, row, wanted) || !lease_is_kept(lease, fd))
		return false;
	receipts->honoured++;
	return true;
}

bool
receipts_honour(struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, struct identity *identity, bool *usable)
{
	struct digest wanted;

	*usable = false;
	return find_digest(resource, &wanted) &&
	       find(receipts, fd, lease, resource, &wanted, identity, usable);
}

bool
receipts_hold(struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, struct identity *identity, bool *usable)
{
	return find(receipts, fd, lease, resource, NULL, identity, usable);
}

bool
receipts_deny(const struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, const struct identity *identity, struct digest *found)
{
	const struct journal_row *row;
	struct digest wanted;

	if (!receipts->journal || receipts->record_only || !find_digest(resource, &wanted) ||
		!may_have_row(receipts, lease, identity, resource))
		return false;
	row = journal_find(
		receipts->journal, identity, algorithm_of(resource), resource->shard_size);
	if (!row || row->digest.algorithm != wanted.algorithm ||
		digest_equal(&row->digest, &wanted) || receipts_judge(receipts, row) ||
		!lease_is_kept(lease, fd))
		return false;
	*found = row->digest;
	return true;
}

/* Whether the file stands as it stood before it was hashed, and will be told from any later one. */
static bool
stands(int fd, const struct lease *lease, const struct identity *identity,
	const struct timespec *since)
{
	struct identity now;
	struct error ignored;

	return identity_is_settled(identity, since) && identity_read(fd, &now, &ignored) == 0 &&
	       identity_equal(&now, identity) && lease_is_kept(lease, fd);
}

void
receipts_record(struct receipts *receipts, int fd, const struct lease *lease,
	const struct resource *resource, const struct identity *identity,
	const struct timespec *since)
{
	struct journal_row row = { .identity = *identity,
		.algorithm = algorithm_of(resource),
		.shard_size = resource->shard_size,
		.hashed_s = since->tv_sec };
	const struct timespec whole = { .tv_sec = since->tv_sec }; /* as the row will say */
	struct timespec now;
	struct error err = { 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (!receipts->journal || receipts->read_only || receipts->failed ||
		since->tv_sec > now.tv_sec || !read_boot(receipts, &row.boot) ||
		!find_digest(resource, &row.digest) ||
		!may_have_row(receipts, lease, identity, resource) ||
		!stands(fd, lease, identity, &whole))
		return;
	if (journal_append(receipts->journal, &row, &err))
		fail(receipts, &err);
	else
		receipts->recorded++;
}

void
receipts_flush(struct receipts *receipts)
{
	struct error err = { 0 };

	if (receipts->journal && journal_flush(receipts->journal, &err))
		fail(receipts, &err);
}

void
receipts_refresh(struct receipts *receipts)
{
	struct error err = { 0 };

	if (receipts->journal && (journal_flush(receipts->journal, &err) ||
					 journal_refresh(receipts->journal, &err)))
		fail(receipts, &err);
}

void
receipts_close(struct receipts *receipts)
{
	journal_close(receipts->journal);
	receipts->journal = NULL;
}
