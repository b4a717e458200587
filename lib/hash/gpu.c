#include "hash/gpu.h"

#include "base/pci.h"
#include "base/text.h"
#include "guard/wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
	UUID_TEXT_BYTES = 36,
	INDEX_MAX = 65535,
};

/* WORD is quoted in messages. */
static void
make_unclear(struct gpu_request *request, const char *word, size_t length)
{
	if (request->kind >= GPU_REQUEST_UNCLEAR)
		return;
	request->kind = GPU_REQUEST_UNCLEAR;
	request->count = 0;
	snprintf(request->unclear, sizeof(request->unclear), "%.*s",
		(int)(length < GPU_WORD_BYTES ? length : GPU_WORD_BYTES), word);
}

static bool
is_equal(const struct gpu_selector *a, const struct gpu_selector *b)
{
	return a->kind == b->kind && a->number == b->number &&
	       memcmp(a->uuid, b->uuid, sizeof(a->uuid)) == 0;
}

void
gpu_add(struct gpu_request *request, const struct gpu_selector *selector)
{
	static const char too_many[] = "more GPUs than any machine has";

	if (request->kind > GPU_REQUEST_LISTED)
		return;
	for (size_t i = 0; i < request->count; i++)
		if (is_equal(&request->selectors[i], selector))
			return;
	if (request->count == LIMIT_GPUS) {
		make_unclear(request, too_many, strlen(too_many));
		return;
	}
	request->kind = GPU_REQUEST_LISTED;
	request->selectors[request->count++] = *selector;
}

int
gpu_parse_uuid(const char *text, size_t length, uint8_t out[static GPU_UUID_BYTES])
{
	char digits[2 * GPU_UUID_BYTES];
	size_t used = 0;

	if (length != UUID_TEXT_BYTES)
		return -1;
	for (size_t i = 0; i < length; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return -1;
		if (!dash)
			digits[used++] = text[i];
	}
	return text_parse_hex(digits, sizeof(digits), out, GPU_UUID_BYTES);
}

/* True if the word begins with PREFIX in either case, which is then passed over. */
static bool
skip_prefix(const char **word, size_t *length, const char *prefix)
{
	size_t size = strlen(prefix);

	if (*length < size || strncasecmp(*word, prefix, size) != 0)
		return false;
	*word += size;
	*length -= size;
	return true;
}

/* "0", or "0:1", whose second number names a MIG device on the GPU of the first. */
static int
parse_index(const char *word, size_t length, struct gpu_selector *out)
{
	const char *colon = memchr(word, ':', length);
	size_t first = colon ? (size_t)(colon - word) : length;
	uint64_t instance;

	out->kind = GPU_INDEX;
	if (text_parse_count(word, first, &out->number) || out->number > INDEX_MAX)
		return -1;
	return colon ? text_parse_count(colon + 1, length - first - 1, &instance) : 0;
}

/* <uuid>/<gi>/<ci>, as drivers before R470 name MIG devices. */
static int
parse_old_instance(const char *word, size_t length, struct gpu_selector *out)
{
	const char *slash = memchr(word, '/', length);

	out->kind = GPU_UUID;
	return slash ? gpu_parse_uuid(word, (size_t)(slash - word), out->uuid) : -1;
}

static int
parse_word(const char *word, size_t length, struct gpu_selector *out)
{
	if (skip_prefix(&word, &length, "MIG-GPU-"))
		return parse_old_instance(word, length, out);
	if (skip_prefix(&word, &length, "MIG-")) {
		out->kind = GPU_INSTANCE;
		return gpu_parse_uuid(word, length, out->uuid);
	}
	if (skip_prefix(&word, &length, "GPU-")) {
		out->kind = GPU_UUID;
		return gpu_parse_uuid(word, length, out->uuid);
	}
	if (skip_prefix(&word, &length, "gpu") || skip_prefix(&word, &length, "mig"))
		return parse_index(word, length, out);
	if (pci_parse(word, length, &out->number) == 0) {
		out->kind = GPU_PCI;
		return 0;
	}
	return parse_index(word, length, out);
}

void
gpu_add_word(struct gpu_request *request, const char *word, size_t length)
{
	struct gpu_selector selector = { .number = 0 };

	if (length == strlen("all") && strncasecmp(word, "all", length) == 0) {
		request->kind = GPU_REQUEST_ALL;
		request->count = 0;
	} else if (parse_word(word, length, &selector)) {
		make_unclear(request, word, length);
	} else {
		gpu_add(request, &selector);
	}
}

const char *
gpu_source_words(enum gpu_source source)
{
	switch (source) {
	case GPU_SOURCE_DEVICES: return "linux.devices";
	case GPU_SOURCE_CDI: return "the CDI annotations";
	case GPU_SOURCE_ENVIRONMENT: return "NVIDIA_VISIBLE_DEVICES";
	case GPU_SOURCE_NONE: break;
	}
	return "nothing";
}

void
gpu_put(struct wire_message *message, const struct gpu_request *request)
{
	wire_put_u32(message, request->kind);
	wire_put_u32(message, request->source);
	wire_put_text(message, request->unclear);
	wire_put_u64(message, request->count);
	for (size_t i = 0; i < request->count; i++) {
		wire_put_u32(message, request->selectors[i].kind);
		wire_put_u64(message, request->selectors[i].number);
		wire_put_bytes(message, request->selectors[i].uuid, GPU_UUID_BYTES);
	}
}

static void
get_selector(struct wire_message *message, struct gpu_selector *out)
{
	uint32_t kind = wire_get_u32(message);

	out->kind = (enum gpu_selector_kind)kind;
	out->number = wire_get_u64(message);
	wire_get_bytes(message, out->uuid, GPU_UUID_BYTES);
	if (kind > GPU_INSTANCE)
		message->failed = true;
}

void
gpu_get(struct wire_message *message, struct gpu_request *out)
{
	struct gpu_request request = { .kind = GPU_REQUEST_NONE };
	uint32_t kind = wire_get_u32(message), source = wire_get_u32(message);

	wire_copy_text(message, request.unclear, sizeof(request.unclear));
	request.count = wire_get_count(message, LIMIT_GPUS);
	for (size_t i = 0; i < request.count && !message->failed; i++)
		get_selector(message, &request.selectors[i]);
	if (kind > GPU_REQUEST_ALL || source > GPU_SOURCE_ENVIRONMENT ||
		(kind == GPU_REQUEST_LISTED) != (request.count > 0))
		message->failed = true;
	request.kind = (enum gpu_request_kind)kind;
	request.source = (enum gpu_source)source;
	if (message->failed)
		request = (struct gpu_request){ .kind = GPU_REQUEST_NONE };
	*out = request;
}
