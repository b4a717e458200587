/*
 * Which id the engine gave a container that runs: by the state of the runtimes (runc's state.json,
 * crun's status), else by its control group, as engines name theirs.
 */
#pragma once

#include "cli/containers.h"

#include <stddef.h>

struct option_list;

/* Finds id, engine and control group of each, where anything tells them. STATES are more folders of
 * state. */
void container_id_find(struct containers *containers, const struct option_list *states)
	__attribute__((nonnull));

/* Reads id, engine and control group from the LENGTH bytes of a /proc/PID/cgroup. */
void container_id_parse(const char *text, size_t length, struct container *out)
	__attribute__((nonnull));

/* True if INNER is part of OUTER, or is it: its control group is, and OUTER's is a container's own.
 * Nobody but root puts a process below the group of a container that is root's. */
bool container_id_holds(const struct container *outer, const struct container *inner)
	__attribute__((nonnull));
