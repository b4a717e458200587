/*
 * What the commands that speak with NGC have in common: the options that say how, the settings that
 * they change, and the key.
 */
#pragma once

#include "base/file.h"
#include "base/secret.h"
#include "supply/fetch_settings.h"
#include "supply/ngc.h"

struct error;

/* In the struct of a command's options; each borrowed from the command line. */
struct network_options {
	const char *config;
	const char *key_file;
	const char *base_url;
	const char *auth_url;
	const char *ca_file;
	const char *proxy;
};

/* Their rows in a command's table, in whose struct they stand at OFFSET. */
#define NETWORK_OPTION(offset, member) ((offset) + offsetof(struct network_options, member))
#define NETWORK_OPTIONS(offset)                                                      \
	{ "config", OPTION_TEXT, NETWORK_OPTION(offset, config), "FILE",             \
		"settings (default: " FETCH_SETTINGS_PATH ")" },                     \
		{ "key-file", OPTION_TEXT, NETWORK_OPTION(offset, key_file), "FILE", \
			"the file that holds NGC's key, its owner's alone" },        \
		{ "base-url", OPTION_TEXT, NETWORK_OPTION(offset, base_url), "URL",  \
			"NGC (default: " NGC_BASE_URL ")" },                         \
		{ "auth-url", OPTION_TEXT, NETWORK_OPTION(offset, auth_url), "URL",  \
			"tokens (default: " NGC_AUTH_URL ")" },                      \
		{ "ca-file", OPTION_TEXT, NETWORK_OPTION(offset, ca_file), "FILE",   \
			"PEM: these authorities instead of the system's" },          \
	{                                                                            \
		"proxy", OPTION_TEXT, NETWORK_OPTION(offset, proxy), "URL",          \
			"http://HOST:PORT or https; not the environment's"           \
	}

struct network {
	struct fetch_settings settings;
	struct file_bytes ca;
	struct ngc_settings ngc; /* borrows from the two */
	struct secret key;       /* zeroed: none */
};

/*
 * Takes keys out of the environment (NGC_API_KEY, and NGC_CLI_API_KEY of NGC's own command), reads
 * the settings and the key: of --key-file; else of the systemd credential ngc-key; else of key_file
 * in the settings; else of the environment. From then on no core dump of this process holds it.
 * Returns 0 (caller: network_close()), or -1 with REASON_USAGE or REASON_CONFIG.
 */
int network_open(const struct network_options *options, struct network *out, struct error *err)
	__attribute__((nonnull));

/* Wipes the key, and frees the rest; a zeroed one is fine. */
void network_close(struct network *network) __attribute__((nonnull));

#define cleanup_network __attribute__((cleanup(network_close)))
