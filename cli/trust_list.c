#include "cli/trust_list.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"
#include "cli/console.h"
#include "cli/trust_ask.h"
#include "cli/trust_uses.h"
#include "supply/anchor_folder.h"
#include "supply/clerk.h"

#include <stdio.h>

static void
print_file(const struct anchor_file *file, const char *uses)
{
	char warning[96];

	printf("%s\n", TEXT_QUOTE(file->path));
	if (file->why.reason != REASON_NONE)
		console_say(CONSOLE_WARNING, "%s", file->why.text);
	else
		trust_ask_show(file->certificates, file->count);
	printf("  named by:            %s\n", uses ? uses : "no policy");
	for (size_t i = 0; i < file->count; i++)
		if (anchor_folder_warn(
			    &file->certificates[i], clock_now(), warning, sizeof(warning)))
			console_say(CONSOLE_WARNING, "%s: certificate %s %s",
				TEXT_QUOTE(file->path), TEXT_QUOTE(file->certificates[i].subject),
				warning);
}

static void
write_certificate(const struct chain_signer *one, struct writer *json)
{
	char date[32], warning[96];
	bool warns = anchor_folder_warn(one, clock_now(), warning, sizeof(warning));

	writer_open(json, NULL, '{');
	writer_string(json, "subject", one->subject);
	writer_string(json, "not_before", clock_format(one->not_before, date));
	writer_string(json, "not_after", clock_format(one->not_after, date));
	digest_write(&one->fingerprint, "sha256", json);
	digest_write(&one->spki, "spki", json);
	writer_string(json, "warning", warns ? warning : NULL);
	writer_close(json, '}');
}

static void
write_file(const struct anchor_file *file, const char *uses, struct writer *json)
{
	writer_open(json, NULL, '{');
	writer_string(json, "path", file->path);
	writer_string(json, "named_by", uses);
	writer_string(json, "text", file->why.reason != REASON_NONE ? file->why.text : NULL);
	writer_open(json, "certificates", '[');
	for (size_t i = 0; i < file->count; i++)
		write_certificate(&file->certificates[i], json);
	writer_close(json, ']');
	writer_close(json, '}');
}

static bool
has_expired(const struct anchor_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->certificates[i].not_after < clock_now())
			return true;
	return false;
}

int
trust_list(const char *folder, const char *policy, bool as_json, struct error *err)
{
	cleanup_anchor_folder struct anchor_folder list = { .files = NULL };
	cleanup_clerk struct clerk clerk = { 0 };
	cleanup_writer struct writer json = { 0 };
	int status = REASON_STATUS_ADMIT;

	if (clerk_start(&clerk, err) || anchor_folder_read(folder, &clerk, &list, err))
		return -1;
	writer_open(&json, NULL, '{');
	writer_number(&json, "schema", 1);
	writer_open(&json, "files", '[');
	for (size_t i = 0; i < list.count; i++) {
		cleanup_writer struct writer uses = { 0 };

		if (trust_uses_find(policy, list.files[i].path, &uses, err))
			return -1;
		if (as_json)
			write_file(&list.files[i], uses.text, &json);
		else
			print_file(&list.files[i], uses.text);
		if (list.files[i].why.reason != REASON_NONE && status == REASON_STATUS_ADMIT)
			status = reason_status(list.files[i].why.reason);
		if (has_expired(&list.files[i]))
			status = reason_status(REASON_EXPIRED);
	}
	writer_close(&json, ']');
	writer_close(&json, '}');
	if (json.failed)
		return error_no_memory(err);
	if (as_json)
		printf("%s\n", json.text);
	else if (!list.count)
		printf("%s: no certificates\n", TEXT_QUOTE(folder));
	return status;
}
