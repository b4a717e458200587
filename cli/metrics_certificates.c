#include "cli/metrics_certificates.h"

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/writer.h"
#include "cli/metrics_text.h"
#include "gate/parser.h"
#include "gate/validity.h"
#include "policy/policy.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum {
	FOLDER_ENTRIES = 200000,
	SIGNATURES_MAX = 2000, /* samples; more are only counted */
};

#define ANCHOR    "nimgate_anchor_not_after_timestamp_seconds"
#define SIGNATURE "nimgate_signature_not_after_timestamp_seconds"
#define SUFFIX    ".sigstore"

/* What is counted beside the samples. */
struct tally {
	struct writer *writer;
	struct parser parser;
	uint64_t unreadable_anchors;
	uint64_t signatures;
	uint64_t unreadable_signatures;
};

/* Asks the parser, or another one where it has ended. Returns 0 or -1. */
static int
ask(struct tally *tally, enum parser_file kind, int fd, struct validity *out)
{
	struct error ignored;

	if (fd < 0 || (tally->parser.child.pid == 0 &&
			      parser_start(PARSER_SIGNATURE, &tally->parser, &ignored)))
		return -1;
	return parser_validity(&tally->parser, kind, fd, out, &ignored);
}

static uint64_t
after_1970(int64_t seconds)
{
	return seconds > 0 ? (uint64_t)seconds : 0;
}

static void
add_anchor(struct tally *tally, const char *path)
{
	static struct validity validity;
	struct error ignored;
	cleanup_fd int fd = file_open_trusted(path, &ignored);

	if (ask(tally, PARSER_PEM, fd, &validity)) {
		tally->unreadable_anchors++;
		return;
	}
	for (size_t i = 0; i < validity.count; i++) {
		const struct metrics_text_label labels[] = { { "file", path },
			{ "subject", validity.certificates[i].subject } };

		metrics_text_sample(tally->writer, ANCHOR, labels, ARRAY_SIZE(labels),
			after_1970(validity.certificates[i].not_after));
	}
}

static void
add_anchors(struct tally *tally, const struct policy *policy)
{
	for (size_t i = 0; i < policy->anchors.count; i++)
		add_anchor(tally, policy->anchors.paths[i]);
	for (size_t i = 0; i < policy->source_count; i++)
		for (size_t j = 0; j < policy->sources[i].anchors.count; j++)
			if (!policy_lists(&policy->anchors, policy->sources[i].anchors.paths[j]))
				add_anchor(tally, policy->sources[i].anchors.paths[j]);
}

/* NAME is the signature's file below FOLDER, open as DIR. */
static void
add_signature(struct tally *tally, const char *folder, int dir, const char *name)
{
	static struct validity validity;
	struct error ignored;
	cleanup_fd int fd = file_open_trusted_at(dir, name, &ignored);
	const struct metrics_text_label labels[] = { { "folder", folder }, { "file", name } };

	tally->signatures++;
	if (tally->signatures > SIGNATURES_MAX)
		return;
	if (ask(tally, PARSER_BUNDLE, fd, &validity))
		tally->unreadable_signatures++;
	else if (validity.count)
		metrics_text_sample(tally->writer, SIGNATURE, labels, ARRAY_SIZE(labels),
			after_1970(validity_end(&validity)));
}

static bool
is_signature(const struct tree_entry *entry)
{
	size_t length = strlen(entry->name);

	return entry->kind == TREE_FILE && length > strlen(SUFFIX) &&
	       strcmp(entry->name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static void
add_folder(struct tally *tally, const char *folder)
{
	const struct tree_options options = { .entries_max = FOLDER_ENTRIES, .cross_mounts = true };
	cleanup_tree struct tree tree = { 0 };
	struct error ignored;
	cleanup_fd int dir = file_open_trusted_directory(folder, &ignored), readable = -1;

	if (dir >= 0)
		readable = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (readable < 0 || tree_read(readable, &options, &tree, &ignored)) {
		tally->unreadable_signatures++;
		return;
	}
	for (size_t i = 0; i < tree.count; i++)
		if (is_signature(&tree.entries[i]))
			add_signature(tally, folder, dir, tree.entries[i].name);
}

void
metrics_certificates_write(const struct policy *policy, struct writer *writer)
{
	struct tally tally = { .writer = writer };

	metrics_text_family(
		writer, ANCHOR, METRICS_TEXT_GAUGE, "When a certificate of a trust anchor ends.");
	add_anchors(&tally, policy);
	/* Anchors are trusted; signatures are not. */
	parser_end(&tally.parser);
	tally.parser = (struct parser){ 0 };
	metrics_text_single(writer, "nimgate_anchors_unreadable", METRICS_TEXT_GAUGE,
		"Files of trust anchors that cannot be read.", tally.unreadable_anchors);
	metrics_text_family(writer, SIGNATURE, METRICS_TEXT_GAUGE,
		"When the first certificate of a signature ends.");
	for (size_t i = 0; i < policy->signatures.count; i++)
		add_folder(&tally, policy->signatures.paths[i]);
	parser_end(&tally.parser);
	metrics_text_single(writer, "nimgate_signatures", METRICS_TEXT_GAUGE,
		"Signatures in the policy's folders.", tally.signatures);
	metrics_text_single(writer, "nimgate_signatures_unreadable", METRICS_TEXT_GAUGE,
		"Signatures and their folders that cannot be read.", tally.unreadable_signatures);
}
