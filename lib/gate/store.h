/*
 * A model store or pre-filled workspace: the profile's files laid out as NIM uses them, from
 * several versions in one directory.
 *
 * The manifest's map says which file of which version each path is; the versions' signatures say
 * what must be in it. Together they are what would have been signed, had somebody signed the store
 * itself.
 */
#pragma once

#include <stddef.h>

struct error;
struct profile;
struct signed_model;

/*
 * Makes the signed model of the store: one resource for each path of the profile's map whose file
 * is signed; SIGNED_MODELS holds one for each version of the profile. Returns 0 (caller:
 * signed_model_release()), or -1 with REASON_PROFILE (no path is signed) or REASON_INTERNAL.
 */
int store_compose(const struct profile *profile, const struct signed_model *signed_models,
	struct signed_model *out, struct error *err) __attribute__((nonnull));
