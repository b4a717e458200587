#include "cli/verify.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/digest.h"
#include "cli/console.h"
#include "gate/anchors.h"
#include "gate/parser.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

void
verify_release(struct verify *verify)
{
	size_t i;

	for (i = 0; i < verify->warning_count; i++)
		free(verify->warnings[i]);
	free(verify->warnings);
	signers_release(&verify->signers);
	ignore_release(&verify->ignore);
	verification_release(&verify->verification);
	*verify = (struct verify){ 0 };
}

const struct signed_model *
verify_signed_model(const struct verify *verify)
{
	return verify->trusted ? &verify->verification.items[0].signed_model : NULL;
}

const struct chain_signer *
verify_signer(const struct verify *verify)
{
	const struct verification *verification = &verify->verification;

	if (verification->count == 0 ||
		verification->items[0].signed_model.signer.spki.algorithm == DIGEST_NONE)
		return NULL;
	return &verification->items[0].signed_model.signer;
}

/* Prints a warning and keeps it for the JSON output. */
static int __attribute__((format(printf, 3, 4)))
warn(struct verify *verify, struct error *err, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return error_no_memory(err);
	if (mem_grow((void **)&verify->warnings, verify->warning_count, &verify->warning_capacity,
		    sizeof(*verify->warnings))) {
		free(text);
		return error_no_memory(err);
	}
	verify->warnings[verify->warning_count++] = text;
	console_say(CONSOLE_WARNING, "%s", text);
	return 0;
}

static int
read_anchors(const struct verify *verify, struct anchors *anchors, struct error *err)
{
	const struct verify_options *options = &verify->options;
	size_t i;

	anchors->method = verify->method;
	anchors->allow_legacy = true;
	anchors->at = verify->at;
	anchors->signers = &verify->signers;
	if (verify->method == TRUST_METHOD_KEY)
		return anchors_add(anchors, options->public_key, false, err);
	for (i = 0; i < options->chains.count; i++)
		if (anchors_add(anchors, options->chains.values[i], false, err))
			return -1;
	return 0;
}

/* Opens the signature file. It may lie in a model that others fill: a FIFO must not stop us. */
static int
open_signature(const char *path, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return error_set_os(err, errno == ENOENT ? REASON_NOT_SIGNED : REASON_IO, errno,
			"signature %s", TEXT_QUOTE(path));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return error_set(err, REASON_BUNDLE, 0, "signature %s: not a regular file",
			TEXT_QUOTE(path));
	return take_fd(&fd);
}

/* What the user should know about a signature that counts. */
static int
warn_about_signature(struct verify *verify, const struct signed_model *model, struct error *err)
{
	if (model->statement.legacy &&
		warn(verify, err,
			"the signature has the form of release 0.2.0, which does not say how "
			"files were listed; ask for a new one"))
		return -1;
	if (model->hint_missing &&
		warn(verify, err, "the signature does not say which key made it"))
		return -1;
	return 0;
}

/* Verifies the signature in a contained child. */
static int
trust_signature(struct verify *verify, int fd, struct error *err)
{
	struct signed_model *model = &verify->verification.items[0].signed_model;
	cleanup_anchors struct anchors anchors = { 0 };
	cleanup_parser struct parser parser = { 0 };

	/* Here once, instead of in each child. */
	if (digest_warm_up(err) || read_anchors(verify, &anchors, err) ||
		parser_start(PARSER_SIGNATURE, &parser, err) ||
		parser_bundle(&parser, fd, &anchors, model, err))
		return -1;
	verify->trusted = true;
	return warn_about_signature(verify, model, err);
}

/* The rules that the signer wrote down, and the signature file itself. */
static int
add_signed_rules(struct verify *verify, int fd, struct error *err)
{
	const struct statement *statement = &verify->verification.items[0].signed_model.statement;
	size_t i;

	for (i = 0; i < statement->ignore_count; i++) {
		const char *path = statement->ignore_paths[i];

		if (!verify->options.source.ignore_git && ignore_is_git(path))
			continue;
		if (ignore_add(&verify->ignore, path, err))
			return -1;
	}
	return ignore_add_signature(&verify->ignore, verify->options.signature, fd, err);
}

/* Links that are followed out of the model: the digest counts all the same, but what lies there is
 * not the model's. */
static int
warn_about_links(struct verify *verify, const struct model *model, struct error *err)
{
	const char *root = verify->ignore.root;
	size_t i, length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	for (i = 0; i < model->tree.count; i++) {
		const struct tree_entry *entry = &model->tree.entries[i];
		cleanup_free char *path = NULL, *real = NULL;

		if (entry->kind != TREE_LINK || model->links != MODEL_LINKS_FOLLOW)
			continue;
		if (asprintf(&path, "%s/%s", root, entry->name) < 0) {
			path = NULL;
			return error_no_memory(err);
		}
		real = realpath(path, NULL);
		if (!real || (strncmp(real, root, length) == 0 && real[length] == '/'))
			continue;
		if (warn(verify, err, "%s: a link that leads outside the model, to %s",
			    TEXT_QUOTE(entry->name), TEXT_QUOTE(real)))
			return -1;
	}
	return 0;
}

static int
compare(struct verify *verify, struct error *err)
{
	struct verification *verification = &verify->verification;
	size_t names;
	int result;

	if (verification_compare_names(verification, err))
		return -1;
	verification->report.ignored = ignore_present(&verify->ignore);
	names = verification->report.count;
	source_print_findings(verification, 0);
	source_print_ignored(&verify->ignore);
	if (verification->report.unsigned_allowed)
		console_say(CONSOLE_INFO, "%zu unsigned files allowed",
			verification->report.unsigned_allowed);
	result = source_hash(&verify->options.source, false, verification, err);
	source_print_findings(verification, names);
	return result ? -1 : report_conclude(&verification->report, err);
}

int
verify_run(struct verify *verify, struct error *err)
{
	const struct source_options *source = &verify->options.source;
	struct verification_item *item;
	cleanup_fd int fd = -1;

	if (verification_init(&verify->verification, 1, err))
		return -1;
	item = &verify->verification.items[0];
	item->allow_unsigned = verify->options.ignore_unsigned;
	if (source_rules(source, verify->path, &verify->ignore, err))
		return -1;
	fd = open_signature(verify->options.signature, err);
	if (fd < 0)
		return -1;
	if (trust_signature(verify, fd, err))
		return error_wrap(err, "signature %s", TEXT_QUOTE(verify->options.signature));
	if (add_signed_rules(verify, fd, err) ||
		source_open(source, verify->path, &verify->ignore, &item->model, err) ||
		warn_about_links(verify, &item->model, err))
		return -1;
	return compare(verify, err);
}
