/*
 * Which engines a machine has: their names, and where distributions put their programs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* All that nimgate knows, in the order in which they are named: docker, podman, containerd, crio.
 */
extern const char *const engine_found_names[];
extern const size_t engine_found_count;

/* True if a program of the engine called NAME lies below ROOT ("" for this machine). */
bool engine_found(const char *root, const char *name) __attribute__((nonnull));
