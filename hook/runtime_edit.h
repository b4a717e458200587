/*
 * config.json with the hook in it: read and changed by a contained child, compared by us.
 *
 * Its texts are the user's, and the runtime has root's rights. A child that was taken over can put
 * what we add into a wrong place of its own container's configuration, or leave it away there;
 * another word of it never becomes part of the file.
 */
#pragma once

#include <stddef.h>

struct error;
struct file_bytes;
struct hooks_entry;
struct process_variable;
struct writer;

/*
 * Adds the entry as hooks_add(), and the variable where it is not NULL as process_add_variable().
 * Returns 0 with the whole text in OUT; 1 where there is nothing to change; or -1 with their
 * reasons, or REASON_INTERNAL.
 */
int runtime_edit(const struct file_bytes *config, const struct hooks_entry *entry,
	const struct process_variable *variable, struct writer *out, struct error *err)
	__attribute__((nonnull(1, 2, 4, 5)));
