/*
 * The help of an option table, laid out for a terminal of 80 columns. packaging/ makes man pages
 * and completions of it: usage lines are a grammar there. Words in capitals are values, all others
 * are written as they stand; a|b is a choice, " | " parts whole lines of words.
 */
#pragma once

#include <stdio.h>

struct option_table;

/* Prints usage, what the command is about, and each option but the refused ones. */
void option_help_print(const struct option_table *table, FILE *out) __attribute__((nonnull));

/*
 * Prints TEXT, whole lines, with no line longer than 80 columns but for words that are. Lines at
 * the left margin are one paragraph; a line with a gap of two blanks begins an item, whose further
 * lines stand below what follows the gap.
 */
void option_help_fill(const char *text, FILE *out) __attribute__((nonnull));
