#include "base/mem.h"
#include "nim/hardware.h"
#include "nim/manifest.h"
#include "nim/profile.h"

#include "tests/unit/check.h"
#include "tests/unit/manifest_material.h"

#include <time.h>

/* The map of a profile: "place=version:file,place=...", and whether it keeps its promises. */
static void
describe_map(const struct profile *profile, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < profile->file_count; i++) {
		const struct profile_file *file = &profile->files[i];

		used += (size_t)snprintf(out + used, size - used, "%s%s=%zu:%s", i ? "," : "",
			file->workspace, file->version, file->file);
	}
}

static void
check_map(void)
{
	static const struct {
		const char *name, *bytes, *id, *wanted;
	} maps[] = {
		{ "map: LLM sample", sample_llm, "ee0d01...",
			"LICENSE=0:LICENSE,trtllm_engine/rank0.engine=1:rank0.engine" },
		{ "map: sorted, one file at two places",
			V2_FILES(
				"b/x: {uri: 'ngc://o/m:1?file=z'}, b: {uri: 'ngc://o/m:2?file=y'}, "
				"a: {uri: 'ngc://o/m:1?file=d%2Fe'}, c: {uri: 'ngc://o/m:1?file=d/e'}, "
				"b-: {uri: 'ngc://o/m:2?file=z'}"),
			ID2, "a=0:d/e,b=1:y,b-=1:z,b/x=0:z,c=0:d/e" },
		{ "map: v1",
			V1_PARTS(PART("", "o/m:1", "LICENSE, c/d") "," PART("e/f", "o/m:2",
				"a, {LICENSE: x}") "," PART("g", "o/m:1", "LICENSE")),
			ID1,
			"LICENSE=0:LICENSE,c/d=0:c/d,e/f/LICENSE=1:LICENSE,e/f/a=1:a,g/LICENSE=0:LICENSE" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(maps); i++) {
		cleanup_profile struct profile profile = { 0 };
		struct error err = { 0 };
		struct manifest *manifest =
			manifest_parse(maps[i].bytes, strlen(maps[i].bytes), &err);
		char got[512] = "";

		if (manifest && manifest_find(manifest, maps[i].id, &profile, &err) == 0)
			describe_map(&profile, got, sizeof(got));
		check_text(got, maps[i].wanted, maps[i].name);
		manifest_free(manifest);
	}
}

#define FILE_OF(uri) "workspace: {files: {a: {uri: '" uri "'}}}"

static const struct {
	const char *name;
	const char *bytes;
	enum reason reason;
	bool foreign;
	const char *wanted; /* the description, or a part of the text of the refusal */
} unions[] = {
	{ "union: LLM sample", sample_llm, REASON_NONE, false,
		"nim/qwen/qwen-2.5-7b-instruct:hf-bb46c15-jet=;"
		"nim/qwen/qwen-2.5-7b-instruct:a100x1-throughput-precision.bf16-udrspesh5q=" },
	{ "union: each version once, in order",
		V2
		"- {id: a, " FILE_OF("ngc://o/m:2?file=a") "}\n- {id: b, " FILE_OF("ngc://o/m:1?file=a") "}\n- {id: c, " FILE_OF(
			"ngc://o/m:2?file=b") "}\n- {id: d, " FILE_OF("ngc://o/t/m:2?file=b") "}\n- {id: e}\n",
		REASON_NONE, false, "o/m:2=;o/m:1=;o/t/m:2=" },
	{ "union: one profile of elsewhere",
		V2 "- {id: a, " FILE_OF("hf://o/m:2?file=a") "}\n- {id: b, " FILE_OF(
			"ngc://o/m:1?file=a") "}\n",
		REASON_NONE, true, "o/m:1=" },
	{ "union: the last file of elsewhere",
		V2_FILES("a: {uri: 'ngc://o/m:1?file=a'}, b: {uri: 's3://b/a'}"), REASON_NONE, true,
		"o/m:1=" },
	{ "union: another case is elsewhere",
		V2_FILES("a: {uri: 'NGC://o/m:1?file=a'}, b: {uri: 'ngc://o/m:2?file=a'}"),
		REASON_NONE, true, "o/m:2=" },
	{ "union: all of elsewhere", V2_FILES("a: {uri: 'hf://o/m:1?file=a'}"), REASON_MANIFEST,
		false, "none of the manifest's 1 profiles names files of an NGC version" },
	{ "union: no files", V2 "- id: a\n- id: b\n", REASON_PROFILE, false,
		"none of the manifest's 2 profiles names files" },
	{ "union: a broken reference", sample_operator, REASON_MANIFEST, false,
		"line 4, column 141: 'ngc://org/team/model/engine.bin' names no file" },
	{ "union: a broken reference in the last profile",
		V2 "- {id: a, " FILE_OF("ngc://o/m:1?file=a") "}\n- {id: b, " FILE_OF(
			"ngc://o/m:..?file=a") "}\n",
		REASON_MANIFEST, false, "the version is a directory" },
	{ "union: an upward file", V2_FILES("a: {uri: 'ngc://o/m:1?file=../a'}"), REASON_MANIFEST,
		false, "not a plain path" },
	{ "union: v1, no version anywhere", V1_PARTS(PART("", "o/m", "a")), REASON_MANIFEST, false,
		"names files of" },
	{ "union: v1 tags only", sample_retriever, REASON_PROFILE, false, "names files" },
	{ "union: v1",
		V1_PARTS(PART("", "o/m:1", "a") "," PART("d", "ngc://o/m:2", "") "," PART(
			"e", "o/m:1", "a")),
		REASON_NONE, false, "o/m:1=;o/m:2=" },
	{ "union: v1 without version", V1_PARTS(PART("", "o/m", "a") "," PART("d", "o/m:1", "b")),
		REASON_NONE, true, "o/m:1=" },
	{ "union: v1 of elsewhere",
		V1_PARTS(PART("", "hf://o/m:1", "a") "," PART("d", "o/m:1", "b")), REASON_NONE,
		true, "o/m:1=" },
	{ "union: v1 ngc:// without version",
		V1_PARTS(PART("", "ngc://o/m", "a") "," PART("d", "o/m:1", "b")), REASON_NONE, true,
		"o/m:1=" },
	{ "union: v1 broken", V1_PARTS(PART("", "o/t/u/m:1", "a")), REASON_MANIFEST, false,
		"expected org/model or org/team/model" },
};

static void
check_unions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(unions); i++) {
		cleanup_profile struct profile profile = { 0 };
		struct error err = { 0 };
		struct manifest *manifest =
			manifest_parse(unions[i].bytes, strlen(unions[i].bytes), &err);
		bool foreign = false;
		char got[512];
		int result = manifest ? manifest_all(manifest, &profile, &foreign, &err) : -1;

		check_result(result, unions[i].reason, &err, unions[i].name);
		check(foreign == unions[i].foreign, unions[i].name, "foreign %d", foreign);
		check(!profile.id[0] && !profile.files, unions[i].name, "an id, or places");
		describe(&profile, got, sizeof(got));
		if (unions[i].reason == REASON_NONE)
			check_text(got, unions[i].wanted, unions[i].name);
		else
			check(strstr(err.text, unions[i].wanted) && !profile.versions,
				unions[i].name, "text: %s", err.text);
		manifest_free(manifest);
	}
}

/* As many versions as allowed, each different, and one more. */
static void
check_union_limit(void)
{
	cleanup_profile struct profile profile = { 0 };
	struct error err = { 0 };
	char *bytes = repeat(
		V2 "- id: a\n  workspace:\n    files:\n", LIMIT_MANIFEST_VERSIONS, format_file);
	char *more = repeat(
		V2 "- id: a\n  workspace:\n    files:\n", LIMIT_MANIFEST_VERSIONS + 1, format_file);
	struct manifest *most = manifest_parse(bytes, strlen(bytes), &err);
	struct manifest *over = manifest_parse(more, strlen(more), &err);
	bool foreign = false;

	check_result(manifest_all(most, &profile, &foreign, &err), REASON_NONE, &err,
		"union: as many versions as allowed");
	check(profile.version_count == LIMIT_MANIFEST_VERSIONS, "union: all of them", "%zu",
		profile.version_count);
	check_text(profile.versions[LIMIT_MANIFEST_VERSIONS - 1].ref.version, "4095",
		"union: the last");
	profile_release(&profile);
	check_result(manifest_all(over, &profile, &foreign, &err), REASON_MANIFEST, &err,
		"union: one version more");
	check(strstr(err.text, "the manifest names more than 4096 versions") != NULL,
		"union: one version more: text", "%s", err.text);
	manifest_free(most);
	manifest_free(over);
	free(bytes);
	free(more);
}

/* The largest manifest that is known has 122 profiles and 19,937 files in 5 MB (facts: nim,
 * section 2). The bound is loose: the sanitizers are slow. */
static void
check_size(void)
{
	enum { PROFILES = 122, FILES = 164, ROOM = 512 };
	static const char sum[] =
		"blake3:"
		"7065fb33f25f05e562a0ac12acf084a95c2892ede4bec8b2af0b8c2df6f27172";
	cleanup_free char *bytes = malloc(PROFILES * FILES * (size_t)ROOM);
	cleanup_profile struct profile all = { 0 }, last = { 0 };
	struct timespec begin, end;
	struct error err = { 0 };
	struct manifest *manifest;
	bool foreign = true;
	char *at;

	if (!bytes)
		abort();
	at = stpcpy(bytes, V2);
	for (int i = 0; i < PROFILES; i++) {
		at += sprintf(at, "- id: p%d\n  workspace:\n    files:\n", i);
		for (int k = 0; k < FILES; k++)
			at += sprintf(at,
				"      checkpoints/model-%05d-of-00164.safetensors:\n"
				"        uri: ngc://nim/nvidia/cosmos3-reason-checkpoints:profile-%d-of-a-long-version?file=model-%05d-of-00164.safetensors\n"
				"        checksum: %s\n",
				k, i, k, sum);
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	manifest = manifest_parse(bytes, (size_t)(at - bytes), &err);
	check_result(manifest ? manifest_all(manifest, &all, &foreign, &err) : -1, REASON_NONE,
		&err, "large: union");
	check(all.version_count == PROFILES && !foreign, "large: versions", "%zu",
		all.version_count);
	check_result(manifest ? manifest_find(manifest, "p121", &last, &err) : -1, REASON_NONE,
		&err, "large: a profile");
	check(last.file_count == FILES, "large: files", "%zu", last.file_count);
	clock_gettime(CLOCK_MONOTONIC, &end);
	check(end.tv_sec - begin.tv_sec < 2, "large: time", "too long");
	manifest_free(manifest);
}

/* Of the profiles that have one description; of none there is nothing to choose from. */
static void
check_described(void)
{
	static const char bytes[] =
		V2 "- id: a\n  tags: {llm_engine: vllm, tp: '1'}\n"
		   "  workspace: {files: {x: {uri: 'ngc://o/m:1?file=x'}}}\n"
		   "- id: b\n  tags: {llm_engine: vllm, tp: '2'}\n"
		   "  workspace: {files: {x: {uri: 'hf://o/m:2?file=x'}}}\n"
		   "- id: c\n  tags: {llm_engine: vllm, tp: '1', gpu_device: z}\n"
		   "  workspace: {files: {x: {uri: 'ngc://o/m:3?file=x'}}}\n"
		   "- id: d\n  workspace: {files: {x: {uri: 'ngc://o/m:4?file=x'}}}\n";
	static const struct {
		const char *description, *wanted;
		enum reason reason;
	} rows[] = {
		{ "vllm-tp1", "o/m:1=;o/m:3=", REASON_NONE },
		{ "vllm-tp2", "none of the manifest's 4 profiles", REASON_MANIFEST },
		{ "vllm", "no profile of the description 'vllm'", REASON_PROFILE },
		{ "vllm-tp1-", "no profile of the description", REASON_PROFILE },
	};
	struct error err = { 0 };
	struct manifest *manifest = manifest_parse(bytes, strlen(bytes), &err);

	for (size_t i = 0; manifest && i < ARRAY_SIZE(rows); i++) {
		cleanup_profile struct profile profile = { 0 };
		bool foreign = false;
		char got[512];

		check_result(
			manifest_described(manifest, rows[i].description, &profile, &foreign, &err),
			rows[i].reason, &err, rows[i].description);
		describe(&profile, got, sizeof(got));
		check(!foreign, rows[i].description, "what is not described is not foreign");
		if (rows[i].reason == REASON_NONE)
			check_text(got, rows[i].wanted, rows[i].description);
		else
			check(strstr(err.text, rows[i].wanted) != NULL, rows[i].description,
				"text: %s", err.text);
	}
	check(manifest != NULL, "described", "%s", err.text);
	manifest_free(manifest);
}

#define TAGS_OF(id, tags, uri) "- {id: " id ", tags: {" tags "}, " FILE_OF(uri) "}\n"

/* Of the profiles that the GPUs can run. */
static void
check_fitting(void)
{
	static const struct {
		const char *name, *bytes, *model, *wanted;
		enum reason reason;
		size_t left_out, first;
		bool foreign;
	} rows[] = {
		{ "fitting: one of three",
			V2 TAGS_OF("a", "tp: '1'", "ngc://o/m:1?file=x")
				TAGS_OF("b", "gpu: h100", "ngc://o/m:2?file=x")
					TAGS_OF("c", "gpu: l40s", "ngc://o/m:3?file=x"),
			"NVIDIA L40S", "o/m:1=;o/m:3=", REASON_NONE, 1, 1, false },
		{ "fitting: the first and the last",
			V2 TAGS_OF("a", "tp: '2'", "ngc://o/m:1?file=x")
				TAGS_OF("b", "tp: '1'", "ngc://o/m:2?file=x")
					TAGS_OF("c", "gpu: h100", "ngc://o/m:3?file=x"),
			"NVIDIA L40S", "o/m:2=", REASON_NONE, 2, 0, false },
		{ "fitting: a version that is shared stays",
			V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x")
				TAGS_OF("b", "tp: '1'", "ngc://o/m:1?file=y"),
			"NVIDIA L40S", "o/m:1=", REASON_NONE, 1, 0, false },
		{ "fitting: without tags",
			V2 "- {id: a, " FILE_OF("ngc://o/m:1?file=x") "}\n" TAGS_OF(
				"b", "gpu: h100", "ngc://o/m:2?file=x"),
			"NVIDIA L40S", "o/m:1=", REASON_NONE, 1, 1, false },
		{ "fitting: what is left out is of elsewhere",
			V2 TAGS_OF("a", "gpu: h100", "hf://o/m:1?file=x")
				TAGS_OF("b", "tp: '1'", "ngc://o/m:2?file=x"),
			"NVIDIA L40S", "o/m:2=", REASON_NONE, 1, 0, false },
		{ "fitting: what stays is of elsewhere, too",
			V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x") TAGS_OF("b", "tp: '1'",
				"hf://o/m:2?file=x") TAGS_OF("c", "tp: '1'", "ngc://o/m:3?file=x"),
			"NVIDIA L40S", "o/m:3=", REASON_NONE, 1, 0, true },
		{ "fitting: what stays is all of elsewhere",
			V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x")
				TAGS_OF("b", "tp: '1'", "hf://o/m:2?file=x"),
			"NVIDIA L40S", "nothing can be left out", REASON_PROFILE, 0, 0, false },
		{ "fitting: what stays names no files",
			V2 "- {id: a, tags: {tp: '1'}}\n" TAGS_OF(
				"b", "gpu: h100", "ngc://o/m:2?file=x"),
			"NVIDIA L40S", "names files", REASON_PROFILE, 0, 0, false },
		{ "fitting: what stays is broken",
			V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x")
				TAGS_OF("b", "tp: '1'", "ngc://o/m:2"),
			"NVIDIA L40S", "nothing can be left out", REASON_PROFILE, 0, 0, false },
		{ "fitting: none", V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x"),
			"NVIDIA L40S", "names files", REASON_PROFILE, 0, 0, false },
		{ "fitting: all", V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x"), "NVIDIA H200",
			"no profile needs other GPUs", REASON_PROFILE, 0, 0, false },
		{ "fitting: an unknown GPU", V2 TAGS_OF("a", "gpu: h100", "ngc://o/m:1?file=x"),
			"NVIDIA Z1", "no profile needs other GPUs", REASON_PROFILE, 0, 0, false },
		{ "fitting: v1",
			ID1 ": {tags: {gpu: H100}, workspace: {components: [" PART("", "o/m:1",
				"a") "]}}\n" ID2
				     ": {tags: {gpu: L40S}, workspace: {components: [" PART(
					     "", "o/m:2", "a") "]}}\n",
			"NVIDIA L40S", "o/m:2=", REASON_NONE, 1, 0, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hardware hardware = { 0 };
		struct manifest_fit fit = { .count = 0 };
		struct error err = { 0 };
		struct manifest *manifest =
			manifest_parse(rows[i].bytes, strlen(rows[i].bytes), &err);
		char got[512];

		hardware_add(&hardware, rows[i].model, 0);
		check(manifest != NULL, rows[i].name, "%s", err.text);
		if (!manifest)
			continue;
		check_result(manifest_fitting(manifest, &hardware, &fit, &err), rows[i].reason,
			&err, rows[i].name);
		describe(&fit.profile, got, sizeof(got));
		check(fit.left_out == rows[i].left_out && fit.first == rows[i].first &&
				fit.foreign == rows[i].foreign &&
				fit.count == (rows[i].left_out ? manifest_count(manifest) : 0),
			rows[i].name, "%zu of %zu, first %zu, foreign %d", fit.left_out, fit.count,
			fit.first, fit.foreign);
		if (rows[i].reason == REASON_NONE)
			check_text(got, rows[i].wanted, rows[i].name);
		else
			check(strstr(err.text, rows[i].wanted) != NULL, rows[i].name, "text: %s",
				err.text);
		profile_release(&fit.profile);
		manifest_free(manifest);
	}
}

int
main(void)
{
	check_described();
	check_fitting();
	check_map();
	check_unions();
	check_union_limit();
	check_size();
	return check_end();
}
