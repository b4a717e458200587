#include "oms/signers.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "border/chain.h"

#include <stdio.h>
#include <string.h>

#define PREFIX "sha256:"

const char *
signers_word(enum signers_kind kind)
{
	switch (kind) {
	case SIGNERS_SUBJECT: return "subject";
	case SIGNERS_SPKI: return "spki";
	case SIGNERS_FINGERPRINT: return "fingerprint";
	case SIGNERS_NONE: break;
	}
	return "nothing";
}

/* A text that no certificate can have would be a pin that refuses everybody. */
static int
read_subject(const char *text, char **out, struct error *err)
{
	size_t length = strlen(text);
	char *copy;

	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			length = 0;
	if (length == 0 || length >= CHAIN_NAME_MAX || !strchr(text, '='))
		return error_set(err, REASON_CONFIG, 0,
			"subject %s: expected one as nimgate verify prints it, such as 'CN=Signing 001,O=Example,C=US'",
			TEXT_QUOTE(text));
	copy = strdup(text);
	if (!copy)
		return error_no_memory(err);
	*out = copy;
	return 0;
}

/* Takes the colons out of "AA:BB:CC". Any other use of them leaves one behind, which is no digit.
 */
static size_t
copy_digits(const char *text, char *out, size_t size)
{
	bool pairs = strlen(text) > 2 && text[2] == ':';
	size_t used = 0;

	for (size_t i = 0; text[i] && used < size; i++)
		if (!pairs || i % 3 != 2 || text[i] != ':')
			out[used++] = text[i];
	return used;
}

static int
read_digest(enum signers_kind kind, const char *text, struct digest *out, struct error *err)
{
	struct digest digest = { .algorithm = DIGEST_SHA256 };
	size_t size = digest_size(DIGEST_SHA256), length;
	const char *digits = text;
	char copy[2 * DIGEST_BYTES_MAX];

	if (strncmp(digits, PREFIX, strlen(PREFIX)) == 0)
		digits += strlen(PREFIX);
	length = copy_digits(digits, copy, sizeof(copy));
	/* A colon behind the last pair is none between two. */
	if (text_parse_hex(copy, length, digest.bytes, size) || digits[strlen(digits) - 1] == ':')
		return error_set(err, REASON_CONFIG, 0,
			"%s %s: expected SHA-256 as %zu hexadecimal digits", signers_word(kind),
			TEXT_QUOTE(text), 2 * size);
	*out = digest;
	return 0;
}

int
signers_add(struct signers *signers, size_t entry, enum signers_kind kind, const char *text,
	struct error *err)
{
	struct signers_pin pin = { .entry = entry, .kind = kind };
	void *pins = signers->pins;

	if (mem_grow(&pins, signers->count, &signers->capacity, sizeof(pin)))
		return error_no_memory(err);
	signers->pins = pins;
	if (kind == SIGNERS_SUBJECT ? read_subject(text, &pin.subject, err)
				    : read_digest(kind, text, &pin.digest, err))
		return -1;
	signers->pins[signers->count++] = pin;
	return 0;
}

static bool
has(const struct chain_signer *signer, const struct signers_pin *pin)
{
	switch (pin->kind) {
	case SIGNERS_SUBJECT: return strcmp(signer->subject, pin->subject) == 0;
	case SIGNERS_SPKI: return digest_equal(&signer->spki, &pin->digest);
	case SIGNERS_FINGERPRINT:
		return digest_equal(&signer->fingerprint, &pin->digest) ||
		       digest_equal(&signer->issuer, &pin->digest);
	case SIGNERS_NONE: break;
	}
	return false;
}

/* Of each kind that the pins FIRST to END - 1, which are one entry, ask for, SIGNER has one. */
static bool
has_all(const struct chain_signer *signer, const struct signers_pin *first,
	const struct signers_pin *end)
{
	unsigned int asked = 0, met = 0;

	for (; first < end; first++) {
		asked |= 1U << first->kind;
		if (has(signer, first))
			met |= 1U << first->kind;
	}
	return asked && asked == met;
}

/* The end of the entry that FIRST begins. */
static const struct signers_pin *
entry_end(const struct signers *signers, const struct signers_pin *first)
{
	const struct signers_pin *end = first;

	while (end < signers->pins + signers->count && end->entry == first->entry)
		end++;
	return end;
}

static bool
asks_for(const struct signers *signers, enum signers_kind kind)
{
	for (size_t i = 0; i < signers->count; i++)
		if (signers->pins[i].kind == kind)
			return true;
	return false;
}

/* Appends the pins, as far as they fit: subject 'A' and spki B; or fingerprint C. */
static void
list_pins(const struct signers *signers, char *out, size_t size)
{
	size_t used = strlen(out), i;

	for (i = 0; i < signers->count && used < size; i++) {
		const struct signers_pin *pin = &signers->pins[i];
		const char *between = i == 0                        ? ""
				      : pin->entry != pin[-1].entry ? "; or "
				      : pin->kind == pin[-1].kind   ? " or "
								    : " and ";

		used += (size_t)snprintf(out + used, size - used, "%s%s %s", between,
			signers_word(pin->kind),
			pin->subject ? TEXT_QUOTE(pin->subject) : digest_format(&pin->digest).text);
	}
}

static int
refuse(const struct signers *signers, const struct chain_signer *signer, struct error *err)
{
	char key[TEXT_QUOTED_MAX] = "", certificate[TEXT_QUOTED_MAX] = "",
	     wanted[LIMIT_ERROR_TEXT + 1] = "";

	if (asks_for(signers, SIGNERS_SPKI))
		snprintf(key, sizeof(key), ", spki %s", digest_format(&signer->spki).text);
	if (asks_for(signers, SIGNERS_FINGERPRINT))
		snprintf(certificate, sizeof(certificate), ", fingerprint %s",
			digest_format(&signer->fingerprint).text);
	list_pins(signers, wanted, sizeof(wanted));
	return error_set(err, REASON_SIGNER, 0, "signed by %s%s%s; wanted: %s",
		TEXT_QUOTE(signer->subject), key, certificate, wanted);
}

int
signers_check(const struct signers *signers, const struct chain_signer *signer, struct error *err)
{
	const struct signers_pin *first = signers->pins, *end;

	if (signers->count == 0)
		return 0;
	for (; first < signers->pins + signers->count; first = end) {
		end = entry_end(signers, first);
		if (has_all(signer, first, end))
			return 0;
	}
	return refuse(signers, signer, err);
}

void
signers_release(struct signers *signers)
{
	for (size_t i = 0; i < signers->count; i++)
		free(signers->pins[i].subject);
	free(signers->pins);
	*signers = (struct signers){ 0 };
}
