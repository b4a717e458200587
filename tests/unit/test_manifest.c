#include "nim/manifest.h"

#include "base/mem.h"
#include "nim/profile.h"
#include "tests/unit/check.h"
#include "tests/unit/manifest_material.h"

#include <time.h>

/* Facts: nim, section 2, word for word. */
static const char sample_v1[] = ID1 ":\n"
				    "  model: meta/llama3-70b-instruct\n"
				    "  release: '1.0.0'\n"
				    "  tags:\n"
				    "    gpu: L40S\n"
				    "    gpu_device: 26b5:10de\n"
				    "    llm_engine: tensorrt_llm\n"
				    "    tp: '8'\n"
				    "  container_url: nvcr.io/nim/meta/llama3-70b-instruct:1.0.0\n"
				    "  workspace: !workspace\n"
				    "    components:\n"
				    "    - dst: trtllm_engine\n"
				    "      src:\n"
				    "        repo_id: nim/meta/llama3-70b-instruct\n"
				    "        files:\n"
				    "          - !name 'LICENSE.txt'\n"
				    "          - !name 'checksums.blake3'\n"
				    "          - 'rank0.engine'\n";

static const char sample_tao[] =
	"schema_version: '2.0'\n"
	"profile_selection_criteria: auto\n"
	"model: eevaigoeixww/dev/tao_cv\n"
	"release: rc1\n"
	"profiles:\n"
	"- id: 425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd\n"
	"  tags:\n"
	"    gpu: a6000\n"
	"  workspace:\n"
	"    files:\n"
	"      labels.txt:\n"
	"        uri: ngc://eevaigoeixww/dev/tao_cv:cls.nvdino_pretrain_0114_final_scale0.8.engine_b1_fp16_A6000_trt10.9?file=labels.txt\n"
	"        checksum: blake3:7065fb33f25f05e562a0ac12acf084a95c2892ede4bec8b2af0b8c2df6f27172\n";

struct find {
	const char *name;
	const char *bytes;
	const char *id;
	enum reason reason;
	const char *wanted; /* the description, or a part of the text of the refusal */
};

static void
check_find(const struct find *find)
{
	cleanup_profile struct profile profile = { 0 };
	struct error err = { 0 };
	struct manifest *manifest = manifest_parse(find->bytes, strlen(find->bytes), &err);
	char got[1024];
	int result;

	check(manifest != NULL, find->name, "refused: %s", err.text);
	if (!manifest)
		return;
	result = manifest_find(manifest, find->id, &profile, &err);
	check_result(result, find->reason, &err, find->name);
	describe(&profile, got, sizeof(got));
	if (find->reason == REASON_NONE) {
		check_text(got, find->wanted, find->name);
		check_text(profile.id, find->id, find->name);
	} else {
		check(strstr(err.text, find->wanted) != NULL, find->name, "text: %s", err.text);
		check(profile.version_count == 0 && !profile.files, find->name, "a profile: %s",
			got);
	}
	manifest_free(manifest);
}

static const struct find finds[] = {
	{ "v1 sample", sample_v1, ID1, REASON_MANIFEST,
		"line 14, column 18: the repository 'nim/meta/llama3-70b-instruct' names no version" },
	{ "v1 tags only", sample_retriever, ID1, REASON_PROFILE, "names no files" },
	{ "TAO sample", sample_tao, ID2, REASON_NONE,
		"eevaigoeixww/dev/tao_cv:cls.nvdino_pretrain_0114_final_scale0.8.engine_b1_fp16_A6000_trt10.9=labels.txt" },
	{ "LLM sample", sample_llm, "ee0d01...", REASON_NONE,
		"nim/qwen/qwen-2.5-7b-instruct:hf-bb46c15-jet=LICENSE;"
		"nim/qwen/qwen-2.5-7b-instruct:a100x1-throughput-precision.bf16-udrspesh5q=rank0.engine" },
	{ "operator sample", sample_operator, ID2, REASON_MANIFEST, "names no file" },
	{ "another id", sample_tao, ID1, REASON_PROFILE, "has no profile '" ID1 "' among its 1" },
	{ "beginning of an id", sample_tao, "425d", REASON_PROFILE, "has no profile" },
	{ "empty id", sample_tao, "", REASON_PROFILE, "has no profile" },
	{ "v2 without workspace", V2 "- id: " ID2 "\n", ID2, REASON_PROFILE, "names no files" },
	{ "v2 without files", V2 "- id: " ID2 "\n  workspace: {}\n", ID2, REASON_PROFILE,
		"names no files" },
	{ "v2 no files", V2_FILES(""), ID2, REASON_PROFILE, "names no files" },
	{ "checksum first", V2_FILES("a: {checksum: '" SUM "', uri: 'ngc://o/m:1?file=a'}"), ID2,
		REASON_NONE, "o/m:1=a" },
	{ "unknown members", V2_FILES("a: {uri: 'ngc://o/m:1?file=a', size: [1]}"), ID2,
		REASON_NONE, "o/m:1=a" },
	{ "schema 2",
		"schema_version: 2\nprofiles: [{id: " UUID
		", workspace: {files: {a: {uri: 'ngc://o/m:1?file=a'}}}}]",
		UUID, REASON_NONE, "o/m:1=a" },
	{ "sorted, merged, unique",
		V2_FILES("a: {uri: 'ngc://o/m:1?file=z'}, b: {uri: 'ngc://o/m:2?file=y'}, "
			 "c: {uri: 'ngc://o/m:1?file=d%2Fe'}, d: {uri: 'ngc://o/m:1?file=d/e'}, "
			 "e: {uri: 'ngc://o/m:1?file=Z'}, f: {uri: 'ngc://o/t/m:1?file=y'}"),
		ID2, REASON_NONE, "o/m:1=Z,d/e,z;o/m:2=y;o/t/m:1=y" },
	{ "upward in a URI", V2_FILES("a: {uri: 'ngc://o/m:1?file=../a'}"), ID2, REASON_MANIFEST,
		"not a plain path" },
	{ "upward, encoded", V2_FILES("a: {uri: 'ngc://o/m:1?file=%2e%2e/a'}"), ID2,
		REASON_MANIFEST, "not a plain path" },
	{ "absolute in a URI", V2_FILES("a: {uri: 'ngc://o/m:1?file=%2fa'}"), ID2, REASON_MANIFEST,
		"not a plain path" },
	{ "NUL in a URI", V2_FILES("a: {uri: 'ngc://o/m:1?file=a%00'}"), ID2, REASON_MANIFEST,
		"percent escape" },
	{ "upward version", V2_FILES("a: {uri: 'ngc://o/m:..?file=a'}"), ID2, REASON_MANIFEST,
		"the version is a directory" },
	{ "upward team", V2_FILES("a: {uri: 'ngc://o/../m:1?file=a'}"), ID2, REASON_MANIFEST,
		"the team is a directory" },
	{ "four parts", V2_FILES("a: {uri: 'ngc://o/t/u/m:1?file=a'}"), ID2, REASON_MANIFEST,
		"line 4, column 32: NGC reference 'o/t/u/m:1'" },
	{ "the last URI counts",
		V2_FILES("a: {uri: 'ngc://o/m:1?file=a'}, b: {uri: 'hf://o/m:1?file=b'}"), ID2,
		REASON_MANIFEST, "'hf://o/m:1?file=b': a source of type hf://" },
	{ "s3", V2_FILES("a: {uri: 's3://b/a'}"), ID2, REASON_MANIFEST, "type s3://" },
	{ "gs", V2_FILES("a: {uri: 'gs://b/a'}"), ID2, REASON_MANIFEST, "type gs://" },
	{ "modelscope", V2_FILES("a: {uri: 'modelscope://b/a'}"), ID2, REASON_MANIFEST,
		"type modelscope://" },
	{ "local", V2_FILES("a: {uri: 'local:///a'}"), ID2, REASON_MANIFEST, "type local://" },
	{ "v1 with a version",
		V1_PARTS(PART("trtllm_engine", "nim/meta/llama:1.0", "!name 'b', a")), ID1,
		REASON_NONE, "nim/meta/llama:1.0=a,b" },
	{ "v1 with a scheme", V1_PARTS(PART("", "ngc://nim/meta/llama:1.0", "a")), ID1, REASON_NONE,
		"nim/meta/llama:1.0=a" },
	{ "v1 file as a map", V1_PARTS(PART("", "o/m:1", "{a: {x: y}}, {b: ''}, c/d")), ID1,
		REASON_NONE, "o/m:1=a,b,c/d" },
	{ "v1 two components",
		V1_PARTS(PART("", "o/m:1", "LICENSE, a") "," PART("e", "o/m:2", "a") "," PART(
			"f", "o/m:1", "LICENSE")),
		ID1, REASON_NONE, "o/m:1=LICENSE,a;o/m:2=a" },
	{ "v1 a file twice", V1_PARTS(PART("", "o/m:1", "a, b, {a: ''}")), ID1, REASON_MANIFEST,
		"the file 'a' occurs twice" },
	{ "v1 a place twice", V1_PARTS(PART("d", "o/m:1", "a") "," PART("d", "o/m:2", "a")), ID1,
		REASON_MANIFEST, "the file 'a' occurs twice in dst 'd'" },
	{ "v1 a place twice, split elsewhere",
		V1_PARTS(PART("d/e", "o/m:1", "a") "," PART("d", "o/m:2", "e/a")), ID1,
		REASON_MANIFEST, "a' occurs twice in dst 'd" },
	{ "v1 a place twice, from the top",
		V1_PARTS(PART("", "o/m:1", "d/a") "," PART("d", "o/m:2", "a")), ID1,
		REASON_MANIFEST, "occurs twice in dst" },
	{ "v1 no files", V1_PARTS(PART("", "o/m:1", "")), ID1, REASON_MANIFEST, "names no files" },
	{ "v1 no components", V1_PARTS(""), ID1, REASON_PROFILE, "names no files" },
	{ "v1 hf", V1_PARTS(PART("", "hf://o/m:1", "a")), ID1, REASON_MANIFEST,
		"the repository 'hf://o/m:1' is not on NGC" },
	{ "v1 four parts", V1_PARTS(PART("", "o/t/u/m:1", "a")), ID1, REASON_MANIFEST,
		"expected org/model or org/team/model" },
	{ "v1 upward version", V1_PARTS(PART("", "o/m:..", "a")), ID1, REASON_MANIFEST,
		"the version is a directory" },
	{ "v1 second component without version",
		V1_PARTS(PART("", "o/m:1", "a") "," PART("d", "o/m", "b")), ID1, REASON_MANIFEST,
		"names no version" },
};

struct refusal {
	const char *name;
	const char *bytes;
	const char *words;
};

static void
check_refused(const struct refusal *refusal)
{
	struct error err = { 0 };
	struct manifest *manifest = manifest_parse(refusal->bytes, strlen(refusal->bytes), &err);

	check_result(manifest ? 0 : -1, REASON_MANIFEST, &err, refusal->name);
	check(strstr(err.text, refusal->words) != NULL, refusal->name, "text: %s", err.text);
	check(strncmp(err.text, "line ", 5) == 0, refusal->name, "no place: %s", err.text);
	manifest_free(manifest);
}

static const struct refusal refusals[] = {
	{ "empty", "", "the document is empty" },
	{ "a text", "hello", "the manifest is a text, expected a map" },
	{ "a list", "[]", "the manifest is a list" },
	{ "nothing in it", "{}", "has no profiles" },
	{ "schema 1.0", "schema_version: '1.0'\nprofiles: []\n",
		"line 1, column 17: schema_version is '1.0', expected 2" },
	{ "schema 3", "schema_version: '3.0'\n", "is '3.0'" },
	{ "schema 20", "schema_version: '20'\n", "is '20'" },
	{ "schema 1.2", "schema_version: 1.2\n", "is '1.2'" },
	{ "empty schema", "schema_version:\nprofiles: []\n", "is ''" },
	{ "a list as schema", "schema_version: [2]\n", "is a list" },
	{ "generator input", "schema_version: '1.0'\nsimple:\n  profiles:\n  - model_version: x\n",
		"this is the input of nim_generate_manifest" },
	{ "generator input, v2", "schema_version: '2.0'\nsimple: {}\nprofiles: []\n",
		"this is the input of nim_generate_manifest" },
	{ "v2 without profiles", "schema_version: '2.0'\n", "profiles is nothing" },
	{ "v2 profiles a map", "schema_version: '2.0'\nprofiles: {}\n", "profiles is a map" },
	{ "v2 profile a text", V2 "- x\n", "the profile's id is nothing" },
	{ "v2 no id", V2 "- tags: {}\n", "the profile's id is nothing" },
	{ "v2 id a list", V2 "- id: []\n", "the profile's id is a list" },
	{ "v2 empty id", V2 "- id: ''\n", "has 0 characters" },
	{ "v2 long id", V2 "- id: " ID1 "0\n", "has 65 characters" },
	{ "v2 id twice", V2 "- id: " ID1 "\n- id: " ID2 "\n- id: " ID1 "\n",
		"the profile id '" ID1 "' occurs twice" },
	{ "v2 id twice in one", V2 "- id: " ID1 "\n  id: " ID2 "\n", "the name 'id' occurs twice" },
	{ "tags a list", V2 "- {id: a, tags: [x]}\n", "tags is a list" },
	{ "a tag a map", V2 "- {id: a, tags: {x: {}}}\n", "tag 'x' is a map" },
	{ "workspace a list", V2 "- {id: a, workspace: []}\n", "workspace is a list" },
	{ "files a list", V2 "- {id: a, workspace: {files: []}}\n", "workspace.files is a list" },
	{ "both grammars", V2 "- {id: a, workspace: {files: {}, components: []}}\n",
		"has components (version 1) in a manifest of version 2" },
	{ "file a text", V2_FILES("a: 'ngc://o/m:1?file=a'"), "file 'a' is a text" },
	{ "no uri", V2_FILES("a: {checksum: '" SUM "'}"), "file 'a': uri is nothing" },
	{ "uri a list", V2_FILES("a: {uri: [x]}"), "file 'a': uri is a list" },
	{ "no scheme", V2_FILES("a: {uri: /etc/passwd}"), "uri is '/etc/passwd'" },
	{ "file twice", V2_FILES("a: {uri: 'ngc://o/m:1?file=a'}, a: {uri: 'ngc://o/m:2?file=a'}"),
		"the name 'a' occurs twice" },
	{ "file twice, quoted",
		V2_FILES("a: {uri: 'ngc://o/m:1?file=a'}, \"\\x61\": {uri: 'x://'}"),
		"the name 'a' occurs twice" },
	{ "uri twice", V2_FILES("a: {uri: 'ngc://o/m:1?file=a', uri: 'ngc://o/m:2?file=a'}"),
		"the name 'uri' occurs twice" },
	{ "absolute place", V2_FILES("/a: {uri: 'ngc://o/m:1?file=a'}"), "the file '/a'" },
	{ "upward place", V2_FILES("a/../../b: {uri: 'ngc://o/m:1?file=a'}"),
		"the file 'a/../../b'" },
	{ "dots", V2_FILES("..: {uri: 'ngc://o/m:1?file=a'}"), "the file '..'" },
	{ "NUL in a place", V2_FILES("\"a\\0\": {uri: 'ngc://o/m:1?file=a'}"), "holds a NUL" },
	{ "other hash", V2_FILES("a: {uri: 'ngc://o/m:1?file=a', checksum: 'sha256:00'}"),
		"the checksum is not blake3:" },
	{ "short hash", V2_FILES("a: {uri: 'ngc://o/m:1?file=a', checksum: 'blake3:00'}"),
		"the checksum is not blake3:" },
	{ "long hash", V2_FILES("a: {uri: 'ngc://o/m:1?file=a', checksum: '" SUM " '}"),
		"the checksum is not blake3:" },
	{ "capital hash",
		V2_FILES(
			"a: {uri: 'ngc://o/m:1?file=a', checksum: "
			"'blake3:7065FB33F25F05E562A0AC12ACF084A95C2892EDE4BEC8B2AF0B8C2DF6F27172'}"),
		"the checksum is not blake3:" },
	{ "hash a map", V2_FILES("a: {uri: 'ngc://o/m:1?file=a', checksum: {}}"),
		"the checksum is not blake3:" },
	{ "last of two profiles", V2 "- id: a\n- {id: b, workspace: 1}\n",
		"line 4, column 22: workspace is a text" },
	{ "v1 no id", "profiles: []\n", "'profiles' is no profile id" },
	{ "v1 one of two is no id", ID1 ": {}\nx: {}\n", "'x' is no profile id" },
	{ "v1 id twice", ID1 ": {}\n" ID1 ": {}\n", "occurs twice" },
	{ "v1 profile a text", ID1 ": x\n", "is a text, expected a map" },
	{ "v1 workspace a text", ID1 ": {workspace: x}\n", "workspace.components is nothing" },
	{ "v1 no components", ID1 ": {workspace: {}}\n", "workspace.components is nothing" },
	{ "v1 both grammars", ID1 ": {workspace: {components: [], files: {}}}\n",
		"the workspace has components (version 1) and files" },
	{ "v1 component a text", V1_PARTS("x"), "a component is a text" },
	{ "v1 no dst", V1_PARTS("{src: {repo_id: 'o/m:1', files: [a]}}"), "dst is nothing" },
	{ "v1 no src", V1_PARTS("{dst: ''}"), "src is nothing" },
	{ "v1 no repo_id", V1_PARTS("{dst: '', src: {files: [a]}}"), "src.repo_id is nothing" },
	{ "v1 no files list", V1_PARTS("{dst: '', src: {repo_id: 'o/m:1'}}"),
		"src.files is nothing" },
	{ "v1 files a map", V1_PARTS("{dst: '', src: {repo_id: 'o/m:1', files: {a: b}}}"),
		"src.files is a map" },
	{ "v1 file a list", V1_PARTS(PART("", "o/m:1", "[a]")), "a file is a list" },
	{ "v1 file a map of two", V1_PARTS(PART("", "o/m:1", "{a: b, c: d}")), "a file is a map" },
	{ "v1 file an empty map", V1_PARTS(PART("", "o/m:1", "{}")), "a file is a map" },
	{ "v1 upward file", V1_PARTS(PART("", "o/m:1", "../a")), "the file '../a'" },
	{ "v1 upward file in a map", V1_PARTS(PART("", "o/m:1", "{../a: b}")), "the file '../a'" },
	{ "v1 absolute file", V1_PARTS(PART("", "o/m:1", "/a")), "the file '/a'" },
	{ "v1 upward dst", V1_PARTS(PART("..", "o/m:1", "a")), "dst '..'" },
	{ "v1 absolute dst", V1_PARTS(PART("/a", "o/m:1", "a")), "dst '/a'" },
	{ "alias bomb", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "the anchor 'a'" },
	{ "alias", V2 "- id: a\n  workspace: *x\n", "the alias 'x'" },
	{ "merge key", V2 "- id: a\n  <<: {id: b}\n", "merge keys" },
	{ "global tag", V2 "- id: !!str a\n", "the tag 'tag:yaml.org,2002:str'" },
	{ "second document", "schema_version: '2.0'\nprofiles: [{id: a}]\n---\nx: y\n",
		"a second document" },
};

static int
format_bracket(char *at, size_t size, size_t index)
{
	(void)index;
	return snprintf(at, size, "[");
}

static int
format_profile(char *at, size_t size, size_t index)
{
	return snprintf(at, size, "- id: p%zu\n", index);
}

static void
check_limits(void)
{
	cleanup_free char *brackets = repeat("", 100 << 10, format_bracket);
	cleanup_free char *ids = repeat(V2, LIMIT_PROFILES + 1, format_profile);
	cleanup_free char *versions = repeat(
		V2 "- id: a\n  workspace:\n    files:\n", LIMIT_PROFILE_VERSIONS + 1, format_file);
	struct refusal deep = { "100 KB of [", brackets, "nested deeper than 32 levels" };
	struct refusal many = { "too many profiles", ids, "has 4097 profiles" };
	struct find find = { "too many versions", versions, "a", REASON_MANIFEST,
		"names more than 64 versions" };
	struct timespec begin, end;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	check_refused(&deep);
	clock_gettime(CLOCK_MONOTONIC, &end);
	check(end.tv_sec - begin.tv_sec < 2, "depth: time", "too long");
	check_refused(&many);
	check_find(&find);
}

static void
check_profiles(void)
{
	static const char bytes[] = V2 "- id: b\n- {id: a, size: 1}\n- id: c\n  unknown: [x, {}]\n";
	struct error err = { 0 };
	struct manifest *manifest = manifest_parse(bytes, sizeof(bytes) - 1, &err);

	check(manifest && manifest_count(manifest) == 3, "count", "%s", err.text);
	if (!manifest)
		return;
	check_text(manifest_profile_id(manifest, 2), "c", "last id");
	manifest_free(manifest);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(finds); i++)
		check_find(&finds[i]);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		check_refused(&refusals[i]);
	check_limits();
	check_profiles();
	return check_end();
}
