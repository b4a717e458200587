#include "supply/fetch_settings.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/text.h"
#include "border/http.h"
#include "border/yaml.h"
#include "policy/policy_value.h"
#include "supply/ngc.h"

#include <string.h>

enum {
	JOBS = 4,
	CONNECT_S = 15,
	STALL_S = 30,
	TOTAL_S = 300,
	TRIES = 5,
	SECONDS_MAX = 24 * 60 * 60,
	TRIES_MAX = 20,
};

void
fetch_settings_release(struct fetch_settings *settings)
{
	free(settings->base_url);
	free(settings->auth_url);
	free(settings->ca_file);
	free(settings->proxy);
	free(settings->key_file);
	*settings = (struct fetch_settings){ 0 };
}

int
fetch_settings_defaults(struct fetch_settings *out, struct error *err)
{
	struct fetch_settings settings = {
		.base_url = strdup(NGC_BASE_URL),
		.auth_url = strdup(NGC_AUTH_URL),
		.jobs = JOBS,
		.connect_s = CONNECT_S,
		.stall_s = STALL_S,
		.total_s = TOTAL_S,
		.tries = TRIES,
	};

	if (!settings.base_url || !settings.auth_url) {
		fetch_settings_release(&settings);
		return error_no_memory(err);
	}
	*out = settings;
	return 0;
}

/* Whether VALUE may be what KIND of text: each sets the error with REASON_CONFIG. */
static int
check_url(const char *value, const char *what, struct error *err)
{
	size_t length = strlen(value);

	if (http_check_url(value, what, err))
		return -1;
	if (strpbrk(value, "?#") || value[length - 1] == '/')
		return error_set(err, REASON_CONFIG, 0,
			"%s: expected a URL without query, and without a slash at its end", what);
	return 0;
}

static int
check_path(const char *value, const char *what, struct error *err)
{
	if (value[0] == '/' && text_is_canonical_path(value + 1))
		return 0;
	return error_set(err, REASON_CONFIG, 0,
		"%s: %s: must be an absolute path without '.', '..' or '//'", what,
		TEXT_QUOTE(value));
}

/* A proxy's user and password would be in no file that is kept from others. */
static int
check_proxy(const char *value, const char *what, struct error *err)
{
	const char *host = strstr(value, "://");

	if (!host || (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0) ||
		strpbrk(host + 3, "@/?# \t\r\n") || !host[3])
		return error_set(err, REASON_CONFIG, 0,
			"%s: expected http://HOST:PORT or https://HOST:PORT, without user and password",
			what);
	return 0;
}

struct text_row {
	const char *key;
	size_t offset;
	int (*check)(const char *value, const char *what, struct error *err);
};

static const struct text_row texts[] = {
	{ "base_url", offsetof(struct fetch_settings, base_url), check_url },
	{ "auth_url", offsetof(struct fetch_settings, auth_url), check_url },
	{ "ca_file", offsetof(struct fetch_settings, ca_file), check_path },
	{ "proxy", offsetof(struct fetch_settings, proxy), check_proxy },
	{ "key_file", offsetof(struct fetch_settings, key_file), check_path },
};

static const struct number_row {
	const char *key;
	size_t offset;
	uint64_t max;
} numbers[] = {
	{ "jobs", offsetof(struct fetch_settings, jobs), FETCH_SETTINGS_JOBS_MAX },
	{ "connect_seconds", offsetof(struct fetch_settings, connect_s), SECONDS_MAX },
	{ "stall_seconds", offsetof(struct fetch_settings, stall_s), SECONDS_MAX },
	{ "total_seconds", offsetof(struct fetch_settings, total_s), SECONDS_MAX },
	{ "tries", offsetof(struct fetch_settings, tries), TRIES_MAX },
};

static int
store(struct fetch_settings *settings, const struct text_row *row, const char *value,
	struct error *err)
{
	char **place = (char **)(void *)((char *)settings + row->offset);
	char *copy = strdup(value);

	if (!copy)
		return error_no_memory(err);
	free(*place);
	*place = copy;
	return 0;
}

int
fetch_settings_set(struct fetch_settings *settings, const char *key, const char *value,
	const char *what, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(texts[i].key, key) != 0)
			continue;
		if (texts[i].check(value, what, err)) {
			err->reason = REASON_USAGE;
			return -1;
		}
		return store(settings, &texts[i], value, err);
	}
	return error_set(err, REASON_INTERNAL, 0, "no setting is called %s", key);
}

static int
read_text(const struct node *member, const struct text_row *row, struct fetch_settings *settings,
	struct error *err)
{
	const char *value = node_text(member);

	if (!value || !value[0])
		return policy_value_refuse(member, err, "expected a text");
	if (row->check(value, row->key, err))
		return error_wrap(err, "line %u, column %u", member->line, member->column);
	return store(settings, row, value, err);
}

static int
read_number(const struct node *member, const struct number_row *row,
	struct fetch_settings *settings, struct error *err)
{
	unsigned int *place = (unsigned int *)(void *)((char *)settings + row->offset);
	const char *text = node_text(member);
	uint64_t value;

	if (!text || text_parse_count(text, strlen(text), &value) || value == 0 || value > row->max)
		return error_set(err, REASON_CONFIG, 0,
			"line %u, column %u: %s: expected a whole number from 1 to %llu",
			member->line, member->column, row->key, (unsigned long long)row->max);
	*place = (unsigned int)value;
	return 0;
}

static int
read_member(const struct node *member, struct fetch_settings *settings, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(member->key, texts[i].key) == 0)
			return read_text(member, &texts[i], settings, err);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (strcmp(member->key, numbers[i].key) == 0)
			return read_number(member, &numbers[i], settings, err);
	return policy_value_refuse_key(member, err);
}

int
fetch_settings_parse(
	const char *bytes, size_t length, struct fetch_settings *settings, struct error *err)
{
	static const struct yaml_options plain = { .local_tags = false };
	cleanup_document struct node_document *document = NULL;
	const struct node *top, *member;

	if (yaml_parse(bytes, length, &plain, REASON_CONFIG, &document, err))
		return -1;
	top = node_root(document);
	if (top->kind != NODE_MAP)
		return policy_value_refuse(top, err, "expected a map of keys");
	for (member = top->first; member; member = member->next)
		if (read_member(member, settings, err))
			return -1;
	return 0;
}

int
fetch_settings_load(const char *path, struct fetch_settings *settings, struct error *err)
{
	cleanup_bytes struct file_bytes file = { 0 };

	if (file_read_trusted(path, LIMIT_POLICY_BYTES, &file, err))
		return -1;
	return fetch_settings_parse(file.bytes, file.length, settings, err)
		       ? error_wrap(err, "%s", TEXT_QUOTE(path))
		       : 0;
}
