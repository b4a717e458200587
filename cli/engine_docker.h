/*
 * Docker's daemon.json: nimgate-runtime as its default runtime. Whatever else it says stays, byte
 * for byte.
 */
#pragma once

#include <stdbool.h>

struct error;

/*
 * The text with (ENABLE) or without the gate, into *out (owned by the caller). BEFORE NULL: there
 * is no file yet. Returns 0, or -1 with REASON_CONFIG: not JSON, or another default runtime, which
 * is not ours to take away.
 */
int engine_docker_edit(const char *before, bool enable, char **out, struct error *err)
	__attribute__((nonnull(3, 4)));
