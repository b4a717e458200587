/* receipts.files: whose files have receipts where blocks can be exchanged, on ext4, XFS and Btrfs.
 */
#include "tests/unit/disks.h"
#include "tests/unit/receipts_material.h"

enum { NOBODY = 65534 };

/* Who else than root may write the file, by owner and mode. */
static const struct {
	const char *name;
	mode_t mode;
	uid_t owner;
	bool guarded;
} rows[] = {
	{ "root's", 0644, 0, true },
	{ "root's, read-only", 0444, 0, true },
	{ "of the group", 0664, 0, false },
	{ "of all", 0646, 0, false },
	{ "a user's", 0644, NOBODY, false },
	{ "a user's, read-only", 0444, NOBODY, false },
};

static bool
is_usable(const char *path, enum receipts_files files)
{
	struct receipts receipts = receipts_of("rows", true);
	bool usable;

	receipts.files = files;
	usable = receipts_look(&receipts, path, &receipts_resource, false).usable;
	check(usable || receipts.unfit, "why not", "nothing is said");
	receipts_close(&receipts);
	return usable;
}

static void
test_files(const char *kind)
{
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(path, sizeof(path), "%s/file%zu", kind, i);
		material_file(path, "content");
		material_need(
			chown(path, rows[i].owner, 0) == 0 && chmod(path, rows[i].mode) == 0, path);
		check(is_usable(path, RECEIPTS_SEALED) == false, rows[i].name, "%s: sealed", kind);
		check(is_usable(path, RECEIPTS_GUARDED) == rows[i].guarded, rows[i].name,
			"%s: guarded", kind);
		check(is_usable(path, RECEIPTS_ANY), rows[i].name, "%s: any", kind);
	}
}

/* As soon as somebody else may write it, what was remembered does not count any more, whatever
 * policy says of it. */
static void
test_given_away(void)
{
	struct receipts receipts = receipts_of("rows", true);
	const char *path = "ext4/given";

	receipts.files = RECEIPTS_GUARDED;
	material_file(path, "content");
	receipts_settle();
	check(receipts_look(&receipts, path, &receipts_resource, true).usable,
		"given away: at first", "not usable");
	check(receipts_look(&receipts, path, &receipts_resource, false).honoured,
		"given away: honoured", "not");
	material_need(chown(path, NOBODY, 0) == 0 && chown(path, 0, 0) == 0, path);
	check(!receipts_look(&receipts, path, &receipts_resource, false).honoured,
		"given away and taken back", "honoured");
	receipts_close(&receipts);
}

int
main(void)
{
	static const char *const kinds[] = { "ext4", "xfs", "btrfs" };

	material_enter();
	if (geteuid() != 0 || !disks_enter() || !disks_make("ext4", NULL) ||
		!disks_make("xfs", NULL) || !disks_make("btrfs", NULL)) {
		check_skip("receipts.files", "need root, loop devices and mkfs");
		return check_end();
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		test_files(kinds[i]);
	test_given_away();
	return check_end();
}
