#include "oci/hooks.h"

#include "base/addition.h"
#include "base/mem.h"
#include "base/node.h"
#include "base/writer.h"
#include "border/json.h"

#include "tests/fuzz/fuzz.h"

static const struct hooks_entry entry = { "/usr/libexec/hook",
	{ "nimgate-hook", "createRuntime" } };

/* The last hook of our stage in TEXT is ours. */
static bool
ours_is_last(const struct writer *text)
{
	cleanup_document struct node_document *document = NULL;
	const struct node *hook;
	const char *path = NULL;
	struct error err = { 0 };

	if (json_parse(text->text, text->length, REASON_CONFIG, &document, &err))
		return false;
	hook = node_member(node_member(node_root(document), "hooks"), "createRuntime");
	for (hook = hook ? hook->first : NULL; hook; hook = hook->next)
		path = node_text(node_member(hook, "path"));
	return path && strcmp(path, entry.path) == 0;
}

/* What was added is the entry, and whoever does not trust us can see that. */
static bool
only_adds(const char *before, size_t length, const struct writer *text)
{
	cleanup_writer struct writer ours = { 0 }, list = { 0 }, map = { 0 }, member = { 0 },
				     whole = { 0 };
	const struct addition addition = { before, length, text->text, text->length };

	hooks_write(&entry, &ours);
	writer_format(&list, "[%s]", ours.text);
	writer_format(&member, "\"createRuntime\":[%s]", ours.text);
	writer_format(&map, "{\"createRuntime\":[%s]}", ours.text);
	writer_format(&whole, "\"hooks\":{\"createRuntime\":[%s]}", ours.text);
	const char *const forms[] = { ours.text, list.text, member.text, map.text, whole.text };

	return addition_is_one_of(&addition, forms, ARRAY_SIZE(forms));
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	cleanup_writer struct writer out = { 0 }, again = { 0 };
	struct error err = { 0 };
	int result = hooks_add((const char *)data, size, &entry, &out, &err);

	fuzz_trust_memory();
	if (result < 0) {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
		return;
	}
	if (result == 0) {
		FUZZ_PROMISE(ours_is_last(&out) && only_adds((const char *)data, size, &out));
		FUZZ_PROMISE(hooks_add(out.text, out.length, &entry, &again, &err) == 1);
	}
}
