/*
 * YAML as machines and careful people write it: the only module that includes libyaml.
 *
 * A subset, by the event interface: maps, lists and scalars, block or flow style. Refused: anchors,
 * aliases, merge keys ("<<"), a second document, directives, keys that are not scalars, duplicate
 * keys, anything but UTF-8, line breaks that only YAML 1.1 knows, and more depth, nodes or bytes
 * than limits.h allows. Every scalar is NODE_TEXT. Local tags such as !workspace are refused unless
 * the caller tolerates them; then the node stays what it is (facts: nim, section 2). Tags of the
 * "tag:yaml.org,2002:" family are refused.
 */
#pragma once

#include "base/reason.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct node_document;

struct yaml_options {
	bool local_tags; /* tolerate and ignore !tags */
};

/*
 * Parses LENGTH bytes into *out (owned by the caller: node_document_free()). Nodes carry line and
 * column, from 1. Returns 0, or -1 with the reason the caller gives and a text that starts "line L,
 * column C: ".
 */
int yaml_parse(const char *bytes, size_t length, const struct yaml_options *options,
	enum reason reason, struct node_document **out, struct error *err) __attribute__((nonnull));
