#include "supply/refusal.h"

#include "base/error.h"
#include "guard/wire.h"

void
refusal_put(struct wire_message *message, const struct error *refusal)
{
	wire_put_u32(message, refusal->reason);
	wire_put_u32(message, (uint32_t)refusal->os_errno);
	wire_put_text(message, refusal->text);
}

int
refusal_take(struct wire_message *message, const char *who, struct error *err)
{
	uint32_t reason = wire_get_u32(message);
	int os_errno = (int)wire_get_u32(message);
	char text[LIMIT_ERROR_TEXT + 1];

	wire_copy_text(message, text, sizeof(text));
	if (!wire_is_whole(message) || reason == REASON_NONE || reason >= REASON_COUNT)
		return error_set(err, REASON_INTERNAL, 0, "the %s's refusal is malformed", who);
	return error_set(err, (enum reason)reason, os_errno, "%s", text);
}
