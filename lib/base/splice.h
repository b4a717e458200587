/*
 * Changes to a JSON text that leave every other byte as it is: no value is written anew because
 * another one changed.
 *
 * Works on the bytes and on the tree that json_parse() made of these bytes; whatever it accepts can
 * be edited. New members take over the white space of the last one beside them, so that a compact
 * text stays compact and one for people stays readable.
 */
#pragma once

#include <stddef.h>

struct error;
struct node;
struct writer;

struct splice {
	const char *bytes; /* borrowed, LENGTH of them */
	size_t length;
	const struct node *root; /* borrowed; the tree of these bytes */
};

/* Where a change goes: names of members from the root on. */
struct splice_path {
	const char *const *names; /* borrowed */
	size_t count;             /* at least 1 */
};

/*
 * Each writes the whole changed text to OUT (the caller looks at out->failed) and returns 0, or -1
 * with REASON_CONFIG where the path leads through something that is no map. VALUE is JSON. Maps on
 * the way that are absent or null are made.
 */

/* Gives the member that value, whatever it had. */
int splice_set(const struct splice *text, const struct splice_path *path, const char *value,
	struct writer *out, struct error *err) __attribute__((nonnull));

/* Adds the value behind the last of the member, a list; REASON_CONFIG where it is something else.
 */
int splice_append(const struct splice *text, const struct splice_path *path, const char *value,
	struct writer *out, struct error *err) __attribute__((nonnull));

/* Takes the member away; the text is the same where it is not there. */
int splice_remove(const struct splice *text, const struct splice_path *path, struct writer *out,
	struct error *err) __attribute__((nonnull));
