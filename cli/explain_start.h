/*
 * What would be decided if an OCI bundle started now: its mounts are made in a namespace of their
 * own, as the runtime makes them, and the real hook looks at them.
 */
#pragma once

/*
 * Runs HOOK (NULL: the one beside this program, or where the package puts it) with --explain and
 * POLICY on the bundle at the directory BUNDLE. Needs root. Bind mounts and tmpfs of config.json
 * are made; others show nothing that a model could be in. Returns the exit status: 0, or the
 * hook's.
 */
int explain_start(const char *bundle, const char *policy, const char *hook)
	__attribute__((nonnull(1, 2)));
