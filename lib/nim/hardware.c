#include "nim/hardware.h"

#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "guard/wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	SPREAD_MAX = 4096,    /* of tp and of pp: far more than any profile has */
	CAPABILITY_MAX = 999, /* 99.9 */
};

/*
 * Compute capabilities, times ten, as NVIDIA publishes them. A TensorRT engine is built for one;
 * two models that share one are not told apart here, although NIM may do so. MODEL is the beginning
 * of the driver's words behind "NVIDIA ", TAG the value of "gpu" in either case; NULL: none known.
 */
static const struct row {
	const char *model;
	const char *tag;
	unsigned capability;
} table[] = {
	{ "V100", "v100", 70 },
	{ "T4", "t4", 75 },
	{ "A100", "a100", 80 },
	{ "A30", "a30", 80 },
	{ "A2", "a2", 86 },
	{ "A10", "a10", 86 },
	{ "A10G", "a10g", 86 },
	{ "A16", "a16", 86 },
	{ "A40", "a40", 86 },
	{ "RTX A6000", "a6000", 86 },
	{ "L4", "l4", 89 },
	{ "L40", "l40", 89 },
	{ "L40S", "l40s", 89 },
	{ "RTX 6000 Ada", NULL, 89 },
	{ "GeForce RTX 4090", "rtx4090", 89 },
	{ "H100", "h100", 90 },
	{ "H200", "h200", 90 },
	{ "GH200", "gh200", 90 },
	{ "B200", "b200", 100 },
	{ "GB200", "gb200", 100 },
	{ "RTX PRO 6000 Blackwell Server Edition", "rtx6000_blackwell_sv", 120 },
	{ "GeForce RTX 5090", "rtx5090", 120 },
	{ "GB10", "gb10", 121 },
};

/*
 * The tags of which we know that they do not widen what a profile can run on. Not among them, for
 * instance: "ampereplus", which lets an engine for one GPU run on later ones, "nim_json_args",
 * which may say another number of GPUs, "key" and "product_name_regex", which are patterns.
 */
static const char *const understood[] = { "backend", "feat_lora", "feat_lora_max_rank", "gpu",
	"gpu_device", "llm_engine", "model_type", "nim_workspace_hash_v1", "number_of_gpus", "pp",
	"precision", "profile", "tp", "trtllm_buildable" };

/* What stands behind PREFIX, or TEXT itself. */
static const char *
skip(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : text;
}

/* 0 for a model that is not in the table. Behind its name come memory and form: "H100 80GB HBM3",
 * "A100-SXM4-40GB". */
static unsigned
capability_of_model(const char *model)
{
	const char *name = skip(skip(model, "NVIDIA "), "Tesla ");

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *rest = skip(name, table[i].model);

		if (rest != name && (*rest == '\0' || *rest == ' ' || *rest == '-'))
			return table[i].capability;
	}
	return 0;
}

/* 0 for a word that is not in the table. */
static unsigned
capability_of_tag(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].tag && strcasecmp(word, table[i].tag) == 0)
			return table[i].capability;
	return 0;
}

/* Where the model stands, or model_count. */
static size_t
find_model(const struct hardware *hardware, const char *model)
{
	size_t i = 0;

	while (i < hardware->model_count && strcmp(hardware->models[i], model) != 0)
		i++;
	return i;
}

void
hardware_add(struct hardware *hardware, const char *model, unsigned int capability)
{
	const unsigned int listed = capability_of_model(model);
	const unsigned int known = capability ? capability : listed;
	const size_t place = find_model(hardware, model);

	hardware->gpu_count++;
	if (!model[0] || known == 0 || known > CAPABILITY_MAX || (listed && listed != known) ||
		place == HARDWARE_MODELS || strlen(model) >= HARDWARE_MODEL_BYTES) {
		hardware->unclear = true;
		return;
	}
	if (place < hardware->model_count) {
		hardware->unclear |= hardware->capabilities[place] != known;
		return;
	}
	snprintf(hardware->models[place], HARDWARE_MODEL_BYTES, "%s", model);
	hardware->capabilities[place] = known;
	hardware->model_count++;
}

bool
hardware_is_known(const struct hardware *hardware)
{
	return hardware->gpu_count > 0 && !hardware->unclear;
}

static bool
is_understood(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(understood); i++)
		if (strcmp(understood[i], key) == 0)
			return true;
	return false;
}

/* True if every tag means something to us. */
static bool
are_understood(const struct node *tags)
{
	for (const struct node *tag = tags->first; tag; tag = tag->next)
		if (!is_understood(tag->key) || !node_text(tag))
			return false;
	return true;
}

/* The value of a tag that counts, ABSENT without it. Returns 0, or -1: not understood. */
static int
read_count(const struct node *tags, const char *key, uint64_t absent, uint64_t *out)
{
	const char *text = node_text(node_member(tags, key));

	*out = absent;
	if (!text)
		return 0;
	return text_parse_count(text, strlen(text), out) || *out == 0 || *out > SPREAD_MAX ? -1 : 0;
}

/* How many GPUs the profile is spread over. Returns 0, or -1: not understood. */
static int
read_spread(const struct node *tags, uint64_t *out)
{
	uint64_t tensor, pipeline, number;

	if (read_count(tags, "tp", 1, &tensor) || read_count(tags, "pp", 1, &pipeline))
		return -1;
	*out = tensor * pipeline;
	return read_count(tags, "number_of_gpus", *out, &number) || number != *out ? -1 : 0;
}

/* True if one of the GPUs has that compute capability. */
static bool
has_capability(const struct hardware *hardware, unsigned capability)
{
	for (size_t i = 0; i < hardware->model_count; i++)
		if (hardware->capabilities[i] == capability)
			return true;
	return false;
}

bool
hardware_rules_out(const struct hardware *hardware, const struct node *tags)
{
	const char *gpu = node_text(node_member(tags, "gpu"));
	uint64_t spread;

	if (!hardware_is_known(hardware) || !tags || tags->kind != NODE_MAP ||
		!are_understood(tags) || read_spread(tags, &spread))
		return false;
	if (gpu && capability_of_tag(gpu) == 0)
		return false;
	return (gpu && !has_capability(hardware, capability_of_tag(gpu))) ||
	       spread > hardware->gpu_count;
}

char *
hardware_words(const struct hardware *hardware, char out[static HARDWARE_WORDS_BYTES])
{
	size_t used = (size_t)snprintf(out, HARDWARE_WORDS_BYTES, "%zu GPU%s (",
		hardware->gpu_count, hardware->gpu_count == 1 ? "" : "s");

	for (size_t i = 0; i < hardware->model_count && used < HARDWARE_WORDS_BYTES; i++)
		used += (size_t)snprintf(out + used, HARDWARE_WORDS_BYTES - used, "%s%s",
			i ? ", " : "", hardware->models[i]);
	if (used < HARDWARE_WORDS_BYTES)
		snprintf(out + used, HARDWARE_WORDS_BYTES - used, ")");
	return out;
}

void
hardware_put(struct wire_message *message, const struct hardware *hardware)
{
	wire_put_u64(message, hardware->gpu_count);
	wire_put_u64(message, hardware->model_count);
	for (size_t i = 0; i < hardware->model_count; i++) {
		wire_put_text(message, hardware->models[i]);
		wire_put_u32(message, hardware->capabilities[i]);
	}
}

void
hardware_get(struct wire_message *message, struct hardware *out)
{
	struct hardware hardware = { 0 };
	size_t count = wire_get_count(message, LIMIT_GPUS);
	size_t models = wire_get_count(message, HARDWARE_MODELS);
	char model[HARDWARE_MODEL_BYTES];
	unsigned int capability;

	for (size_t i = 0; i < models && !message->failed; i++) {
		wire_copy_text(message, model, sizeof(model));
		capability = wire_get_u32(message);
		/* Each has one by now. */
		if (capability == 0)
			message->failed = true;
		hardware_add(&hardware, model, capability);
	}
	/* Each model once, and at least as many GPUs. */
	if (!hardware_is_known(&hardware) || hardware.model_count != models || count < models)
		message->failed = true;
	hardware.gpu_count = count;
	if (message->failed)
		hardware = (struct hardware){ 0 };
	*out = hardware;
}
