#include "cli/locked.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/tree.h"
#include "base/writer.h"
#include "cli/save.h"
#include "gate/parser.h"
#include "gate/signatures.h"
#include "gate/signed_model.h"
#include "nim/cache.h"
#include "nim/ngc_ref.h"
#include "policy/policy_lock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

enum { SIGNER_BYTES = 1024 };

/* Two that change the file at once would lose what one of them did. The lock is on its folder: the
 * file itself is replaced. */
static int
hold(struct locked *locked, struct error *err)
{
	const char *slash = strrchr(locked->path, '/');
	char folder[LIMIT_NAME_BYTES];

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - locked->path) : 0,
		locked->path);
	locked->folder = open(slash == locked->path ? "/"
			      : slash               ? folder
						    : ".",
		O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (locked->folder < 0 && errno == ENOENT)
		return 0; /* made with the file */
	if (locked->folder < 0 || flock(locked->folder, LOCK_EX))
		return error_set_os(err, REASON_CONFIG, errno, "%s", TEXT_QUOTE(folder));
	return 0;
}

int
locked_open(const char *policy_path, const char *lock_path, bool to_change, struct locked *out,
	struct error *err)
{
	static const struct policy_facts nobody = { NULL, NULL };
	struct policy *policy = &out->policy;

	*out = (struct locked){ .folder = -1 };
	if (policy_load(policy_path, &nobody, policy, err) ||
		anchors_read(
			policy->method, &policy->anchors, &policy->signers, &out->anchors, err))
		return -1;
	out->path = lock_path           ? lock_path
		    : policy->lock_file ? policy->lock_file
					: LOCK_PATH_DEFAULT;
	if (to_change && hold(out, err))
		return -1;
	if (lock_read(out->path, &out->lock, err) && err->os_errno != ENOENT)
		return -1;
	return 0;
}

/* "org[/team]/model/version/result.sigstore" as a version; -1 for other names. */
static int
ref_of_name(const char *name, struct ngc_ref *out)
{
	char text[LIMIT_NAME_BYTES], layout[LIMIT_NAME_BYTES];
	const char *end = strrchr(name, '/');
	struct error ignored;
	char *slash;

	if (!end || (size_t)(end - name) >= sizeof(text))
		return -1;
	snprintf(text, sizeof(text), "%.*s", (int)(end - name), name);
	slash = strrchr(text, '/');
	if (!slash)
		return -1;
	*slash = ':';
	if (ngc_ref_parse(text, out, &ignored))
		return -1;
	cache_signature_name(out, layout);
	return strcmp(layout, name) == 0 ? 0 : -1;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(
		NGC_REF_TEXT((const struct ngc_ref *)a), NGC_REF_TEXT((const struct ngc_ref *)b));
}

static int
find_in(const char *folder, struct locked *locked, struct error *err)
{
	const struct tree_options options = { .entries_max = LIMIT_LOCK_ENTRIES,
		.cross_mounts = true };
	cleanup_tree struct tree tree = { 0 };
	cleanup_fd int dir = file_open_trusted_directory(folder, err);

	if (dir < 0)
		return err->os_errno == ENOENT ? 0 : error_wrap(err, "signature folder");
	if (tree_read(dir, &options, &tree, err))
		return error_wrap(err, "signature folder %s", TEXT_QUOTE(folder));
	for (size_t i = 0; i < tree.count; i++) {
		struct ngc_ref ref;

		if (tree.entries[i].kind != TREE_FILE || ref_of_name(tree.entries[i].name, &ref))
			continue;
		if (mem_grow((void **)&locked->refs, locked->count, &locked->capacity,
			    sizeof(*locked->refs)))
			return error_no_memory(err);
		locked->refs[locked->count++] = ref;
	}
	return 0;
}

int
locked_find_signatures(struct locked *locked, struct error *err)
{
	const struct policy_paths *folders = &locked->policy.signatures;
	size_t kept = 0;

	for (size_t i = 0; i < folders->count; i++)
		if (find_in(folders->paths[i], locked, err))
			return -1;
	if (locked->count)
		qsort(locked->refs, locked->count, sizeof(*locked->refs), by_text);
	for (size_t i = 0; i < locked->count; i++)
		if (kept == 0 || by_text(&locked->refs[kept - 1], &locked->refs[i]) != 0)
			locked->refs[kept++] = locked->refs[i];
	locked->count = kept;
	return 0;
}

/* Verified, in a parser of its own. */
static int
verify(const struct locked *locked, const struct ngc_ref *ref, struct signed_model *out,
	struct error *err)
{
	cleanup_parser struct parser parser = { 0 };
	cleanup_fd int fd = signatures_open(&locked->policy, ref, true, err);

	if (fd < 0)
		return -1;
	if (parser_start(PARSER_SIGNATURE, &parser, err) ||
		parser_bundle(&parser, fd, &locked->anchors, out, err))
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	return 0;
}

int
locked_verify(const struct locked *locked, const struct ngc_ref *ref, struct lock_entry *entry,
	struct error *err)
{
	cleanup_signed_model struct signed_model model = { 0 };
	char signer[SIGNER_BYTES];

	if (policy_lock_check_version(&locked->policy, NGC_REF_TEXT(ref), err) ||
		verify(locked, ref, &model, err))
		return -1;
	if (policy_lock_check_signature(&locked->policy, &model.payload_digest, &model.signer, err))
		return error_wrap(err, "%s", NGC_REF_TEXT(ref));
	text_escape(signer, sizeof(signer), model.signer.subject, strlen(model.signer.subject));
	*entry = (struct lock_entry){
		.version = strdup(NGC_REF_TEXT(ref)),
		.signer = strdup(signer),
		.payload = model.payload_digest,
		.locked_s = clock_now(),
	};
	if (entry->version && entry->signer)
		return 0;
	free(entry->version);
	free(entry->signer);
	return error_no_memory(err);
}

int
locked_save(const struct locked *locked, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };

	lock_write(&locked->lock, &writer);
	if (writer.failed)
		return error_no_memory(err);
	return save_over(locked->path, writer.text, writer.length, err);
}

void
locked_close(struct locked *locked)
{
	anchors_release(&locked->anchors);
	lock_release(&locked->lock);
	policy_release(&locked->policy);
	free(locked->refs);
	mem_close_fd(&locked->folder);
	*locked = (struct locked){ .folder = -1 };
}
