/*
 * What holds after the decision: the verified view, a read-only cache, or nothing (DESIGN section
 * 1).
 *
 * The hook tries what policy's protect_with says, and what is less where that cannot be had; notes
 * say why. What was done in the end is GIVEN, which policy's protection compares with the least.
 */
#pragma once

#include "base/error.h"
#include "gate/job.h"
#include "gate/layout.h"
#include "oci/view.h"
#include "policy/policy.h"

#include <stdbool.h>

struct notes;
struct rootfs;
struct start;
struct verification;

struct protection {
	enum policy_protection given;  /* what holds from now on */
	enum policy_protection trying; /* what is being built */
	bool undone;                   /* the container can undo mounts: they protect nothing */
	struct layout layout;          /* where the models of the verification lie */
	struct view view;
	struct error failure; /* why the view cannot be had; REASON_NONE while it can */
	struct job_witness witness;
	/* borrowed from protection_begin() */
	const struct rootfs *rootfs;
	const struct start *start;
	const struct verification *verification;
	struct notes *notes;
};

struct protection_options {
	const struct rootfs *rootfs;
	const struct policy *policy;
	const struct start *start;
	const struct verification *verification; /* its names have been compared */
	struct notes *notes;
	bool may_download; /* files may arrive in the cache after the verdict */
	bool excepted;     /* models of the cache are used unverified */
};

/* Whether this start will have the view, as far as that can be told before anything is verified. */
bool protection_foresees(const struct rootfs *rootfs, const struct policy *policy,
	const struct start *start) __attribute__((nonnull));

/* Starts the viewer ahead of need, while others work, where policy wants the view. What fails here
 * fails again, and then tells, in protection_begin(). ROOTFS must outlive the protection. */
void protection_prepare(struct protection *protection, const struct rootfs *rootfs,
	const struct policy *policy, const struct start *start) __attribute__((nonnull));

/* Begins to build what policy wants, or less. The options' parts must outlive the protection. */
void protection_begin(struct protection *protection, const struct protection_options *options)
	__attribute__((nonnull));

/* Whom the pool tells of each verified file; NULL where nobody needs to know. Borrowed. */
const struct job_witness *protection_witness(struct protection *protection)
	__attribute__((nonnull));

/* True if all that lies in the cache unverified will be hidden, as far as that can be told now. */
bool protection_hides(const struct protection *protection) __attribute__((nonnull));

/*
 * After the contents were compared: whether the view is whole; else something less is tried.
 * Returns 0, or -1 with REASON_BUSY: somebody replaced what had been verified, and shall not get
 * less for it.
 */
int protection_settle(struct protection *protection, struct error *err) __attribute__((nonnull));

/* Puts it in place. Returns 0, or -1 with the reasons of view_move(): then the container must not
 * start. */
int protection_finish(struct protection *protection, struct error *err) __attribute__((nonnull));

/* Refuses what is less than policy's least. Returns 0, or -1 with REASON_POLICY. */
int protection_check(const struct protection *protection, const struct policy *policy,
	struct error *err) __attribute__((nonnull));

/* Frees everything; a zeroed protection is fine. What was not put in place is gone. */
void protection_release(struct protection *protection);
