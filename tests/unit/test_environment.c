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

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	check_sets();
	return check_end();
}
