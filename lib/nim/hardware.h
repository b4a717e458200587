/*
 * The GPUs that a container gets, in plain values, and which profiles can never run on them by
 * their tags (facts: nim, sections 2 and 7).
 *
 * NIM's own choice depends on more than can be seen from outside. This says only what cannot be its
 * choice, and where anything is in doubt, nothing.
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct node;
struct wire_message;

enum {
	HARDWARE_MODELS = 8, /* different ones in one machine: real ones have one or two */
	HARDWARE_MODEL_BYTES = 64,
	HARDWARE_WORDS_BYTES = 128,
};

struct hardware {
	size_t gpu_count; /* 0: nothing is known */
	bool unclear;     /* a GPU whose model is not in our table, or too many models */
	size_t model_count;
	char models[HARDWARE_MODELS][HARDWARE_MODEL_BYTES]; /* each once, as the driver has it */
	unsigned int capabilities[HARDWARE_MODELS];         /* compute capability, times ten */
};

/*
 * Adds one GPU of that MODEL, as NVIDIA's driver writes it: "NVIDIA L40S". CAPABILITY is its
 * compute capability, times ten, as NVML has it; 0: as our table says. Where both know one, they
 * must agree, or the model is unclear.
 */
void hardware_add(struct hardware *hardware, const char *model, unsigned int capability)
	__attribute__((nonnull));

/* True if there is at least one GPU, and all of them are understood. */
bool hardware_is_known(const struct hardware *hardware) __attribute__((nonnull));

/*
 * True if a profile with these TAGS (a map of texts; NULL: none) can never run on this hardware:
 * its "gpu" has another compute capability than each of the GPUs, or tp times pp is more than their
 * number. False where the hardware is not known, for a tag whose meaning is not known, for any
 * value that is not understood, and without such tags.
 */
bool hardware_rules_out(const struct hardware *hardware, const struct node *tags)
	__attribute__((nonnull(1)));

/* "2 GPUs (NVIDIA L40S, NVIDIA L4)", for messages; cut where it is too long. Returns OUT. */
char *hardware_words(const struct hardware *hardware, char out[static HARDWARE_WORDS_BYTES])
	__attribute__((nonnull));

/* Puts known hardware into a message, and gets it back; anything else fails the message. */
void hardware_put(struct wire_message *message, const struct hardware *hardware)
	__attribute__((nonnull));
void hardware_get(struct wire_message *message, struct hardware *out) __attribute__((nonnull));
