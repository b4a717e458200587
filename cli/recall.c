#include "cli/recall.h"

#include "base/error.h"
#include "base/lease.h"
#include "base/mem.h"
#include "gate/model.h"
#include "oms/resource.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

enum {
	SETTLED_MS = 3000, /* two whole seconds of the clock, as identity_is_settled() has it */
	FUTURE_MS = 10,    /* kernels without fine times lag by a tick */
};

static void __attribute__((format(printf, 4, 5)))
refuse(struct recall *out, enum recall_state state, enum reason reason, const char *format, ...)
{
	va_list args;

	out->state = state;
	out->reason = reason;
	va_start(args, format);
	vsnprintf(out->why, sizeof(out->why), format, args);
	va_end(args);
}

/* What people call a file system. */
static const char *
name_magic(uint64_t magic)
{
	static const struct {
		uint64_t magic;
		const char *name;
	} names[] = {
		{ 0xef53, "ext4" },
		{ 0x58465342, "XFS" },
		{ 0x9123683e, "Btrfs" },
		{ 0x6969, "NFS" },
		{ 0x01021994, "tmpfs" },
		{ 0x794c7630, "overlayfs" },
		{ 0x65735546, "FUSE" },
		{ 0x01021997, "9p" },
		{ 0xff534d42, "CIFS" },
		{ 0xfe534d42, "SMB2" },
		{ 0x0bd00bd0, "Lustre" },
		{ 0x00c36400, "Ceph" },
		{ 0x2fc12fc1, "ZFS" },
		{ 0xf2f52010, "F2FS" },
		{ 0x73717368, "squashfs" },
		{ 0xe0f5e1e2, "EROFS" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].magic == magic)
			return names[i].name;
	return "a file system that is not known";
}

/* Milliseconds until both times are old enough; never a long wait for times in the future. */
static int64_t
until_settled(const struct identity *identity)
{
	struct timespec now;
	int64_t now_ms, modified_ms, changed_ms, latest_ms, left_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	modified_ms = identity->modified_s * 1000 + identity->modified_ns / 1000000;
	changed_ms = identity->changed_s * 1000 + identity->changed_ns / 1000000;
	latest_ms = modified_ms > changed_ms ? modified_ms : changed_ms;
	left_ms = latest_ms + SETTLED_MS + FUTURE_MS - now_ms;
	return left_ms > 0 && left_ms <= SETTLED_MS + 2 * FUTURE_MS ? left_ms : 0;
}

/* The open and leased file. */
static void
look(struct receipts *receipts, int fd, const struct lease *lease, enum digest_algorithm algorithm,
	uint64_t shard_size, struct recall *out)
{
	/* Says how the digests are made, which is all that is asked. */
	const struct resource form = { .digest.algorithm = algorithm, .shard_size = shard_size };
	struct identity identity;
	struct error err;
	bool usable;

	if (identity_read(fd, &identity, &err)) {
		refuse(out, RECALL_NEVER, err.reason, "%s", err.text);
		return;
	}
	receipts->unfit = NULL;
	if (receipts_hold(receipts, fd, lease, &form, &identity, &usable))
		out->state = RECALL_KNOWN;
	else if (!usable)
		refuse(out, RECALL_NEVER, REASON_POLICY, "no receipts for such files: %s (%s)",
			receipts->unfit ? receipts->unfit : "they cannot be examined",
			name_magic(identity.magic));
	else
		out->settled_ms = until_settled(&identity);
}

void
recall_look(struct receipts *receipts, const struct model *model, const struct tree_entry *entry,
	enum digest_algorithm algorithm, uint64_t shard_size, struct recall *out)
{
	struct recall recall = { .state = RECALL_OPEN };
	struct model_file file = { .fd = -1 };
	struct lease lease = { 0 };
	struct error err;

	if (model_open_file(model, entry->name, true, &file, &err) ||
		(file.fd >= 0 && lease_take(file.fd, &lease, &err))) {
		refuse(&recall, RECALL_BUSY, err.reason, "%s", err.text);
	} else if (file.fd < 0) {
		recall.state = RECALL_KNOWN;
	} else {
		recall.bytes = (uint64_t)lease.st.st_size;
		look(receipts, file.fd, &lease, algorithm, shard_size, &recall);
	}
	mem_close_fd(&file.fd);
	*out = recall;
}
