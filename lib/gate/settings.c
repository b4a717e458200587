#include "gate/settings.h"

#include "base/error.h"
#include "base/text.h"
#include "gate/start.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <string.h>

static bool
is_path(const char *value)
{
	return value && value[0] == '/' && text_is_canonical_path(value + 1);
}

/* NIM 1.x and 2.x take a directory of a model store from these (facts: nim, section 5). */
static bool
names_store(const struct environment_setting *setting)
{
	return is_path(setting->value) && (strcmp(setting->name, "NIM_MODEL_NAME") == 0 ||
						  strcmp(setting->name, "NIM_MODEL_PATH") == 0);
}

static enum settings_action
decide(const struct environment_setting *setting, const struct policy *policy,
	const struct policy_source **source)
{
	bool named = policy_lists(&policy->allowed_settings, setting->name);

	switch (setting->class) {
	case ENVIRONMENT_MANIFEST:
		if (strcmp(setting->name, "NIM_MANIFEST_PATH") == 0 && is_path(setting->value) &&
			policy->manifest_path == POLICY_ALLOW)
			return SETTINGS_MANIFEST;
		/* Allowed by name alone it would be another manifest than the one that we read. */
		return named && strcmp(setting->name, "NIM_MANIFEST_PATH") != 0 ? SETTINGS_ALLOW
										: SETTINGS_REFUSE;
	case ENVIRONMENT_SOURCE:
		*source = is_path(setting->value)
				  ? policy_find_source(policy, setting->name, setting->value)
				  : NULL;
		if (*source)
			return SETTINGS_SOURCE;
		if (named)
			return SETTINGS_ALLOW;
		return names_store(setting) ? SETTINGS_STORE : SETTINGS_REFUSE;
	case ENVIRONMENT_UNKNOWN:
		return named || policy->unknown_settings == POLICY_ALLOW ? SETTINGS_ALLOW
									 : SETTINGS_REFUSE;
	default: return SETTINGS_REFUSE;
	}
}

/* What a refused setting would do, and what to do about it. */
static int
refuse(const struct environment_setting *setting, struct error *err)
{
	const char *name = setting->name;

	switch (setting->class) {
	case ENVIRONMENT_MANIFEST:
		return error_set(err, REASON_POLICY, 0,
			"%s brings another manifest, or lifts its limits: unset it, or allow it in the policy (manifest_path)",
			TEXT_QUOTE(name));
	case ENVIRONMENT_SOURCE:
		return error_set(err, REASON_POLICY, 0,
			"%s brings weights or code from outside of the signed versions: unset it, or name it in the policy (sources, allowed_settings)",
			TEXT_QUOTE(name));
	default:
		return error_set(err, REASON_POLICY, 0,
			"%s is not known and may bring another model: unset it, or name it in the policy (allowed_settings)",
			TEXT_QUOTE(name));
	}
}

int
settings_decide(const struct start *start, const struct policy *policy, struct settings *out,
	struct error *err)
{
	struct settings settings = { 0 };
	size_t i;

	for (i = 0; i < start->setting_count; i++) {
		const struct environment_setting *setting = &start->settings[i];
		struct settings_item *item = &settings.items[settings.count++];

		item->action = decide(setting, policy, &item->source);
		if (item->action == SETTINGS_REFUSE)
			return refuse(setting, err);
		item->name = setting->name;
		item->path = setting->value;
	}
	*out = settings;
	return 0;
}

const struct settings_item *
settings_find(const struct settings *settings, enum settings_action action)
{
	size_t i;

	for (i = 0; i < settings->count; i++)
		if (settings->items[i].action == action)
			return &settings->items[i];
	return NULL;
}
