/*
 * What a parser that was taken over may send.
 */
#include "base/limits.h"
#include "gate/fit.h"
#include "gate/plan.h"
#include "gate/signed_model.h"
#include "gate/start.h"
#include "gate/validity.h"
#include "guard/wire.h"
#include "nim/hardware.h"

#include "tests/fuzz/fuzz.h"

/* Paths that are opened beneath a directory, sorted and each once. */
static void
check_paths(char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		FUZZ_PROMISE(fuzz_is_canonical(paths[i]) && strlen(paths[i]) < LIMIT_NAME_BYTES);
		FUZZ_PROMISE(i == 0 || strcmp(paths[i - 1], paths[i]) < 0);
	}
}

static void
check_plan(const struct plan *plan, const char *pin)
{
	const struct profile *profile = &plan->profile;

	FUZZ_PROMISE(strcmp(profile->id, pin) == 0 && profile->version_count > 0);
	for (size_t i = 0; i < profile->version_count; i++) {
		FUZZ_PROMISE(ngc_ref_is_valid(&profile->versions[i].ref));
		FUZZ_PROMISE((profile->versions[i].file_count == 0) == (pin[0] == '\0'));
		check_paths(profile->versions[i].files, profile->versions[i].file_count);
	}
	for (size_t i = 0; i < profile->file_count; i++) {
		FUZZ_PROMISE(fuzz_is_canonical(profile->files[i].workspace));
		FUZZ_PROMISE(profile->files[i].version < profile->version_count);
	}
}

static void
check_signed_model(const struct signed_model *model)
{
	const struct statement *statement = &model->statement;

	FUZZ_PROMISE(digest_size(model->payload_digest.algorithm) && statement->resource_count > 0);
	for (const char *c = model->signer.subject; *c; c++)
		FUZZ_PROMISE(*c >= ' ' && *c <= '~');
	for (size_t i = 0; i < statement->resource_count; i++) {
		const char *name = statement->resources[i].name;

		FUZZ_PROMISE(fuzz_is_canonical(name) ||
			     (statement->resource_count == 1 && strcmp(name, ".") == 0));
		FUZZ_PROMISE(resource_digest_count(&statement->resources[i]) > 0);
		for (size_t k = 0; k < resource_digest_count(&statement->resources[i]); k++)
			FUZZ_PROMISE(digest_size(
				resource_digest(&statement->resources[i], k)->algorithm));
	}
	for (size_t i = 0; i < statement->ignore_count; i++)
		FUZZ_PROMISE(fuzz_is_canonical(statement->ignore_paths[i]));
}

static struct wire_message
message_of(const uint8_t *data, size_t size)
{
	return (struct wire_message){ .bytes = (uint8_t *)(uintptr_t)data, .length = size };
}

static void
read_plan(const uint8_t *data, size_t size, const char *pin)
{
	struct wire_message message = message_of(data, size);
	cleanup_plan struct plan plan = { 0 };
	struct error err = { 0 };

	if (plan_get(&message, pin, &plan, &err) == 0)
		check_plan(&plan, pin);
	else
		FUZZ_PROMISE(err.reason == REASON_INTERNAL);
}

static void
read_fit(const uint8_t *data, size_t size)
{
	struct wire_message message = message_of(data, size);
	static struct fit fit;
	struct error err = { 0 };

	if (fit_get(&message, &fit, &err)) {
		FUZZ_PROMISE(err.reason == REASON_INTERNAL);
		return;
	}
	check_plan(&fit.plan, "");
	FUZZ_PROMISE(fit.left_out > 0 && fit.left_out < fit.count && fit.count <= LIMIT_PROFILES);
	for (const char *c = fit.first; *c; c++)
		FUZZ_PROMISE(*c >= ' ' && *c <= '~');
	plan_release(&fit.plan);
}

static void
read_signed_model(const uint8_t *data, size_t size)
{
	struct wire_message message = message_of(data, size);
	cleanup_signed_model struct signed_model model = { 0 };
	struct error err = { 0 };

	if (signed_model_get(&message, &model, &err) == 0)
		check_signed_model(&model);
	else
		FUZZ_PROMISE(err.reason == REASON_INTERNAL);
}

static void
read_start(const uint8_t *data, size_t size)
{
	struct wire_message message = message_of(data, size);
	cleanup_start struct start start = { 0 };
	struct error err = { 0 };

	if (start_get(&message, &start, &err) == 0)
		FUZZ_PROMISE(start.setting_count <= LIMIT_SETTINGS);
	else
		FUZZ_PROMISE(err.reason == REASON_INTERNAL);
}

static void
read_hardware(const uint8_t *data, size_t size)
{
	struct wire_message message = message_of(data, size);
	char words[HARDWARE_WORDS_BYTES];
	struct hardware hardware;

	hardware_get(&message, &hardware);
	FUZZ_PROMISE(hardware_is_known(&hardware) == !message.failed);
	FUZZ_PROMISE(hardware.model_count <= HARDWARE_MODELS &&
		     hardware.model_count <= hardware.gpu_count &&
		     hardware.gpu_count <= LIMIT_GPUS);
	FUZZ_PROMISE(memchr(hardware_words(&hardware, words), '\0', sizeof(words)));
}

static void
read_validity(const uint8_t *data, size_t size)
{
	struct wire_message message = message_of(data, size);
	static struct validity validity;

	validity_get(&message, &validity);
	FUZZ_PROMISE(validity.count <= LIMIT_ANCHORS && (validity.count == 0 || !message.failed));
	for (size_t i = 0; i < validity.count; i++) {
		const char *subject = validity.certificates[i].subject;

		FUZZ_PROMISE(memchr(subject, '\0', CHAIN_NAME_MAX));
		for (; *subject; subject++)
			FUZZ_PROMISE(*subject >= 0x20 && *subject <= 0x7e);
		FUZZ_PROMISE(validity_end(&validity) <= validity.certificates[i].not_after);
	}
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	read_plan(data, size, "4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d");
	read_plan(data, size, "");
	read_fit(data, size);
	read_signed_model(data, size);
	read_start(data, size);
	read_hardware(data, size);
	read_validity(data, size);
}
