/*
 * What the container's environment and arguments say about its model: values and classes, never a
 * verdict.
 *
 * The table of variables is facts: nim, section 6. Values of keys and tokens are never looked at.
 */
#pragma once

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

struct error;

enum environment_class {
	ENVIRONMENT_NONE,     /* no variable of a NIM, or a harmless one */
	ENVIRONMENT_CACHE,    /* NIM_CACHE_PATH */
	ENVIRONMENT_PIN,      /* names the profile */
	ENVIRONMENT_MANIFEST, /* brings another manifest or lifts its limits: policy refuses it */
	ENVIRONMENT_SOURCE,   /* weights or code from outside the signed versions: policy refuses it
			       */
	ENVIRONMENT_UNKNOWN,  /* NIM_* with MODEL, PATH, SOURCE, MANIFEST, CODE or PLUGIN in its
				 name, and not in the table: policy refuses it */
};

/* A variable or an argument that policy decides about. */
struct environment_setting {
	enum environment_class class; /* MANIFEST, SOURCE or UNKNOWN */
	char *name;  /* owned; the variable's name, or the whole argument; cut to LIMIT_NAME_BYTES,
			and an argument's secrets are cut off */
	char *value; /* owned; where its value is a place: a path, or a URI without a user, a
			password or a token; else NULL, as beyond LIMIT_NAME_BYTES */
};

struct environment {
	bool nim;               /* a NIM_* variable is there that only a NIM is started with */
	bool download_disabled; /* NIM_DISABLE_MODEL_DOWNLOAD says 1, true, yes or on */
	bool spread;      /* a variable or an argument may change over how many GPUs a profile is
			     spread, or lets one run that does not fit */
	char *cache_path; /* owned; value of NIM_CACHE_PATH; NULL when unset or empty */
	char *pin; /* owned; value of NIM_MODEL_PROFILE or NIM_MANIFEST_PROFILE; NULL when unset,
		      empty or "default" */
	struct environment_setting *settings; /* owned; as the process has them: variables in their
						 order, then arguments in theirs */
	size_t setting_count;                 /* at most LIMIT_SETTINGS */
};

/* The class of one variable by name and value (a value may decide: NIM_MODEL_NAME is a source only
 * as a path or URI, and an empty value is as good as none). HF_HOME by itself is a source:
 * environment_parse() knows the cache root. */
enum environment_class environment_classify(const char *name, const char *value)
	__attribute__((nonnull));

/*
 * Reads COUNT strings "NAME=value" of the process. Returns 0 (caller: environment_release()), or -1
 * with REASON_POLICY: a NIM_* variable twice (whatever the case of its name), pins that contradict
 * each other, NIM_TAGS_SELECTOR beside a pin included, or more than LIMIT_SETTINGS settings; the
 * text names the variable. An HF_HOME below the cache root is no setting: what lies below the root
 * is checked anyway. VARIABLES may be NULL when COUNT is 0.
 */
int environment_parse(const char *const *variables, size_t count, struct environment *out,
	struct error *err) __attribute__((nonnull(3, 4)));

/*
 * Looks at the arguments of the process: one that is a model URI (hf://, ngc://, s3://, gs://,
 * modelscope://, local://), or an option with one behind "=", is an ENVIRONMENT_SOURCE, and the
 * name is the whole argument (facts: nim, section 6: nim-serve takes a URI as its first). ARGS may
 * be NULL when COUNT is 0. Returns 0, or -1 with REASON_POLICY for more than LIMIT_SETTINGS
 * settings.
 */
int environment_add_arguments(struct environment *environment, const char *const *args,
	size_t count, struct error *err) __attribute__((nonnull(1, 4)));

/* Frees the contents; a zeroed environment is fine. */
void environment_release(struct environment *environment);
