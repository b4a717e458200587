/*
 * What a change does to a file, for people.
 */
#pragma once

#include <stdio.h>

/* Prints the lines that differ, as diff -u does, with three lines around them, all in one piece.
 * NULL: the file is not there. Bytes that a terminal might obey are escaped. */
void engine_diff_print(const char *path, const char *before, const char *after, FILE *out)
	__attribute__((nonnull(1, 4)));
