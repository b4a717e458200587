#include "cli/trust_ask.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/chain.h"
#include "cli/option.h"
#include "supply/anchor_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void
trust_ask_show(const struct chain_signer *certificates, size_t count)
{
	char from[32], to[32], warning[96];

	for (size_t i = 0; i < count; i++) {
		const struct chain_signer *one = &certificates[i];

		printf("  subject:             %s\n", TEXT_QUOTE(one->subject));
		printf("  valid:               %.10s to %.10s%s%s\n",
			clock_format(one->not_before, from), clock_format(one->not_after, to),
			anchor_folder_warn(one, clock_now(), warning, sizeof(warning)) ? "; " : "",
			warning);
		printf("  certificate SHA-256: %s\n", digest_format(&one->fingerprint).text);
		printf("  key SHA-256:         %s\n%s", digest_format(&one->spki).text,
			i + 1 < count ? "\n" : "");
	}
}

/* "5E:88:48:..." or "5e8848..." */
static int
parse_digest(const char *text, struct digest *out, struct error *err)
{
	const size_t size = digest_size(DIGEST_SHA256);
	char digits[2 * DIGEST_BYTES_MAX + 1];
	size_t length = 0;

	*out = (struct digest){ .algorithm = DIGEST_SHA256 };
	for (const char *at = text; *at && length < sizeof(digits); at++)
		if (*at != ':')
			digits[length++] = *at;
	if (length != 2 * size || text_parse_hex(digits, length, out->bytes, size))
		return error_set(err, REASON_USAGE, 0,
			"--sha256 %s: expected 64 hexadecimal digits", TEXT_QUOTE(text));
	return 0;
}

static bool
holds(const struct digest *digests, size_t count, const struct digest *one)
{
	for (size_t i = 0; i < count; i++)
		if (digest_equal(&digests[i], one))
			return true;
	return false;
}

static int
compare(const struct file_bytes *pem, const struct chain_signer *certificates, size_t count,
	const struct option_list *words, struct error *err)
{
	cleanup_free struct digest *digests = calloc(words->count, sizeof(*digests));
	struct digest file;

	if (!digests)
		return error_no_memory(err);
	for (size_t i = 0; i < words->count; i++)
		if (parse_digest(words->values[i], &digests[i], err))
			return -1;
	if (digest_compute(DIGEST_SHA256, pem->bytes, pem->length, &file, err))
		return -1;
	if (holds(digests, words->count, &file))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (!holds(digests, words->count, &certificates[i].fingerprint))
			return error_set(err, REASON_UNTRUSTED, 0,
				"certificate %s has SHA-256 %s, which --sha256 does not name: nothing is added",
				TEXT_QUOTE(certificates[i].subject),
				digest_format(&certificates[i].fingerprint).text);
	return 0;
}

/* The answer of whoever sits at the terminal: "yes", and nothing shorter. */
static int
ask_person(struct error *err)
{
	cleanup_fd int fd = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
	cleanup_file FILE *terminal = fd < 0 ? NULL : fdopen(fd, "r+");
	char answer[16] = "";

	if (!terminal)
		return error_set(err, REASON_USAGE, 0,
			"nobody to ask: without a terminal, --sha256 says which certificates are meant");
	take_fd(&fd);
	fflush(stdout);
	fprintf(terminal,
		"Compare these with what the publisher says elsewhere. Trust them? (yes/no) ");
	fflush(terminal);
	if (!fgets(answer, sizeof(answer), terminal) || strcmp(answer, "yes\n") != 0)
		return error_set(err, REASON_UNTRUSTED, 0, "not trusted: nothing is added");
	return 0;
}

int
trust_ask(const struct file_bytes *pem, const struct chain_signer *certificates, size_t count,
	const struct option_list *digests, struct error *err)
{
	if (digests->count)
		return compare(pem, certificates, count, digests, err);
	return ask_person(err);
}
