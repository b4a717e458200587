#include "gate/plan.h"

#include "base/mem.h"

#include "tests/unit/wire_lies.h"

#include <stdlib.h>

#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char a[] = "a.bin", b[] = "b/c.bin", z[] = "z", place[] = "x/z";
static char *files[] = { a, b, z };
static struct profile_version versions[] = {
	{ { "nim", "meta", "llama", "1.0+x" }, files, 3 },
	{ { "nim", "", "llama", "1.0+x" }, files + 2, 1 },
};
static struct profile_file map[] = {
	{ a, 0, a },
	{ b, 0, b },
	{ place, 1, z },
	{ z, 0, z },
};
static const struct profile honest = { PIN, versions, 2, map, 4 };

static struct profile_version bare[] = {
	{ { "nim", "meta", "llama", "1.0+x" }, NULL, 0 },
	{ { "nim", "", "llama", "1.0+x" }, NULL, 0 },
};
static const struct profile all = { "", bare, 2, NULL, 0 };

/* Puts what a version needs, with lies where the row has them. */
struct lie {
	const char *name;
	const char *pin;
	const char *org, *version;
	uint64_t version_count, file_count;
	const char *files[3];
	/* The map: one file at one place, unless the row says otherwise. */
	uint32_t foreign;
	bool no_map;
	uint64_t place_version, place_file;
	const char *places[3];
	uint64_t place_count; /* 0: as many as there are */
};

static void
put_lie(struct wire_message *message, const struct lie *lie)
{
	uint64_t count = 0;

	wire_put_text(message, lie->pin);
	wire_put_u32(message, lie->foreign);
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
	while (count < 3 && lie->places[count])
		count++;
	if (lie->no_map) {
		wire_put_u64(message, lie->place_count);
		return;
	}
	if (count == 0)
		count = 1;
	wire_put_u64(message, lie->place_count ? lie->place_count : count);
	for (uint64_t j = 0; j < count; j++) {
		wire_put_text(message, lie->places[0] ? lie->places[j] : "p");
		wire_put_u64(message, lie->place_version);
		wire_put_u64(message, lie->place_file);
	}
}

static void
check_lies(const struct lie *rows, size_t count, const char *pin)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_message struct wire_message message = { 0 };
		cleanup_plan struct plan plan = { 0 };
		struct error err = { 0 };

		put_lie(&message, &rows[i]);
		check_result(plan_get(&message, pin, &plan, &err),
			i ? REASON_INTERNAL : REASON_NONE, &err, rows[i].name);
		check(i == 0 || (!plan.profile.versions && !plan.profile.files), rows[i].name,
			"written although refused");
	}
}

static void
test_lies(void)
{
	static const struct lie rows[] = {
		{ "honest", PIN, "nim", "1", 1, 2, .files = { "a", "b" } },
		{ "another pin", "0123", "nim", "1", 1, 1, .files = { "a" } },
		{ "the union's pin", "", "nim", "1", 1, 1, .files = { "a" } },
		{ "no pin", NULL, "nim", "1", 1, 1, .files = { "a" } },
		{ "no version", PIN, "nim", "1", 0, 1, .files = { "a" } },
		{ "no file", PIN, "nim", "1", 1, 0, .files = { NULL } },
		{ "no file and no map", PIN, "nim", "1", 1, 0, .files = { NULL }, .no_map = true },
		{ "a version twice", PIN, "nim", "1", 2, 1, .files = { "a" } },
		{ "more versions than allowed", PIN, "nim", "1", LIMIT_PROFILE_VERSIONS + 1, 1,
			.files = { "a" } },
		{ "more files than allowed", PIN, "nim", "1", 1, LIMIT_PROFILE_FILES + 1,
			.files = { "a", "b", "c" } },
		{ "a count that is huge", PIN, "nim", "1", UINT64_MAX, 1, .files = { "a" } },
		{ "more files said than sent", PIN, "nim", "1", 1, 100000,
			.files = { "a", "b", "c" } },
		{ "an empty organisation", PIN, "", "1", 1, 1, .files = { "a" } },
		{ "an organisation upwards", PIN, "..", "1", 1, 1, .files = { "a" } },
		{ "an organisation with a slash", PIN, "a/b", "1", 1, 1, .files = { "a" } },
		{ "an organisation that is two", PIN, "a--b", "1", 1, 1, .files = { "a" } },
		{ "an empty version", PIN, "nim", "", 1, 1, .files = { "a" } },
		{ "a version upwards", PIN, "nim", "..", 1, 1, .files = { "a" } },
		{ "a version with a slash", PIN, "nim", "1/../../x", 1, 1, .files = { "a" } },
		{ "unsorted files", PIN, "nim", "1", 1, 2, .files = { "b", "a" } },
		{ "a file twice", PIN, "nim", "1", 1, 2, .files = { "a", "a" } },
		{ "a file that is none", PIN, "nim", "1", 1, 2, .files = { "a", NULL } },
		{ "an empty file", PIN, "nim", "1", 1, 1, .files = { "" } },
		{ "an absolute file", PIN, "nim", "1", 1, 1, .files = { "/etc/passwd" } },
		{ "a file upwards", PIN, "nim", "1", 1, 1, .files = { "a/../../b" } },
		{ "a file with a dot", PIN, "nim", "1", 1, 1, .files = { "./a" } },
		{ "a file with a slash behind", PIN, "nim", "1", 1, 1, .files = { "a/" } },
		{ "foreign", PIN, "nim", "1", 1, 1, .files = { "a" }, .foreign = 1 },
		{ "no map", PIN, "nim", "1", 1, 1, .files = { "a" }, .no_map = true },
		{ "more places than allowed", PIN, "nim", "1", 1, 1, .files = { "a" },
			.place_count = LIMIT_PROFILE_FILES + 1 },
		{ "more places than sent", PIN, "nim", "1", 1, 1, .files = { "a" },
			.place_count = 2 },
		{ "less places than sent", PIN, "nim", "1", 1, 1, .files = { "a" },
			.places = { "a", "b" }, .place_count = 1 },
		{ "a version that is not there", PIN, "nim", "1", 1, 1, .files = { "a" },
			.place_version = 1 },
		{ "a huge version", PIN, "nim", "1", 1, 1, .files = { "a" },
			.place_version = UINT64_MAX },
		{ "a file that is not there", PIN, "nim", "1", 1, 1, .files = { "a" },
			.place_file = 1 },
		{ "a huge file", PIN, "nim", "1", 1, 1, .files = { "a" },
			.place_file = UINT64_MAX },
		{ "an empty place", PIN, "nim", "1", 1, 1, .files = { "a" }, .places = { "" } },
		{ "an absolute place", PIN, "nim", "1", 1, 1, .files = { "a" },
			.places = { "/a" } },
		{ "a place upwards", PIN, "nim", "1", 1, 1, .files = { "a" },
			.places = { "../a" } },
		{ "a place twice", PIN, "nim", "1", 1, 1, .files = { "a" },
			.places = { "p", "p" } },
		{ "unsorted places", PIN, "nim", "1", 1, 1, .files = { "a" },
			.places = { "q", "p" } },
	};
	static const struct lie union_rows[] = {
		{ "union: honest", "", "nim", "1", 1, 0, .files = { NULL }, .no_map = true },
		{ "union: a pin", PIN, "nim", "1", 1, 0, .files = { NULL }, .no_map = true },
		{ "union: no version", "", "nim", "1", 0, 0, .files = { NULL }, .no_map = true },
		{ "union: a version twice", "", "nim", "1", 2, 0, .files = { NULL },
			.no_map = true },
		{ "union: too many versions", "", "nim", "1", LIMIT_MANIFEST_VERSIONS + 1, 0,
			.files = { NULL }, .no_map = true },
		{ "union: a version upwards", "", "nim", "..", 1, 0, .files = { NULL },
			.no_map = true },
		{ "union: foreign is two", "", "nim", "1", 1, 0, .files = { NULL }, .no_map = true,
			.foreign = 2 },
		{ "union: a file", "", "nim", "1", 1, 1, .files = { "a" }, .no_map = true },
		{ "union: a file and a map", "", "nim", "1", 1, 1, .files = { "a" } },
		{ "union: a map", "", "nim", "1", 1, 0, .files = { NULL } },
		{ "union: places said", "", "nim", "1", 1, 0, .files = { NULL }, .no_map = true,
			.place_count = 1 },
	};

	check_lies(rows, ARRAY_SIZE(rows), PIN);
	check_lies(union_rows, ARRAY_SIZE(union_rows), "");
}

static void
test_there_and_back(void)
{
	cleanup_message struct wire_message message = { 0 };
	cleanup_plan struct plan plan = { 0 };
	struct error err = { 0 };
	const struct profile *got = &plan.profile;

	plan_put(&message, &honest, false);
	check_result(plan_get(&message, PIN, &plan, &err), REASON_NONE, &err, "there and back");
	check_text(got->id, PIN, "id");
	check(got->version_count == 2 && got->versions[0].file_count == 3 &&
			got->versions[1].file_count == 1 && got->file_count == 4,
		"counts", "%zu", got->version_count);
	if (got->version_count != 2 || got->file_count != 4)
		return;
	check(ngc_ref_equal(&got->versions[0].ref, &versions[0].ref) &&
			ngc_ref_equal(&got->versions[1].ref, &versions[1].ref),
		"references", "differ");
	check_text(got->versions[0].files[1], b, "a file");
	check_text(got->versions[1].files[0], z, "the last file");
	for (size_t i = 0; i < got->file_count; i++) {
		const struct profile_file *file = &got->files[i];

		check_text(file->workspace, map[i].workspace, "a place");
		check_text(file->file, map[i].file, "its file");
		check(file->version == map[i].version, "its version", "%zu", file->version);
	}
	check(got->files[2].file == got->versions[1].files[0], "the file is the version's",
		"another");
}

static void
test_union(void)
{
	for (int foreign = 0; foreign < 2; foreign++) {
		cleanup_message struct wire_message message = { 0 };
		cleanup_plan struct plan plan = { 0 };
		struct error err = { 0 };

		plan_put(&message, &all, foreign);
		check_result(plan_get(&message, "", &plan, &err), REASON_NONE, &err, "union");
		check(plan.foreign == foreign && plan.profile.version_count == 2 &&
				!plan.profile.files && !plan.profile.versions[1].files,
			"union: as put", "%d, %zu", plan.foreign, plan.profile.version_count);
		check(ngc_ref_equal(&plan.profile.versions[1].ref, &bare[1].ref),
			"union: references", "differ");
	}
}

static int
read_plan(struct wire_message *message, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };

	return plan_get(message, PIN, &plan, err);
}

static int
read_union(struct wire_message *message, struct error *err)
{
	cleanup_plan struct plan plan = { 0 };

	return plan_get(message, "", &plan, err);
}

/* A name that is as long as allowed, and one byte longer. */
static void
test_long_name(void)
{
	static char name[LIMIT_NAME_BYTES + 1];

	for (int more = 0; more < 2; more++) {
		const struct lie file = { "", PIN, "nim", "1", 1, 1, .files = { name } };
		const struct lie where = { "", PIN, "nim", "1", 1, 1, { "a" }, .places = { name } };
		cleanup_message struct wire_message message = { 0 }, second = { 0 };
		enum reason wanted = more ? REASON_INTERNAL : REASON_NONE;
		struct error err = { 0 };

		memset(name, 'n', LIMIT_NAME_BYTES - 1 + more);
		put_lie(&message, &file);
		check_result(read_plan(&message, &err), wanted, &err,
			more ? "a name too long" : "a name as long as allowed");
		put_lie(&second, &where);
		check_result(read_plan(&second, &err), wanted, &err,
			more ? "a place too long" : "a place as long as allowed");
	}
}

int
main(void)
{
	cleanup_message struct wire_message message = { 0 }, second = { 0 };

	test_there_and_back();
	test_union();
	test_lies();
	test_long_name();
	plan_put(&message, &honest, false);
	lies_check(&message, read_plan, "plan");
	plan_put(&second, &all, true);
	lies_check(&second, read_union, "union");
	return check_end();
}
