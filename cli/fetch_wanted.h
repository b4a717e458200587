/*
 * Which versions nimgate fetch is asked for: by name, by a manifest, by an image, by a cache.
 */
#pragma once

struct error;
struct option_list;
struct wanted;

/* Each borrowed from the command line; NULL: not given. */
struct fetch_wanted {
	const struct option_list *words; /* references */
	const char *manifest;
	const char *image;
	const char *cache;
	const char *profile; /* of the manifest, or of the image's */
};

/* Collects the versions in OUT, sorted, each once (caller: wanted_release()). Returns 0, or -1 with
 * REASON_USAGE, also where nothing is wanted, REASON_UNCLEAR, REASON_IO, or the reasons of
 * reading_profile(). */
int fetch_wanted_collect(const struct fetch_wanted *from, struct wanted *out, struct error *err)
	__attribute__((nonnull));
