#include "cli/cmd_explain.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/cure.h"
#include "cli/decisions.h"
#include "cli/explain_start.h"
#include "cli/option.h"
#include "policy/policy.h"

#include <string.h>
#include <sys/stat.h>

enum { ID_SHORTEST = 4 }; /* a shorter prefix names too many */

struct explain_options {
	const char *log;
	const char *policy;
	const char *hook;
	const char *reason;
};

static const struct option options[] = {
	{ "log", OPTION_TEXT, offsetof(struct explain_options, log), "FILE",
		"the decision log (default: the policy's)" },
	{ "policy", OPTION_TEXT, offsetof(struct explain_options, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "hook", OPTION_TEXT, offsetof(struct explain_options, hook), "FILE",
		"for a bundle: the hook to run (default: beside this program, or where the package puts it)" },
	{ "reason", OPTION_TEXT, offsetof(struct explain_options, reason), "WORD",
		"say what a reason means, and what to do" },
};

static const struct option_table table = {
	.usage = "explain ID|BUNDLE [OPTION...] | explain --reason WORD",
	.about =
		"Prints what the hook decided last about the container ID (a name, an id or its beginning):\n"
		"verdict, reason, what it rests on, every offending file, and what to do. For the directory of\n"
		"an OCI bundle: what would be decided if it started now.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

/* A member as text, escaped for a terminal; "-" where it has none. */
static const char *
shown(const struct node *map, const char *key, char out[static LIMIT_NAME_BYTES])
{
	const struct node *member = node_member(map, key);
	const char *text = member && member->text ? member->text : "-";

	return text_escape(out, LIMIT_NAME_BYTES, text, strlen(text));
}

static void
print_cure(enum reason reason)
{
	const struct cure *cure = cure_find(reason);

	printf("cause: %s\ncure: %s\n", cure->cause, cure->cure);
}

static void
print_line(const struct node *map, const char *key)
{
	char text[LIMIT_NAME_BYTES];

	printf("%s: %s\n", key, shown(map, key, text));
}

/* Every entry of a list: its members one after the other, KEYS in order. */
static void
print_list(const struct node *decision, const char *name, const char *const keys[])
{
	const struct node *list = node_member(decision, name), *item;
	char text[LIMIT_NAME_BYTES];
	size_t i;

	for (item = list && list->kind == NODE_LIST ? list->first : NULL; item; item = item->next) {
		printf("%.*s:", (int)strlen(name) - 1, name);
		if (node_text(item))
			printf(" %s", text_escape(text, sizeof(text), item->text, item->length));
		for (i = 0; keys[i]; i++)
			if (node_member(item, keys[i]))
				printf(" %s=%s", keys[i], shown(item, keys[i], text));
		printf("\n");
	}
}

static void
print_decision(const struct node *decision)
{
	static const char *const keys[] = { "container", "bundle", "time", "verdict", "mode",
		"evidence", "protection", "profile", "files", "bytes", "milliseconds",
		"policy_sha256" };
	static const char *const version_keys[] = { "ref", "payload_sha256", "signer",
		"signer_spki_sha256", NULL };
	static const char *const finding_keys[] = { "reason", "model", "file", "detail", "signed",
		"found", NULL };
	static const char *const note_keys[] = { NULL };
	const char *word = node_text(node_member(decision, "reason"));
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		print_line(decision, keys[i]);
	if (node_text(node_member(decision, "rule")))
		print_line(decision, "rule");
	print_list(decision, "versions", version_keys);
	print_list(decision, "notes", note_keys);
	print_list(decision, "findings", finding_keys);
	if (!word)
		return;
	print_line(decision, "reason");
	print_line(decision, "text");
	print_cure(cure_parse_word(word));
}

/* True if the decision is about ID: its whole name, or the beginning of a longer id. */
static bool
is_about(const struct node *decision, const char *id)
{
	const char *container = node_text(node_member(decision, "container"));

	if (!container)
		return false;
	return strcmp(container, id) == 0 ||
	       (strlen(id) >= ID_SHORTEST && strncmp(container, id, strlen(id)) == 0);
}

/* Prints the decision if it is about the id that CONTEXT is. */
static bool
print_if_about(void *context, const struct node *decision)
{
	if (!is_about(decision, context))
		return false;
	print_decision(decision);
	return true;
}

static int
explain_id(const struct explain_options *values, const char *id, struct error *err)
{
	cleanup_free char *path = NULL, *wanted = strdup(id);
	int found;

	if (!wanted)
		return error_no_memory(err);
	if (decisions_find(values->log, values->policy, &path, err))
		return -1;
	found = decisions_visit(path, DECISIONS_ANYBODY, print_if_about, wanted, err);
	if (found == 0)
		return error_set(err, REASON_USAGE, 0,
			"%s: no decision about %s (a container that is no NIM leaves none)",
			TEXT_QUOTE(path), TEXT_QUOTE(id));
	return found < 0 ? -1 : 0;
}

static int
explain_reason(const char *word, struct error *err)
{
	enum reason reason = cure_parse_word(word);

	if (reason == REASON_NONE)
		return error_set(err, REASON_USAGE, 0,
			"%s is no reason; docs/reasons.md lists them", TEXT_QUOTE(word));
	printf("%s: status %d, of the hook %d\n", reason_word(reason), reason_status(reason),
		reason_hook_status(reason));
	print_cure(reason);
	return 0;
}

static bool
is_directory(const char *path)
{
	struct stat st;

	return strchr(path, '/') && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
cmd_explain(const struct option_list *argv)
{
	struct explain_options values = { 0 };
	struct option_list words = { 0 };
	struct error err;
	int result = option_parse(&table, argv, &values, &words, &err);

	if (result > 0)
		return REASON_STATUS_ADMIT;
	if (!values.policy)
		values.policy = POLICY_PATH_DEFAULT;
	if (result == 0 && words.count != (values.reason ? 0 : 1))
		result = error_set(&err, REASON_USAGE, 0,
			"expected one ID or BUNDLE, or --reason WORD (see --help)");
	if (result == 0 && values.reason)
		result = explain_reason(values.reason, &err);
	else if (result == 0 && is_directory(words.values[0]))
		return explain_start(words.values[0], values.policy, values.hook);
	else if (result == 0)
		result = explain_id(&values, words.values[0], &err);
	return result ? console_fail("nimgate explain", &err) : REASON_STATUS_ADMIT;
}
