#include "cli/receipt_list.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/lease.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/mounted.h"
#include "oms/resource.h"
#include "receipt/journal.h"
#include "receipt/receipts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SCHEMA = 1 };

struct listing {
	struct receipts *receipts;
	struct mounted mounted;
	struct writer json;
	bool as_json;
};

/* A row, and the file as it is now. */
struct look {
	const struct journal_row *row;
	const char *mount; /* where the file system is, or NULL */
	const char *why;   /* the row does not count; NULL: it does */
	char path[LIMIT_NAME_BYTES];
};

/* Why the file at FD is not the one that the row speaks for, or NULL. */
static const char *
judge_file(struct receipts *receipts, const struct journal_row *row, int fd)
{
	/* Says how the digest was made, which is all that is asked. */
	const struct resource form = { .digest.algorithm = row->algorithm,
		.shard_size = row->shard_size };
	struct identity now;
	struct lease lease;
	struct error err;
	bool usable;

	if (identity_read(fd, &now, &err))
		return "its file cannot be examined";
	if (!identity_equal(&now, &row->identity))
		return "its file was changed since";
	if (lease_take(fd, &lease, &err))
		return err.reason == REASON_BUSY ? "somebody has its file open for writing"
						 : "its file cannot be examined";
	receipts->unfit = NULL;
	if (receipts_hold(receipts, fd, &lease, &form, &now, &usable))
		return NULL;
	return receipts->unfit ? receipts->unfit : "somebody is changing its file";
}

static void
look_at(const struct listing *listing, const struct journal_row *row, struct look *out)
{
	const struct mounted_place *place;
	cleanup_fd int fd = mounted_find(&listing->mounted, &row->identity, &place);
	int os_errno = errno;

	out->row = row;
	out->mount = place ? place->path : NULL;
	out->path[0] = '\0';
	out->why = receipts_judge(listing->receipts, row);
	if (fd < 0 && !place)
		out->why = "its file system is not mounted here";
	else if (fd < 0)
		out->why = os_errno == ESTALE ? "its file is gone" : "its file cannot be opened";
	if (fd < 0)
		return;
	mounted_path(fd, out->path, sizeof(out->path));
	if (!out->why)
		out->why = judge_file(listing->receipts, row, fd);
}

static void
print_text(const struct look *look)
{
	const struct journal_row *row = look->row;
	char time[32], name[4 * LIMIT_NAME_BYTES];

	if (look->path[0])
		printf("- %s\n", text_escape(name, sizeof(name), look->path, strlen(look->path)));
	else
		printf("- inode %" PRIu64 "%s%s\n", row->identity.inode,
			look->mount ? " of the file system at " : "",
			look->mount ? TEXT_QUOTE(look->mount) : "");
	printf("    size: %" PRIu64 "\n    %s: %s\n", row->identity.size,
		digest_name(row->algorithm), digest_format(&row->digest).text);
	if (row->shard_size)
		printf("    shards: %" PRIu64
		       " bytes each; above is the SHA-256 of their digests\n",
			row->shard_size);
	printf("    hashed: %s\n", clock_format(row->hashed_s, time));
	printf("    counts: %s%s\n", look->why ? "no: " : "yes", look->why ? look->why : "");
}

static void
put_json(struct writer *writer, const struct look *look)
{
	const struct journal_row *row = look->row;
	char time[32];

	writer_open(writer, NULL, '{');
	writer_string(writer, "path", look->path[0] ? look->path : NULL);
	writer_string(writer, "mount", look->mount);
	writer_number(writer, "inode", row->identity.inode);
	writer_number(writer, "size", row->identity.size);
	writer_string(writer, "algorithm", digest_name(row->algorithm));
	writer_number(writer, "shard_size", row->shard_size);
	writer_string(writer, "digest", digest_format(&row->digest).text);
	writer_string(writer, "hashed", clock_format(row->hashed_s, time));
	writer_bool(writer, "counts", look->why == NULL);
	writer_string(writer, "why", look->why);
	writer_close(writer, '}');
}

static int
show(void *context, const struct journal_row *row)
{
	struct listing *listing = context;
	struct look look;

	look_at(listing, row, &look);
	if (listing->as_json)
		put_json(&listing->json, &look);
	else
		print_text(&look);
	return listing->json.failed;
}

static int
print(struct listing *listing, struct error *err)
{
	if (mounted_open(&listing->mounted, err))
		return -1;
	writer_open(&listing->json, NULL, '{');
	writer_number(&listing->json, "schema", SCHEMA);
	writer_string(&listing->json, "nimgate", NIMGATE_RELEASE);
	writer_open(&listing->json, "receipts", '[');
	if (journal_visit(listing->receipts->journal, show, listing) < 0)
		return error_set(err, REASON_IO, 0, "the journal of receipts cannot be read");
	writer_close(&listing->json, ']');
	writer_close(&listing->json, '}');
	if (listing->json.failed)
		return error_no_memory(err);
	if (listing->as_json)
		puts(listing->json.text);
	return 0;
}

int
receipt_list_print(struct receipts *receipts, bool json, struct error *err)
{
	struct listing listing = { .receipts = receipts, .as_json = json };
	int result = print(&listing, err);

	mounted_close(&listing.mounted);
	writer_release(&listing.json);
	return result;
}
