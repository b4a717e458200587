#include "cli/toml.h"

#include "base/mem.h"

#include "tests/unit/check.h"

/* All settings of a text, as "table/key=value;" each, a header as "table/=;". */
static const struct {
	const char *name, *text, *wanted;
} rows[] = {
	{ "empty", "", "" },
	{ "comments alone", "# a = 1\n  # b\n", "" },
	{ "above the first table", "version = 2\n", "/version= 2;" },
	{ "tables", "[a]\nx=1\n[ a . \"b.c\" ]\ny = 'z'\n", "a/=;a/x=1;a.b.c/=;a.b.c/y= 'z';" },
	{ "a table of a list", "[[a]]\nx=1", "a/=;a/x=1;" },
	{ "an empty table", "x=1\n[a]\n# y=1\n[b]", "/x=1;a/=;b/=;" },
	{ "quoted keys", "\"a b\"=1\n'c'=2\n", "/ab=1;/c=2;" },
	{ "a comment behind", "x = \"a # b\" # c = \"d\"\ny=1\n", "/x= \"a # b\" ;/y=1;" },
	{ "a list over lines", "x = [\n \"a\", # \"b\"\n 'c',\n]\ny=1\n",
		"/x= [ \"a\",  'c',];/y=1;" },
	{ "brackets in texts", "x = \"[\"\ny = ['[', \"]\"]\nz=1\n",
		"/x= \"[\";/y= ['[', \"]\"];/z=1;" },
	{ "an escaped quote", "x = \"a\\\"#b\"\ny = 1\n", "/x= \"a\\\"#b\";/y= 1;" },
	{ "a list without an end", "x = [\"a\"\ny = 1\n", "/x= [\"a\"y = 1;" },
	{ "a line that is nothing", "what\n[a]\nx=1\n", "a/=;a/x=1;" },
	{ "a comment at the end", "x=1 #", "/x=1 ;" },
};

static void
test_settings(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[1000] = "";
		struct toml toml;
		size_t used = 0;

		toml_start(&toml, rows[i].text);
		while (toml_next(&toml) && used < sizeof(got))
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s/%s=%s;",
				toml.table, toml.key, toml.value);
		check_text(got, rows[i].wanted, rows[i].name);
	}
}

static void
test_values(void)
{
	static const struct {
		const char *value, *text, *first;
		bool holds;
	} values[] = {
		{ "\"cri\"", "cri", "cri", true },
		{ "'cri'", "cri", "cri", true },
		{ "[\"a\", \"cri\"]", "cri", "a", true },
		{ "[\"cri2\", \"xcri\"]", "cri", "cri2", false },
		{ "cri", "cri", "", false },
		{ "\"cri'", "cri", "", false },
		{ "[]", "cri", "", false },
		{ "", "cri", "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char first[LIMIT_NAME_BYTES], line[100];
		struct toml toml;

		snprintf(line, sizeof(line), "x = %s\n", values[i].value);
		toml_start(&toml, line);
		check(toml_next(&toml), values[i].value, "no setting");
		check(toml_holds(&toml, values[i].text) == values[i].holds, values[i].value,
			"holds: %d", !values[i].holds);
		toml_first_text(&toml, first);
		check_text(first, values[i].first, values[i].value);
	}
}

static void
test_texts(void)
{
	static const struct {
		const char *value, *texts;
	} values[] = {
		{ "\"a\"", "a;" },
		{ "[\"a\", 'b\"', \"c'\"]", "a;b\";c';" },
		{ "[\"a\", 'b]", "a;" },
		{ "[\"\", \"b\"]", ";b;" },
		{ "3", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char text[LIMIT_NAME_BYTES], line[100], got[100] = "";
		struct toml toml;

		snprintf(line, sizeof(line), "x = %s\n", values[i].value);
		toml_start(&toml, line);
		check(toml_next(&toml), values[i].value, "no setting");
		for (size_t j = 0; toml_text(&toml, j, text) && j < 10; j++) {
			strcat(got, text);
			strcat(got, ";");
		}
		check_text(got, values[i].texts, values[i].value);
		check_text(text, "", values[i].value);
	}
}

int
main(void)
{
	test_settings();
	test_texts();
	test_values();
	return check_end();
}
