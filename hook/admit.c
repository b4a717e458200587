#include "hook/admit.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/digest.h"
#include "gate/anchors.h"
#include "gate/parser.h"
#include "gate/pool.h"
#include "gate/recognition.h"
#include "gate/signatures.h"
#include "nim/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* With --explain, one line a step. */
static void __attribute__((format(printf, 2, 3)))
explain(const struct admission *admission, const char *format, ...)
{
	va_list args;

	if (!admission->options->explain)
		return;
	va_start(args, format);
	fputs("nimgate: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

/* config.json of the container: a regular file, no link, that others cannot write. */
static int
open_config(const char *oci_bundle, struct error *err)
{
	char path[LIMIT_NAME_BYTES];
	struct stat st;
	cleanup_fd int fd = -1;

	if (snprintf(path, sizeof(path), "%s/config.json", oci_bundle) >= (int)sizeof(path))
		return error_set(err, REASON_UNSEEN, 0, "the bundle's path is too long");
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_set_os(err, REASON_UNSEEN, errno, "%s", TEXT_QUOTE(path));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return error_set(err, REASON_UNSEEN, 0, "%s: not a regular file", TEXT_QUOTE(path));
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(err, REASON_UNSEEN, 0, "%s: others than root can write it",
			TEXT_QUOTE(path));
	return take_fd(&fd);
}

/* Steps 2 and 3: who starts, and what its configuration says. */
static int
read_container(struct admission *admission, struct parser *parser, struct error *err)
{
	struct state *state = &admission->state;
	cleanup_fd int config = -1;

	if (parser_state(parser, STDIN_FILENO, state, err))
		return -1;
	explain(admission, "container %s: process %d, bundle %s", TEXT_QUOTE(state->id), state->pid,
		TEXT_QUOTE(state->oci_bundle));
	config = open_config(state->oci_bundle, err);
	if (config < 0 || parser_config(parser, config, &admission->start, err))
		return -1;
	explain(admission, "configuration: root %s, cache %s, profile %s",
		TEXT_QUOTE(admission->start.root_path), TEXT_QUOTE(admission->start.cache_root),
		TEXT_QUOTE(admission->start.pin));
	return 0;
}

/* Step 4: the container's own view of its files; is it a NIM? */
static int
look_inside(struct admission *admission, struct error *err)
{
	const struct state *state = &admission->state;
	struct recognition recognition;

	if (rootfs_open(state->pid, state->oci_bundle, admission->start.root_path,
		    &admission->rootfs, err))
		return -1;
	if (recognition_look(&admission->rootfs, &admission->start, &recognition, err))
		return -1;
	admission->nim = recognition.nim;
	admission->manifest = recognition.manifest;
	explain(admission, "%s%s", recognition.nim ? "a NIM: its manifest is " : "not a NIM",
		recognition.nim ? recognition.manifest_path : "");
	return 0;
}

/* Step 5: what it needs. */
static int
make_plan(struct admission *admission, struct parser *parser, struct error *err)
{
	const struct profile *profile = &admission->plan.profile;
	size_t i;

	if (recognition_check_start(&admission->start, err) ||
		parser_manifest(
			parser, admission->manifest, admission->start.pin, &admission->plan, err))
		return -1;
	explain(admission, "profile %s: %zu versions", profile->id, profile->version_count);
	for (i = 0; i < profile->version_count; i++)
		explain(admission, "  %s: %zu files needed",
			NGC_REF_TEXT(&profile->versions[i].ref), profile->versions[i].file_count);
	return verification_init(&admission->verification, profile->version_count, err);
}

/* True if no other version of the profile has the same name in the NGC CLI's folder layout. */
static bool
has_own_cli_name(const struct profile *profile, size_t index)
{
	char own[LIMIT_NAME_BYTES], other[LIMIT_NAME_BYTES];
	size_t i;

	cache_signature_cli_name(&profile->versions[index].ref, own);
	for (i = 0; i < profile->version_count; i++) {
		cache_signature_cli_name(&profile->versions[i].ref, other);
		if (i != index && strcmp(own, other) == 0)
			return false;
	}
	return true;
}

/* Step 6 for one version: its signature, in a parser of its own. */
static int
read_signature(
	struct admission *admission, const struct anchors *anchors, size_t index, struct error *err)
{
	const struct profile *profile = &admission->plan.profile;
	const struct ngc_ref *ref = &profile->versions[index].ref;
	struct signed_model *signed_model = &admission->verification.items[index].signed_model;
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = signatures_open(
		&admission->policy.signatures, ref, has_own_cli_name(profile, index), err);

	if (fd < 0)
		return -1;
	if (parser_start(PARSER_SIGNATURE, &parser, err) ||
		parser_bundle(&parser, fd, anchors, signed_model, err))
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	explain(admission, "%s: %zu files signed by %s, payload sha256 %s", NGC_REF_TEXT(ref),
		signed_model->statement.resource_count, TEXT_QUOTE(signed_model->signer.subject),
		digest_format(&signed_model->payload_digest).text);
	return 0;
}

static int
read_signatures(struct admission *admission, struct error *err)
{
	const struct policy *policy = &admission->policy;
	cleanup_anchors struct anchors anchors = { .method = policy->method, .at = clock_now() };
	size_t i;

	/* Here once, instead of in each child. */
	if (digest_warm_up(err))
		return -1;
	for (i = 0; i < policy->anchors.count; i++)
		if (anchors_add(&anchors, policy->anchors.paths[i], true, err))
			return -1;
	for (i = 0; i < admission->plan.profile.version_count; i++)
		if (read_signature(admission, &anchors, i, err))
			return -1;
	return 0;
}

/* Step 7 for one version: its snapshot in the cache, as the container will see it. */
static int
open_snapshot(struct admission *admission, size_t index, struct error *err)
{
	const struct profile_version *version = &admission->plan.profile.versions[index];
	struct verification_item *item = &admission->verification.items[index];
	char path[LIMIT_NAME_BYTES], below[LIMIT_NAME_BYTES];
	int base;

	if (cache_model_path(admission->start.cache_root, &version->ref, path, err))
		return -1;
	cache_snapshot_name(&version->ref, below);
	base = rootfs_open_path(&admission->rootfs, path, O_PATH | O_DIRECTORY);
	if (base < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, REASON_NOT_CACHED, errno, "%s: the cache has no %s",
			NGC_REF_TEXT(&version->ref), TEXT_QUOTE(path));
	if (base < 0)
		return error_set_os(
			err, REASON_UNSEEN, errno, "%s in the container", TEXT_QUOTE(path));
	if (model_open_snapshot(base, below, NGC_REF_TEXT(&version->ref), &item->model, err))
		return -1;
	item->needed = (const char *const *)version->files;
	item->needed_count = version->file_count;
	return 0;
}

/* Steps 7 and 8: names of all versions first, then contents. */
static int
verify(struct admission *admission, struct error *err)
{
	struct verification *verification = &admission->verification;
	const struct pool_options options = {
		.stop_early = true,
		.deadline_ms = clock_monotonic_ms() + LIMIT_DEADLINE_MS,
	};
	size_t i;

	for (i = 0; i < verification->count; i++)
		if (open_snapshot(admission, i, err))
			return -1;
	if (verification_compare_names(verification, err) ||
		report_conclude(&verification->report, err))
		return -1;
	explain(admission, "names: every needed file is signed and there, and nothing else is");
	if (pool_run(verification, &options, err) || report_conclude(&verification->report, err))
		return -1;
	explain(admission, "contents: %zu files, %llu bytes, as signed", verification->report.files,
		(unsigned long long)verification->report.bytes);
	return 0;
}

int
admit_load_policy(struct admission *admission, struct error *err)
{
	if (admission->policy_loaded)
		return 0;
	if (policy_load(admission->options->policy_path, &admission->policy, err))
		return -1;
	admission->policy_loaded = true;
	return 0;
}

int
admit(const struct admit_options *options, struct admission *admission, struct error *err)
{
	cleanup_parser struct parser parser = { 0 };

	*admission =
		(struct admission){ .options = options, .rootfs = ROOTFS_CLOSED, .manifest = -1 };
	if (parser_start(PARSER_CONTAINER, &parser, err))
		return -1;
	if (read_container(admission, &parser, err))
		return -1;
	if (look_inside(admission, err))
		return -1;
	if (!admission->nim)
		return 0;
	if (admit_load_policy(admission, err))
		return -1;
	if (admission->policy.mode == POLICY_MODE_OFF)
		return 0;
	if (make_plan(admission, &parser, err))
		return -1;
	if (read_signatures(admission, err))
		return -1;
	if (verify(admission, err))
		return -1;
	if (rootfs_check(&admission->rootfs, err))
		return -1;
	admission->hashed = true;
	return 0;
}

void
admit_release(struct admission *admission)
{
	mem_close_fd(&admission->manifest);
	rootfs_close(&admission->rootfs);
	start_release(&admission->start);
	plan_release(&admission->plan);
	verification_release(&admission->verification);
	policy_release(&admission->policy);
}
