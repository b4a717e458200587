/*
 * What each contained child may ask of the kernel: one table a child, one row a call.
 *
 * No table but the courier's has a way to open a file that is there, or to make memory executable.
 * Descriptors come over the socket; answers leave over it.
 */
#pragma once

struct filter_table;

extern const struct filter_table tables_parser; /* one thread: documents in, one answer out */
extern const struct filter_table tables_hasher; /* threads, which run before the filter is loaded */
extern const struct filter_table tables_viewer; /* one thread, in the container's mounts */

/* Threads, which begin behind it: speaks with servers, and so reads files, maps modules and has
 * sockets; writes no file, runs no program, sees no other process. */
extern const struct filter_table tables_courier;
