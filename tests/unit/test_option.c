#include "cli/option.h"

#include "base/mem.h"
#include "check.h"
#include "cli/option_help.h"

#include <stddef.h>

struct values {
	bool flag;
	bool toggle;
	const char *text;
	struct option_list list;
};

static const struct option options[] = {
	{ "long-flag", OPTION_FLAG, offsetof(struct values, flag), NULL, "a flag" },
	{ "git-paths", OPTION_SWITCH, offsetof(struct values, toggle), NULL, "a switch" },
	{ "some-text", OPTION_TEXT, offsetof(struct values, text), "FILE", "a text" },
	{ "many", OPTION_LIST, offsetof(struct values, list), "PATH", "a list" },
	{ "elsewhere", OPTION_REFUSED, 0, NULL, "not in this release" },
};

static const struct option_table table = {
	.usage = "test", .about = "About.\n", .options = options, .count = ARRAY_SIZE(options)
};

static const struct {
	const char *name;
	const char *argv[8];
	const char *wanted; /* flag, switch, text, list and words; NULL: refused */
	const char *says;   /* part of the refusal */
} cases[] = {
	{ "nothing", { NULL }, "0 1 - [] []", NULL },
	{ "words", { "a", "b" }, "0 1 - [] [a b]", NULL },
	{ "flag", { "--long-flag" }, "1 1 - [] []", NULL },
	{ "flag with underscore", { "--long_flag" }, "1 1 - [] []", NULL },
	{ "switch off", { "--no-git-paths" }, "0 0 - [] []", NULL },
	{ "switch off with underscores", { "--no_git_paths" }, "0 0 - [] []", NULL },
	{ "switch off and on", { "--no-git-paths", "--git-paths" }, "0 1 - [] []", NULL },
	{ "text as next word", { "--some-text", "x" }, "0 1 x [] []", NULL },
	{ "text behind =", { "--some_text=x" }, "0 1 x [] []", NULL },
	{ "text with underscores kept", { "--some-text=a_b=c" }, "0 1 a_b=c [] []", NULL },
	{ "empty text", { "--some-text=" }, NULL, "--some-text: its FILE is empty" },
	{ "empty text as next word", { "--some-text", "" }, NULL,
		"--some-text: its FILE is empty" },
	{ "empty list", { "--many=" }, NULL, "--many: its PATH is empty" },
	{ "text that is one dash", { "--some-text", "-" }, "0 1 - [] []", NULL },
	{ "text that starts with a dash", { "--some-text", "-x" }, "0 1 -x [] []", NULL },
	{ "text that looks like an option", { "--some-text=--x" }, "0 1 --x [] []", NULL },
	{ "list", { "--many", "x", "--many=y" }, "0 1 - [x y] []", NULL },
	{ "options anywhere", { "a", "--long-flag", "b", "--many", "x" }, "1 1 - [x] [a b]", NULL },
	{ "end of options", { "a", "--", "--long-flag", "-x" }, "0 1 - [] [a --long-flag -x]",
		NULL },
	{ "one dash is a word", { "-" }, "0 1 - [] [-]", NULL },
	{ "unknown", { "--unknown" }, NULL, "'--unknown': no such option" },
	{ "unknown with value", { "--unknown=3" }, NULL, "'--unknown': no such option" },
	{ "beginning of a name", { "--long" }, NULL,
		"'--long': no such option; is --long-flag meant?" },
	{ "beginning of a name, underscores", { "--long_f=x" }, NULL, "is --long-flag meant?" },
	{ "more than a name", { "--long-flags" }, NULL, "'--long-flags': no such option" },
	{ "underscores in front", { "__long-flag" }, "0 1 - [] [__long-flag]", NULL },
	{ "short", { "-x" }, NULL, "'-x': no such option" },
	{ "no-form of a flag", { "--no-long-flag" }, NULL, "'--no-long-flag': no such option" },
	{ "no-form of nothing", { "--no-" }, NULL, "'--no-': no such option" },
	{ "flag with value", { "--long-flag=1" }, NULL, "'--long-flag=1': takes no value" },
	{ "switch with value", { "--no-git-paths=1" }, NULL, "takes no value" },
	{ "text without value", { "--some-text" }, NULL, "--some-text lacks its FILE" },
	{ "text before an option", { "--some-text", "--long-flag" }, NULL,
		"--some-text lacks its FILE, '--long-flag' follows" },
	{ "text before the end", { "--some-text", "--" }, NULL, "lacks its FILE" },
	{ "text twice", { "--some-text=a", "--some_text=b" }, NULL,
		"--some-text is given twice: 'a' and 'b'" },
	{ "refused option", { "--elsewhere", "x" }, NULL, "--elsewhere: not in this release" },
	{ "name with an escape", { "--\033[m" }, NULL, "'--\\x1b[m'" },
};

static void
print_list(const struct option_list *list, char *out, size_t size)
{
	size_t i, used = 0;

	out[0] = '\0';
	for (i = 0; i < list->count; i++)
		used += (size_t)snprintf(
			out + used, size - used, "%s%s", i ? " " : "", list->values[i]);
}

static void
test_case(size_t index)
{
	struct values values = { .toggle = true };
	struct option_list argv = { 0 }, words = { 0 };
	char list[200], plain[200], got[500];
	struct error err = { 0 };
	int result;

	while (argv.count < ARRAY_SIZE(cases[index].argv) && cases[index].argv[argv.count]) {
		argv.values[argv.count] = cases[index].argv[argv.count];
		argv.count++;
	}
	result = option_parse(&table, &argv, &values, &words, &err);
	if (!cases[index].wanted) {
		check(result == -1 && err.reason == REASON_USAGE &&
				strstr(err.text, cases[index].says),
			cases[index].name, "got %d: %s", result, err.text);
		return;
	}
	print_list(&values.list, list, sizeof(list));
	print_list(&words, plain, sizeof(plain));
	snprintf(got, sizeof(got), "%d %d %s [%s] [%s]", values.flag, values.toggle,
		values.text ? values.text : "-", list, plain);
	check(result == 0 && strcmp(got, cases[index].wanted) == 0, cases[index].name,
		"wanted \"%s\", got %d: \"%s\" %s", cases[index].wanted, result, got, err.text);
}

static void
test_stop_at_word(void)
{
	const struct option_table outer = { .usage = "",
		.about = "",
		.options = options,
		.count = ARRAY_SIZE(options),
		.stop_at_word = true };
	const struct option_list argv = { { "--long-flag", "verify", "--unknown", "x" }, 4 };
	struct option_list words = { 0 };
	struct values values = { 0 };
	struct error err = { 0 };
	int result = option_parse(&outer, &argv, &values, &words, &err);

	check(result == 0 && values.flag && words.count == 3 &&
			strcmp(words.values[1], "--unknown") == 0,
		"stops at the first word", "got %d, %zu words: %s", result, words.count, err.text);
}

static void
test_says(void)
{
	static const struct {
		const char *argv[4];
		bool wanted;
	} rows[] = {
		{ { NULL }, false },
		{ { "--some-text", "x" }, true },
		{ { "--some_text=x" }, true },
		{ { "--unknown", "--some-text=x" }, true },
		{ { "--some-text=a", "--some-text=x" }, true },
		{ { "--some-text" }, false },
		{ { "--some-text=" }, false },
		{ { "--some-text", "xx" }, false },
		{ { "--some-texts", "x" }, false },
		{ { "--some", "x" }, false },
		{ { "some-text", "x" }, false },
		{ { "--", "--some-text", "x" }, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct option_list argv = { 0 };

		while (argv.count < ARRAY_SIZE(rows[i].argv) && rows[i].argv[argv.count]) {
			argv.values[argv.count] = rows[i].argv[argv.count];
			argv.count++;
		}
		check(option_says(&argv, "some-text", "x") == rows[i].wanted,
			rows[i].argv[0] ? rows[i].argv[0] : "says: nothing", "row %zu", i);
	}
}

static void
test_output(void)
{
	struct error err = { 0 };
	bool json = true;

	check_result(option_parse_output(NULL, &json, &err), REASON_NONE, &err, "no --output");
	check(!json, "no --output is text", "json");
	check_result(option_parse_output("json", &json, &err), REASON_NONE, &err, "--output json");
	check(json, "--output json is json", "text");
	check_result(option_parse_output("text", &json, &err), REASON_NONE, &err, "--output text");
	check(!json, "--output text is text", "json");
	check_result(
		option_parse_output("JSON", &json, &err), REASON_USAGE, &err, "another --output");
}

static void
test_too_many(void)
{
	static struct option_list argv, words;
	struct values values = { 0 };
	struct error err = { 0 };

	for (argv.count = 0; argv.count < OPTION_VALUES; argv.count++)
		argv.values[argv.count] = "w";
	check(option_parse(&table, &argv, &values, &words, &err) == 0, "as many words as fit", "%s",
		err.text);
	check_result(option_parse(&table, &argv, &values, &words, &err), REASON_USAGE, &err,
		"one word too many");
}

static void
test_help(void)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	option_help_print(&table, out);
	fclose(out);
	check(strstr(text, "  --many PATH ...") && strstr(text, "--[no-]git-paths") &&
			!strstr(text, "elsewhere"),
		"help has a line for each option", "got: %s", text);
	free(text);
}

static const struct {
	const char *name;
	const char *text;
	const char *wanted;
} fills[] = {
	{ "nothing", "", "" },
	{ "a short line", "About.\n", "About.\n" },
	{ "lines of a paragraph are joined", "One\ntwo.\n", "One two.\n" },
	{ "paragraphs are not", "One.\n\nTwo.\n", "One.\n\nTwo.\n" },
	{ "80 columns fit",
		"xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxxx\n",
		"xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxxx\n" },
	{ "81 do not",
		"xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxxxx\n",
		"xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx\nxxxxxxxxxxx\n" },
	{ "items stay apart", "a   one\nbb  two\n    three\n", "a   one\nbb  two three\n" },
	{ "an item goes on below its text",
		"  ab  xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx yyyyyy\n",
		"  ab  xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx xxxxxxxxx\n      yyyyyy\n" },
	{ "a paragraph behind an item", "a  one\n\nTwo.\n", "a  one\n\nTwo.\n" },
};

static void
test_fill(size_t i)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	option_help_fill(fills[i].text, out);
	fclose(out);
	check(strcmp(text, fills[i].wanted) == 0, fills[i].name, "wanted: %sgot: %s",
		fills[i].wanted, text);
	free(text);
}

int
main(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		test_case(i);
	test_stop_at_word();
	test_says();
	test_output();
	test_too_many();
	test_help();
	for (i = 0; i < ARRAY_SIZE(fills); i++)
		test_fill(i);
	return check_end();
}
