#include "gate/validity.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "guard/wire.h"
#include "oms/bundle.h"

#include <stdbool.h>
#include <string.h>

int
validity_of_pem(const struct file_bytes *file, struct validity *out, struct error *err)
{
	static const char key[] = "-----BEGIN PUBLIC KEY-----";
	int result = 0;

	out->count = 0;
	if (memmem(file->bytes, file->length, key, strlen(key)))
		return 0;
	while (out->count < LIMIT_ANCHORS) {
		cleanup_free uint8_t *der = NULL;
		size_t length;

		result = chain_read_der(
			file->bytes, file->length, out->count, "certificates", &der, &length, err);
		if (result)
			break;
		if (chain_validity_read(der, length, &out->certificates[out->count], err))
			return -1;
		out->count++;
	}
	return result < 0 ? -1 : 0;
}

int
validity_of_bundle(const struct file_bytes *file, struct validity *out, struct error *err)
{
	cleanup_bundle struct bundle bundle = { 0 };

	out->count = 0;
	if (bundle_parse(file->bytes, file->length, &bundle, err))
		return -1;
	for (size_t i = 0; i < bundle.certificate_count; i++) {
		const struct bundle_blob *der = &bundle.certificates[i];

		if (chain_validity_read(der->bytes, der->length, &out->certificates[i], err))
			return -1;
		out->count++;
	}
	return 0;
}

void
validity_put(struct wire_message *message, const struct validity *validity)
{
	wire_put_u64(message, validity->count);
	for (size_t i = 0; i < validity->count; i++) {
		wire_put_text(message, validity->certificates[i].subject);
		wire_put_u64(message, (uint64_t)validity->certificates[i].not_after);
	}
}

static bool
is_printable(const char *text)
{
	while (*text >= 0x20 && *text <= 0x7e)
		text++;
	return *text == '\0';
}

void
validity_get(struct wire_message *message, struct validity *out)
{
	out->count = wire_get_count(message, LIMIT_ANCHORS);
	for (size_t i = 0; i < out->count && !message->failed; i++) {
		struct chain_validity *certificate = &out->certificates[i];

		wire_copy_text(message, certificate->subject, sizeof(certificate->subject));
		certificate->not_after = (int64_t)wire_get_u64(message);
		if (!is_printable(certificate->subject))
			message->failed = true;
	}
	if (message->failed)
		out->count = 0;
}

int64_t
validity_end(const struct validity *validity)
{
	int64_t end = 0;

	for (size_t i = 0; i < validity->count; i++)
		if (i == 0 || validity->certificates[i].not_after < end)
			end = validity->certificates[i].not_after;
	return end;
}
