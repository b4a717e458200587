#include "gate/settings.h"

#include "gate/start.h"
#include "policy/policy.h"
#include "tests/unit/check.h"

/* Text literals as the structs want them: nothing here is ever written. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

static const struct row {
	const char *name;
	enum environment_class class;
	const char *setting, *value;
	const char *allowed; /* in allowed_settings; NULL: none */
	enum policy_choice manifest_path, unknown;
	enum settings_action wanted; /* SETTINGS_REFUSE: REASON_POLICY */
} rows[] = {
	{ "manifest: refused", ENVIRONMENT_MANIFEST, "NIM_MANIFEST_PATH", "/m.yaml", NULL,
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "manifest: allowed", ENVIRONMENT_MANIFEST, "NIM_MANIFEST_PATH", "/m.yaml", NULL,
		POLICY_ALLOW, POLICY_REFUSE, SETTINGS_MANIFEST },
	{ "manifest: a path that is none", ENVIRONMENT_MANIFEST, "NIM_MANIFEST_PATH", "/a/../m",
		NULL, POLICY_ALLOW, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "manifest: by name alone it would not be read", ENVIRONMENT_MANIFEST, "NIM_MANIFEST_PATH",
		"/m.yaml", "NIM_MANIFEST_PATH", POLICY_REFUSE, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "manifest limits: refused", ENVIRONMENT_MANIFEST, "NIM_MANIFEST_ALLOW_UNSAFE", NULL, NULL,
		POLICY_ALLOW, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "manifest limits: by name", ENVIRONMENT_MANIFEST, "NIM_MANIFEST_ALLOW_UNSAFE", NULL,
		"NIM_MANIFEST_ALLOW_UNSAFE", POLICY_REFUSE, POLICY_REFUSE, SETTINGS_ALLOW },
	{ "source: refused", ENVIRONMENT_SOURCE, "NIM_FT_MODEL", "/other", NULL, POLICY_REFUSE,
		POLICY_ALLOW, SETTINGS_REFUSE },
	{ "source: the customer's own", ENVIRONMENT_SOURCE, "NIM_FT_MODEL", "/ft", NULL,
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_SOURCE },
	{ "source: the path of another setting", ENVIRONMENT_SOURCE, "NIM_PEFT_SOURCE", "/ft", NULL,
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "source: verified rather than allowed", ENVIRONMENT_SOURCE, "NIM_FT_MODEL", "/ft",
		"NIM_FT_MODEL", POLICY_REFUSE, POLICY_REFUSE, SETTINGS_SOURCE },
	{ "source: allowed by name", ENVIRONMENT_SOURCE, "NIM_PEFT_SOURCE", NULL, "NIM_PEFT_SOURCE",
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_ALLOW },
	{ "store, 1.x", ENVIRONMENT_SOURCE, "NIM_MODEL_NAME", "/model-store", NULL, POLICY_REFUSE,
		POLICY_REFUSE, SETTINGS_STORE },
	{ "store, 2.x", ENVIRONMENT_SOURCE, "NIM_MODEL_PATH", "/model-store", NULL, POLICY_REFUSE,
		POLICY_REFUSE, SETTINGS_STORE },
	{ "store: a URI is none", ENVIRONMENT_SOURCE, "NIM_MODEL_NAME", NULL, NULL, POLICY_REFUSE,
		POLICY_REFUSE, SETTINGS_REFUSE },
	{ "store: not for drafts", ENVIRONMENT_SOURCE, "NIM_DRAFT_MODEL_PATH", "/model-store", NULL,
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "unknown: refused", ENVIRONMENT_UNKNOWN, "NIM_NEW_MODEL", NULL, NULL, POLICY_ALLOW,
		POLICY_REFUSE, SETTINGS_REFUSE },
	{ "unknown: allowed", ENVIRONMENT_UNKNOWN, "NIM_NEW_MODEL", NULL, NULL, POLICY_REFUSE,
		POLICY_ALLOW, SETTINGS_ALLOW },
	{ "unknown: by name", ENVIRONMENT_UNKNOWN, "NIM_NEW_MODEL", NULL, "NIM_NEW_MODEL",
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_ALLOW },
	{ "unknown: another's name", ENVIRONMENT_UNKNOWN, "NIM_NEW_MODEL", NULL, "NIM_NEW_MODELS",
		POLICY_REFUSE, POLICY_REFUSE, SETTINGS_REFUSE },
	{ "a class that is none", ENVIRONMENT_NONE, "NIM_X", NULL, "NIM_X", POLICY_ALLOW,
		POLICY_ALLOW, SETTINGS_REFUSE },
};

static void
check_row(const struct row *row)
{
	static struct start start;
	static struct environment_setting setting;
	static struct policy policy;
	struct settings settings = { 0 };
	struct error err = { 0 };
	int result;

	setting = (struct environment_setting){ row->class, TEXT(row->setting), TEXT(row->value) };
	start.settings = &setting;
	start.setting_count = 1;
	policy = (struct policy){ .manifest_path = row->manifest_path,
		.unknown_settings = row->unknown };
	policy.sources[0] =
		(struct policy_source){ .setting = TEXT("NIM_FT_MODEL"), .path = TEXT("/ft") };
	policy.source_count = 1;
	policy.allowed_settings.paths[0] = TEXT(row->allowed);
	policy.allowed_settings.count = row->allowed ? 1 : 0;
	result = settings_decide(&start, &policy, &settings, &err);
	check_result(result, row->wanted == SETTINGS_REFUSE ? REASON_POLICY : REASON_NONE, &err,
		row->name);
	if (result == 0)
		check(settings.count == 1 && settings.items[0].action == row->wanted &&
				settings_find(&settings, row->wanted) == &settings.items[0],
			row->name, "action %d, wanted %d", settings.items[0].action, row->wanted);
	else
		check(strstr(err.text, row->setting) != NULL, "names the setting", "%s", err.text);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
	return check_end();
}
