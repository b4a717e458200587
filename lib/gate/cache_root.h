/*
 * Everything else below the cache root: a closed list.
 *
 * What NIM keeps in its cache beside the models that are verified can bring weights or code, too.
 * Below the root may be: the folders of models (ngc/hub/models--*), downloads in progress
 * (ngc/hub/tmp), empty directories, and what policy names. All else, and every mount below the root
 * that policy does not name, is refused (DESIGN section 6).
 */
#pragma once

struct error;
struct policy;
struct report;
struct rootfs;

/*
 * Looks through the cache root ROOT, an absolute path in the container; one that is not there is
 * empty. What may not be there goes to the report as REASON_EXTRA. Returns 0, or -1 with
 * REASON_LINK (a mount inside), REASON_EXTRA (more than LIMIT_MODEL_FILES entries), REASON_UNSEEN
 * or REASON_IO.
 */
int cache_root_check(const struct rootfs *rootfs, const char *root, const struct policy *policy,
	struct report *report, struct error *err) __attribute__((nonnull));
