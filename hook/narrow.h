/*
 * Which versions of the manifest a start may load, so that they must be verified: those of the
 * pinned profile; else all, or, where the view will hide the rest, fewer.
 */
#pragma once

struct admission;
struct error;
struct parser;

/*
 * Reads the admission's plan from its manifest, if it has one. PIN is the full id of the profile,
 * or
 * "" for none. Returns 0, or -1 with the reasons of reading_profile(). Where admission->narrowed is
 * set, the plan holds only if the container will see nothing else; a note says what was left out.
 */
int narrow_read_plan(struct admission *admission, struct parser *parser, const char *pin,
	struct error *err) __attribute__((nonnull));
