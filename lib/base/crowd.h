/*
 * The files of a folder that may hold so many: how many there are, and which has to go first.
 */
#pragma once

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct crowd {
	size_t count;
	char oldest[NAME_MAX + 1]; /* that nobody has written for the longest time; "": none */
	int64_t written_s;         /* when that was: seconds since 1970 */
};

/* Looks at the folder DIR (borrowed; O_PATH is enough). Names that begin with a dot do not count;
 * a folder that cannot be read has no files. */
void crowd_look(int dir, struct crowd *out) __attribute__((nonnull));
