/*
 * A policy as text: its words by key, and the whole as YAML that parses back to the same.
 */
#pragma once

struct policy;
struct writer;

/* The word of a key that has one, such as "mode" or "coverage"; NULL for every other key. "rule"
 * gives the rule that applied, or "". Borrowed. */
const char *policy_text_word(const struct policy *policy, const char *key) __attribute__((nonnull));

/* Writes the policy as YAML, without rules: what applied of them is in it. */
void policy_text_write(const struct policy *policy, struct writer *writer) __attribute__((nonnull));
