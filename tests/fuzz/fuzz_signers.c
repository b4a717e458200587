/*
 * Pins of signers: lines, each a kind, a digit for its entry, and the text of the pin.
 */
#include "border/chain.h"
#include "oms/signers.h"

#include "tests/fuzz/fuzz.h"

enum { LINES_MAX = 16 };

/* One signer, with digests that are easy to write: sixty-four times the same digit. */
static struct chain_signer signer = { .subject = "CN=a,O=b" };

void
fuzz_prepare(void)
{
	struct digest *const digests[] = { &signer.fingerprint, &signer.spki, &signer.issuer };

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		digests[i]->algorithm = DIGEST_SHA256;
		memset(digests[i]->bytes, (int)(0x11 * (i + 1)), 32);
	}
}

/* The pin says what the signer has, said again by its digits. */
static bool
matches(enum signers_kind kind, const char *text)
{
	const char digit = kind == SIGNERS_SPKI ? '2' : '1';
	size_t digits = 0, others = 0;

	if (kind == SIGNERS_SUBJECT)
		return strcmp(text, signer.subject) == 0;
	if (strncmp(text, "sha256:", 7) == 0)
		text += 7;
	for (; *text; text++) {
		digits += *text == digit;
		others += *text == '3' && kind == SIGNERS_FINGERPRINT;
	}
	return digits == 64 || others == 64;
}

/* True if the signer has one pin of each kind that ENTRY asks for. */
static bool
wants(const enum signers_kind *kinds, const bool *matched, const size_t *entries, size_t count,
	size_t entry)
{
	bool asked[SIGNERS_FINGERPRINT + 1] = { false }, met[SIGNERS_FINGERPRINT + 1] = { false };
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (entries[i] != entry)
			continue;
		any = asked[kinds[i]] = true;
		met[kinds[i]] |= matched[i];
	}
	return any && memcmp(asked, met, sizeof(met)) == 0;
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	cleanup_signers struct signers signers = { 0 };
	enum signers_kind kinds[LINES_MAX];
	size_t entries[LINES_MAX], count = 0, entry = 0;
	bool matched[LINES_MAX], wanted = false;
	struct error err = { 0 };
	char text[4096], *line = text, *end;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	for (; count < LINES_MAX && line[0] && line[1]; line = end + 1) {
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (!line[0] || !line[1])
			break;
		kinds[count] = (enum signers_kind)(SIGNERS_SUBJECT + (uint8_t)line[0] % 3);
		entry += count && line[1] & 1;
		err = (struct error){ 0 };
		if (signers_add(&signers, entry, kinds[count], line + 2, &err)) {
			FUZZ_PROMISE(fuzz_is_refusal(&err));
			return;
		}
		entries[count] = entry;
		matched[count] = matches(kinds[count], line + 2);
		count++;
		if (!end)
			break;
	}
	for (size_t i = 0; i <= entry; i++)
		wanted |= wants(kinds, matched, entries, count, i);
	if (signers_check(&signers, &signer, &err) == 0)
		FUZZ_PROMISE(count == 0 || wanted);
	else
		FUZZ_PROMISE(!wanted && err.reason == REASON_SIGNER && err.text[0]);
}
