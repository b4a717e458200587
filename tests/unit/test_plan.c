#include "gate/plan.h"

#include "base/mem.h"

#include "tests/unit/wire_lies.h"

#include <stdlib.h>

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char a[] = "a.bin", b[] = "b/c.bin", z[] = "z";
static char *files[] = { a, b, z };
static struct profile_version versions[] = {
	{ { "nim", "meta", "llama", "1.0+x" }, files, 3 },
	{ { "nim", "", "llama", "1.0+x" }, files + 2, 1 },
};
static const struct profile honest = { PIN, versions, 2 };

/* Puts what a version needs, with lies where the row has them. */
struct lie {
	const char *name;
	const char *pin;
	const char *org, *version;
	uint64_t version_count, file_count;
	const char *files[3];
};

static void
put_lie(struct wire_message *message, const struct lie *lie)
{
	wire_put_text(message, lie->pin);
	wire_put_u64(message, lie->version_count);
	for (uint64_t i = 0; i < lie->version_count && i < 2; i++) {
		wire_put_text(message, lie->org);
		wire_put_text(message, "");
		wire_put_text(message, "model");
		wire_put_text(message, lie->version);
		wire_put_u64(message, lie->file_count);
		for (uint64_t j = 0; j < lie->file_count && j < 3; j++)
			wire_put_text(message, lie->files[j]);
	}
}

static void
test_lies(void)
{
	static const struct lie rows[] = {
		{ "honest", PIN, "nim", "1", 1, 2, { "a", "b" } },
		{ "another pin", "0123", "nim", "1", 1, 1, { "a" } },
		{ "no pin", NULL, "nim", "1", 1, 1, { "a" } },
		{ "no version", PIN, "nim", "1", 0, 1, { "a" } },
		{ "no file", PIN, "nim", "1", 1, 0, { NULL } },
		{ "a version twice", PIN, "nim", "1", 2, 1, { "a" } },
		{ "more versions than allowed", PIN, "nim", "1", LIMIT_PROFILE_VERSIONS + 1, 1,
			{ "a" } },
		{ "more files than allowed", PIN, "nim", "1", 1, LIMIT_PROFILE_FILES + 1,
			{ "a", "b", "c" } },
		{ "a count that is huge", PIN, "nim", "1", UINT64_MAX, 1, { "a" } },
		{ "more files said than sent", PIN, "nim", "1", 1, 100000, { "a", "b", "c" } },
		{ "an empty organisation", PIN, "", "1", 1, 1, { "a" } },
		{ "an organisation upwards", PIN, "..", "1", 1, 1, { "a" } },
		{ "an organisation with a slash", PIN, "a/b", "1", 1, 1, { "a" } },
		{ "an organisation that is two", PIN, "a--b", "1", 1, 1, { "a" } },
		{ "an empty version", PIN, "nim", "", 1, 1, { "a" } },
		{ "a version upwards", PIN, "nim", "..", 1, 1, { "a" } },
		{ "a version with a slash", PIN, "nim", "1/../../x", 1, 1, { "a" } },
		{ "unsorted files", PIN, "nim", "1", 1, 2, { "b", "a" } },
		{ "a file twice", PIN, "nim", "1", 1, 2, { "a", "a" } },
		{ "a file that is none", PIN, "nim", "1", 1, 2, { "a", NULL } },
		{ "an empty file", PIN, "nim", "1", 1, 1, { "" } },
		{ "an absolute file", PIN, "nim", "1", 1, 1, { "/etc/passwd" } },
		{ "a file upwards", PIN, "nim", "1", 1, 1, { "a/../../b" } },
		{ "a file with a dot", PIN, "nim", "1", 1, 1, { "./a" } },
		{ "a file with a slash behind", PIN, "nim", "1", 1, 1, { "a/" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_message struct wire_message message = { 0 };
		cleanup_plan struct plan plan = { 0 };
		struct error err = { 0 };

		put_lie(&message, &rows[i]);
		check_result(plan_get(&message, PIN, &plan, &err),
			i ? REASON_INTERNAL : REASON_NONE, &err, rows[i].name);
		check(i == 0 || !plan.profile.versions, rows[i].name, "written although refused");
	}
}

static void
test_there_and_back(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_plan struct plan plan = { 0 };
	struct error err = { 0 };
	const struct profile *got = &plan.profile;

	plan_put(&message, &honest);
	check_result(plan_get(&message, PIN, &plan, &err), REASON_NONE, &err, "there and back");
	check_text(got->id, PIN, "id");
	check(got->version_count == 2 && got->versions[0].file_count == 3 &&
			got->versions[1].file_count == 1,
		"counts", "%zu", got->version_count);
	check(ngc_ref_equal(&got->versions[0].ref, &versions[0].ref) &&
			ngc_ref_equal(&got->versions[1].ref, &versions[1].ref),
		"references", "differ");
	check_text(got->versions[0].files[1], b, "a file");
	check_text(got->versions[1].files[0], z, "the last file");
}

static int
read_plan(struct wire_message *message, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };

	return plan_get(message, PIN, &plan, err);
}

/* A name that is as long as allowed, and one byte longer. */
static void
test_long_name(void)
{
	static char name[LIMIT_NAME_BYTES + 1];

	for (int more = 0; more < 2; more++) {
		const struct lie lie = { "", PIN, "nim", "1", 1, 1, { name } };
		cleanup_message struct wire_message message = { 0 };
		struct error err = { 0 };

		memset(name, 'n', LIMIT_NAME_BYTES - 1 + more);
		put_lie(&message, &lie);
		check_result(read_plan(&message, &err), more ? REASON_INTERNAL : REASON_NONE, &err,
			more ? "a name too long" : "a name as long as allowed");
	}
}

int
main(void)
{
	cleanup_message struct wire_message message = { 0 };

	test_there_and_back();
	test_lies();
	test_long_name();
	plan_put(&message, &honest);
	lies_check(&message, read_plan, "plan");
	return check_end();
}
