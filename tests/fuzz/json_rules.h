/*
 * JSON as RFC 8259 has it, recognised once more and independently of lib/border: for comparison.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * How deep lists and maps lie in each other in a text that is JSON: 0 for a single value. -1 for
 * what is no JSON, is not well-formed UTF-8, or names NUL or half a surrogate pair by an escape; so
 * is what is deeper than 100.
 */
int json_rules_depth(const uint8_t *bytes, size_t length);
