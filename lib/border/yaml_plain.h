/*
 * The quick way through YAML as programs write it, of which a manifest may hold megabytes: maps and
 * lists in blocks, one name, one text or one dash with its map on a line, in ASCII. A document of
 * this form has one meaning for every reader of YAML; for any other, comments and empty lines
 * included, the answer is "not of this form", and libyaml has its say. Used by yaml.c alone.
 *
 * What is read is what libyaml would have read, places of nodes included: test_yaml_plain and
 * fuzz_yaml compare the two.
 */
#pragma once

#include <stddef.h>

struct node_document;
struct node_limits;

/* The document (owned by the caller), or NULL where LENGTH bytes are not of this form, break a rule
 * of base/node.h, or memory is out: then libyaml is to be asked. */
struct node_document *yaml_plain_read(const char *bytes, size_t length,
	const struct node_limits *limits) __attribute__((nonnull));
