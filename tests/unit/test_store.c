#include "gate/store.h"

#include "gate/signed_model.h"
#include "nim/profile.h"
#include "tests/unit/check.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal))

static struct resource
resource(const char *name, uint8_t byte)
{
	return (struct resource){ .name = TEXT(name),
		.digest = { .algorithm = DIGEST_SHA256, .bytes = { byte } } };
}

/* A file in shards keeps them, and its copy is its own. */
static void
test_shards(void)
{
	struct digest shards[] = { { DIGEST_SHA256, { 1 } }, { DIGEST_SHA256, { 2 } } };
	struct resource file = {
		.name = TEXT("w"), .shards = shards, .shard_count = 2, .shard_size = 4, .size = 7
	};
	struct signed_model signed_models[] = { { .statement = { .hash = DIGEST_SHA256,
							  .shard_size = 4,
							  .resources = &file,
							  .resource_count = 1 } } };
	struct profile_file files[] = { { TEXT("v"), 0, TEXT("w") } };
	struct profile profile = { .id = "p", .files = files, .file_count = 1 };
	cleanup_signed_model struct signed_model out = { 0 };
	struct error err = { 0 };
	const struct resource *found;

	check_result(
		store_compose(&profile, signed_models, &out, &err), REASON_NONE, &err, "shards");
	found = signed_model_find(&out, "v");
	check(found && found->shards != shards && found->shard_count == 2 && found->size == 7 &&
			found->shard_size == 4 && digest_equal(&found->shards[1], &shards[1]),
		"shards: kept", "not");
}

int
main(void)
{
	struct resource hf[] = { resource("LICENSE", 1), resource("config.json", 2) };
	struct resource engine[] = { resource("config.json", 3), resource("rank0.engine", 4) };
	struct signed_model signed_models[2] = {
		{ .statement = { .resources = hf, .resource_count = 2 } },
		{ .statement = { .resources = engine, .resource_count = 2 } },
	};
	struct profile_file files[] = {
		{ TEXT("LICENSE"), 0, TEXT("LICENSE") },
		{ TEXT("config.json"), 0, TEXT("config.json") },
		{ TEXT("trtllm_engine/config.json"), 1, TEXT("config.json") },
		{ TEXT("trtllm_engine/rank0.engine"), 1, TEXT("rank0.engine") },
		{ TEXT("unsigned.py"), 0, TEXT("unsigned.py") },
	};
	struct profile profile = { .id = "p", .files = files, .file_count = 5 };
	struct signed_model none[2] = { { .hint_missing = false } };
	cleanup_signed_model struct signed_model out = { 0 };
	struct error err = { 0 };
	const struct resource *found;

	check_result(
		store_compose(&profile, signed_models, &out, &err), REASON_NONE, &err, "compose");
	check(out.statement.resource_count == 4, "only what is signed", "%zu",
		out.statement.resource_count);
	check(!signed_model_find(&out, "unsigned.py"), "an unsigned file is not there", "found");
	found = signed_model_find(&out, "trtllm_engine/config.json");
	check(found && found->digest.bytes[0] == 3, "two files of one name",
		"digest of another version");
	found = signed_model_find(&out, "config.json");
	check(found && found->digest.bytes[0] == 2, "two files of one name, the other",
		"digest of another version");
	check(!signed_model_find(&out, "rank0.engine"), "not by the version's own path", "found");
	test_shards();
	check_result(store_compose(&profile, none, &out, &err), REASON_PROFILE, &err,
		"nothing is signed");
	return check_end();
}
