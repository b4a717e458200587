#include "policy/policy.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "base/tree.h"
#include "border/yaml.h"
#include "policy/policy_digest.h"
#include "policy/policy_lock.h"
#include "policy/policy_log.h"
#include "policy/policy_read.h"
#include "policy/policy_receipts.h"
#include "policy/policy_rules.h"
#include "policy/policy_value.h"

#include <errno.h>
#include <string.h>

/* The documents that make up a policy, in the order in which they count. */
struct stack {
	struct node_document *documents[POLICY_FILES_MAX]; /* owned */
	struct policy_rules_file files[POLICY_FILES_MAX];  /* the paths are owned */
	size_t count;
};

static void
release_stack(struct stack *stack)
{
	while (stack->count) {
		node_document_free(stack->documents[--stack->count]);
		free(stack->files[stack->count].path);
	}
}

static void
set_defaults(struct policy *policy)
{
	policy->coverage = POLICY_COVERAGE_SUBSET;
	policy->unpinned = POLICY_ALLOW;
	policy->manifest_mount = POLICY_ALLOW;
	policy->utility = POLICY_ALLOW;
	policy->protect_with = POLICY_PROTECTION_VIEW;
	policy->deadline_ms = LIMIT_DEADLINE_MS;
	policy_receipts_set_defaults(policy);
	policy_log_set_defaults(policy);
}

/* Puts a document on the stack and reads its keys. */
static int
add_bytes(struct stack *stack, const char *bytes, size_t length, struct policy *policy,
	struct error *err)
{
	static const struct yaml_options options = { .local_tags = false };

	if (stack->count == POLICY_FILES_MAX)
		return error_set(err, REASON_CONFIG, 0, "more than %d files", POLICY_FILES_MAX);
	if (yaml_parse(
		    bytes, length, &options, REASON_CONFIG, &stack->documents[stack->count], err))
		return -1;
	stack->files[stack->count].root = node_root(stack->documents[stack->count]);
	stack->files[stack->count].path = NULL;
	stack->count++;
	return policy_read_map(stack->files[stack->count - 1].root, false, policy, err);
}

/* The file open as FD, taken over. PATH is for messages. */
static int
add_file(struct stack *stack, int fd, const char *path, struct policy *policy, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };
	cleanup_fd int owned = fd;

	if (file_read(owned, LIMIT_POLICY_BYTES, TEXT_QUOTE(path), &file, err)) {
		err->reason = REASON_CONFIG;
		return error_wrap(err, "policy");
	}
	if (add_bytes(stack, file.bytes, file.length, policy, err))
		return error_wrap(err, "policy %s", TEXT_QUOTE(path));
	stack->files[stack->count - 1].path = strdup(path);
	if (!stack->files[stack->count - 1].path)
		return error_no_memory(err);
	return policy_digest_keep(policy, path, &file, err);
}

static int
add_path(struct stack *stack, const char *path, bool may_lack, struct policy *policy,
	struct error *err)
{
	int fd = file_open_trusted(path, err);

	if (fd < 0 && may_lack && err->os_errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_wrap(err, "policy");
	return add_file(stack, fd, path, policy, err);
}

/* A name in the folder itself, not hidden, with that ending. */
static bool
has_ending(const char *name, const char *ending)
{
	size_t length = strlen(name), tail = strlen(ending);

	return !strchr(name, '/') && name[0] != '.' && length > tail &&
	       strcmp(name + length - tail, ending) == 0;
}

/*
 * Every NAME.yaml of FOLDER, in the order of their names; others are left alone, but NAME.yml,
 * which somebody believes to be in force.
 */
static int
add_folder(struct stack *stack, const char *folder, struct policy *policy, struct error *err)
{
	const struct tree_options options = { .entries_max = 1024, .cross_mounts = true };
	cleanup_tree struct tree tree = { 0 };
	cleanup_fd int dir = file_open_trusted_directory(folder, err);
	char path[LIMIT_NAME_BYTES];
	size_t i;

	if (dir < 0)
		return err->os_errno == ENOENT ? 0 : error_wrap(err, "policy folder");
	if (tree_read(dir, &options, &tree, err)) {
		err->reason = REASON_CONFIG;
		return error_wrap(err, "policy folder %s", TEXT_QUOTE(folder));
	}
	for (i = 0; i < tree.count; i++) {
		const char *name = tree.entries[i].name;
		int fd;

		if (has_ending(name, ".yml"))
			return error_set(err, REASON_CONFIG, 0,
				"policy folder %s: %s would not be read, its name must end in .yaml",
				TEXT_QUOTE(folder), TEXT_QUOTE(name));
		if (!has_ending(name, ".yaml"))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
			return error_set(err, REASON_CONFIG, 0,
				"policy folder %s: a path in it is too long", TEXT_QUOTE(folder));
		fd = file_open_trusted_at(dir, name, err);
		if (fd < 0)
			return error_wrap(err, "policy folder %s", TEXT_QUOTE(folder));
		if (add_file(stack, fd, path, policy, err))
			return -1;
	}
	return 0;
}

/* The drop-in folder of a policy file: policy.yaml has policy.d beside it. */
static int
folder_of(const char *path, char out[static LIMIT_NAME_BYTES], struct error *err)
{
	size_t length = strlen(path);

	if (length > 5 && strcmp(path + length - 5, ".yaml") == 0)
		length -= 5;
	if (length + 3 > LIMIT_NAME_BYTES)
		return error_set(
			err, REASON_CONFIG, 0, "policy %s: the path is too long", TEXT_QUOTE(path));
	snprintf(out, LIMIT_NAME_BYTES, "%.*s.d", (int)length, path);
	return 0;
}

static int
check_required(const struct policy *policy, struct error *err)
{
	const char *lacks = policy->mode == POLICY_MODE_NONE      ? "mode"
			    : policy->method == TRUST_METHOD_NONE ? "trust"
			    : policy->signatures.count == 0       ? "signatures"
								  : NULL;

	return lacks ? error_set(err, REASON_CONFIG, 0, "the key '%s' is missing", lacks) : 0;
}

static int
load(const char *path, const struct policy_facts *facts, struct stack *stack, struct policy *policy,
	struct error *err)
{
	char folder[LIMIT_NAME_BYTES];

	set_defaults(policy);
	if (strcmp(path, POLICY_PATH_DEFAULT) == 0 &&
		add_path(stack, POLICY_PATH_VENDOR, true, policy, err))
		return -1;
	if (add_path(stack, path, false, policy, err) || folder_of(path, folder, err) ||
		add_folder(stack, folder, policy, err))
		return -1;
	if (policy_rules_apply(stack->files, stack->count, facts, policy, err))
		return -1;
	if (check_required(policy, err))
		return error_wrap(err, "policy %s", TEXT_QUOTE(path));
	return 0;
}

int
policy_load(
	const char *path, const struct policy_facts *facts, struct policy *out, struct error *err)
{
	__attribute__((cleanup(release_stack))) struct stack stack = { .count = 0 };
	struct policy policy = { 0 };

	if (load(path, facts, &stack, &policy, err)) {
		policy_release(&policy);
		return -1;
	}
	*out = policy;
	return 0;
}

int
policy_parse(const char *bytes, size_t length, struct policy *out, struct error *err)
{
	static const struct policy_facts nobody = { NULL, NULL };
	__attribute__((cleanup(release_stack))) struct stack stack = { .count = 0 };
	struct policy policy = { 0 };

	set_defaults(&policy);
	if (add_bytes(&stack, bytes, length, &policy, err) ||
		policy_rules_apply(stack.files, stack.count, &nobody, &policy, err) ||
		check_required(&policy, err)) {
		policy_release(&policy);
		return -1;
	}
	*out = policy;
	return 0;
}

/* What the annotation may ask for; each word makes a policy stricter, or leaves it. */
static bool
require_word(struct policy *policy, const char *word, size_t length)
{
	if (length == 7 && memcmp(word, "enforce", length) == 0)
		policy->mode = POLICY_MODE_ENFORCE;
	else if (length == 5 && memcmp(word, "exact", length) == 0)
		policy->coverage = POLICY_COVERAGE_EXACT;
	else if (length == 6 && memcmp(word, "pinned", length) == 0)
		policy->unpinned = POLICY_REFUSE;
	else if (length == 6 && memcmp(word, "hashed", length) == 0)
		policy->evidence = POLICY_EVIDENCE_HASHED;
	else if (length == 6 && memcmp(word, "locked", length) == 0)
		policy->lock = POLICY_LOCK_REQUIRED;
	else if (length == 11 && memcmp(word, "no-download", length) == 0)
		policy->download = POLICY_REFUSE;
	else if (length == 17 && memcmp(word, "manifest-of-image", length) == 0)
		policy->manifest_mount = policy->manifest_path = POLICY_REFUSE;
	else
		return false;
	return true;
}

int
policy_tighten(struct policy *policy, const char *require, struct error *err)
{
	struct policy tightened = *policy;
	size_t length;

	while (*require) {
		length = strcspn(require, ",");
		if (!require_word(&tightened, require, length))
			return error_set(err, REASON_POLICY, 0,
				"annotation nimgate.dev/require: %s: expected enforce, exact, pinned, hashed, locked, no-download, manifest-of-image",
				TEXT_QUOTE(require));
		require += length + (require[length] == ',');
	}
	*policy = tightened;
	return 0;
}

const struct policy_source *
policy_find_source(const struct policy *policy, const char *setting, const char *path)
{
	size_t i;

	for (i = 0; i < policy->source_count; i++)
		if (strcmp(policy->sources[i].setting, setting) == 0 &&
			strcmp(policy->sources[i].path, path) == 0)
			return &policy->sources[i];
	return NULL;
}

const struct policy_exception *
policy_find_exception(const struct policy *policy, const char *model, int64_t now)
{
	size_t i;

	for (i = 0; i < policy->exception_count; i++)
		if (strcmp(policy->exceptions[i].model, model) == 0 &&
			now < policy->exceptions[i].expires)
			return &policy->exceptions[i];
	return NULL;
}

bool
policy_lists(const struct policy_paths *paths, const char *text)
{
	size_t i;

	for (i = 0; i < paths->count; i++)
		if (strcmp(paths->paths[i], text) == 0)
			return true;
	return false;
}

void
policy_release(struct policy *policy)
{
	struct policy_paths *lists[] = { &policy->anchors, &policy->signatures,
		&policy->allowed_settings, &policy->cache_entries, &policy->cache_mounts,
		&policy->cache_writable, &policy->ignored_files };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++)
		policy_value_release(lists[i]);
	for (i = 0; i < ARRAY_SIZE(policy->sources); i++) {
		struct policy_source *source = &policy->sources[i];

		free(source->setting);
		free(source->path);
		free(source->signature);
		policy_value_release(&source->anchors);
		signers_release(&source->signers);
	}
	signers_release(&policy->signers);
	for (i = 0; i < ARRAY_SIZE(policy->exceptions); i++) {
		free(policy->exceptions[i].model);
		free(policy->exceptions[i].why);
	}
	free(policy->signature_owner);
	free(policy->log);
	free(policy->profile);
	free(policy->receipts_folder);
	policy_lock_release(policy);
	policy_digest_release(policy);
	free(policy->rule);
	*policy = (struct policy){ 0 };
}
