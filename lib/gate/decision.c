#include "gate/decision.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "gate/notes.h"
#include "gate/verification.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

const char *
decision_verdict_word(enum decision_verdict verdict)
{
	return verdict == DECISION_ADMIT ? "admit" : "refuse";
}

const char *
decision_evidence_word(enum decision_evidence evidence)
{
	static const char *const words[] = { "none", "receipt", "hashed" };

	return words[evidence];
}

const char *
decision_protection_word(enum policy_protection protection)
{
	static const char *const words[] = { "none", "readonly", "view", "private", "sealed" };

	return words[protection];
}

static const char *
mode_word(enum policy_mode mode)
{
	static const char *const words[] = {
		[POLICY_MODE_NONE] = NULL,
		[POLICY_MODE_ENFORCE] = "enforce",
		[POLICY_MODE_WARN] = "warn",
		[POLICY_MODE_OFF] = "off",
	};

	return words[mode];
}

static void
write_versions(struct writer *writer, const struct verification *verification)
{
	size_t i;

	writer_open(writer, "versions", '[');
	for (i = 0; i < verification->count; i++) {
		const struct verification_item *item = &verification->items[i];

		if (!item->model.label)
			continue;
		writer_open(writer, NULL, '{');
		writer_string(writer, "ref", item->model.label);
		digest_write(&item->signed_model.payload_digest, "payload_sha256", writer);
		writer_string(writer, "signer", item->signed_model.signer.subject);
		digest_write(&item->signed_model.signer.fingerprint, "signer_sha256", writer);
		digest_write(&item->signed_model.signer.spki, "signer_spki_sha256", writer);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void
write_findings(struct writer *writer, const struct report *report)
{
	size_t i;

	writer_open(writer, "findings", '[');
	for (i = 0; i < report->count; i++) {
		const struct finding *finding = &report->findings[i];

		writer_open(writer, NULL, '{');
		writer_string(writer, "model", finding->model);
		report_write(finding, &finding->signed_digest, writer);
		writer_close(writer, '}');
	}
	writer_close(writer, ']');
}

static void
write_notes(struct writer *writer, const struct notes *notes)
{
	size_t i;

	writer_open(writer, "notes", '[');
	for (i = 0; i < notes->count; i++)
		writer_string(writer, NULL, notes->texts[i]);
	writer_close(writer, ']');
	if (notes->left_out)
		writer_number(writer, "notes_left_out", notes->left_out);
}

static void
write_decision(struct writer *writer, const struct decision *decision)
{
	char now[32];

	writer_open(writer, NULL, '{');
	writer_number(writer, "schema", 1);
	writer_string(writer, "time", clock_format(clock_now(), now));
	writer_string(writer, "container", decision->id);
	writer_string(writer, "verdict", decision_verdict_word(decision->verdict));
	writer_string(writer, "reason",
		decision->refusal ? reason_word(decision->refusal->reason) : NULL);
	writer_string(writer, "text", decision->refusal ? decision->refusal->text : NULL);
	writer_string(writer, "mode", mode_word(decision->mode));
	writer_string(writer, "evidence", decision_evidence_word(decision->evidence));
	writer_string(writer, "protection", decision_protection_word(decision->protection));
	writer_string(writer, "profile", decision->profile);
	writer_string(writer, "rule", decision->rule);
	if (decision->notes)
		write_notes(writer, decision->notes);
	if (decision->verification) {
		writer_number(writer, "files", decision->verification->report.files);
		writer_number(writer, "bytes", decision->verification->report.bytes);
		writer_number(
			writer, "files_remembered", decision->verification->report.remembered);
		writer_number(writer, "bytes_remembered",
			decision->verification->report.bytes_remembered);
		write_versions(writer, decision->verification);
		write_findings(writer, &decision->verification->report);
	}
	writer_close(writer, '}');
	writer_bytes(writer, "\n", 1);
}

/* Where a full disk has cut the last line, ours is a line of its own all the same. Returns 0, or -1
 * with errno. */
static int
end_torn_line(int fd, const struct stat *st)
{
	char last = '\n';

	if (st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) < 0)
		return -1;
	return last == '\n' ? 0 : file_write_all(fd, "\n", 1);
}

int
decision_log(const struct decision *decision, const char *path, struct error *err)
{
	cleanup_writer struct writer writer = { 0 };
	cleanup_fd int fd = -1;
	struct stat st;

	write_decision(&writer, decision);
	if (writer.failed)
		return error_no_memory(err);
	fd = open(path,
		O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set_os(err, REASON_IO, errno, "decision log %s", TEXT_QUOTE(path));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return error_set(
			err, REASON_IO, 0, "decision log %s: not a regular file", TEXT_QUOTE(path));
	if (end_torn_line(fd, &st) || file_write_all(fd, writer.text, writer.length))
		return error_set_os(err, REASON_IO, errno, "decision log %s", TEXT_QUOTE(path));
	return 0;
}
