#include "gate/verification.h"

#include "tests/unit/gate_material.h"

/* Findings as "reason name[ (detail)]; ...". */
static void
format_findings(const struct report *report, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < report->count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s %s%s%s%s", i ? "; " : "",
			reason_word(report->findings[i].reason), report->findings[i].name,
			report->findings[i].detail ? " (" : "",
			report->findings[i].detail ? report->findings[i].detail : "",
			report->findings[i].detail ? ")" : "");
}

/* A statement over NAMES, which are sorted. */
static void
sign_names(struct signed_model *model, const char *const *names)
{
	struct statement *statement = &model->statement;

	statement->resources = calloc(8, sizeof(*statement->resources));
	material_need(statement->resources, "memory");
	for (; names[statement->resource_count]; statement->resource_count++) {
		struct resource *resource = &statement->resources[statement->resource_count];

		resource->name = strdup(names[statement->resource_count]);
		resource->digest.algorithm = DIGEST_SHA256;
	}
}

struct row {
	const char *name, *path;
	enum model_links links;
	bool allow_unsigned;
	const char *names[4], *needed[4];
	const char *wanted;
	size_t unsigned_allowed;
};

static void
check_row(const struct row *row)
{
	cleanup_verification struct verification verification = { 0 };
	struct verification_item *item;
	struct error err = { 0 };
	char found[500];

	material_need(verification_init(&verification, 1, &err) == 0, err.text);
	item = verification.items;
	material_need(model_open_path(row->path, row->links, NULL, NULL, &item->model, &err) == 0,
		err.text);
	sign_names(&item->signed_model, row->names);
	item->allow_unsigned = row->allow_unsigned;
	if (row->needed[0]) {
		item->needed = row->needed;
		while (item->needed_count < 4 && row->needed[item->needed_count])
			item->needed_count++;
	}
	check_result(verification_compare_names(&verification, &err), REASON_NONE, &err, row->name);
	format_findings(&verification.report, found, sizeof(found));
	check_text(found, row->wanted, row->name);
	check(verification.report.unsigned_allowed == row->unsigned_allowed, row->name, "%zu",
		verification.report.unsigned_allowed);
}

/* "m" holds a, b/c and x. */
static void
test_directory(void)
{
	static const struct row rows[] = {
		{ "exact", "m", 0, false, { "a", "b/c", "x" }, { NULL }, "", 0 },
		{ "exact: one missing", "m", 0, false, { "a", "b/c", "d", "x" }, { NULL },
			"missing d", 0 },
		{ "exact: one more", "m", 0, false, { "a", "x" }, { NULL }, "extra b/c", 0 },
		{ "exact: another name", "m", 0, false, { "a", "b/d", "x" }, { NULL },
			"missing b/d; extra b/c", 0 },
		{ "a directory is no file", "m", 0, false, { "a", "b", "b/c", "x" }, { NULL },
			"missing b", 0 },
		{ "'.' is no directory's name", "m", 0, false, { "." }, { NULL },
			"missing .; extra a; extra b/c; extra x", 0 },
		{ "nothing is signed", "m", 0, false, { NULL }, { NULL },
			"extra a; extra b/c; extra x", 0 },
		{ "subset: all there", "m", 0, false, { "a", "b/c", "x", "z" }, { "a" }, "", 0 },
		{ "subset: needed is missing", "m", 0, false, { "a", "b/c", "x", "z" },
			{ "a", "z" }, "missing z", 0 },
		{ "subset: needed is not signed", "m", 0, false, { "a", "x" }, { "a", "b/c" },
			"extra b/c", 0 },
		{ "subset: neither signed nor there", "m", 0, false, { "a", "b/c", "x" },
			{ "a", "q" }, "missing q (named by the manifest, neither signed nor there)",
			0 },
		{ "subset: there and not needed", "m", 0, false, { "a", "b/c" }, { "a" }, "extra x",
			0 },
		{ "unsigned allowed", "m", 0, true, { "a" }, { NULL }, "", 2 },
		{ "unsigned allowed: a signed one is missing", "m", 0, true, { "a", "z" }, { NULL },
			"missing z", 2 },
		{ "unsigned allowed: not for what is needed", "m", 0, true, { "a" }, { "a", "x" },
			"extra x (named by the manifest, yet not signed)", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

/* "k" holds a fifo and a link beside a file. */
static void
test_kinds(void)
{
	static const struct row rows[] = {
		{ "kinds: refused", "k", MODEL_LINKS_REFUSE, false, { "fifo", "file", "link" },
			{ NULL }, "special fifo; link link", 0 },
		{ "kinds: links followed", "k", MODEL_LINKS_FOLLOW, false,
			{ "fifo", "file", "link" }, { NULL }, "special fifo", 0 },
		{ "kinds: an unsigned link", "k", MODEL_LINKS_REFUSE, false, { "fifo", "file" },
			{ NULL }, "special fifo; extra link", 0 },
		{ "kinds: an unsigned FIFO", "k", MODEL_LINKS_REFUSE, false, { "file" }, { NULL },
			"special fifo; extra link", 0 },
		{ "kinds: unsigned allowed", "k", MODEL_LINKS_REFUSE, true, { "file" }, { NULL },
			"", 2 },
		{ "kinds: a signed link, unsigned allowed", "k", MODEL_LINKS_REFUSE, true,
			{ "file", "link" }, { NULL }, "link link", 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

static void
test_single(void)
{
	static const struct row rows[] = {
		{ "single: '.'", "m/a", 0, false, { "." }, { NULL }, "", 0 },
		{ "single: its name", "m/a", 0, false, { "a" }, { NULL }, "", 0 },
		{ "single: another name", "m/a", 0, false, { "b" }, { NULL },
			"missing b (missing: the model is a single file of another name)", 0 },
		{ "single: its path", "m/a", 0, false, { "m/a" }, { NULL },
			"missing m/a (missing: the model is a single file of another name)", 0 },
		{ "single: two files", "m/a", 0, false, { "a", "b" }, { NULL },
			"missing a (missing: the model is a single file of another name); "
			"missing b (missing: the model is a single file of another name); "
			"extra .",
			0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

/* Findings name the model that they are about, and the last model is looked at too. */
static void
test_two(void)
{
	static const char *const names[2][4] = { { "a", "b/c", "x" }, { "a", "x" } };
	cleanup_verification struct verification verification = { 0 };
	struct error err = { 0 };

	check_result(verification_init(&verification, 0, &err), REASON_INTERNAL, &err,
		"nothing to verify");
	material_need(verification_init(&verification, 2, &err) == 0, err.text);
	for (int i = 0; i < 2; i++) {
		struct verification_item *item = &verification.items[i];

		material_need(
			model_open_path(i ? "./m" : "m", 0, NULL, NULL, &item->model, &err) == 0,
			err.text);
		sign_names(&item->signed_model, names[i]);
	}
	check_result(verification_compare_names(&verification, &err), REASON_NONE, &err, "two");
	check(verification.report.count == 1, "two: one finding", "%zu", verification.report.count);
	check_text(verification.report.findings[0].model, "./m", "two: of the last");
}

int
main(void)
{
	material_enter();
	material_file("m/a", "a");
	material_file("m/b/c", "c");
	material_file("m/x", "x");
	material_file("k/file", "f");
	material_fifo("k/fifo");
	material_link("k/link", "file");
	test_directory();
	test_kinds();
	test_single();
	test_two();
	return check_end();
}
