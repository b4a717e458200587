/*
 * The process of a container's config.json (runtime-spec: config.md, Process): adds a variable.
 */
#pragma once

#include <stddef.h>

struct error;
struct writer;

struct process_variable {
	const char *name;  /* borrowed */
	const char *other; /* borrowed; a second name that says the same */
	const char *value; /* borrowed; printable ASCII */
};

/*
 * Adds the variable behind the last one in config.json (LENGTH bytes) where the process has neither
 * it nor the other, whatever their values. Every other byte stays. Returns 0 with the whole text in
 * OUT; 1 where one of them is there, or there is no process; -1 with REASON_CONFIG for what is not
 * JSON, or where a misspelling would have runtimes read it in different ways.
 */
int process_add_variable(const char *config, size_t length, const struct process_variable *variable,
	struct writer *out, struct error *err) __attribute__((nonnull));
