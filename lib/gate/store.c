#include "gate/store.h"

#include "base/error.h"
#include "base/mem.h"
#include "gate/signed_model.h"
#include "nim/profile.h"

#include <string.h>

/* The map is sorted by workspace path and unique, and so are the resources that come out. */
static int
add_resource(const struct profile_file *file, const struct signed_model *signed_model,
	struct statement *out, struct error *err)
{
	const struct resource *from = signed_model_find(signed_model, file->file);
	struct resource *to = &out->resources[out->resource_count];

	if (!from)
		return 0; /* if it is there, it is an unsigned file */
	if (resource_copy(from, file->workspace, to, err))
		return -1;
	out->resource_count++;
	return 0;
}

int
store_compose(const struct profile *profile, const struct signed_model *signed_models,
	struct signed_model *out, struct error *err)
{
	cleanup_signed_model struct signed_model model = { 0 };
	struct statement *statement = &model.statement;
	size_t i;

	statement->subject = strdup(profile->id);
	statement->resources = calloc(profile->file_count + 1, sizeof(*statement->resources));
	if (!statement->subject || !statement->resources)
		return error_no_memory(err);
	for (i = 0; i < profile->file_count; i++)
		if (add_resource(&profile->files[i], &signed_models[profile->files[i].version],
			    statement, err))
			return -1;
	if (statement->resource_count == 0)
		return error_set(err, REASON_PROFILE, 0, "profile %s: none of its files is signed",
			profile->id);
	*out = model;
	model = (struct signed_model){ 0 };
	return 0;
}
