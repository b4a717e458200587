/*
 * The oci_bundle that an engine prepared, changed in place before the runtime reads it.
 */
#pragma once

struct error;
struct hooks_entry;
struct process_variable;

/*
 * Adds the hook, and the variable where it is not NULL, to config.json of the OCI bundle at PATH
 * (absolute, or from the working directory): a new file, flushed, takes the old one's place, with
 * its mode and owner. Nothing is left behind on failure. Returns 0, also where both are there
 * already, or -1: REASON_CONFIG where others than root can write the file or a directory above it,
 * a link is in its place, or it is not understood; REASON_IO.
 */
int runtime_bundle_add(const char *path, const struct hooks_entry *entry,
	const struct process_variable *variable, struct error *err)
	__attribute__((nonnull(1, 2, 4)));
