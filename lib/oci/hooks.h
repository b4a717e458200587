/*
 * The hooks of a container's config.json (runtime-spec: POSIX-platform Hooks): adds ours.
 */
#pragma once

#include <stddef.h>

struct error;
struct node;
struct writer;

enum {
	HOOKS_ARGUMENTS = 8,   /* that our hook takes, its name too */
	HOOKS_TIMEOUT_S = 110, /* the runtime's backstop: above the hook's own deadline, below the
				  kubelet's 120 s */
};

struct hooks_entry {
	const char *path;                           /* borrowed; absolute */
	const char *arguments[HOOKS_ARGUMENTS + 1]; /* borrowed; ends with NULL */
};

/*
 * Adds the entry behind the last hook of stage createRuntime in config.json (LENGTH bytes): it sees
 * what the others did. Every other byte stays. Returns 0 with the whole text in OUT; 1 where an
 * identical entry is the last one already; -1 with REASON_CONFIG for what is not JSON, or where a
 * misspelling would have runtimes read it in different ways.
 */
int hooks_add(const char *config, size_t length, const struct hooks_entry *entry,
	struct writer *out, struct error *err) __attribute__((nonnull));

/* The entry as JSON, into OUT. */
void hooks_write(const struct hooks_entry *entry, struct writer *out) __attribute__((nonnull));
