/*
 * What nimgate-runtime is told by the administrator: which runtime it becomes, and which hook it
 * adds. A YAML file that only root can write (docs/engines.md).
 */
#pragma once

#include "base/prefix.h"

#include <stdbool.h>
#include <stddef.h>

struct error;
struct hooks_entry;
struct process_variable;

#define RUNTIME_SETTINGS_PATH "/etc/nimgate/runtime.yaml"
#define RUNTIME_SETTINGS_HOOK NIMGATE_PREFIX "/libexec/oci/hooks.d/nimgate-hook"

struct runtime_settings {
	char *runtime; /* owned; absolute path of the real runtime */
	char *hook;    /* owned; absolute path of nimgate-hook */
	char *policy;  /* owned; the hook's --policy, or NULL */
	char *rule;    /* owned; the hook's --rule, or NULL */
	char *profile; /* owned; the full id that containers pin which pin none, or NULL */
	bool restore;  /* checkpoints may be restored, whose memory nobody verified */
};

/* Parses LENGTH bytes. Returns 0 (caller: runtime_settings_release()), or -1 with REASON_CONFIG and
 * line and column. */
int runtime_settings_parse(const char *bytes, size_t length, struct runtime_settings *out,
	struct error *err) __attribute__((nonnull));

/* Reads the file at PATH. Returns 0 (caller: runtime_settings_release()), or -1 with REASON_CONFIG;
 * os_errno is ENOENT where it does not exist. */
int runtime_settings_load(const char *path, struct runtime_settings *out, struct error *err)
	__attribute__((nonnull));

/* Frees the contents; zeroed settings are fine. */
void runtime_settings_release(struct runtime_settings *settings);

#define cleanup_runtime_settings __attribute__((cleanup(runtime_settings_release)))

/* The hook's entry in config.json; it borrows from the settings. */
void runtime_settings_entry(const struct runtime_settings *settings, struct hooks_entry *out)
	__attribute__((nonnull));

/* The variable that pins the profile, which the settings have; it borrows from them. */
void runtime_settings_variable(const struct runtime_settings *settings,
	struct process_variable *out) __attribute__((nonnull));
