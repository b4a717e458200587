#include "cli/network.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define CREDENTIAL "ngc-key"

void
network_close(struct network *network)
{
	secret_release(&network->key);
	file_release(&network->ca);
	fetch_settings_release(&network->settings);
	network->ngc = (struct ngc_settings){ .base_url = NULL };
}

static int
read_settings(
	const struct network_options *options, struct fetch_settings *settings, struct error *err)
{
	const struct {
		const char *key, *value, *what;
	} given[] = {
		{ "base_url", options->base_url, "--base-url" },
		{ "auth_url", options->auth_url, "--auth-url" },
		{ "proxy", options->proxy, "--proxy" },
	};
	const char *path = options->config ? options->config : FETCH_SETTINGS_PATH;

	if (fetch_settings_defaults(settings, err))
		return -1;
	if (fetch_settings_load(path, settings, err) &&
		(options->config || err->os_errno != ENOENT))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i].value && fetch_settings_set(settings, given[i].key, given[i].value,
					      given[i].what, err))
			return -1;
	return 0;
}

/* Opens the regular file PATH, a setting's or an option's; WHAT is the latter's name. */
static int
open_file(const char *path, const char *what, struct error *err)
{
	cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC);
	int opened = fd < 0 ? -1 : file_reopen(fd);

	if (opened < 0 && fd >= 0 && errno == EINVAL)
		return error_set(
			err, REASON_CONFIG, 0, "%s %s: not a regular file", what, TEXT_QUOTE(path));
	if (opened < 0)
		return error_set_os(err, REASON_CONFIG, errno, "%s %s", what, TEXT_QUOTE(path));
	return opened;
}

static int
read_authorities(const char *option, const struct fetch_settings *settings, struct file_bytes *out,
	struct error *err)
{
	const char *path = option ? option : settings->ca_file;
	cleanup_fd int fd = -1;

	if (!path)
		return 0;
	fd = open_file(path, "ca_file", err);
	if (fd < 0)
		return -1;
	if (file_read(fd, LIMIT_PEM_BYTES, TEXT_QUOTE(path), out, err)) {
		err->reason = REASON_CONFIG;
		return error_wrap(err, "ca_file");
	}
	if (!strstr(out->bytes, "-----BEGIN CERTIFICATE-----"))
		return error_set(err, REASON_CONFIG, 0,
			"ca_file %s: holds no certificate in PEM form", TEXT_QUOTE(path));
	return 0;
}

/* A key that others can read is theirs, too. */
static int
read_key_file(const char *path, const char *what, struct secret *out, struct error *err)
{
	char name[TEXT_QUOTED_MAX + 64];
	cleanup_fd int fd = open_file(path, what, err);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(path));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(err, REASON_CONFIG, 0,
			"%s %s: belongs to user %u, must belong to root or to you", what,
			TEXT_QUOTE(path), st.st_uid);
	if (st.st_mode & (S_IRWXO | S_IWGRP))
		return error_set(err, REASON_CONFIG, 0,
			"%s %s: mode %04o lets others have the key (chmod 0600)", what,
			TEXT_QUOTE(path), st.st_mode & 07777);
	snprintf(name, sizeof(name), "%s %s", what, TEXT_QUOTE(path));
	return secret_read(fd, name, out, err);
}

/* The credential that systemd gives to the unit. Returns 1 where there is none, or an empty one: a
 * unit that names one cannot do without the file. */
static int
read_credential(struct secret *out, struct error *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	char path[LIMIT_NAME_BYTES];
	struct stat st;

	if (!folder ||
		snprintf(path, sizeof(path), "%s/" CREDENTIAL, folder) >= (int)sizeof(path) ||
		stat(path, &st) || st.st_size == 0)
		return 1;
	return read_key_file(path, "credential", out, err);
}

static int
read_key(const char *option, const struct fetch_settings *settings, struct secret *variable,
	struct secret *out, struct error *err)
{
	int result;

	if (option)
		return read_key_file(option, "--key-file", out, err);
	result = read_credential(out, err);
	if (result <= 0)
		return result;
	if (settings->key_file)
		return read_key_file(settings->key_file, "key_file", out, err);
	*out = *variable;
	*variable = (struct secret){ 0 };
	return 0;
}

static int
open_with(const struct network_options *options, struct secret *variable, struct network *network,
	struct error *err)
{
	struct fetch_settings *settings = &network->settings;

	if (read_settings(options, settings, err) ||
		read_authorities(options->ca_file, settings, &network->ca, err) ||
		read_key(options->key_file, settings, variable, &network->key, err))
		return -1;
	network->ngc = (struct ngc_settings){
		.base_url = settings->base_url,
		.auth_url = settings->auth_url,
		.http = {
			.ca = network->ca.bytes,
			.ca_length = network->ca.length,
			.agent = "nimgate/" NIMGATE_RELEASE,
			.proxy = settings->proxy,
			.connect_s = settings->connect_s,
			.stall_s = settings->stall_s,
			.total_s = settings->total_s,
			.tries = settings->tries,
		},
	};
	return 0;
}

int
network_open(const struct network_options *options, struct network *out, struct error *err)
{
	cleanup_secret struct secret variable = { 0 }, other = { 0 };

	*out = (struct network){ .ca = { 0 } };
	if (secret_harden(err) || secret_take_variable("NGC_API_KEY", &variable, err) ||
		secret_take_variable("NGC_CLI_API_KEY", &other, err))
		return -1;
	if (open_with(options, variable.text ? &variable : &other, out, err)) {
		network_close(out);
		return -1;
	}
	return 0;
}
