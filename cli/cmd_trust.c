#include "cli/cmd_trust.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/network.h"
#include "cli/option.h"
#include "cli/trust_ask.h"
#include "cli/trust_list.h"
#include "cli/trust_uses.h"
#include "policy/policy.h"
#include "supply/anchor_folder.h"
#include "supply/clerk.h"
#include "supply/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define NAME_DEFAULT "nvidia"

struct trust_values {
	struct network_options network;
	struct option_list digests;
	const char *folder;
	const char *name;
	const char *policy;
	const char *output;
	bool force;
};

static const struct option options[] = {
	{ "sha256", OPTION_LIST, offsetof(struct trust_values, digests), "DIGEST",
		"do not ask: it, or each certificate, has this" },
	{ "name", OPTION_TEXT, offsetof(struct trust_values, name), "NAME",
		"add it as NAME.pem (default: the file's name)" },
	{ "folder", OPTION_TEXT, offsetof(struct trust_values, folder), "DIR",
		"the trust folder (default: " ANCHOR_FOLDER_DEFAULT ")" },
	{ "policy", OPTION_TEXT, offsetof(struct trust_values, policy), "FILE",
		"the policy (default: " POLICY_PATH_DEFAULT ")" },
	{ "force", OPTION_FLAG, offsetof(struct trust_values, force), NULL,
		"remove what a policy still names" },
	{ "output", OPTION_TEXT, offsetof(struct trust_values, output), "text|json",
		"how to list (default: text)" },
	NETWORK_OPTIONS(offsetof(struct trust_values, network)),
};

static const struct option_table table = {
	.usage = "trust list | trust add FILE | trust fetch | trust remove NAME [OPTION...]",
	.about =
		"  list           the trust folder's certificates, who names them, when they end\n"
		"  add FILE       show a PEM file's certificates, ask, and add it to the folder\n"
		"  fetch          as add, of the certificate that NVIDIA publishes on NGC\n"
		"  remove NAME    remove NAME.pem, which no policy may name any more\n"
		"\n"
		"A file in the trust folder counts once a policy names it (trust.anchors). None is replaced.\n",
	.options = options,
	.count = ARRAY_SIZE(options),
};

static const char *
folder_of(const struct trust_values *values)
{
	return values->folder ? values->folder : ANCHOR_FOLDER_DEFAULT;
}

static const char *
policy_of(const struct trust_values *values)
{
	return values->policy ? values->policy : POLICY_PATH_DEFAULT;
}

/* Says what is still to be done. */
static int
say_added(const struct trust_values *values, const char *path, struct error *err)
{
	cleanup_writer struct writer uses = { 0 };

	if (trust_uses_find(policy_of(values), path, &uses, err))
		return -1;
	printf("added %s\n", TEXT_QUOTE(path));
	if (!uses.length)
		printf("no policy names it yet: add it to trust.anchors in %s\n",
			TEXT_QUOTE(policy_of(values)));
	return 0;
}

/* Shows the certificates of PEM, asks, and adds it as NAME. */
static int
show_and_add(const struct trust_values *values, const char *name, const struct file_bytes *pem,
	struct clerk *clerk, struct error *err)
{
	cleanup_free char *path = anchor_folder_path(folder_of(values), name, err);
	cleanup_free struct chain_signer *certificates = NULL;
	size_t count;

	if (!path)
		return -1;
	/* Nobody shall compare digits for nothing. */
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return anchor_folder_add(path, pem, err);
	if (clerk_certificates(clerk, pem, &certificates, &count, err))
		return -1;
	trust_ask_show(certificates, count);
	if (trust_ask(pem, certificates, count, &values->digests, err) ||
		anchor_folder_add(path, pem, err))
		return -1;
	return say_added(values, path, err);
}

/* The file's name without folder and ".pem" (caller: free()). */
static char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t length = strlen(base);

	if (length > 4 && strcmp(base + length - 4, ".pem") == 0)
		length -= 4;
	return strndup(base, length);
}

static int
add(const struct trust_values *values, const char *file, struct error *err)
{
	cleanup_bytes struct file_bytes pem = { 0 };
	cleanup_clerk struct clerk clerk = { 0 };
	cleanup_free char *name = values->name ? strdup(values->name) : name_of(file);
	cleanup_fd int found = open(file, O_PATH | O_CLOEXEC);
	cleanup_fd int fd = found < 0 ? -1 : file_reopen(found);

	if (!name)
		return error_no_memory(err);
	if (fd < 0)
		return error_set_os(err, REASON_USAGE, errno, "%s", TEXT_QUOTE(file));
	if (file_read(fd, LIMIT_PEM_BYTES, TEXT_QUOTE(file), &pem, err) || clerk_start(&clerk, err))
		return -1;
	return show_and_add(values, name, &pem, &clerk, err);
}

/* NVIDIA's certificate, as a courier brings it. */
static int
bring(struct network *network, struct file_bytes *out, struct error *err)
{
	struct courier courier;
	cleanup_fd int fd = -1;
	int result;

	if (courier_start(&network->ngc, &network->key, &courier, err))
		return -1;
	secret_release(&network->key);
	result = courier_send_for_public_key(&courier, err);
	if (result == 0)
		fd = courier_receive(
			&courier, (int)network->settings.total_s * 1000 + LIMIT_STATE_MS, err);
	courier_end(&courier);
	return fd < 0 ? -1 : file_read(fd, LIMIT_PEM_BYTES, "certificate", out, err);
}

static int
fetch(const struct trust_values *values, struct error *err)
{
	cleanup_network struct network network = { .ca = { 0 } };
	cleanup_bytes struct file_bytes pem = { 0 };
	cleanup_clerk struct clerk clerk = { 0 };

	if (network_open(&values->network, &network, err) || clerk_start(&clerk, err) ||
		bring(&network, &pem, err))
		return -1;
	return show_and_add(values, values->name ? values->name : NAME_DEFAULT, &pem, &clerk, err);
}

static int
remove_named(const struct trust_values *values, const char *name, struct error *err)
{
	cleanup_free char *path = anchor_folder_path(folder_of(values), name, err);
	cleanup_writer struct writer uses = { 0 };

	if (!path || trust_uses_find(policy_of(values), path, &uses, err))
		return -1;
	if (uses.length && !values->force)
		return error_set(err, REASON_CONFIG, 0,
			"%s: still named by %s: take it out there first (or --force)",
			TEXT_QUOTE(path), uses.text);
	if (unlink(path))
		return error_set_os(err, REASON_USAGE, errno, "%s", TEXT_QUOTE(path));
	printf("removed %s\n", TEXT_QUOTE(path));
	if (uses.length)
		console_say(CONSOLE_WARNING, "still named by %s", uses.text);
	return 0;
}

/* Returns the exit status, or -1. */
static int
run(const struct trust_values *values, const struct option_list *words, struct error *err)
{
	const char *verb = words->count ? words->values[0] : "";
	const char *object = words->count == 2 ? words->values[1] : NULL;
	bool json;

	if (option_parse_output(values->output, &json, err) ||
		option_check_path("folder", values->folder, err) ||
		option_check_path("policy", values->policy, err))
		return -1;
	if (strcmp(verb, "list") == 0 && words->count == 1)
		return trust_list(folder_of(values), policy_of(values), json, err);
	if (strcmp(verb, "fetch") == 0 && words->count == 1)
		return fetch(values, err);
	if (strcmp(verb, "add") == 0 && object)
		return add(values, object, err);
	if (strcmp(verb, "remove") == 0 && object)
		return remove_named(values, object, err);
	return error_set(
		err, REASON_USAGE, 0, "expected list, add FILE, fetch or remove NAME (see --help)");
}

int
cmd_trust(const struct option_list *argv)
{
	static struct trust_values values;
	static struct option_list words;
	struct error err;
	int status = option_parse(&table, argv, &values, &words, &err);

	if (status > 0)
		return REASON_STATUS_ADMIT;
	if (status == 0)
		status = run(&values, &words, &err);
	return status < 0 ? console_fail("nimgate trust", &err) : status;
}
