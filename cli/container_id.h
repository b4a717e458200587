/*
 * Which id the engine gave a container that runs: by the state of the runtimes (runc's state.json,
 * crun's status), else by its control group, as engines name theirs.
 */
#pragma once

#include <stddef.h>

struct containers;
struct option_list;

/* Finds id and engine of each, where anything tells them. STATES are more folders of state. */
void container_id_find(struct containers *containers, const struct option_list *states)
	__attribute__((nonnull));

/* The id in the LENGTH bytes of a /proc/PID/cgroup, to OUT of SIZE bytes, printable; "" where it
 * has none. Returns the engine's name; static storage. */
const char *container_id_parse(const char *cgroup, size_t length, char *out, size_t size)
	__attribute__((nonnull));
