#include "cli/receipt_forget.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/console.h"
#include "cli/mounted.h"
#include "cli/option.h"
#include "cli/target.h"
#include "gate/model.h"
#include "receipt/journal.h"

/* The files that are meant, sorted for the search. */
struct forgotten {
	struct identity *files; /* owned */
	size_t count, capacity;
};

static int
by_file(const void *a, const void *b)
{
	return mounted_compare(a, b);
}

/* A file that cannot be opened is said: its receipts stay. */
static int
add_file(struct forgotten *forgotten, const struct model *model, const struct tree_entry *entry,
	struct error *err)
{
	struct model_file file = { .fd = -1 };
	struct identity identity;
	struct error why;
	int result = 0;

	if (entry->kind != TREE_FILE && model->links == MODEL_LINKS_REFUSE)
		return 0;
	if (model_open_file(model, entry->name, true, &file, &why) == 0 && file.fd < 0)
		return 0;
	if (file.fd < 0 || identity_read(file.fd, &identity, &why))
		console_say(CONSOLE_WARNING, "%s: %s", TEXT_QUOTE(entry->name), why.text);
	else if (mem_grow((void **)&forgotten->files, forgotten->count, &forgotten->capacity,
			 sizeof(*forgotten->files)))
		result = error_no_memory(err);
	else
		forgotten->files[forgotten->count++] = identity;
	mem_close_fd(&file.fd);
	return result;
}

static int
add_target(struct forgotten *forgotten, const struct target *target, struct error *err)
{
	struct model model = MODEL_CLOSED;
	int result = target_open(target, &model, err);

	if (result)
		return -1;
	for (size_t i = 0; result == 0 && i < model.tree.count; i++)
		result = add_file(forgotten, &model, &model.tree.entries[i], err);
	model_close(&model);
	return result;
}

static int
collect(struct forgotten *forgotten, const struct option_list *words, struct error *err)
{
	cleanup_targets struct target_list targets = { 0 };

	for (size_t i = 0; i < words->count; i++)
		if (target_add(&targets, words->values[i], NULL, err))
			return -1;
	for (size_t i = 0; i < targets.count; i++)
		if (add_target(forgotten, &targets.items[i], err))
			return -1;
	if (forgotten->count)
		qsort(forgotten->files, forgotten->count, sizeof(*forgotten->files), by_file);
	return 0;
}

static bool
is_kept(void *context, const struct journal_row *row)
{
	const struct forgotten *forgotten = context;

	return forgotten->count && !bsearch(&row->identity, forgotten->files, forgotten->count,
					   sizeof(*forgotten->files), by_file);
}

/* No file at all means every row: words that name none must not come here. */
static bool
keep_all(void *context, const struct journal_row *row)
{
	(void)context;
	(void)row;
	return true;
}

int
receipt_forget(struct journal *journal, const struct option_list *words, size_t *dropped,
	struct error *err)
{
	struct forgotten forgotten = { 0 };
	int result = collect(&forgotten, words, err);

	if (result == 0)
		result = journal_compact(journal,
			words->count && !forgotten.count ? keep_all : is_kept, &forgotten, dropped,
			err);
	free(forgotten.files);
	return result;
}
