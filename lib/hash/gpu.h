/*
 * Which GPUs a container asks for, as its configuration names them. Values that come from users:
 * they decide where we hash, and which versions need not be verified because the container will not
 * see them; never what it may load. What is not understood is unclear, never an error.
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire_message;

enum {
	GPU_UUID_BYTES = 16,
	GPU_WORD_BYTES = 64, /* of a word that is quoted in messages, with the NUL */
};

enum gpu_selector_kind {
	GPU_INDEX,    /* in the order of PCI addresses, as NVML and CUDA_DEVICE_ORDER=PCI_BUS_ID */
	GPU_MINOR,    /* of the device file /dev/nvidiaN */
	GPU_PCI,      /* address, of pci_parse() */
	GPU_UUID,     /* of the GPU */
	GPU_INSTANCE, /* of a MIG device, whose UUID does not tell its GPU */
};

struct gpu_selector {
	enum gpu_selector_kind kind;
	uint64_t number;
	uint8_t uuid[GPU_UUID_BYTES];
};

/* In this order a later one covers an earlier one. */
enum gpu_request_kind {
	GPU_REQUEST_NONE,
	GPU_REQUEST_LISTED,
	GPU_REQUEST_UNCLEAR,
	GPU_REQUEST_ALL,
};

/* Where the request stands in config.json. */
enum gpu_source {
	GPU_SOURCE_NONE,
	GPU_SOURCE_DEVICES,     /* linux.devices: what the container really gets */
	GPU_SOURCE_CDI,         /* annotations cdi.k8s.io/... */
	GPU_SOURCE_ENVIRONMENT, /* NVIDIA_VISIBLE_DEVICES, and the mounts that it may point to */
};

struct gpu_request {
	enum gpu_request_kind kind;
	enum gpu_source source;
	char unclear[GPU_WORD_BYTES]; /* of GPU_REQUEST_UNCLEAR: the first word that is not
					 understood, cut; as foreign as it came */
	size_t count;                 /* of GPU_REQUEST_LISTED: at least 1 */
	struct gpu_selector selectors[LIMIT_GPUS];
};

/* Adds a selector, once; too many make the request unclear. */
void gpu_add(struct gpu_request *request, const struct gpu_selector *selector)
	__attribute__((nonnull));

/*
 * Adds one word of LENGTH bytes, in any of the ways in which NVIDIA's container tools name GPUs:
 * "all", "0", "0:1" (MIG device 1 of GPU 0), "gpu0", "mig0:1", "GPU-<uuid>", "MIG-<uuid>",
 * "MIG-GPU-<uuid>/<gi>/<ci>", a PCI address. Any other makes the request unclear.
 */
void gpu_add_word(struct gpu_request *request, const char *word, size_t length)
	__attribute__((nonnull));

/* Parses 8-4-4-4-12 hexadecimal digits. Returns 0, or -1 (OUT untouched). */
int gpu_parse_uuid(const char *text, size_t length, uint8_t out[static GPU_UUID_BYTES])
	__attribute__((nonnull));

/* What the request stands in, for messages: "NVIDIA_VISIBLE_DEVICES". Static storage. */
const char *gpu_source_words(enum gpu_source source);

/* Puts the request into a message, and gets it back; nonsense fails the message. */
void gpu_put(struct wire_message *message, const struct gpu_request *request)
	__attribute__((nonnull));
void gpu_get(struct wire_message *message, struct gpu_request *out) __attribute__((nonnull));
