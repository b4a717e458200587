/*
 * The method word of a command line: how a signature is made or checked. The caller says it; a
 * bundle never chooses.
 */
#pragma once

#include "oms/trust.h"

struct error;
struct option_list;

/*
 * Reads "METHOD MODEL" from WORDS; VERB ("verifies", "signs") is for messages. Returns 0, or -1
 * with REASON_USAGE: another method, no model, more words.
 */
int method_parse(const struct option_list *words, const char *verb, enum trust_method *method,
	const char **model, struct error *err) __attribute__((nonnull));
