/*
 * From a signature file to the verdict about a model, by the parts of a start in their order; only
 * the processes between them are left out. mutator_verdict.c signs what it changes, so that the
 * fuzzer comes behind the signature.
 */
#include "base/file.h"
#include "base/mem.h"
#include "gate/model.h"
#include "gate/pool.h"
#include "gate/verification.h"
#include "guard/wire.h"
#include "oms/bundle.h"
#include "oms/envelope.h"
#include "oms/statement.h"
#include "oms/trust.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/verdict_model.h"
#include "tests/fuzz/verdict_rules.h"
#include "tests/unit/oms_material.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* By method, without and with the forms of release 0.2.0. */
static struct trust trusts[4];
static char model_path[256];
static int model_directory = -1;

static void
write_file(const char *name, const char *text)
{
	cleanup_fd int fd = openat(model_directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	FUZZ_PROMISE(fd >= 0 && file_write_all(fd, text, strlen(text)) == 0);
}

static void
remove_model(void)
{
	for (size_t i = 0; i < VERDICT_FILES; i++)
		unlinkat(model_directory, verdict_files[i].name, 0);
	unlinkat(model_directory, "w", AT_REMOVEDIR);
	rmdir(model_path);
}

static void
make_model(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(model_path, sizeof(model_path), "%s/verdict-XXXXXX", base ? base : "/tmp");
	FUZZ_PROMISE(mkdtemp(model_path) && atexit(remove_model) == 0);
	model_directory = open(model_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FUZZ_PROMISE(model_directory >= 0 && mkdirat(model_directory, "w", 0700) == 0);
	for (size_t i = 0; i < VERDICT_FILES; i++)
		write_file(verdict_files[i].name, verdict_files[i].text);
}

static void
add_anchor(struct trust *trust, const char *pem)
{
	struct error err = { 0 };

	FUZZ_PROMISE(trust_add_pem(trust, pem, strlen(pem), "test", &err) == 0);
}

void
fuzz_prepare(void)
{
	make_model();
	for (size_t i = 0; i < ARRAY_SIZE(trusts); i++) {
		trusts[i] = (struct trust){ .at = MATERIAL_NOW, .allow_legacy = i % 2 };
		trusts[i].method = i < 2 ? TRUST_METHOD_KEY : TRUST_METHOD_CERTIFICATE;
		add_anchor(&trusts[i], i < 2 ? MATERIAL_OTHER_PUBLIC : MATERIAL_ROOT);
		if (i < 2)
			add_anchor(&trusts[i], MATERIAL_KEY_PUBLIC);
	}
}

/* Step 6 of DESIGN section 4: what the parser answers about the bundle. */
static int
open_signature(const struct bundle *bundle, const struct trust *trust, struct signed_model *out,
	struct error *err)
{
	cleanup_statement struct statement statement = { 0 };
	cleanup_message struct wire_message message = { 0 };
	struct payload payload;

	if (envelope_open(bundle, trust, &payload, err) ||
		statement_parse(&payload, trust->allow_legacy, &statement, err))
		return -1;
	signed_model_put(&message, &payload, &statement);
	return signed_model_get(&message, out, err);
}

/* Steps 6 to 8: admitted, 0, or refused. */
static int
decide(const struct bundle *bundle, const struct trust *trust, struct error *err)
{
	cleanup_verification struct verification verification = { 0 };
	const struct pool_options options = { .threads = 1, .stop_early = true };
	struct verification_item *item;

	if (verification_init(&verification, 1, err))
		return -1;
	item = &verification.items[0];
	if (open_signature(bundle, trust, &item->signed_model, err) ||
		model_open_descriptor(openat(model_directory, ".", O_PATH | O_CLOEXEC),
			VERDICT_NAME, &item->model, err) ||
		verification_compare_names(&verification, err) ||
		report_conclude(&verification.report, err) ||
		pool_run(&verification, &options, err))
		return -1;
	return report_conclude(&verification.report, err);
}

static void
must_refuse(const struct bundle *bundle, const struct trust *trust)
{
	struct error err = { 0 };

	FUZZ_PROMISE(decide(bundle, trust, &err) && fuzz_is_refusal(&err));
}

/* Another byte anywhere in what was signed, or in the signature. */
static void
spoil_blob(const struct bundle *bundle, const struct trust *trust, struct bundle_blob *blob,
	uint64_t choice)
{
	uint8_t *byte = &blob->bytes[choice % blob->length];
	uint8_t flip = (uint8_t)(1u << choice / blob->length % 8);

	*byte ^= flip;
	must_refuse(bundle, trust);
	*byte ^= flip;
}

/* Another byte anywhere in a file, one more, or one less. */
static void
spoil_file(const struct bundle *bundle, const struct trust *trust, uint64_t choice)
{
	const struct verdict_file *file = &verdict_files[choice % VERDICT_FILES];
	size_t length = strlen(file->text), at = choice / VERDICT_FILES % (length + 2);
	char text[VERDICT_BYTES_MAX + 1];

	snprintf(text, sizeof(text), "%s", file->text);
	if (at < length)
		text[at] ^= 1;
	else if (at == length)
		memcpy(text + length, "x", 2);
	else
		text[length - 1] = '\0';
	write_file(file->name, text);
	must_refuse(bundle, trust);
	write_file(file->name, file->text);
}

/* One file under another name, or one more, or one less. */
static void
spoil_names(const struct bundle *bundle, const struct trust *trust, uint64_t choice)
{
	const struct verdict_file *file = &verdict_files[choice % VERDICT_FILES];

	if (choice / VERDICT_FILES % 3 == 0) {
		write_file("w/extra", "");
		must_refuse(bundle, trust);
		FUZZ_PROMISE(unlinkat(model_directory, "w/extra", 0) == 0);
	} else if (choice / VERDICT_FILES % 3 == 1) {
		FUZZ_PROMISE(unlinkat(model_directory, file->name, 0) == 0);
		must_refuse(bundle, trust);
		write_file(file->name, file->text);
	} else {
		FUZZ_PROMISE(
			renameat(model_directory, file->name, model_directory, "w/other") == 0);
		must_refuse(bundle, trust);
		FUZZ_PROMISE(
			renameat(model_directory, "w/other", model_directory, file->name) == 0);
	}
}

/* What was admitted is right, and nothing near it would be. */
static void
check_admitted(struct bundle *bundle, const struct trust *trust, uint64_t choice)
{
	const struct verdict_bytes payload = { bundle->payload.bytes, bundle->payload.length };
	const struct verdict_bytes signature = { bundle->signature.bytes,
		bundle->signature.length };

	FUZZ_PROMISE(verdict_rules_hold(&payload));
	/* Release 0.2.0 counts where it is allowed, and for its own statements alone. */
	FUZZ_PROMISE(verdict_rules_signed(&payload, &signature) || verdict_rules_legacy(&payload));
	FUZZ_PROMISE(trust->allow_legacy || (verdict_rules_signed(&payload, &signature) &&
						    !verdict_rules_legacy(&payload)));
	if (fuzz_refuses_memory())
		return; /* the same was done with all memory */
	switch (choice % 4) {
	case 0: spoil_blob(bundle, trust, &bundle->payload, choice / 4); break;
	case 1: spoil_blob(bundle, trust, &bundle->signature, choice / 4); break;
	case 2: spoil_file(bundle, trust, choice / 4); break;
	default: spoil_names(bundle, trust, choice / 4); break;
	}
}

static bool
judge(struct bundle *bundle, const struct trust *trust, uint64_t choice)
{
	struct error err = { 0 };

	if (decide(bundle, trust, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
		return false;
	}
	fuzz_trust_memory();
	check_admitted(bundle, trust, choice);
	fuzz_distrust_memory();
	return true;
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	cleanup_bundle struct bundle bundle = { 0 };
	struct error err = { 0 };

	if (bundle_parse((const char *)data, size, &bundle, &err)) {
		FUZZ_PROMISE(fuzz_is_refusal(&err));
		return;
	}
	/* What one admits, the same one with more allowed admits, too. */
	for (size_t i = 0; i < ARRAY_SIZE(trusts); i += 2)
		for (size_t k = i; k < i + 2; k++)
			if (judge(&bundle, &trusts[k], fuzz_hash(data, size)))
				break;
}
