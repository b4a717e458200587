#include "base/mem.h"
#include "nim/environment.h"

#include "tests/unit/check.h"

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

/* What is stronger than a profile's tags about the number of GPUs. */
static void
check_spread(void)
{
	static const struct {
		const char *variable, *argument;
		bool spread;
	} rows[] = {
		{ "NIM_TENSOR_PARALLEL_SIZE=2", "a", true },
		{ "NIM_PIPELINE_PARALLEL_SIZE=1", "a", true },
		{ "nim_tensor_parallel_size=2", "a", true },
		{ "NIM_NUM_COMPUTE_NODES=2", "a", true },
		{ "NIM_NODE_RANK=", "a", true },
		{ "NIM_MANIFEST_ALLOW_UNSAFE=1", "a", true },
		{ "NIM_PASSTHROUGH_ARGS=x", "a", true },
		{ "NIM_MAX_MODEL_LEN=4096", "a", false },
		{ "NIM_LOG_LEVEL=INFO", "/opt/nim/start_server.sh", false },
		{ "MY_PARALLEL=2", "a", false },
		{ "NODE_NAME=gpu1", "a", false },
		{ "A=", "--tensor-parallel-size=2", true },
		{ "A=", "sh -c 'nim-serve --nnodes 2'", true },
		{ "A=", "-tp", true },
		{ "A=", "-PP=2", true },
		{ "A=", "--max-model-len=4096", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct environment environment = { 0 };
		struct error err = { 0 };

		check_result(environment_parse(&rows[i].variable, 1, &environment, &err),
			REASON_NONE, &err, rows[i].variable);
		check_result(environment_add_arguments(&environment, &rows[i].argument, 1, &err),
			REASON_NONE, &err, rows[i].argument);
		check(environment.spread == rows[i].spread, "spread", "%s, %s", rows[i].variable,
			rows[i].argument);
		environment_release(&environment);
	}
}

static void
check_downloads(void)
{
	static const struct {
		const char *variable;
		bool disabled;
	} rows[] = {
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

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct environment environment = { 0 };
		struct error err = { 0 };

		check_result(environment_parse(&rows[i].variable, 1, &environment, &err),
			REASON_NONE, &err, rows[i].variable);
		check(environment.download_disabled == rows[i].disabled, "downloads", "%s",
			rows[i].variable);
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
	check_settings();
	check_homes();
	check_spread();
	check_downloads();
	check_arguments();
	check_limits();
	return check_end();
}
