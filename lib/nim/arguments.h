/*
 * What a NIM's process is started for, by its whole argument vector: to serve, or only to fill or
 * list the cache (facts: nim, section 9).
 *
 * A run that does not serve needs no model, so it is let through without one. It is therefore known
 * by its exact arguments alone; whatever is not known, a shell above all, may serve.
 */
#pragma once

#include <stddef.h>

enum arguments_kind {
	ARGUMENTS_SERVE, /* zero: everything that is not known */
	ARGUMENTS_FILL,  /* downloads into the cache, or copies out of it, and ends */
	ARGUMENTS_LIST,  /* prints, and ends */
};

/* What COUNT arguments, the program's name first, start. ARGS may be NULL when COUNT is 0. */
enum arguments_kind arguments_classify(const char *const *args, size_t count);
