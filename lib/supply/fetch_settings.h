/*
 * How signatures are fetched: /etc/nimgate/fetch.yaml, which only root can have written
 * (docs/supply.md describes every key). Options of the command come before the file.
 */
#pragma once

#include <stddef.h>

struct error;

#define FETCH_SETTINGS_PATH "/etc/nimgate/fetch.yaml"

enum { FETCH_SETTINGS_JOBS_MAX = 32 };

struct fetch_settings {
	char *base_url; /* owned, as all here; https, without a slash at its end */
	char *auth_url; /* https */
	char *ca_file;  /* NULL: the system's authorities */
	char *proxy;    /* NULL: none */
	char *key_file; /* NULL: none */
	unsigned int jobs;
	unsigned int connect_s, stall_s, total_s; /* seconds */
	unsigned int tries;
};

/* The defaults. Returns 0 (caller: fetch_settings_release()), or -1 with REASON_INTERNAL. */
int fetch_settings_defaults(struct fetch_settings *out, struct error *err) __attribute__((nonnull));

/* Parses LENGTH bytes in place of what SETTINGS held. Returns 0, or -1 with REASON_CONFIG and line
 * and column. */
int fetch_settings_parse(const char *bytes, size_t length, struct fetch_settings *settings,
	struct error *err) __attribute__((nonnull));

/* As fetch_settings_parse() with the file at PATH; os_errno is ENOENT where there is none. */
int fetch_settings_load(const char *path, struct fetch_settings *settings, struct error *err)
	__attribute__((nonnull));

/* Sets one of the texts, by its key in the file, to VALUE. WHAT names the option. Returns 0, or -1
 * with REASON_USAGE. */
int fetch_settings_set(struct fetch_settings *settings, const char *key, const char *value,
	const char *what, struct error *err) __attribute__((nonnull));

/* Frees the texts; zeroed settings are fine. */
void fetch_settings_release(struct fetch_settings *settings);

#define cleanup_fetch_settings __attribute__((cleanup(fetch_settings_release)))
