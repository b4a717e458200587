#include "nim/environment.h"

#include "base/mem.h"
#include "tests/unit/check.h"

#include <stdlib.h>

/* Facts: nim, section 6, in its order. */
static const struct row {
	const char *name;
	const char *value;
	enum environment_class class;
	bool nim;
} rows[] = {
	{ "NIM_CACHE_PATH", "/opt/nim/.cache", ENVIRONMENT_CACHE, true },
	{ "HF_HOME", "/model-store/huggingface/hub", ENVIRONMENT_SOURCE, false },
	{ "NIM_MODEL_PROFILE", "x", ENVIRONMENT_PIN, true },
	{ "NIM_MANIFEST_PROFILE", "x", ENVIRONMENT_PIN, true },
	{ "NIM_TAGS_SELECTOR", "tp=1", ENVIRONMENT_NONE, true },
	{ "NIM_MANIFEST_PATH", "/m.yaml", ENVIRONMENT_MANIFEST, true },
	{ "NIM_MANIFEST_ALLOW_UNSAFE", "1", ENVIRONMENT_MANIFEST, true },
	{ "NIM_MANIFEST_ALLOW_UNSAFE", "0", ENVIRONMENT_MANIFEST, true },
	{ "NIM_REPOSITORY_OVERRIDE", "s3://mirror", ENVIRONMENT_NONE, false },
	{ "NIM_MODEL_NAME", "meta/llama-3.1-8b-instruct", ENVIRONMENT_NONE, true },
	{ "NIM_MODEL_NAME", "/model-store", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_NAME", "hf://meta/llama", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_NAME", "./model", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_NAME", "../model", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_NAME", "~/model", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_NAME", "", ENVIRONMENT_NONE, false },
	{ "NIM_MODEL_PATH", "ngc://a/b:1", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_PATH", "model", ENVIRONMENT_SOURCE, true },
	{ "NIM_MODEL_PATH", "", ENVIRONMENT_NONE, false },
	{ "NIM_ENGINE_MODEL_PATH", "/model/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_ENGINE_MODEL_NAME", "x", ENVIRONMENT_NONE, true },
	{ "NIM_ENGINE_MODEL_NAME", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_ENGINE_MODEL_VARIANT", "x", ENVIRONMENT_NONE, true },
	{ "NIM_ENGINE_DOWNLOAD_ONLY", "1", ENVIRONMENT_NONE, false },
	{ "NIM_ENGINE_DOWNLOAD_PROVIDER", "hf", ENVIRONMENT_NONE, false },
	{ "NIM_FT_MODEL", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_CUSTOM_MODEL", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_FT_CHECKPOINT", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_CUSTOM_MODEL_NAME", "mine", ENVIRONMENT_SOURCE, true },
	{ "NIM_DRAFT_MODEL_PATH", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_PEFT_SOURCE", "http://x", ENVIRONMENT_SOURCE, true },
	{ "NIM_PEFT_REFRESH_INTERVAL", "5", ENVIRONMENT_NONE, false },
	{ "NIM_PASSTHROUGH_ARGS", "--tokenizer /x", ENVIRONMENT_SOURCE, true },
	{ "NIM_FORCE_TRUST_REMOTE_CODE", "1", ENVIRONMENT_SOURCE, true },
	{ "NIM_TRUST_CUSTOM_CODE", "1", ENVIRONMENT_SOURCE, true },
	{ "NIM_TOOL_PARSER_PLUGIN", "/x.py", ENVIRONMENT_SOURCE, true },
	{ "NIM_CHAT_TEMPLATE", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_MIDDLEWARE_CONFIG_PATH", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_NGINX_DIR", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_CUSTOM_GUIDED_DECODING_BACKENDS", "/x", ENVIRONMENT_SOURCE, true },
	{ "NIM_SKIP_MATERIALIZE", "1", ENVIRONMENT_SOURCE, true },
	{ "NIM_DISABLE_MODEL_DOWNLOAD", "1", ENVIRONMENT_NONE, false },
	{ "NIM_OFFLINE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_IGNORE_MODEL_DOWNLOAD_FAIL", "1", ENVIRONMENT_NONE, false },
	{ "NGC_API_KEY", "secret", ENVIRONMENT_NONE, false },
	{ "NGC_CLI_API_KEY", "secret", ENVIRONMENT_NONE, false },
	{ "HF_TOKEN", "secret", ENVIRONMENT_NONE, false },
	{ "MODELSCOPE_API_TOKEN", "secret", ENVIRONMENT_NONE, false },
	{ "NIM_SDK_USE_NATIVE_TLS", "1", ENVIRONMENT_NONE, false },
	{ "NIM_CACHE_PROBE_TIMEOUT", "1", ENVIRONMENT_NONE, false },
	{ "NIM_SSL_KEY_PATH", "/x", ENVIRONMENT_NONE, false },
	{ "SSL_CERT_FILE", "/x", ENVIRONMENT_NONE, false },
	{ "NIM_LOG_LEVEL", "INFO", ENVIRONMENT_NONE, false },
	{ "NIM_JSONL_LOGGING", "1", ENVIRONMENT_NONE, false },
	{ "NIM_LOGGING_JSONL", "1", ENVIRONMENT_NONE, false },
	{ "NIM_SERVED_MODEL_NAME", "/x", ENVIRONMENT_NONE, false },
	{ "NIM_SERVER_PORT", "8000", ENVIRONMENT_NONE, false },
	{ "NIM_HEALTH_PORT", "8000", ENVIRONMENT_NONE, false },
	{ "NIM_CORS_ALLOW_ORIGINS", "*", ENVIRONMENT_NONE, false },
	{ "NIM_CAPTURE_PATH", "/x", ENVIRONMENT_NONE, false },
	{ "NIM_SAGEMAKER_MODE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_PEFT_API_TIMEOUT_SECS", "1", ENVIRONMENT_NONE, false },
	{ "NIM_NUM_COMPUTE_NODES", "1", ENVIRONMENT_NONE, false },
	{ "NIM_PER_REQ_METRICS_ENABLE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_REWARD_MODEL", "1", ENVIRONMENT_NONE, false },
	{ "NIM_REWARD_MODEL_STRING", "x", ENVIRONMENT_NONE, false },
	{ "NIM_REWARD_LOGITS_RANGE", "x", ENVIRONMENT_NONE, false },
	{ "NIM_TOOL_CALL_PARSER", "x", ENVIRONMENT_NONE, false },
	{ "NIM_ENABLE_PROMPT_LOGPROBS", "1", ENVIRONMENT_NONE, false },
	{ "NIM_MAX_MODEL_LEN", "1", ENVIRONMENT_NONE, false },
	{ "NIM_TENSOR_PARALLEL_SIZE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_PIPELINE_PARALLEL_SIZE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_DISABLE_CUDA_GRAPH", "1", ENVIRONMENT_NONE, false },
	{ "NIM_RELAX_MEM_CONSTRAINTS", "1", ENVIRONMENT_NONE, false },
	{ "NIM_LOW_MEMORY_MODE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_GPU_MEMORY_UTILIZATION", "1", ENVIRONMENT_NONE, false },
	{ "NIM_KVCACHE_PERCENT", "1", ENVIRONMENT_NONE, false },
	{ "NIM_ENABLE_KV_CACHE_REUSE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_KV_CACHE_HOST_MEM_FRACTION", "1", ENVIRONMENT_NONE, false },
	{ "NIM_PRECISION", "1", ENVIRONMENT_NONE, false },
	{ "NIM_FORCE_DETERMINISTIC", "1", ENVIRONMENT_NONE, false },
	{ "NIM_DISABLE_OVERLAP_SCHEDULING", "1", ENVIRONMENT_NONE, false },
	{ "NIM_ENABLE_DP_ATTENTION", "1", ENVIRONMENT_NONE, false },
	{ "NIM_SCHEDULER_POLICY", "1", ENVIRONMENT_NONE, false },
	{ "NIM_TOKENIZER_MODE", "1", ENVIRONMENT_NONE, false },
	{ "NIM_GUIDED_DECODING_BACKEND", "1", ENVIRONMENT_NONE, false },
	{ "NIM_MAX_GPU_LORAS", "1", ENVIRONMENT_NONE, false },
	{ "NIM_MAX_CPU_LORAS", "1", ENVIRONMENT_NONE, false },
	/* beyond the table */
	{ "NIM_OTHER_MODEL", "x", ENVIRONMENT_UNKNOWN, true },
	{ "NIM_PATHS", "x", ENVIRONMENT_UNKNOWN, true },
	{ "NIM_X_SOURCE", "x", ENVIRONMENT_UNKNOWN, true },
	{ "NIM_MANIFEST", "x", ENVIRONMENT_UNKNOWN, true },
	{ "NIM_ENCODE", "x", ENVIRONMENT_UNKNOWN, true },
	{ "NIM_PLUGINS", "x", ENVIRONMENT_UNKNOWN, true },
	{ "NIM_PLUGINS", "", ENVIRONMENT_NONE, false },
	{ "NIM_NEW", "x", ENVIRONMENT_NONE, false },
	{ "NIM_", "x", ENVIRONMENT_NONE, false },
	{ "NIMBLE_PATH", "x", ENVIRONMENT_NONE, false },
	{ "MODEL_PATH", "x", ENVIRONMENT_NONE, false },
	{ "XNIM_MODEL_PATH", "x", ENVIRONMENT_NONE, false },
	{ "PATH", "/bin", ENVIRONMENT_NONE, false },
	/* for programs that take a name in any case */
	{ "nim_peft_source", "/x", ENVIRONMENT_UNKNOWN, false },
	{ "Nim_Model_Path", "/x", ENVIRONMENT_UNKNOWN, false },
	{ "nim_cache_path", "/x", ENVIRONMENT_UNKNOWN, false },
	{ "nim_new_model", "/x", ENVIRONMENT_UNKNOWN, false },
	{ "nim_model_name", "meta/llama", ENVIRONMENT_NONE, false },
	{ "nim_max_model_len", "1", ENVIRONMENT_NONE, false },
	{ "nim_peft_source", "", ENVIRONMENT_NONE, false },
};

static void
check_row(const struct row *row)
{
	bool setting = row->class >= ENVIRONMENT_MANIFEST;
	struct environment environment = { 0 };
	struct error err = { 0 };
	char variable[256];
	const char *variables[] = { variable };

	check(environment_classify(row->name, row->value) == row->class, "class", "%s=%s is %d",
		row->name, row->value, environment_classify(row->name, row->value));
	snprintf(variable, sizeof(variable), "%s=%s", row->name, row->value);
	check_result(
		environment_parse(variables, 1, &environment, &err), REASON_NONE, &err, row->name);
	check(environment.nim == row->nim, "a NIM's variable", "%s", variable);
	check(environment.setting_count == (setting ? 1 : 0), "a setting", "%s", variable);
	if (setting && environment.setting_count) {
		check_text(environment.settings[0].name, row->name, "the setting's name");
		check(environment.settings[0].class == row->class, "the setting's class", "%s",
			variable);
	}
	environment_release(&environment);
}

struct set {
	const char *name;
	const char *variables[4];
	enum reason reason;
	const char *pin;
	const char *cache;
};

static void
check_set(const struct set *set)
{
	struct environment environment = { 0 };
	struct error err = { 0 };
	size_t count = 0;
	int result;

	while (count < ARRAY_SIZE(set->variables) && set->variables[count])
		count++;
	result = environment_parse(set->variables, count, &environment, &err);
	check_result(result, set->reason, &err, set->name);
	if (set->pin)
		check_text(environment.pin, set->pin, set->name);
	else
		check(!environment.pin, set->name, "pin %s", environment.pin);
	if (set->cache)
		check_text(environment.cache_path, set->cache, set->name);
	else
		check(!environment.cache_path, set->name, "cache %s", environment.cache_path);
	environment_release(&environment);
}

static void
check_sets(void)
{
	static const struct set sets[] = {
		{ "nothing", { NULL }, REASON_NONE, NULL, NULL },
		{ "empty", { "NIM_MODEL_PROFILE=", "NIM_CACHE_PATH=" }, REASON_NONE, NULL, NULL },
		{ "default", { "NIM_MODEL_PROFILE=default" }, REASON_NONE, NULL, NULL },
		{ "pin", { "NIM_MODEL_PROFILE=a=b", "NIM_CACHE_PATH=/c" }, REASON_NONE, "a=b",
			"/c" },
		{ "other pin", { "NIM_MANIFEST_PROFILE=a" }, REASON_NONE, "a", NULL },
		{ "other pin, first empty", { "NIM_MODEL_PROFILE=", "NIM_MANIFEST_PROFILE=a" },
			REASON_NONE, "a", NULL },
		{ "same pins", { "NIM_MODEL_PROFILE=a", "NIM_MANIFEST_PROFILE=a" }, REASON_NONE,
			"a", NULL },
		{ "two pins", { "NIM_MODEL_PROFILE=a", "NIM_MANIFEST_PROFILE=b" }, REASON_POLICY,
			NULL, NULL },
		{ "pin and default", { "NIM_MODEL_PROFILE=default", "NIM_MANIFEST_PROFILE=b" },
			REASON_POLICY, NULL, NULL },
		{ "pin and selector", { "NIM_MODEL_PROFILE=a", "NIM_TAGS_SELECTOR=tp=1" },
			REASON_POLICY, NULL, NULL },
		{ "selector alone", { "NIM_TAGS_SELECTOR=tp=1" }, REASON_NONE, NULL, NULL },
		{ "twice", { "NIM_CACHE_PATH=/a", "X=y", "NIM_CACHE_PATH=/b" }, REASON_POLICY, NULL,
			NULL },
		{ "twice the same", { "NIM_LOG_LEVEL=a", "NIM_LOG_LEVEL=a" }, REASON_POLICY, NULL,
			NULL },
		{ "twice, one empty", { "NIM_MODEL_PROFILE=", "NIM_MODEL_PROFILE=a" },
			REASON_POLICY, NULL, NULL },
		{ "twice by case", { "NIM_LOG_LEVEL=a", "nim_log_level=a" }, REASON_POLICY, NULL,
			NULL },
		{ "one name begins another", { "NIM_SERVER=a", "NIM_SERVER_PORT=b" }, REASON_NONE,
			NULL, NULL },
		{ "others twice", { "PATH=/a", "PATH=/b" }, REASON_NONE, NULL, NULL },
		{ "no variables", { "NIM_CACHE_PATH", "=x", "" }, REASON_NONE, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		check_set(&sets[i]);
}

/* The settings as one text: "class name value;", "-" for no value. */
static void
describe(const struct environment *environment, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < environment->setting_count && used < size; i++) {
		const struct environment_setting *setting = &environment->settings[i];
		const char *class = setting->class == ENVIRONMENT_MANIFEST ? "M"
				    : setting->class == ENVIRONMENT_SOURCE ? "S"
									   : "U";

		used += (size_t)snprintf(out + used, size - used, "%s %s %s;", class, setting->name,
			setting->value ? setting->value : "-");
	}
}

static void
check_settings(void)
{
	static const struct {
		const char *name;
		const char *variables[6];
		const char *wanted;
	} sets[] = {
		{ "in order",
			{ "NIM_OTHER_PATH=/x", "PATH=/bin", "NIM_FT_MODEL=hf://a/b",
				"NIM_MANIFEST_PATH=/m", "NIM_MANIFEST_ALLOW_UNSAFE=1",
				"NIM_PEFT_SOURCE=/b" },
			"U NIM_OTHER_PATH /x;S NIM_FT_MODEL hf://a/b;M NIM_MANIFEST_PATH /m;"
			"M NIM_MANIFEST_ALLOW_UNSAFE -;S NIM_PEFT_SOURCE /b;" },
		{ "no places", { "NIM_CUSTOM_MODEL_NAME=mine", "NIM_MODEL_PATH=model" },
			"S NIM_CUSTOM_MODEL_NAME -;S NIM_MODEL_PATH -;" },
		{ "places", { "NIM_FT_MODEL=./a", "NIM_MODEL_PATH=../a", "NIM_PEFT_SOURCE=~/a" },
			"S NIM_FT_MODEL ./a;S NIM_MODEL_PATH ../a;S NIM_PEFT_SOURCE ~/a;" },
		{ "a file of a version", { "NIM_MODEL_PATH=ngc://o/m:1?file=a" },
			"S NIM_MODEL_PATH ngc://o/m:1?file=a;" },
		{ "a revision is no user", { "NIM_MODEL_PATH=hf://a/b@main" },
			"S NIM_MODEL_PATH hf://a/b@main;" },
		{ "lines of arguments", { "NIM_PASSTHROUGH_ARGS=/x --hf-token=secret" },
			"S NIM_PASSTHROUGH_ARGS -;" },
		{ "a key that looks like a path",
			{ "NIM_MODEL_API_KEY=/secret", "nim_model_token=/secret" },
			"U NIM_MODEL_API_KEY -;U nim_model_token -;" },
		{ "a user", { "NIM_PEFT_SOURCE=https://u:secret@h/x" }, "S NIM_PEFT_SOURCE -;" },
		{ "a token", { "NIM_PEFT_SOURCE=https://h/x?token=secret" },
			"S NIM_PEFT_SOURCE -;" },
		{ "a token behind the file", { "NIM_PEFT_SOURCE=https://h/x?file=a&token=secret" },
			"S NIM_PEFT_SOURCE -;" },
		{ "a fragment", { "NIM_PEFT_SOURCE=https://h/x#secret" }, "S NIM_PEFT_SOURCE -;" },
		{ "a URI behind words", { "NIM_PEFT_SOURCE=secret https://h/x" },
			"S NIM_PEFT_SOURCE -;" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		struct environment environment = { 0 };
		struct error err = { 0 };
		size_t count = 0;
		char got[512];

		while (count < ARRAY_SIZE(sets[i].variables) && sets[i].variables[count])
			count++;
		check_result(environment_parse(sets[i].variables, count, &environment, &err),
			REASON_NONE, &err, sets[i].name);
		describe(&environment, got, sizeof(got));
		check_text(got, sets[i].wanted, sets[i].name);
		environment_release(&environment);
	}
}

/* The cache of Hugging Face is no source where it lies in ours. */
static void
check_homes(void)
{
	static const struct {
		const char *cache, *home;
		bool source;
	} homes[] = {
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/c/huggingface/hub", false },
		{ "NIM_CACHE_PATH=/c/", "HF_HOME=/c/hf/", false },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/c", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/c/", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/cache", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/c/../x", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/c//x", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/c/.", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=c/x", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=~/c/x", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=x", true },
		{ "NIM_CACHE_PATH=c", "HF_HOME=/c/x", true },
		{ "NIM_CACHE_PATH=/", "HF_HOME=/x", true },
		{ "NIM_CACHE_PATH=/c/../d", "HF_HOME=/c/../d/x", true },
		{ "NIM_CACHE_PATH=/c", "HF_HOME=/opt/nim/.cache/x", true },
		{ "NIM_CACHE_PATH=", "HF_HOME=/opt/nim/.cache/x", false },
		{ "X=", "HF_HOME=/opt/nim/.cache/huggingface", false },
		{ "X=", "HF_HOME=/root/.cache/huggingface", true },
		{ "X=", "HF_HOME=", false },
	};
	static const char *const twice[] = { "HF_HOME=/c/x", "NIM_FT_MODEL=/f", "HF_HOME=/evil",
		"NIM_CACHE_PATH=/c", "HF_HOME=/c/y" };
	struct environment environment = { 0 };
	struct error err = { 0 };
	char got[128];

	for (size_t i = 0; i < ARRAY_SIZE(homes); i++) {
		const char *variables[] = { homes[i].home, homes[i].cache };

		check_result(environment_parse(variables, 2, &environment, &err), REASON_NONE, &err,
			homes[i].home);
		check((environment.setting_count == 1) == homes[i].source, "a home", "%s, %s",
			homes[i].cache, homes[i].home);
		environment_release(&environment);
	}
	environment_parse(twice, ARRAY_SIZE(twice), &environment, &err);
	describe(&environment, got, sizeof(got));
	check_text(got, "S NIM_FT_MODEL /f;S HF_HOME /evil;", "several homes");
	environment_release(&environment);
}

static void
check_downloads(void)
{
	static const struct {
		const char *variable;
		bool disabled;
	} rows_of_it[] = {
		{ "NIM_DISABLE_MODEL_DOWNLOAD=1", true },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=true", true },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=TRUE", true },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=Yes", true },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=on", true },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=", false },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=0", false },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=2", false },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=11", false },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=true ", false },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=y", false },
		{ "NIM_DISABLE_MODEL_DOWNLOAD=false", false },
		{ "nim_disable_model_download=1", false },
		{ "NIM_OFFLINE=1", false },
		{ "X=1", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows_of_it); i++) {
		struct environment environment = { 0 };
		struct error err = { 0 };

		check_result(environment_parse(&rows_of_it[i].variable, 1, &environment, &err),
			REASON_NONE, &err, rows_of_it[i].variable);
		check(environment.download_disabled == rows_of_it[i].disabled, "downloads", "%s",
			rows_of_it[i].variable);
		environment_release(&environment);
	}
}

static void
check_arguments(void)
{
	static const struct {
		const char *argument;
		const char *wanted; /* the description; "" for none */
	} arguments[] = {
		{ "hf://meta/llama", "S hf://meta/llama hf://meta/llama;" },
		{ "ngc://nim/meta/llama:1", "S ngc://nim/meta/llama:1 ngc://nim/meta/llama:1;" },
		{ "s3://b/x", "S s3://b/x s3://b/x;" },
		{ "gs://b/x", "S gs://b/x gs://b/x;" },
		{ "modelscope://a/b", "S modelscope://a/b modelscope://a/b;" },
		{ "local:///x", "S local:///x local:///x;" },
		{ "HF://meta/llama", "S HF://meta/llama HF://meta/llama;" },
		{ "--model=hf://meta/llama", "S --model=hf://meta/llama hf://meta/llama;" },
		{ "s3://key:secret@b/x", "S s3:// -;" },
		{ "--model=s3://b/x?X-Amz-Signature=secret", "S --model=s3:// -;" },
		{ "--model", "" },
		{ "http://x", "" },
		{ "/opt/nim/start_server.sh", "" },
		{ "x=hf://", "" },
		{ "", "" },
	};
	static const char *const list[] = { "nim-serve", "hf://a", "ngc://b" };
	static const char *const variable = "NIM_FT_MODEL=/f";
	struct environment environment = { 0 };
	struct error err = { 0 };
	char got[256];

	for (size_t i = 0; i < ARRAY_SIZE(arguments); i++) {
		check_result(
			environment_add_arguments(&environment, &arguments[i].argument, 1, &err),
			REASON_NONE, &err, arguments[i].argument);
		describe(&environment, got, sizeof(got));
		check_text(got, arguments[i].wanted, "argument");
		environment_release(&environment);
	}
	environment_parse(&variable, 1, &environment, &err);
	environment_add_arguments(&environment, list, ARRAY_SIZE(list), &err);
	describe(&environment, got, sizeof(got));
	check_text(got, "S NIM_FT_MODEL /f;S hf://a hf://a;S ngc://b ngc://b;",
		"arguments: behind the variables, in order");
	environment_release(&environment);
}

/* As many settings as allowed, and one more; names and values that are too long. */
static void
check_limits(void)
{
	static char names[LIMIT_SETTINGS + 1][32], longest[3 * LIMIT_NAME_BYTES];
	const char *variables[LIMIT_SETTINGS + 1], *one = "hf://a", *variable = longest;
	struct environment environment = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		snprintf(names[i], sizeof(names[i]), "NIM_%zu_MODEL=x", i);
		variables[i] = names[i];
	}
	check_result(environment_parse(variables, LIMIT_SETTINGS, &environment, &err), REASON_NONE,
		&err, "as many as allowed");
	check_text(environment.settings[LIMIT_SETTINGS - 1].name, "NIM_63_MODEL", "the last");
	check_result(environment_add_arguments(&environment, &one, 1, &err), REASON_POLICY, &err,
		"one argument more");
	environment_release(&environment);
	check_result(environment_parse(variables, LIMIT_SETTINGS + 1, &environment, &err),
		REASON_POLICY, &err, "one variable more");
	check(strstr(err.text, "'NIM_64_MODEL'") != NULL, "one variable more: name", "%s",
		err.text);
	check(!environment.settings, "one variable more: no result", "written");
	for (int more = 0; more < 2; more++) {
		snprintf(longest, sizeof(longest), "NIM_FT_MODEL=/%0*d",
			LIMIT_NAME_BYTES - 2 + more, 0);
		environment_parse(&variable, 1, &environment, &err);
		check((environment.settings[0].value == NULL) == (more == 1), "a long value",
			"%d more", more);
		environment_release(&environment);
	}
	snprintf(longest, sizeof(longest), "hf://%0*d", 2 * LIMIT_NAME_BYTES, 0);
	environment_add_arguments(&environment, &variable, 1, &err);
	check(environment.setting_count == 1 && !environment.settings[0].value, "a long argument",
		"a value");
	environment_release(&environment);
	snprintf(longest, sizeof(longest), "NIM_MODEL_%0*d=1", 2 * LIMIT_NAME_BYTES, 0);
	environment_parse(&variable, 1, &environment, &err);
	check(strlen(environment.settings[0].name) == LIMIT_NAME_BYTES - 1, "a long name", "%zu",
		strlen(environment.settings[0].name));
	environment_release(&environment);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	check_sets();
	check_settings();
	check_homes();
	check_downloads();
	check_arguments();
	check_limits();
	return check_end();
}
