/*
 * Why something is refused: the stable words and exit statuses that scripts, dashboards and people
 * rely on.
 *
 * A reason is one word; each belongs to one exit status. The words and numbers are an interface:
 * they are documented in docs/exit-status.md, checked by a test, and never change their meaning.
 * crun shows users nothing of a hook but its exit status, and gives 1 to a missing hook; engines
 * own 125 to 128 and 255. So the hook adds 10 to the command's status.
 */
#pragma once

enum reason {
	REASON_NONE, /* zero: nothing was decided, which refuses */

	/* status 1, hook 11: the files are not the ones that were signed */
	REASON_CHANGED, /* a signed file has other bytes */
	REASON_MISSING, /* a file that is needed is not there */
	REASON_EXTRA,   /* a file is there that nobody signed */
	REASON_LINK,    /* a link that leads out of its place, to a directory, or is not allowed */
	REASON_SPECIAL, /* a FIFO, socket or device among the model's files */
	REASON_BUSY,    /* a file was open for writing, or changed, while it was checked */
	REASON_NOT_CACHED, /* the cache does not hold the version that the container would run */

	/* status 2, hook 12: the caller's or the administrator's words are wrong */
	REASON_USAGE,  /* command line */
	REASON_CONFIG, /* policy, trust anchors or key files: unreadable, malformed, or writable by
			  others */

	/* status 3, hook 13 */
	REASON_NOT_SIGNED, /* no signature file for a version that the container would run */

	/* status 4, hook 14: there is a signature, and it does not count */
	REASON_BUNDLE,    /* the bundle breaks a rule of its format */
	REASON_SIGNATURE, /* the cryptographic signature is wrong, or made by another key */
	REASON_UNTRUSTED, /* the certificates do not lead to a configured anchor, or may not sign
			     models */
	REASON_SIGNER,    /* the signature is genuine, but not of a signer that is pinned */
	REASON_EXPIRED,   /* a certificate is outside its validity */
	REASON_STATEMENT, /* what was signed breaks a rule of the OMS statement */

	/* status 5, hook 15 */
	REASON_PENDING, /* verification goes on elsewhere; try again */

	/* status 6, hook 16: policy refuses what the container asks for */
	REASON_POLICY,   /* a setting of the container that policy does not allow */
	REASON_UNPINNED, /* the container does not name its profile by a full id */
	REASON_PROFILE,  /* the manifest has no such profile, or the profile names no files */
	REASON_MANIFEST, /* the container's manifest cannot be understood, or names what cannot be
			    verified */
	REASON_LOCK,     /* genuinely signed, but not what the lock file accepts for the version, or
			    on the deny list */
	REASON_UNCLEAR,  /* looks like a NIM, but not enough like one to be verified */

	/* status 7, hook 17 */
	REASON_IO,      /* reading failed */
	REASON_NETWORK, /* a server could not be asked, or did not give what it should; never of a
			   start, which asks none */

	/* status 8, hook 18 */
	REASON_DEADLINE, /* the time that was given is over */

	/* status 9, hook 19 */
	REASON_UNSEEN, /* the container's files cannot be seen as the container will see them */

	/* status 70, hook 70 */
	REASON_INTERNAL, /* our own failure: no memory, no filter, a child that died */

	REASON_COUNT,
};

enum {
	REASON_STATUS_ADMIT = 0,
	REASON_STATUS_INTERNAL = 70,
	REASON_HOOK_OFFSET = 10,
};

/* The reason's stable word, such as "changed"; static storage. Out of range gives "internal". */
const char *reason_word(enum reason reason);

/* Exit status of the nimgate command for this refusal: never 0. */
int reason_status(enum reason reason);

/* Exit status of nimgate-hook for this refusal: 11 to 19, or 70. */
int reason_hook_status(enum reason reason);
