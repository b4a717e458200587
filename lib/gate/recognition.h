/*
 * Is this container a NIM, and which manifest will it read? Seen by the monitor itself, through the
 * container's root.
 *
 * A manifest in a known place makes a NIM; so do /opt/nim and variables that only a NIM start sets.
 * One of these without a manifest is half a NIM: it is refused unless all that it can load is
 * verified otherwise (DESIGN section 4).
 */
#pragma once

#include <stdbool.h>

struct error;
struct policy;
struct rootfs;
struct start;

struct recognition {
	bool nim;
	int manifest;              /* owned; open for reading; -1 where there is none */
	const char *manifest_path; /* static storage, or the setting's value; NULL where there is
				      none */
	bool mounted; /* the manifest lies on another mount than the container's root */
};

#define RECOGNITION_NONE       \
	{                      \
		.manifest = -1 \
	}

/*
 * Looks for a manifest in the known places, and for other signs of a NIM. Returns 0 (caller closes
 * manifest), or -1 with REASON_UNCLEAR (two manifests), REASON_MANIFEST (not a regular file) or
 * REASON_UNSEEN.
 */
int recognition_look(const struct rootfs *rootfs, const struct start *start,
	struct recognition *out, struct error *err) __attribute__((nonnull));

/*
 * Takes the manifest at PATH, which a setting names and policy allows, in place of the one that was
 * found. Returns 0, or -1 with REASON_MANIFEST or REASON_UNSEEN.
 */
int recognition_replace(const struct rootfs *rootfs, const char *path,
	struct recognition *recognition, struct error *err) __attribute__((nonnull));

/* Refuses half a NIM: signs of one, and no manifest. Returns 0, or -1 with REASON_UNCLEAR. */
int recognition_check_manifest(const struct recognition *recognition, struct error *err)
	__attribute__((nonnull));

/* Refuses a manifest that policy does not let be mounted over the image's. Returns 0, or -1 with
 * REASON_POLICY. */
int recognition_check_mount(const struct recognition *recognition, const struct policy *policy,
	struct error *err) __attribute__((nonnull));

/* Refuses a start whose pin is not the profile that policy names, if it names one. Returns 0, or -1
 * with REASON_POLICY. */
int recognition_check_profile(const struct start *start, const struct policy *policy,
	struct error *err) __attribute__((nonnull));

/*
 * Refuses a start whose profile is not clear enough: a name in place of a full id, or none where
 * policy wants one. Returns 0, or -1 with REASON_UNPINNED.
 */
int recognition_check_pin(const struct start *start, const struct policy *policy, struct error *err)
	__attribute__((nonnull));
