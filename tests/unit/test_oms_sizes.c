/*
 * The largest statements that are read, and the time that takes.
 */
#include "oms/statement.h"

#include "base/mem.h"
#include "oms/envelope.h"
#include "oms/sign.h"

#include "tests/unit/oms_material.h"

#include <time.h>

#define ZEROES "0000000000000000000000000000000000000000000000000000000000000000"

static int
parse(const char *text, struct statement *out, struct error *err)
{
	const struct payload payload = { .bytes = (const uint8_t *)text, .length = strlen(text) };

	return statement_parse(&payload, false, out, err);
}

/* A statement over one file (caller: free()). */
static char *
make_base(void)
{
	static const char *const ignored = "ignored";
	char name[] = "file";
	const struct resource file = { .name = name, .digest = { .algorithm = DIGEST_SHA256 } };
	const struct sign_subject subject = { "m", &file, 1, &ignored, 1, false };
	struct error err = { 0 };
	char *text = NULL;
	size_t length;

	if (sign_statement(&subject, &text, &length, &err))
		material_need(false, err.text);
	return text;
}

static void
check_long_name(const char *base)
{
	cleanup_statement struct statement statement = { 0 };
	cleanup_free char *too_long = NULL, *longest = NULL;
	char name[LIMIT_NAME_BYTES + 2];
	struct error err = { 0 };

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	too_long = material_replace(base, "file", name);
	longest = material_replace(base, "file", name + 1);
	material_check(parse(too_long, &statement, &err), REASON_STATEMENT, "has 4097 bytes", &err,
		"sizes: long name");
	check_result(parse(longest, &statement, &err), REASON_NONE, &err, "sizes: longest name");
}

/* A list of COUNT times ITEM, in brackets (caller: free()). */
static char *
repeat(const char *item, size_t count)
{
	size_t step = strlen(item) + 1;
	char *list = malloc(count * step + 2);

	material_need(list, "memory");
	list[0] = '[';
	for (size_t i = 0; i < count; i++) {
		memcpy(list + 1 + i * step, item, step - 1);
		list[(i + 1) * step] = ',';
	}
	list[count * step] = ']';
	list[count * step + 1] = '\0';
	return list;
}

static void
check_counts(const char *base)
{
	static const char ignore[] = "[\"ignored\"]";
	static const char files[] =
		"[{\"name\":\"file\",\"digest\":\"" ZEROES "\",\"algorithm\":\"sha256\"}]";
	const struct {
		const char *name, *from, *item;
		size_t count;
		enum reason wanted;
		const char *text;
	} cases[] = {
		{ "counts: ignored paths", ignore, "\"x\"", LIMIT_IGNORE_PATHS, REASON_NONE, NULL },
		{ "counts: one ignored path more", ignore, "\"x\"", LIMIT_IGNORE_PATHS + 1,
			REASON_STATEMENT, "1025 paths" },
		{ "counts: files", files, "1", LIMIT_RESOURCES, REASON_STATEMENT,
			"must be an object" },
		{ "counts: one file more", files, "1", LIMIT_RESOURCES + 1, REASON_STATEMENT,
			"200001 signed files" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_statement struct statement statement = { 0 };
		cleanup_free char *list = repeat(cases[i].item, cases[i].count);
		cleanup_free char *text = material_replace(base, cases[i].from, list);
		struct error err = { 0 };

		material_check(parse(text, &statement, &err), cases[i].wanted, cases[i].text, &err,
			cases[i].name);
	}
}

/* The largest honest statement must not take the start's time: quadratic work would take minutes.
 */
static void
check_many(void)
{
	enum { COUNT = 100000, NAME_MAX_BYTES = 40 };
	struct resource *resources = calloc(COUNT, sizeof(*resources));
	char(*names)[NAME_MAX_BYTES] = calloc(COUNT, sizeof(*names));
	const struct sign_subject subject = { "many", resources, COUNT, NULL, 0, false };
	cleanup_statement struct statement statement = { 0 };
	cleanup_free char *text = NULL;
	struct error err = { 0 };
	size_t length = 0;
	clock_t start;
	double seconds;

	material_need(resources && names, "memory");
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], NAME_MAX_BYTES, "directory/part-%06zu.bin", i);
		resources[i].name = names[i];
		resources[i].digest.algorithm = DIGEST_SHA256;
	}
	check_result(sign_statement(&subject, &text, &length, &err), REASON_NONE, &err,
		"100,000 files: written");
	free(resources);
	free(names);
	material_need(text, "statement");
	start = clock();
	check_result(parse(text, &statement, &err), REASON_NONE, &err, "100,000 files: parsed");
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	printf("# 100,000 files, %zu bytes: %.3f s\n", length, seconds);
	check(seconds < 5 && statement.resource_count == COUNT, "100,000 files: quickly", "%.1f s",
		seconds);
}

int
main(void)
{
	cleanup_free char *base = make_base();

	check_long_name(base);
	check_counts(base);
	check_many();
	return check_end();
}
