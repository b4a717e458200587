/*
 * The table of variables that a NIM reads (facts: nim, section 6).
 */
#pragma once

#include "nim/environment.h"

/*
 * The class of one variable. With NIM not NULL, *nim tells whether only a NIM is started with it.
 * An empty value is as good as none.
 */
enum environment_class environment_table_classify(const char *name, const char *value, bool *nim)
	__attribute__((nonnull(1, 2)));

/*
 * True if the value may be shown and compared: it is a path or a URI, shorter than
 * LIMIT_NAME_BYTES, and neither holds a key, a token or a password nor has a name that says so.
 */
bool environment_table_shows(const char *name, const char *value) __attribute__((nonnull));
