#include "cli/source.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/ignore.h"
#include "cli/progress.h"
#include "gate/pool.h"
#include "gate/verification.h"
#include "oms/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int
source_rules(const struct source_options *options, const char *path, struct ignore *out,
	struct error *err)
{
	struct ignore ignore;
	size_t i;

	if (ignore_init(&ignore, path, err))
		return -1;
	if (options->ignore_git && ignore_add_git(&ignore, err))
		goto release;
	for (i = 0; i < options->ignore_paths.count; i++)
		if (ignore_add_given(&ignore, options->ignore_paths.values[i], err))
			goto release;
	*out = ignore;
	return 0;
release:
	ignore_release(&ignore);
	return -1;
}

int
source_open(const struct source_options *options, const char *path, struct ignore *ignore,
	struct model *out, struct error *err)
{
	enum model_links links = options->allow_symlinks ? MODEL_LINKS_FOLLOW : MODEL_LINKS_REFUSE;

	return model_open_path(path, links, ignore_skip, ignore, out, err);
}

/* What keeps the entry from being signed, as a finding. */
static int
refuse_entry(struct verification *verification, const struct tree_entry *entry, struct error *err)
{
	const struct model *model = &verification->items[0].model;
	enum reason reason = REASON_NONE;
	const char *detail = NULL;

	if (entry->kind == TREE_SPECIAL) {
		reason = REASON_SPECIAL;
	} else if (entry->kind == TREE_LINK && model->links == MODEL_LINKS_REFUSE) {
		reason = REASON_LINK;
		detail = "a symbolic link; --allow-symlinks follows it";
	} else if (!text_is_utf8(entry->name, strlen(entry->name))) {
		reason = REASON_STATEMENT;
		detail = "its name is not UTF-8, which a signature cannot hold";
	}
	if (reason == REASON_NONE)
		return 0;
	return report_add(&verification->report, reason, model->label, entry->name, detail, err)
		       ? 0
		       : -1;
}

int
source_serialization(const struct source_options *options, enum digest_algorithm *hash,
	uint64_t *shard_size, struct error *err)
{
	const char *size = options->shard_size;

	*hash = options->hash ? digest_of_files(options->hash) : DIGEST_SHA256;
	if (*hash == DIGEST_NONE)
		return error_set(err, REASON_USAGE, 0,
			"--hash %s: expected sha256, blake2b or blake3", TEXT_QUOTE(options->hash));
	*shard_size = 0;
	if (size && (text_parse_count(size, strlen(size), shard_size) || *shard_size == 0))
		return error_set(err, REASON_USAGE, 0,
			"--shard-size %s: expected a number of bytes, at least 1",
			TEXT_QUOTE(size));
	return 0;
}

/* The digests of one file, still to be computed; none where it is empty and shards are asked for.
 */
static int
prepare_resource(const struct model *model, const struct tree_entry *entry,
	enum digest_algorithm hash, uint64_t shard_size, struct statement *statement,
	struct error *err)
{
	struct resource *resource = &statement->resources[statement->resource_count];
	const char *slash = strrchr(model->label, '/');
	const char *base = slash && slash[1] ? slash + 1 : model->label;
	uint64_t size = shard_size ? model_file_size(model, entry) : 0;

	if (shard_size && !size) {
		console_say(CONSOLE_WARNING,
			"%s is empty: a signature over shards does not cover it, and verifies only "
			"where it is ignored",
			TEXT_QUOTE(entry->name));
		return 0;
	}
	resource->name = strdup(model->single ? base : entry->name);
	if (!resource->name)
		return error_no_memory(err);
	resource->digest.algorithm = hash;
	statement->resource_count++;
	return shard_size ? shard_divide(resource, size, shard_size, hash, err) : 0;
}

/* A resource without its digests for each file of the model. */
static int
list_files(
	const struct source_options *options, struct verification *verification, struct error *err)
{
	struct verification_item *item = &verification->items[0];
	struct statement *statement = &item->signed_model.statement;
	enum digest_algorithm hash;
	uint64_t shard_size;
	size_t i;

	if (source_serialization(options, &hash, &shard_size, err))
		return -1;
	if (!item->model.tree.count)
		return error_set(err, REASON_MISSING, 0, "model %s holds no file",
			TEXT_QUOTE(item->model.label));
	statement->resources = calloc(item->model.tree.count, sizeof(*statement->resources));
	if (!statement->resources)
		return error_no_memory(err);
	for (i = 0; i < item->model.tree.count; i++) {
		const struct tree_entry *entry = &item->model.tree.entries[i];
		size_t refused = verification->report.count;

		if (refuse_entry(verification, entry, err))
			return -1;
		if (verification->report.count == refused &&
			prepare_resource(&item->model, entry, hash, shard_size, statement, err))
			return -1;
	}
	if (!verification->report.count && !statement->resource_count)
		return error_set(err, REASON_MISSING, 0, "model %s holds empty files alone",
			TEXT_QUOTE(item->model.label));
	return 0;
}

int
source_threads(const struct source_options *options, size_t *out, struct error *err)
{
	unsigned long threads = 0;
	char *end = NULL;

	if (options->threads) {
		errno = 0;
		threads = strtoul(options->threads, &end, 10);
		if (errno || *end || options->threads[0] < '1' || options->threads[0] > '9' ||
			threads > LIMIT_THREADS)
			return error_set(err, REASON_USAGE, 0,
				"--threads %s: expected a number from 1 to %d",
				TEXT_QUOTE(options->threads), LIMIT_THREADS);
	}
	*out = threads;
	return 0;
}

int
source_io(const struct source_options *options, enum pool_io *out, struct error *err)
{
	static const char *const words[] = {
		[POOL_IO_AUTO] = "auto",
		[POOL_IO_CACHED] = "cached",
		[POOL_IO_DIRECT] = "direct",
	};
	const char *word = options->io ? options->io : words[POOL_IO_AUTO];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*out = (enum pool_io)i;
			return 0;
		}
	return error_set(err, REASON_USAGE, 0, "--read %s: expected auto, cached or direct",
		TEXT_QUOTE(word));
}

int
source_check(const struct source_options *options, struct error *err)
{
	enum digest_algorithm hash;
	uint64_t shard_size;
	enum pool_io io;
	size_t threads;

	return source_threads(options, &threads, err) || source_io(options, &io, err) ||
			       source_serialization(options, &hash, &shard_size, err)
		       ? -1
		       : 0;
}

int
source_hash(const struct source_options *options, bool collect, struct verification *verification,
	struct error *err)
{
	struct progress progress;
	struct pool_options pool = { .collect = collect, .progress = progress_show };
	int result;

	if (source_threads(options, &pool.threads, err) || source_io(options, &pool.io, err))
		return -1;
	progress_start(&progress, verification, options->quiet);
	pool.context = &progress;
	result = pool_run(verification, &pool, err);
	progress_end(&progress);
	return result;
}

void
source_print_findings(const struct verification *verification, size_t first)
{
	char name[4 * LIMIT_NAME_BYTES + 1], what[LIMIT_ERROR_TEXT + 1];
	size_t i;

	for (i = first; i < verification->report.count; i++) {
		const struct finding *finding = &verification->report.findings[i];

		fprintf(stderr, "%s: '%s': %s\n", reason_word(finding->reason),
			text_escape(name, sizeof(name), finding->name, strlen(finding->name)),
			report_explain(finding, what, sizeof(what)));
	}
}

void
source_print_ignored(const struct ignore *ignore)
{
	cleanup_writer struct writer names = { 0 };
	char name[4 * LIMIT_NAME_BYTES + 1];
	size_t i;

	for (i = 0; i < ignore->count; i++) {
		const char *path = ignore->rules[i].path;

		if (ignore->rules[i].present)
			writer_format(&names, "%s'%s'", names.length ? ", " : "",
				text_escape(name, sizeof(name), path, strlen(path)));
	}
	if (names.length && !names.failed)
		console_say(
			CONSOLE_INFO, "%zu paths ignored: %s", ignore_present(ignore), names.text);
}

int
source_collect(const struct source_options *options, const char *path, struct ignore *ignore,
	struct verification *verification, struct error *err)
{
	struct verification_item *item = &verification->items[0];
	size_t refused;

	if (source_open(options, path, ignore, &item->model, err) ||
		list_files(options, verification, err))
		return -1;
	source_print_findings(verification, 0);
	source_print_ignored(ignore);
	refused = verification->report.count;
	if (refused)
		return report_conclude(&verification->report, err);
	if (source_hash(options, true, verification, err))
		return -1;
	source_print_findings(verification, refused);
	return report_conclude(&verification->report, err);
}

int
source_read_pem(const char *path, const char *what, struct file_bytes *out, struct error *err)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return error_set_os(err, REASON_CONFIG, errno, "%s %s", what, TEXT_QUOTE(path));
	if (file_read(fd, LIMIT_PEM_BYTES, TEXT_QUOTE(path), out, err)) {
		err->reason = REASON_CONFIG;
		return error_wrap(err, "%s", what);
	}
	return 0;
}
