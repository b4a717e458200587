#include "border/pem.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "border/digest.h"
#include "border/heap.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* The block in OpenSSL's hands, all owned by it. */
struct raw {
	char *label, *header;
	unsigned char *bytes;
	long length;
};

static void
free_raw(struct raw *raw)
{
	OPENSSL_free(raw->label);
	OPENSSL_free(raw->header);
	if (raw->bytes)
		OPENSSL_clear_free(raw->bytes, (size_t)raw->length);
}

static int
copy(const struct raw *raw, struct pem_block *out, struct error *err)
{
	struct pem_block block = { .label = strdup(raw->label),
		.bytes = malloc((size_t)raw->length + 1),
		.length = (size_t)raw->length };

	if (!block.label || !block.bytes) {
		pem_release(&block);
		error_no_memory(err);
		return -1;
	}
	memcpy(block.bytes, raw->bytes, block.length);
	*out = block;
	return 0;
}

/* Why PEM_read_bio() gave nothing: the end of the text, or a block that is broken. */
static int
ended(struct error *err)
{
	unsigned long last = ERR_peek_last_error();
	bool at_end =
		ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;

	ERR_clear_error();
	if (at_end)
		return 1;
	error_set(err, REASON_CONFIG, 0,
		"a PEM block is broken: its base64, or its END line, is wrong");
	return -1;
}

int
pem_next(struct pem_text *text, struct pem_block *out, struct error *err)
{
	size_t refusals = heap_refusals();
	struct raw raw = { 0 };
	BIO *bio;
	int result;

	if (text->length > LIMIT_PEM_BYTES) {
		error_set(err, REASON_CONFIG, 0, "larger than %d bytes", LIMIT_PEM_BYTES);
		return -1;
	}
	if (text->length == 0)
		return 1;
	if (digest_start(err))
		return -1;
	bio = BIO_new_mem_buf(text->bytes, (int)text->length);
	if (!bio) {
		ERR_clear_error();
		error_no_memory(err);
		return -1;
	}
	ERR_clear_error();
	if (PEM_read_bio(bio, &raw.label, &raw.header, &raw.bytes, &raw.length) != 1) {
		result = ended(err);
	} else if (raw.header[0] != '\0') {
		error_set(err, REASON_CONFIG, 0,
			"a PEM block is encrypted or has header lines, which are not read here");
		result = -1;
	} else {
		size_t left = BIO_ctrl_pending(bio);

		result = copy(&raw, out, err);
		text->bytes += text->length - left;
		text->length = left;
	}
	free_raw(&raw);
	BIO_free(bio);
	return result < 0 ? heap_refuse(refusals, err) : result;
}

int
pem_find(const char *bytes, size_t length, const char *label, struct pem_block *out,
	struct error *err)
{
	struct pem_text text = { bytes, length };
	cleanup_block struct pem_block found = { 0 };
	char other[64] = "";
	int result;

	for (;;) {
		cleanup_block struct pem_block block = { 0 };

		result = pem_next(&text, &block, err);
		if (result < 0)
			return -1;
		if (result > 0)
			break;
		if (strcmp(block.label, label) != 0) {
			text_escape(other, sizeof(other), block.label, strlen(block.label));
			continue;
		}
		if (found.label)
			return error_set(err, REASON_CONFIG, 0,
				"holds 'BEGIN %s' more than once; one was expected", label);
		found = block;
		block = (struct pem_block){ 0 };
	}
	if (!found.label && other[0])
		return error_set(err, REASON_CONFIG, 0,
			"holds 'BEGIN %s' where 'BEGIN %s' is needed", other, label);
	if (!found.label)
		return error_set(err, REASON_CONFIG, 0, "holds no 'BEGIN %s', so it is not PEM%s",
			label, pem_hint(bytes, length));
	*out = found;
	found = (struct pem_block){ 0 };
	return 0;
}

void
pem_release(struct pem_block *block)
{
	free(block->label);
	if (block->bytes)
		OPENSSL_cleanse(block->bytes, block->length);
	free(block->bytes);
	*block = (struct pem_block){ 0 };
}

const char *
pem_hint(const char *bytes, size_t length)
{
	/* All that we read is a SEQUENCE in DER, with an INTEGER, a BIT STRING or an OBJECT
	 * IDENTIFIER close to its start; no text has these tags. */
	if (length > 2 && bytes[0] == 0x30)
		for (size_t i = 1; i < length && i < 64; i++)
			if (bytes[i] == 2 || bytes[i] == 3 || bytes[i] == 6)
				return " (it looks like DER: `openssl x509` or `openssl pkey` "
				       "converts it)";
	return "";
}
