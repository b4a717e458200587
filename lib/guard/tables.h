/*
 * What each contained child may ask of the kernel: one table a child, one row a call.
 *
 * No table has open, write, or a way to make memory executable. Descriptors come over the socket;
 * answers leave over it.
 */
#pragma once

struct filter_table;

extern const struct filter_table tables_parser; /* one thread: documents in, one answer out */
extern const struct filter_table tables_hasher; /* threads, which run before the filter is loaded */
