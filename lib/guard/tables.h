/*
 * What each contained child may ask of the kernel: one table a child, one row a call.
 *
 * None of these has a way to open a file that is there, or to make memory executable. Descriptors
 * come over the socket; answers leave over it. tables_courier.h is another matter.
 */
#pragma once

struct filter_table;

extern const struct filter_table tables_parser; /* one thread: documents in, one answer out */
extern const struct filter_table tables_hasher; /* threads, which run before the filter is loaded */
extern const struct filter_table tables_viewer; /* one thread, in the container's mounts */
