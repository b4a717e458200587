#include "policy/runtime_settings.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/yaml.h"
#include "oci/hooks.h"
#include "oci/process.h"
#include "policy/policy_value.h"

#include <string.h>

void
runtime_settings_release(struct runtime_settings *settings)
{
	free(settings->runtime);
	free(settings->hook);
	free(settings->policy);
	free(settings->rule);
	free(settings->profile);
	*settings = (struct runtime_settings){ 0 };
}

static int
read_restore(const struct node *member, bool *out, struct error *err)
{
	static const char *const words[] = { "refuse", "allow", NULL };
	int value;

	if (policy_value_word(member, words, &value, err))
		return -1;
	*out = value == 1;
	return 0;
}

static int
read_member(const struct node *member, struct runtime_settings *settings, struct error *err)
{
	const struct {
		const char *name;
		char **out;
		int (*read)(const struct node *node, char **out, struct error *err);
	} members[] = {
		{ "runtime", &settings->runtime, policy_value_path },
		{ "hook", &settings->hook, policy_value_path },
		{ "policy", &settings->policy, policy_value_path },
		{ "rule", &settings->rule, policy_value_text },
		{ "profile", &settings->profile, policy_value_profile },
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (strcmp(member->key, members[i].name) == 0)
			return members[i].read(member, members[i].out, err);
	if (strcmp(member->key, "restore") == 0)
		return read_restore(member, &settings->restore, err);
	return policy_value_refuse_key(member, err);
}

static int
read_members(const struct node *top, struct runtime_settings *settings, struct error *err)
{
	const struct node *member;

	if (top->kind != NODE_MAP)
		return policy_value_refuse(top, err, "expected a map of keys");
	for (member = top->first; member; member = member->next)
		if (read_member(member, settings, err))
			return -1;
	if (!settings->runtime)
		return policy_value_refuse(top, err, "the key 'runtime' is missing");
	if (!settings->hook)
		settings->hook = strdup(RUNTIME_SETTINGS_HOOK);
	return settings->hook ? 0 : error_no_memory(err);
}

int
runtime_settings_parse(
	const char *bytes, size_t length, struct runtime_settings *out, struct error *err)
{
	static const struct yaml_options plain = { .local_tags = false };
	cleanup_runtime_settings struct runtime_settings settings = { 0 };
	cleanup_document struct node_document *document = NULL;

	if (yaml_parse(bytes, length, &plain, REASON_CONFIG, &document, err) ||
		read_members(node_root(document), &settings, err))
		return -1;
	*out = settings;
	settings = (struct runtime_settings){ 0 };
	return 0;
}

int
runtime_settings_load(const char *path, struct runtime_settings *out, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };

	if (file_read_trusted(path, LIMIT_POLICY_BYTES, &file, err))
		return -1;
	return runtime_settings_parse(file.bytes, file.length, out, err)
		       ? error_wrap(err, "%s", TEXT_QUOTE(path))
		       : 0;
}

void
runtime_settings_entry(const struct runtime_settings *settings, struct hooks_entry *out)
{
	size_t count = 0;

	*out = (struct hooks_entry){ .path = settings->hook };
	out->arguments[count++] = "nimgate-hook";
	if (settings->policy) {
		out->arguments[count++] = "--policy";
		out->arguments[count++] = settings->policy;
	}
	if (settings->rule) {
		out->arguments[count++] = "--rule";
		out->arguments[count++] = settings->rule;
	}
	out->arguments[count] = "createRuntime";
}

void
runtime_settings_variable(const struct runtime_settings *settings, struct process_variable *out)
{
	*out = (struct process_variable){
		.name = "NIM_MODEL_PROFILE",
		.other = "NIM_MANIFEST_PROFILE",
		.value = settings->profile,
	};
}
