#include "cli/policy_cases.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/yaml.h"
#include "cli/policy_text.h"
#include "policy/policy.h"

#include <fcntl.h>
#include <string.h>

/* One case of the table, borrowed from its document. */
struct policy_case {
	const char *name;
	const char *require;
	struct policy_facts facts;
	const struct node *expect;
};

static int
refuse(const struct node *node, struct error *err, const char *what)
{
	return error_set(
		err, REASON_USAGE, 0, "line %u, column %u: %s", node->line, node->column, what);
}

static int
read_case(const struct node *node, struct policy_case *out, struct error *err)
{
	const struct node *member;

	*out = (struct policy_case){ 0 };
	if (node->kind != NODE_MAP)
		return refuse(node, err,
			"a case is a map of name, hook_rule, oci_bundle, require and expect");
	for (member = node->first; member; member = member->next) {
		const char *text = node_text(member);

		if (strcmp(member->key, "expect") == 0 && member->kind == NODE_MAP)
			out->expect = member;
		else if (strcmp(member->key, "name") == 0 && text)
			out->name = text;
		else if (strcmp(member->key, "hook_rule") == 0 && text)
			out->facts.hook_rule = text;
		else if (strcmp(member->key, "oci_bundle") == 0 && text)
			out->facts.oci_bundle = text;
		else if (strcmp(member->key, "require") == 0 && text)
			out->require = text;
		else
			return refuse(member, err,
				"expected name, hook_rule, oci_bundle, require or expect");
	}
	if (!out->name || !out->expect || !out->expect->count)
		return refuse(node, err, "a case needs a name and what to expect");
	return 0;
}

/* Compares; what differs goes to WHY. */
static bool
is_expected(const struct policy_case *row, const struct policy *policy,
	char why[static LIMIT_ERROR_TEXT])
{
	const struct node *member;

	for (member = row->expect->first; member; member = member->next) {
		const char *wanted = node_text(member),
			   *found = policy_text_word(policy, member->key);

		if (found && wanted && strcmp(found, wanted) == 0)
			continue;
		snprintf(why, LIMIT_ERROR_TEXT, "%s is %s, expected %s", member->key,
			found ? TEXT_QUOTE(found) : "no key with a word", TEXT_QUOTE(wanted));
		return false;
	}
	return true;
}

/* A refusal is an outcome, too: expect {refused: REASON}. */
static bool
is_expected_refusal(const struct policy_case *row, const struct error *refusal)
{
	const char *wanted = node_text(node_member(row->expect, "refused"));

	return wanted && strcmp(wanted, reason_word(refusal->reason)) == 0;
}

static bool
passes(const struct policy_case *row, const char *path, char why[static LIMIT_ERROR_TEXT])
{
	struct policy policy = { 0 };
	struct error err = { 0 };
	bool right;

	if (policy_load(path, &row->facts, &policy, &err) ||
		(row->require && policy_tighten(&policy, row->require, &err))) {
		right = is_expected_refusal(row, &err);
		snprintf(why, LIMIT_ERROR_TEXT, "%.350s", err.text);
	} else {
		right = is_expected(row, &policy, why);
	}
	policy_release(&policy);
	return right;
}

static int
run_cases(const struct node *list, const char *policy, unsigned int *failed, struct error *err)
{
	const struct node *item;
	unsigned int passed = 0;
	char why[LIMIT_ERROR_TEXT] = "";

	if (list->kind != NODE_LIST || list->count == 0)
		return refuse(list, err, "expected a list of cases");
	for (item = list->first; item; item = item->next) {
		struct policy_case row;

		if (read_case(item, &row, err))
			return -1;
		if (passes(&row, policy, why)) {
			passed++;
			printf("ok %s\n", TEXT_QUOTE(row.name));
		} else {
			++*failed;
			printf("not ok %s: %s\n", TEXT_QUOTE(row.name), why);
		}
	}
	printf("%u passed, %u failed\n", passed, *failed);
	return 0;
}

int
policy_cases_run(const char *table, const char *policy, unsigned int *failed, struct error *err)
{
	static const struct yaml_options options = { .local_tags = false };
	cleanup_document struct node_document *document = NULL;
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int fd = open(table, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	*failed = 0;
	if (fd < 0)
		return error_set_os(err, REASON_USAGE, errno, "table %s", TEXT_QUOTE(table));
	if (file_read(fd, LIMIT_POLICY_BYTES, TEXT_QUOTE(table), &file, err) ||
		yaml_parse(file.bytes, file.length, &options, REASON_USAGE, &document, err) ||
		run_cases(node_root(document), policy, failed, err))
		return error_wrap(err, "table %s", TEXT_QUOTE(table));
	return 0;
}
