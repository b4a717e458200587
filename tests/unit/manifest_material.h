/*
 * What the tests of manifests share: samples, the pieces of small manifests, and profiles as text.
 */
#pragma once

#include "nim/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID1  "03fdb4d11f01be10c31b00e7c0540e2835e89a0079b483ad2dd3c25c8cc29b61"
#define ID2  "425dcb3ef646e497d5a50bbd1eb1169c9f33f4253f36669bb428ef250e2447cd"
#define UUID "9136dd64-4777-11ef-9f27-37cfd56fa6ee"
#define SUM  "blake3:7065fb33f25f05e562a0ac12acf084a95c2892ede4bec8b2af0b8c2df6f27172"
#define V2   "schema_version: '2.0'\nprofiles:\n"

#define V2_FILES(files) V2 "- id: " ID2 "\n  workspace: {files: {" files "}}\n"
#define V1_PARTS(parts) ID1 ": {workspace: {components: [" parts "]}}\n"
#define PART(dst, repository, files) \
	"{dst: '" dst "', src: {repo_id: '" repository "', files: [" files "]}}"

static const char sample_retriever[] =
	ID1 ": {model: x, tags: {backend: tensorrt, key: NVIDIA-A10G_10.0.1_12, precision: fp16, "
	    "product_name_regex: ^NVIDIA-A10(?!0).*}}\n";

static const char sample_llm[] = V2
	"- id: ee0d01...\n"
	"  tags: {gpu: A100, gpu_device: '20b2:10de', llm_engine: tensorrt_llm, number_of_gpus: '1', pp: '1', precision: bf16, profile: throughput, tp: '1'}\n"
	"  workspace:\n"
	"    files:\n"
	"      LICENSE:\n"
	"        uri: ngc://nim/qwen/qwen-2.5-7b-instruct:hf-bb46c15-jet?file=LICENSE\n"
	"      trtllm_engine/rank0.engine:\n"
	"        uri: ngc://nim/qwen/qwen-2.5-7b-instruct:a100x1-throughput-precision.bf16-udrspesh5q?file=rank0.engine\n";

/* The operator's test data: no version, and so nothing that can be verified. */
static const char sample_operator[] =
	"schema_version: 2.0.0\nprofile_selection_criteria: default\nprofiles:\n"
	"- {id: " ID2
	", tags: {tp: 1, feat_lora: false}, workspace: {files: {engine: {uri: \"ngc://org/team/model/engine.bin\"}}}}\n";

/* Versions and files of a profile, as one text: "ref=file,file;ref=file". */
static inline void
describe(const struct profile *profile, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < profile->version_count; i++) {
		const struct profile_version *version = &profile->versions[i];

		used += (size_t)snprintf(out + used, size - used, "%s%s=", i ? ";" : "",
			NGC_REF_TEXT(&version->ref));
		for (size_t j = 0; j < version->file_count; j++)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s", j ? "," : "", version->files[j]);
	}
}

/* A document of HEAD and, COUNT times, what FORMAT_ONE makes of the index. */
static inline char *
repeat(const char *head, size_t count, int (*format_one)(char *at, size_t size, size_t index))
{
	enum { ROOM = 64 };
	char *bytes = malloc(strlen(head) + count * ROOM + 1), *at;

	if (!bytes)
		abort();
	at = stpcpy(bytes, head);
	for (size_t i = 0; i < count; i++)
		at += format_one(at, ROOM, i);
	return bytes;
}

static inline int
format_file(char *at, size_t size, size_t index)
{
	return snprintf(at, size, "      f%zu: {uri: 'ngc://o/m:%zu?file=a'}\n", index, index);
}
