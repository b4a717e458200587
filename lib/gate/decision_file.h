/*
 * The decision log as files: lines are appended, and a file that is full makes room for the next.
 *
 * PATH is the newest; PATH.1 came before it, and so on. No line is lost or torn, whoever writes at
 * the same time, and whatever is killed: each takes its turn (base/turn.h), writes in one go, and
 * the last file goes away only when there are more than were asked for. Who finds no turn writes
 * all the same, behind the others. The file is opened by its path for each line: logrotate may move
 * it, too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct error;

struct decision_file {
	const char *path;  /* borrowed */
	uint64_t size_max; /* bytes; a line that would go beyond begins the next file; 0: none does
			    */
	unsigned int keep; /* how many older files stay; at least 1 */
};

/* The path of the file that is GENERATION files old (0: PATH itself), in OUT of SIZE bytes. Returns
 * 0, or -1 where it is too long. */
int decision_file_path(const struct decision_file *file, unsigned int generation, char *out,
	size_t size) __attribute__((nonnull));

/* Appends LINE, LENGTH bytes with its line feed: all of it, or where a disk is full nothing. The
 * file is made with mode 0600. Returns 0, or -1 with REASON_IO. */
int decision_file_append(const struct decision_file *file, const char *line, size_t length,
	struct error *err) __attribute__((nonnull));
