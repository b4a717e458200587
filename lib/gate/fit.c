#include "gate/fit.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "guard/wire.h"
#include "nim/description.h"
#include "nim/manifest.h"

#include <string.h>

void
fit_put(struct wire_message *message, const struct manifest_fit *found, const char *first)
{
	wire_put_u64(message, found->count);
	wire_put_u64(message, found->left_out);
	wire_put_text(message, first);
	plan_put(message, &found->profile, found->foreign);
}

int
fit_get(struct wire_message *message, struct fit *out, struct error *err)
{
	struct fit fit = { .count = wire_get_count(message, LIMIT_PROFILES) };
	cleanup_free char *first = NULL;

	fit.left_out = wire_get_count(message, LIMIT_PROFILES);
	first = wire_get_text(message, DESCRIPTION_MAX - 1);
	/* One is left out, and one is not. */
	if (!first || fit.left_out == 0 || fit.left_out >= fit.count)
		return error_set(err, REASON_INTERNAL, 0,
			"the parser's answer about the manifest is malformed");
	text_escape(fit.first, sizeof(fit.first), first, strlen(first));
	if (plan_get(message, "", &fit.plan, err))
		return -1;
	*out = fit;
	return 0;
}
