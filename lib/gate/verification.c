#include "gate/verification.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/policy.h"

#include <string.h>

int
verification_init(struct verification *verification, size_t count, struct error *err)
{
	size_t i;

	*verification = (struct verification){ 0 };
	if (count == 0)
		return error_set(err, REASON_INTERNAL, 0, "nothing to verify");
	verification->items = calloc(count, sizeof(*verification->items));
	if (!verification->items)
		return error_no_memory(err);
	verification->count = count;
	for (i = 0; i < count; i++)
		verification->items[i].model = (struct model)MODEL_CLOSED;
	return 0;
}

int
verification_add(
	struct verification *verification, struct verification_item *item, struct error *err)
{
	if (verification->capacity < verification->count)
		verification->capacity = verification->count;
	if (mem_grow((void **)&verification->items, verification->count, &verification->capacity,
		    sizeof(*verification->items)))
		return error_no_memory(err);
	verification->items[verification->count++] = *item;
	*item = (struct verification_item){ .model = MODEL_CLOSED };
	return 0;
}

void
verification_release_item(struct verification_item *item)
{
	model_close(&item->model);
	signed_model_release(&item->signed_model);
}

void
verification_release(struct verification *verification)
{
	size_t i;

	for (i = 0; i < verification->count; i++)
		verification_release_item(&verification->items[i]);
	free(verification->items);
	report_release(&verification->report);
	*verification = (struct verification){ 0 };
}

/* The signed file that the model's NAME stands for: a single-file model may be called "." or by its
 * own name. */
static const struct resource *
find_signed(const struct verification_item *item, const char *name, size_t *cursor)
{
	if (item->model.single)
		return item->signed_model.statement.resource_count == 1
			       ? item->signed_model.statement.resources
			       : NULL;
	return signed_model_find_next(&item->signed_model, name, cursor);
}

static bool
is_there(const struct verification_item *item, const char *name, size_t *cursor)
{
	return tree_find_next(&item->model.tree, name, cursor) != NULL;
}

static int
find(struct verification *verification, const struct verification_item *item, enum reason reason,
	const char *name, const char *detail, struct error *err)
{
	return report_add(&verification->report, reason, item->model.label, name, detail, err) ? 0
											       : -1;
}

/* A single file holds exactly one resource, named "." or as the file itself (facts: oms, section
 * 6). */
static int
compare_single(
	struct verification *verification, const struct verification_item *item, struct error *err)
{
	const struct statement *statement = &item->signed_model.statement;
	const char *slash = strrchr(item->model.label, '/');
	const char *base = slash ? slash + 1 : item->model.label;
	size_t i;

	for (i = 0; i < statement->resource_count; i++) {
		const char *name = statement->resources[i].name;

		if (statement->resource_count == 1 &&
			(strcmp(name, ".") == 0 || strcmp(name, base) == 0))
			return 0;
		if (find(verification, item, REASON_MISSING, name,
			    "missing: the model is a single file of another name", err))
			return -1;
	}
	return 0;
}

/* One needed file: signed, and there. */
static int
compare_one(struct verification *verification, const struct verification_item *item,
	const char *name, bool is_signed, size_t *cursor, struct error *err)
{
	bool there = is_there(item, name, cursor);

	if (!there && item->allow_missing) {
		verification->report.missing_allowed++;
		return 0;
	}
	if (!there)
		return find(verification, item, REASON_MISSING, name,
			is_signed ? NULL : "named by the manifest, neither signed nor there", err);
	/* Without that permission compare_present() says so. */
	if (!is_signed && item->allow_unsigned)
		return find(verification, item, REASON_EXTRA, name,
			"named by the manifest, yet not signed", err);
	return 0;
}

static int
by_text(const void *name, const void *element)
{
	return strcmp(name, *(const char *const *)element);
}

static bool
is_needed(const struct verification_item *item, const char *name)
{
	return item->needed && item->needed_count &&
	       bsearch(name, item->needed, item->needed_count, sizeof(*item->needed), by_text);
}

/* Every needed file. */
static int
compare_needed(
	struct verification *verification, const struct verification_item *item, struct error *err)
{
	const struct statement *statement = &item->signed_model.statement;
	size_t needed_there = 0, needed_signed = 0, signed_there = 0, i;

	for (i = 0; item->needed && i < item->needed_count; i++)
		if (compare_one(verification, item, item->needed[i],
			    signed_model_find_next(
				    &item->signed_model, item->needed[i], &needed_signed) != NULL,
			    &needed_there, err))
			return -1;
	for (i = 0; (!item->needed || item->all_signed_needed) && i < statement->resource_count;
		i++)
		if (!is_needed(item, statement->resources[i].name) &&
			compare_one(verification, item, statement->resources[i].name, true,
				&signed_there, err))
			return -1;
	return 0;
}

/* Only plain files: a link or device is never harmless by its name. */
static bool
is_ignored(const struct verification_item *item, const struct tree_entry *entry)
{
	size_t i, length;

	for (i = 0; item->ignored && entry->kind == TREE_FILE && i < item->ignored->count; i++) {
		const char *path = item->ignored->paths[i];

		length = strlen(path);
		if (strncmp(entry->name, path, length) == 0 &&
			(entry->name[length] == '\0' || entry->name[length] == '/'))
			return true;
	}
	return false;
}

/* Signatures over shards cannot hold an empty file, not even an honest one (facts: oms, section 7).
 */
static const char *
explain(const struct verification_item *item, const struct tree_entry *entry, enum reason reason)
{
	if (reason != REASON_EXTRA || entry->kind != TREE_FILE ||
		!item->signed_model.statement.shard_size || model_file_size(&item->model, entry))
		return NULL;
	return "an empty file, which a signature over shards does not cover";
}

/* Every file that is there: of a kind that can be a model's, and signed. */
static int
compare_present(
	struct verification *verification, const struct verification_item *item, struct error *err)
{
	size_t cursor = 0;

	for (size_t i = 0; i < item->model.tree.count; i++) {
		const struct tree_entry *entry = &item->model.tree.entries[i];
		bool is_signed = find_signed(item, entry->name, &cursor) != NULL;
		enum reason reason = REASON_NONE;

		if (!is_signed && item->allow_unsigned)
			verification->report.unsigned_allowed++;
		else if (!is_signed && is_ignored(item, entry))
			verification->report.ignored++;
		else if (entry->kind == TREE_SPECIAL)
			reason = REASON_SPECIAL;
		else if (!is_signed)
			reason = REASON_EXTRA;
		else if (entry->kind == TREE_LINK && item->model.links == MODEL_LINKS_REFUSE)
			reason = REASON_LINK;
		if (reason != REASON_NONE && find(verification, item, reason, entry->name,
						     explain(item, entry, reason), err))
			return -1;
	}
	return 0;
}

int
verification_compare_names(struct verification *verification, struct error *err)
{
	size_t i;

	for (i = 0; i < verification->count; i++) {
		const struct verification_item *item = &verification->items[i];

		if (item->model.single ? compare_single(verification, item, err)
				       : compare_needed(verification, item, err))
			return -1;
		if (compare_present(verification, item, err))
			return -1;
	}
	return 0;
}
