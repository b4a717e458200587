/*
 * Two rules of YAML's layout that libyaml does not hold: a comment has a blank in front of it, and
 * the lines of a list or map in brackets and of a text in quotes are indented more than the block
 * that they are part of. Used by yaml.c alone.
 *
 * The walk goes along the bytes once, by the places that libyaml gives, in its order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct error;

struct yaml_layout {
	const char *bytes; /* borrowed; UTF-8 */
	size_t length;
	size_t offset; /* where the walk stands */
	size_t line;   /* as libyaml counts: from 0 */
	size_t column;
	size_t indent; /* blanks with which the lines that follow must begin; 0 in blocks, where
			  libyaml judges */
};

/*
 * Walks to LINE and COLUMN (from 0) over what stands between values: blanks, comments, indicators.
 * Behind that place is fine: nothing happens. Returns 0, or -1 with REASON_NONE, and the walk
 * stands at the fault.
 */
int yaml_layout_walk(struct yaml_layout *layout, size_t line, size_t column, struct error *err)
	__attribute__((nonnull));

/* As yaml_layout_walk() over a text, in which "#" means nothing. */
int yaml_layout_walk_text(struct yaml_layout *layout, size_t line, size_t column, struct error *err)
	__attribute__((nonnull));

/* For a literal or folded text that begins where the walk stands: its first line. Returns 0, or -1
 * with REASON_NONE. */
int yaml_layout_check_header(const struct yaml_layout *layout, struct error *err)
	__attribute__((nonnull));
