/*
 * The administrator's policy: whether the gate is in force, whom it trusts, where signatures lie,
 * and what a container may ask for.
 *
 * YAML files that only root can have written (base/file.h): defaults in
 * /usr/share/nimgate/policy.yaml, then /etc/nimgate/policy.yaml, then
 * /etc/nimgate/policy.d/NAME.yaml in the order of their names; a later file's key replaces an
 * earlier one's as a whole, rules are added. Unknown and duplicate keys, wrong types and empty
 * lists are refused with file, line and column; a policy that cannot be read is no policy, and
 * refuses. docs/policy.md describes every key.
 */
#pragma once

#include "base/limits.h"
#include "base/prefix.h"
#include "oms/signers.h"
#include "oms/trust.h"
#include "receipt/receipts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

#define POLICY_PATH_DEFAULT   "/etc/nimgate/policy.yaml"
#define POLICY_PATH_VENDOR    NIMGATE_PREFIX "/share/nimgate/policy.yaml"
#define POLICY_FOLDER_DEFAULT "/etc/nimgate/policy.d"

enum policy_mode {
	POLICY_MODE_NONE,
	POLICY_MODE_ENFORCE, /* refuse what is not proved */
	POLICY_MODE_WARN,    /* verify, say and log what would be refused, and admit */
	POLICY_MODE_OFF,     /* admit everything unseen */
};

/* Zero refuses. */
enum policy_choice {
	POLICY_REFUSE,
	POLICY_ALLOW,
};

/* How much of a signed version must be in the cache. Zero is the stricter. */
enum policy_coverage {
	POLICY_COVERAGE_EXACT,  /* every signed file */
	POLICY_COVERAGE_SUBSET, /* the files that the profile needs */
};

/* The least that a decision must rest on. Zero asks for nothing. */
enum policy_evidence {
	POLICY_EVIDENCE_NONE,
	POLICY_EVIDENCE_RECEIPT, /* every model was hashed, in this start or earlier on this host:
				    no exception, nothing that comes later */
	POLICY_EVIDENCE_HASHED,  /* every model was hashed in this start */
};

/* What holds after the decision (DESIGN section 1). This release gives none, readonly or view. */
enum policy_protection {
	POLICY_PROTECTION_NONE,
	POLICY_PROTECTION_READONLY,
	POLICY_PROTECTION_VIEW,
	POLICY_PROTECTION_PRIVATE,
	POLICY_PROTECTION_SEALED,
};

enum {
	POLICY_SOURCES_MAX = 32,
	POLICY_RULES_MAX = 64,
	POLICY_EXCEPTIONS_MAX = 64,
	POLICY_FILES_MAX = 64, /* that make up one policy */
};

struct policy_paths {
	char *paths[LIMIT_POLICY_PATHS]; /* owned; absolute, or plain names, by the key */
	size_t count;
};

/* A model or adapter of the customer's own, with the customer's own anchors. */
struct policy_source {
	char *setting;   /* owned; the variable that brings it, e.g. "NIM_FT_MODEL" */
	char *path;      /* owned; the directory or file, absolute, inside the container */
	char *signature; /* owned; its signature file, absolute, on the host */
	enum trust_method method;
	struct policy_paths anchors;
	struct signers signers; /* none: whoever the anchors vouch for */
};

/* One model that may start unverified until a time: visible in every decision that used it. */
struct policy_exception {
	char *model;     /* owned; "org/team/model:version" */
	int64_t expires; /* seconds since 1970 UTC */
	char *why;       /* owned; who allowed it, and why */
};

/* Whether each version must be in models.lock. Zero asks for nothing. */
enum policy_lock {
	POLICY_LOCK_OFF,
	POLICY_LOCK_REQUIRED,
};

/* Whether each decision is an entry in the system's log. */
enum policy_record {
	POLICY_RECORD_OFF,
	POLICY_RECORD_SYSTEM, /* systemd-journald; syslog where there is none */
};

/* What never counts, whoever signed it. */
enum policy_denial_kind {
	POLICY_DENIAL_VERSION,     /* an NGC version */
	POLICY_DENIAL_PAYLOAD,     /* SHA-256 of signed bytes */
	POLICY_DENIAL_CERTIFICATE, /* SHA-256 of a signer's certificate */
	POLICY_DENIAL_SPKI,        /* SHA-256 of a signer's public key */
};

struct policy_denial {
	enum policy_denial_kind kind;
	char *version;        /* owned; of POLICY_DENIAL_VERSION; else NULL */
	struct digest digest; /* of the others */
};

/* One of the files that a policy was read from (policy/policy_digest.h). */
struct policy_file {
	char *path;  /* owned */
	char *bytes; /* owned */
	size_t length;
};

/* What one start gets, after defaults, files and rules. */
struct policy {
	struct policy_file files[POLICY_FILES_MAX]; /* in the order in which they count */
	size_t file_count;
	enum policy_mode mode;
	enum trust_method method;
	struct policy_paths anchors;    /* PEM files: certificates or public keys, by the method */
	struct signers signers;         /* who may sign; none: whoever the anchors vouch for */
	struct policy_paths signatures; /* folders with signature files */
	char *signature_owner; /* owned; key signature_owner: the user, beside root, whose they may
				  be; NULL: root's alone */
	char *log;             /* owned; the decision log; NULL: none */
	uint64_t log_max;      /* key log_max: bytes of one file of it */
	unsigned int log_keep; /* key log_keep: how many older files stay */
	enum policy_record record; /* key record: in the system's log, too; default system */

	enum policy_coverage coverage; /* key coverage: subset | exact; default subset */
	enum policy_choice unpinned;   /* key unpinned: verify | refuse; ALLOW: verify every cached
					  version; default verify */
	char *profile;                 /* owned; the full id that a start must pin; NULL: any */
	enum policy_choice
		manifest_mount; /* a manifest that is mounted over the image's; default allow */
	enum policy_choice
		manifest_path; /* a manifest that NIM_MANIFEST_PATH names; default refuse */
	enum policy_choice
		download; /* a start that can download after the verdict; default refuse */
	enum policy_choice
		utility; /* runs that only fill the cache or list profiles; default allow */
	enum policy_choice unknown_settings; /* NIM_* settings that nobody knows; default refuse */
	enum policy_evidence evidence;       /* key evidence; default none */
	enum policy_protection protection;   /* key protection: the least; default none */
	enum policy_protection protect_with; /* key protect_with: none | readonly | view, what the
						hook puts in place; default view */
	enum policy_choice receipts; /* key receipts.use: what was hashed before need not be again;
					default allow */
	enum receipts_files receipt_files; /* key receipts.files; default guarded */
	int64_t receipt_age_s;             /* key receipts.age: older ones do not count */
	char *receipts_folder;             /* owned; key receipts.folder; NULL: JOURNAL_DIRECTORY */
	int64_t deadline_ms;               /* key deadline: from the hook's start to its verdict */
	enum policy_lock lock;             /* key lock; default off */
	char *lock_file;                   /* owned; key lock_file; NULL: LOCK_PATH_DEFAULT */
	enum policy_choice lock_expired;   /* key lock_expired: a locked signature whose signer's
					      certificate has expired since; default refuse */
	struct policy_denial *denials;     /* owned; key deny: of all files and rules together */
	size_t denial_count;
	size_t denial_capacity;
	struct policy_paths ignored_files; /* paths in a version that may be there unsigned; never
					      loadable ones */
	struct policy_paths allowed_settings; /* names of settings that may be set although they
						 bring something */
	struct policy_paths
		cache_entries; /* names below the cache root that may be there unverified */
	struct policy_paths cache_writable; /* folders below the cache root that the view has empty
					       and writable; none: protection.c's own list */
	struct policy_paths cache_mounts;   /* mounts below the cache root that may be there:
					       absolute, inside the container */

	struct policy_source sources[POLICY_SOURCES_MAX];
	size_t source_count;
	struct policy_exception exceptions[POLICY_EXCEPTIONS_MAX];
	size_t exception_count;

	char *rule; /* owned; the name of the rule that applied; NULL: none */
};

/* What the engine's administrator controls about a start; a container's user does not. */
struct policy_facts {
	const char *hook_rule;  /* borrowed; the hook's --rule; NULL: none */
	const char *oci_bundle; /* borrowed; absolute path; NULL: none */
};

/*
 * Loads the files for PATH: with PATH being POLICY_PATH_DEFAULT, vendor file (if there), it, and
 * the folder policy.d (if there); else PATH alone, and PATH's own folder "<PATH without .yaml>.d"
 * if there. Applies the first rule that matches FACTS (rules: list of {name, when: {hook_rule,
 * oci_bundle_below}, set: {...any key but rules and exceptions}}). Returns 0 (caller:
 * policy_release()), or -1 with REASON_CONFIG.
 */
int policy_load(const char *path, const struct policy_facts *facts, struct policy *out,
	struct error *err) __attribute__((nonnull));

/* Parses the LENGTH bytes of one policy file as a whole policy (no rules applied). Returns 0
 * (caller: policy_release()), or -1 with REASON_CONFIG. */
int policy_parse(const char *bytes, size_t length, struct policy *out, struct error *err)
	__attribute__((nonnull));

/* Tightens by what a container's user asks for: the annotation nimgate.dev/require, a
 * comma-separated list of words: enforce, exact, pinned, no-download, manifest-of-image. It can
 * only tighten; an unknown word is refused. Returns 0, or -1 with REASON_POLICY. */
int policy_tighten(struct policy *policy, const char *require, struct error *err)
	__attribute__((nonnull));

/* The source for a setting and the path that it names, or NULL. Borrowed. */
const struct policy_source *policy_find_source(const struct policy *policy, const char *setting,
	const char *path) __attribute__((nonnull));

/* The exception for that model that has not expired at NOW, or NULL. Borrowed. */
const struct policy_exception *policy_find_exception(
	const struct policy *policy, const char *model, int64_t now) __attribute__((nonnull));

/* True if PATHS holds exactly that string. */
bool policy_lists(const struct policy_paths *paths, const char *text) __attribute__((nonnull));

/* Frees the contents; a zeroed policy is fine. */
void policy_release(struct policy *policy);
