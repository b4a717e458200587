/*
 * A profile's friendly name, made of its tags as NIM's list-model-profiles prints it (facts: nim,
 * section 3). For people: releases of NIM differ in details, and two profiles may have one name, so
 * it never identifies anything.
 */
#pragma once

#include <stddef.h>

struct node;

enum { DESCRIPTION_MAX = 256 };

/*
 * Writes the name of a profile with TAGS (a map of texts; NULL is none) to OUT: engine,
 * "trtllm_buildable", gpu in lower case, precision, tpN, ppN and profile where they are, then the
 * other values in the order of their keys; "lora" for feat_lora. Cut where it is too long. Returns
 * OUT.
 */
char *description_format(const struct node *tags, char out[static DESCRIPTION_MAX])
	__attribute__((nonnull(2)));
