/*
 * The container's state, as an OCI runtime writes it to a hook's standard input (runtime-spec:
 * State; facts: runtimes, section 4).
 */
#pragma once

#include "base/limits.h"

#include <stddef.h>
#include <stdint.h>

struct error;

enum { STATE_ID_MAX = 1024 };

struct state {
	int32_t pid;                       /* host pid of the container's init; always above 1 */
	char id[STATE_ID_MAX + 1];         /* as the engine named it */
	char oci_bundle[LIMIT_NAME_BYTES]; /* absolute path of the directory with config.json */
	char root[LIMIT_NAME_BYTES];       /* crun only: root.path; "" where absent */
};

/*
 * Parses the state. Unknown members are ignored, as the specification asks; escaped slashes are
 * undone. Returns 0, or -1 with REASON_UNSEEN: no pid above 1 (a foreign runtime, or the wrong
 * stage), no absolute bundle; REASON_CONFIG for malformed JSON.
 */
int state_parse(const char *bytes, size_t length, struct state *out, struct error *err)
	__attribute__((nonnull));
