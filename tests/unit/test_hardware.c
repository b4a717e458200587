#include "nim/hardware.h"

#include "base/mem.h"
#include "base/node.h"
#include "border/yaml.h"

#include "tests/unit/wire_lies.h"

#define H100 "NVIDIA H100 80GB HBM3"
#define LLM  "llm_engine: tensorrt_llm, precision: fp8, profile: throughput"

static struct hardware
hardware_of(const char *const models[4])
{
	struct hardware hardware = { 0 };

	for (int i = 0; i < 4 && models[i]; i++)
		hardware_add(&hardware, models[i], 0);
	return hardware;
}

static void
test_rules(void)
{
	static const struct {
		const char *name, *models[4], *tags;
		bool ruled_out;
	} rows[] = {
		{ "another GPU", { "NVIDIA L40S" }, "{gpu: H100, " LLM "}", true },
		{ "the same GPU", { H100 }, "{gpu: h100, " LLM "}", false },
		{ "the same generation", { "NVIDIA H200" }, "{gpu: h100}", false },
		{ "one of two", { "NVIDIA L40S", H100 }, "{gpu: h100}", false },
		{ "none of two", { "NVIDIA L40S", "Tesla T4" }, "{gpu: h100}", true },
		{ "no tags", { H100 }, NULL, false },
		{ "empty tags", { H100 }, "{}", false },
		{ "tags that are no map", { H100 }, "[gpu]", false },
		{ "no GPU tag", { "NVIDIA L40S" }, "{llm_engine: vllm, precision: bf16}", false },
		{ "a device alone", { "NVIDIA L40S" }, "{gpu_device: '2330:10de'}", false },
		{ "an unknown GPU tag", { "NVIDIA L40S" }, "{gpu: h1000}", false },
		{ "an empty GPU tag", { "NVIDIA L40S" }, "{gpu: ''}", false },
		{ "a GPU tag that is no text", { "NVIDIA L40S" }, "{gpu: [h100]}", false },
		{ "a tag that widens", { "NVIDIA L40S" }, "{gpu: a100, ampereplus: enabled}",
			false },
		{ "a tag with arguments", { "NVIDIA L40S" }, "{gpu: h100, nim_json_args: '{}'}",
			false },
		{ "an unknown tag at the end", { "NVIDIA L40S" }, "{gpu: h100, zz: '1'}", false },
		/* The words of drivers and of manifests. */
		{ "NVIDIA A100-SXM4-80GB", { "NVIDIA A100-SXM4-80GB" }, "{gpu: A100}", false },
		{ "A100-SXM4-40GB", { "A100-SXM4-40GB" }, "{gpu: l40s}", true },
		{ "A10 is not A100", { "NVIDIA A10" }, "{gpu: a100}", true },
		{ "A100 is not A10", { "NVIDIA A100 80GB PCIe" }, "{gpu: a10}", true },
		{ "L4 is no L40S, but of its generation", { "NVIDIA L4" }, "{gpu: L40S}", false },
		{ "RTX A6000", { "NVIDIA RTX A6000" }, "{gpu: a6000}", false },
		{ "Blackwell server", { "NVIDIA RTX PRO 6000 Blackwell Server Edition" },
			"{gpu: rtx6000_blackwell_sv}", false },
		{ "GH200", { "NVIDIA GH200 480GB" }, "{gpu: a100}", true },
		/* What is not known. */
		{ "no GPU", { NULL }, "{gpu: h100}", false },
		{ "no model", { "" }, "{gpu: h100}", false },
		{ "an unknown model", { "NVIDIA Z1" }, "{gpu: h100}", false },
		{ "an unknown model beside", { "NVIDIA L40S", "NVIDIA Z1" }, "{gpu: h100}", false },
		{ "a name that goes on", { "NVIDIA L40SX" }, "{gpu: h100}", false },
		{ "half a name", { "NVIDIA L" }, "{gpu: h100}", false },
		{ "only the vendor", { "NVIDIA " }, "{gpu: h100}", false },
		{ "another Quadro", { "Quadro RTX 6000" }, "{gpu: h100}", false },
		/* How many. */
		{ "more than there are", { H100 }, "{llm_engine: vllm, tp: '2'}", true },
		{ "as many as there are", { H100, H100 }, "{llm_engine: vllm, tp: '2'}", false },
		{ "tp times pp", { H100, H100, H100 }, "{tp: '2', pp: '2'}", true },
		{ "tp times pp fit", { H100, H100, H100, H100 }, "{tp: '2', pp: '2'}", false },
		{ "pp alone", { H100 }, "{pp: '2'}", true },
		{ "unquoted numbers", { H100 }, "{tp: 2}", true },
		{ "their product, said twice", { H100 }, "{tp: '2', number_of_gpus: '2'}", true },
		{ "two products", { H100 }, "{tp: '2', number_of_gpus: '1'}", false },
		{ "a number alone", { H100 }, "{number_of_gpus: '2'}", false },
		{ "tp of none", { H100 }, "{tp: '0', pp: '2'}", false },
		{ "tp of words", { H100 }, "{tp: two}", false },
		{ "tp below zero", { H100 }, "{tp: '-2'}", false },
		{ "tp with a zero", { H100 }, "{tp: '02'}", false },
		{ "tp with a half", { H100 }, "{tp: '2.5'}", false },
		{ "tp of nothing", { H100 }, "{tp: ''}", false },
		{ "the largest tp and pp", { H100 }, "{tp: '4096', pp: '4096'}", true },
		{ "a larger tp", { H100 }, "{tp: '4097'}", false },
		{ "a product that turns over", { H100 }, "{tp: '4294967296', pp: '4294967296'}",
			false },
		{ "another GPU, but a doubtful tp", { "NVIDIA L40S" }, "{gpu: h100, tp: x}",
			false },
		{ "too many, but a doubtful GPU", { H100 }, "{gpu: z1, tp: '2'}", false },
	};
	static const struct yaml_options options = { .local_tags = false };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hardware hardware = hardware_of(rows[i].models);
		cleanup_document struct node_document *document = NULL;
		struct error err = { 0 };
		bool got;

		if (rows[i].tags)
			check_result(yaml_parse(rows[i].tags, strlen(rows[i].tags), &options,
					     REASON_MANIFEST, &document, &err),
				REASON_NONE, &err, rows[i].name);
		got = hardware_rules_out(&hardware, document ? node_root(document) : NULL);
		check(got == rows[i].ruled_out, rows[i].name, "ruled out: %d", got);
	}
}

static void
test_words(void)
{
	static const struct {
		const char *models[4], *wanted;
	} rows[] = {
		{ { "NVIDIA L4" }, "1 GPU (NVIDIA L4)" },
		{ { H100, "NVIDIA L4", H100 }, "3 GPUs (" H100 ", NVIDIA L4)" },
	};
	struct hardware many = { .gpu_count = 0 };
	char words[HARDWARE_WORDS_BYTES], model[HARDWARE_MODEL_BYTES + 1];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hardware hardware = hardware_of(rows[i].models);

		check_text(hardware_words(&hardware, words), rows[i].wanted, rows[i].wanted);
	}
	for (int i = 0; i < HARDWARE_MODELS; i++) {
		snprintf(model, sizeof(model), "NVIDIA H100 %0*d", 40, i);
		hardware_add(&many, model, 0);
	}
	check(hardware_is_known(&many) && strlen(hardware_words(&many, words)) == sizeof(words) - 1,
		"words that are cut", "%s", words);
	hardware_add(&many, "NVIDIA H200", 0);
	check(!hardware_is_known(&many), "more models than any machine has", "known");
	many = (struct hardware){ 0 };
	snprintf(model, sizeof(model), "NVIDIA H100 %0*d", HARDWARE_MODEL_BYTES - 12, 0);
	hardware_add(&many, model, 0);
	check(!hardware_is_known(&many), "a model too long", "known");
}

/* What NVML knows, and our table need not. */
static void
test_capabilities(void)
{
	struct hardware hardware = { .gpu_count = 0 };

	hardware_add(&hardware, "NVIDIA Z1", 0);
	check(!hardware_is_known(&hardware), "a model in no table", "known");
	hardware = (struct hardware){ .gpu_count = 0 };
	hardware_add(&hardware, "NVIDIA Z1", 130);
	hardware_add(&hardware, "NVIDIA Z1", 130);
	hardware_add(&hardware, H100, 0);
	check(hardware_is_known(&hardware) && hardware.model_count == 2 && hardware.gpu_count == 3,
		"a model by its capability", "%zu models", hardware.model_count);
	hardware_add(&hardware, "NVIDIA Z1", 120);
	check(!hardware_is_known(&hardware), "one model, two capabilities", "known");
	hardware = (struct hardware){ .gpu_count = 0 };
	hardware_add(&hardware, H100, 89);
	check(!hardware_is_known(&hardware), "another capability than published", "known");
}

static int
read_hardware(struct wire_message *message, struct error *err)
{
	struct hardware hardware;

	hardware_get(message, &hardware);
	if (wire_is_whole(message))
		return 0;
	check(!message->failed || hardware.gpu_count == 0, "written although refused", "%zu",
		hardware.gpu_count);
	return error_set(err, REASON_INTERNAL, 0, "malformed");
}

static void
test_wire(void)
{
	static const char *const honest[4] = { H100, "NVIDIA L4", H100 };
	static const struct {
		const char *name;
		uint64_t count, models;
		const char *texts[2];
		bool accepted;
		unsigned int capability; /* 0: as NVIDIA publishes them */
	} rows[] = {
		{ "honest", 1, 1, { H100 }, true, 0 },
		{ "two of one", 2, 1, { H100 }, true, 0 },
		{ "no GPU", 0, 0, { NULL }, false, 0 },
		{ "no model", 1, 0, { NULL }, false, 0 },
		{ "a model of none", 0, 1, { H100 }, false, 0 },
		{ "more models than GPUs", 1, 2, { H100, "NVIDIA L4" }, false, 0 },
		{ "a model twice", 2, 2, { H100, H100 }, false, 0 },
		{ "an unknown model", 1, 1, { "NVIDIA Z1" }, true, 130 },
		{ "another capability than the model has", 1, 1, { H100 }, false, 89 },
		{ "a capability that is none", 1, 1, { "NVIDIA Z1" }, false, 1000 },
		{ "a huge capability", 1, 1, { "NVIDIA Z1" }, false, UINT32_MAX },
		{ "an empty model", 1, 1, { "" }, false, 0 },
		{ "a model that is none", 1, 1, { NULL }, false, 0 },
		{ "more GPUs than any machine has", LIMIT_GPUS + 1, 1, { H100 }, false, 0 },
		{ "a huge number", UINT64_MAX, 1, { H100 }, false, 0 },
		{ "more models than sent", 2, 2, { H100 }, false, 0 },
		{ "a huge number of models", 1, UINT64_MAX, { H100 }, false, 0 },
		{ "a model too long", 1, 1,
			{ H100 "                                                          ." },
			false, 0 },
	};
	const struct hardware hardware = hardware_of(honest);
	cleanup_message struct wire_message message = { 0 };
	struct hardware got;
	struct error err = { 0 };

	hardware_put(&message, &hardware);
	lies_check(&message, read_hardware, "hardware");
	message.at = 0;
	hardware_get(&message, &got);
	check(got.gpu_count == 3 && got.model_count == 2 && hardware_is_known(&got),
		"there and back", "%zu GPUs", got.gpu_count);
	check_text(got.models[1], "NVIDIA L4", "there and back");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_message struct wire_message lie = { 0 };

		wire_put_u64(&lie, rows[i].count);
		wire_put_u64(&lie, rows[i].models);
		for (uint64_t k = 0; k < rows[i].models && k < 2 && (k == 0 || rows[i].texts[k]);
			k++) {
			wire_put_text(&lie, rows[i].texts[k]);
			wire_put_u32(&lie, rows[i].capability ? rows[i].capability : k ? 89 : 90);
		}
		check_result(read_hardware(&lie, &err),
			rows[i].accepted ? REASON_NONE : REASON_INTERNAL, &err, rows[i].name);
	}
}

int
main(void)
{
	test_rules();
	test_words();
	test_capabilities();
	test_wire();
	return check_end();
}
