/*
 * What the bytes of an OCI state say at first sight: whose start it is.
 *
 * No parser: it looks for a member's name and compares what stands behind it. In a JSON text a
 * quote inside a string is escaped, so that no annotation can look like a member; of the members
 * that may stand there, annotations are texts, and only the process is a number. So who wrote an
 * annotation, and took a parser over with it, cannot make us look at another container.
 */
#pragma once

#include <stddef.h>

struct error;
struct state;

/*
 * Compares the process and the bundle of STATE, which a parser found in these LENGTH bytes, with
 * what stands there. Returns 0, or -1 with REASON_INTERNAL where they differ, or where the text
 * names a process or a bundle more than once.
 */
int state_text_check(const char *bytes, size_t length, const struct state *state, struct error *err)
	__attribute__((nonnull));
