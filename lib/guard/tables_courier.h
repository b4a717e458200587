/*
 * What a courier (supply/courier.h) may ask of the kernel: a file of its own, since the hook has no
 * part of what speaks with servers.
 *
 * Its threads begin behind the filter. It reads files, maps modules of the resolver and has
 * sockets; it writes no file, runs no program, sees no other process.
 */
#pragma once

struct filter_table;

extern const struct filter_table tables_courier_all;
