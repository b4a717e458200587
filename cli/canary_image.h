/*
 * The canary: the smallest image that looks like a NIM and must not start. Its manifest names one
 * profile with one file of one NGC version, the cache in the image holds that file, and nobody has
 * signed the version. Its program does nothing but end, with a status of its own.
 */
#pragma once

enum { CANARY_IMAGE_STATUS = 99 }; /* of the canary's program; no engine uses it */

struct error;

/*
 * The image called NAME as an archive that docker load, podman load and ctr images import read.
 * Returns a descriptor at its beginning (a file in memory; caller closes), or -1 with
 * REASON_INTERNAL.
 */
int canary_image_make(const char *name, struct error *err) __attribute__((nonnull));
