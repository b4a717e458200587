/*
 * The command line of an OCI runtime, as engines write it for runc and crun: whether it starts a
 * container, from which oci_bundle, and where the runtime would complain.
 *
 * runc and crun disagree about rare forms (-bundle, -b=DIR, abbreviations). Where a container would
 * start or be restored and one of them might read the line otherwise, it is refused; any other line
 * is none of our business.
 */
#pragma once

#include <stdbool.h>

struct error;

struct command {
	bool starts;        /* create or run */
	bool restores;      /* restore: a checkpoint becomes a container again */
	const char *bundle; /* borrowed; "." unless it is named */
	const char *log;    /* borrowed; the file of --log, or NULL */
	bool log_json;      /* --log-format json */
};

/*
 * Reads WORDS, which end with NULL, without the program's name. Returns 0, or -1 with REASON_USAGE:
 * a line that starts or restores a container and is not understood. *out holds what was understood,
 * in either case: the log is needed to complain.
 */
int command_parse(char *const words[], struct command *out, struct error *err)
	__attribute__((nonnull));
