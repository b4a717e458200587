/*
 * What is left of a manifest on the GPUs of a container. Only the wire from a parser makes one.
 */
#pragma once

#include "base/text.h"
#include "gate/plan.h"

#include <stddef.h>

struct error;
struct manifest_fit;
struct wire_message;

struct fit {
	struct plan plan;            /* of the profiles that may run there */
	size_t count;                /* profiles of the manifest */
	size_t left_out;             /* of them, at least one and not all */
	char first[TEXT_QUOTED_MAX]; /* printable: the description of one that is left out */
};

/* Puts what manifest_fitting() found into a message; FIRST is the description of the first profile
 * that is left out. */
void fit_put(struct wire_message *message, const struct manifest_fit *found, const char *first)
	__attribute__((nonnull));

/* Gets it back; everything a child sends is checked. Returns 0 (caller: plan_release() of its
 * plan), or -1 with REASON_INTERNAL. */
int fit_get(struct wire_message *message, struct fit *out, struct error *err)
	__attribute__((nonnull));
