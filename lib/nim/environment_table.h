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
