#include "nim/description.h"

#include "base/node.h"
#include "border/yaml.h"
#include "tests/unit/check.h"

int
main(void)
{
	/* Published pairs of tags and names, and the edges. */
	static const char *const rows[][2] = {
		{ "{backend: tensorrt, gpu: l4, model_type: tensorrt, precision: fp8}",
			"l4-fp8-tensorrt-tensorrt" },
		{ "{backend: onnx, model_type: onnx, precision: fp16}", "fp16-onnx-onnx" },
		{ "{feat_lora: 'true', llm_engine: vllm, precision: fp16, tp: '1'}",
			"vllm-fp16-tp1-lora" },
		{ "{feat_lora: 'false', llm_engine: vllm, precision: bf16, tp: '2'}",
			"vllm-bf16-tp2" },
		{ "{feat_lora: 'false', llm_engine: tensorrt_llm, pp: '1', precision: bf16, tp: '1', trtllm_buildable: 'true'}",
			"tensorrt_llm-trtllm_buildable-bf16-tp1-pp1" },
		{ "{gpu: L40S, gpu_device: '26b5:10de', llm_engine: tensorrt_llm, precision: bf16, profile: latency, tp: '2'}",
			"tensorrt_llm-l40s-bf16-tp2-latency" },
		{ "{type: bert}", "bert" },
		{ "{}", "" },
	};
	static const struct yaml_options options = { .local_tags = false };
	char name[DESCRIPTION_MAX];
	struct error err = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cleanup_document struct node_document *document = NULL;

		check_result(yaml_parse(rows[i][0], strlen(rows[i][0]), &options, REASON_MANIFEST,
				     &document, &err),
			REASON_NONE, &err, rows[i][1]);
		check_text(description_format(node_root(document), name), rows[i][1], "name");
	}
	check_text(description_format(NULL, name), "", "no tags");
	return check_end();
}
