/*
 * Is this container a NIM, and which manifest will it read? Seen by the monitor itself, through the
 * container's root.
 *
 * A manifest in a known place makes a NIM. /opt/nim without one, or a variable that only a NIM
 * start sets, looks like one and is refused: what cannot be understood must not start unverified
 * (DESIGN section 4).
 */
#pragma once

#include <stdbool.h>

struct error;
struct rootfs;
struct start;

struct recognition {
	bool nim;
	int manifest;              /* owned; open for reading; -1 when this is no NIM */
	const char *manifest_path; /* static storage; NULL when this is no NIM */
};

/*
 * Returns 0 (caller closes manifest), or -1 with REASON_UNCLEAR (half a NIM, or two manifests),
 * REASON_MANIFEST (not a regular file) or REASON_UNSEEN.
 */
int recognition_look(const struct rootfs *rootfs, const struct start *start,
	struct recognition *out, struct error *err) __attribute__((nonnull));

/*
 * Refuses what the container asks for before its manifest is read: settings that bring another
 * model, and no or no full profile id. Returns 0, or -1 with REASON_POLICY or REASON_UNPINNED.
 */
int recognition_check_start(const struct start *start, struct error *err) __attribute__((nonnull));
