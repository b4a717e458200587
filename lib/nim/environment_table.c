#include "nim/environment_table.h"

#include "base/mem.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#define PREFIX "NIM_"

/* Which values make the variable one of its class. */
enum rule {
	RULE_SET,   /* each but the empty one */
	RULE_PLACE, /* a path or a URI; a name of the catalogue does not */
};

struct row {
	const char *name; /* with "*", a pattern */
	enum environment_class class;
	enum rule rule;
	bool nim; /* only a NIM is started with it */
};

/* Rows without a comment are described in full by their name in the facts. */
static const struct row table[] = {
	/* What is verified, and which part of it. */
	{ "NIM_CACHE_PATH", ENVIRONMENT_CACHE, RULE_SET, true },
	{ "NIM_MODEL_PROFILE", ENVIRONMENT_PIN, RULE_SET, true },
	{ "NIM_MANIFEST_PROFILE", ENVIRONMENT_PIN, RULE_SET, true },
	/* Exact only if one profile is left: never a pin, and contradicts one (environment.c). */
	{ "NIM_TAGS_SELECTOR", ENVIRONMENT_NONE, RULE_SET, true },

	/* Another manifest, or its limits lifted. */
	{ "NIM_MANIFEST_PATH", ENVIRONMENT_MANIFEST, RULE_SET, true },
	{ "NIM_MANIFEST_ALLOW_UNSAFE", ENVIRONMENT_MANIFEST, RULE_SET, true },

	/* Weights from elsewhere. 2.x images set NIM_MODEL_NAME to the catalogue's name. */
	{ "NIM_MODEL_NAME", ENVIRONMENT_SOURCE, RULE_PLACE, true },
	{ "NIM_MODEL_PATH", ENVIRONMENT_SOURCE, RULE_SET, true },
	/* native-v1 keeps its model in a directory that no manifest describes. */
	{ "NIM_ENGINE_MODEL_PATH", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_ENGINE_MODEL_NAME", ENVIRONMENT_SOURCE, RULE_PLACE, true },
	{ "NIM_ENGINE_MODEL_VARIANT", ENVIRONMENT_SOURCE, RULE_PLACE, true },
	{ "NIM_FT_MODEL", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_FT_CHECKPOINT", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_CUSTOM_MODEL", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_CUSTOM_MODEL_NAME", ENVIRONMENT_SOURCE, RULE_SET, true }, /* built on the spot */
	{ "NIM_DRAFT_MODEL_PATH", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_PEFT_SOURCE", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_SKIP_MATERIALIZE", ENVIRONMENT_SOURCE, RULE_SET, true }, /* old workspace */
	/* Other containers have it too: it makes nothing a NIM. */
	{ "HF_HOME", ENVIRONMENT_SOURCE, RULE_SET, false },

	/* Code, or arguments that can name weights and code. */
	{ "NIM_PASSTHROUGH_ARGS", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_FORCE_TRUST_REMOTE_CODE", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_TRUST_CUSTOM_CODE", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_TOOL_PARSER_PLUGIN", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_CHAT_TEMPLATE", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_MIDDLEWARE_CONFIG_PATH", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_NGINX_DIR", ENVIRONMENT_SOURCE, RULE_SET, true },
	{ "NIM_CUSTOM_GUIDED_DECODING_BACKENDS", ENVIRONMENT_SOURCE, RULE_SET, true },

	/* Downloads: another place, the same URIs and signatures. */
	{ "NIM_REPOSITORY_OVERRIDE", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_ENGINE_DOWNLOAD_ONLY", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_ENGINE_DOWNLOAD_PROVIDER", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_DISABLE_MODEL_DOWNLOAD", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_IGNORE_MODEL_DOWNLOAD_FAIL", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_OFFLINE", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_SDK_USE_NATIVE_TLS", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_CACHE_PROBE_TIMEOUT", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_SSL_*", ENVIRONMENT_NONE, RULE_SET, false }, /* ..._PATH of certificates */

	/* Serving, logs and engine knobs whose names would make them unknown ones. */
	{ "NIM_SERVED_MODEL_NAME", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_REWARD_MODEL", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_REWARD_MODEL_STRING", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_MAX_MODEL_LEN", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_CAPTURE_*", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_CORS_*", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_*KV_CACHE*", ENVIRONMENT_NONE, RULE_SET, false },
	{ "NIM_MAX_*_LORAS", ENVIRONMENT_NONE, RULE_SET, false },
};

/* What makes a NIM_* variable suspicious that nobody described (facts: nim, section 6). */
static const char *const words[] = {
	"MODEL",
	"PATH",
	"SOURCE",
	"MANIFEST",
	"CODE",
	"PLUGIN",
};

static bool
is_place(const char *value)
{
	return strchr("/.~", value[0]) || strstr(value, "://");
}

static bool
applies(const struct row *row, const char *value)
{
	if (value[0] == '\0')
		return false;
	return row->rule == RULE_SET || is_place(value);
}

static const struct row *
find_row(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		bool pattern = strchr(table[i].name, '*') != NULL;

		if (pattern ? fnmatch(table[i].name, name, 0) == 0
			    : strcmp(table[i].name, name) == 0)
			return &table[i];
	}
	return NULL;
}

static bool
is_suspicious(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

/*
 * Some programs read their settings whatever the case of the name. A name in another case is
 * therefore unknown where the name in capitals would say anything at all.
 */
static enum environment_class
classify_other_case(const char *name, const char *value)
{
	cleanup_free char *upper = strdup(name);
	const struct row *row;

	if (!upper)
		return ENVIRONMENT_UNKNOWN;
	for (char *c = upper; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	row = find_row(upper);
	if (row ? row->class != ENVIRONMENT_NONE && applies(row, value)
		: value[0] != '\0' && is_suspicious(upper))
		return ENVIRONMENT_UNKNOWN;
	return ENVIRONMENT_NONE;
}

static bool
has_lower_case(const char *name)
{
	for (; *name; name++)
		if (*name >= 'a' && *name <= 'z')
			return true;
	return false;
}

enum environment_class
environment_table_classify(const char *name, const char *value, bool *nim)
{
	bool ours = strncmp(name, PREFIX, strlen(PREFIX)) == 0;
	const struct row *row;

	if (nim)
		*nim = false;
	if (strncasecmp(name, PREFIX, strlen(PREFIX)) == 0 && has_lower_case(name))
		return classify_other_case(name, value);
	row = find_row(name);
	if (row && nim)
		*nim = row->nim && value[0] != '\0';
	if (row)
		return applies(row, value) ? row->class : ENVIRONMENT_NONE;
	if (!ours || value[0] == '\0' || !is_suspicious(name))
		return ENVIRONMENT_NONE;
	if (nim)
		*nim = true;
	return ENVIRONMENT_UNKNOWN;
}

/* What names hold keys, or lines that may have keys in them, whatever their values look like. */
static const char *const secret_words[] = {
	"KEY",
	"TOKEN",
	"SECRET",
	"PASS",
	"CREDENTIAL",
	"ARGS",
};

/* True for a URI whose authority names no user and whose query is none but the file's. */
static bool
is_open_uri(const char *uri)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789+.-";
	size_t scheme = strspn(uri, characters);
	const char *authority, *query;

	if (scheme == 0 || strncmp(uri + scheme, "://", 3) != 0)
		return false;
	authority = uri + scheme + 3;
	if (memchr(authority, '@', strcspn(authority, "/?#")))
		return false;
	query = strpbrk(authority, "?#");
	return !query || (strncmp(query, "?file=", 6) == 0 && !strpbrk(query, "&#"));
}

bool
environment_table_shows(const char *name, const char *value)
{
	if (strlen(value) >= LIMIT_NAME_BYTES)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(secret_words); i++)
		if (strcasestr(name, secret_words[i]))
			return false;
	if (value[0] == '/' || strncmp(value, "./", 2) == 0 || strncmp(value, "../", 3) == 0 ||
		value[0] == '~')
		return true;
	return is_open_uri(value);
}
