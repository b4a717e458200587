#include "gate/pending_text.h"

#include "base/text.h"
#include "base/writer.h"
#include "gate/pending.h"

#include <inttypes.h>
#include <string.h>

#define FIRST_LINE "nimgate-request 1"

/* Text as one word: blanks, control characters, bytes above 0x7e and '%' as "%XX". */
static void
write_word(struct writer *writer, const char *key, const char *text)
{
	writer_format(writer, "%s ", key);
	for (; *text; text++)
		if (*text > ' ' && *text <= '~' && *text != '%')
			writer_bytes(writer, text, 1);
		else
			writer_format(writer, "%%%02x", (unsigned char)*text);
	writer_bytes(writer, "\n", 1);
}

static void
write_number(struct writer *writer, const char *key, uint64_t value)
{
	writer_format(writer, "%s %" PRIu64 "\n", key, value);
}

void
pending_text_format(const struct pending *pending, struct writer *writer)
{
	writer_format(writer, FIRST_LINE "\n");
	write_word(writer, "path", pending->path);
	write_word(writer, "below", pending->below);
	write_number(writer, "device", pending->device);
	write_number(writer, "inode", pending->inode);
	write_word(writer, "algorithm", digest_name(pending->algorithm));
	write_number(writer, "shard_size", pending->shard_size);
	write_number(writer, "bytes", pending->bytes);
	write_number(writer, "asked", (uint64_t)pending->asked_s);
	write_word(writer, "label", pending->label);
}

static int
parse_word(const char *text, size_t length, char *out, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < length; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte <= ' ' || byte > '~')
			return -1;
		if (byte == '%') {
			if (length - i < 3 || text_parse_hex(text + i + 1, 2, &byte, 1) || !byte)
				return -1;
			i += 2;
		}
		if (at + 1 >= size)
			return -1;
		out[at++] = (char)byte;
	}
	out[at] = '\0';
	return 0;
}

/* The value of the next line, which must be KEY's. */
static const char *
next_value(const char **text, const char *key, size_t *length)
{
	size_t name = strlen(key);
	const char *value = *text + name + 1, *end;

	if (strncmp(*text, key, name) != 0 || (*text)[name] != ' ')
		return NULL;
	end = strchr(value, '\n');
	if (!end)
		return NULL;
	*length = (size_t)(end - value);
	*text = end + 1;
	return value;
}

static int
get_word(const char **text, const char *key, char *out, size_t size)
{
	size_t length;
	const char *value = next_value(text, key, &length);

	return value ? parse_word(value, length, out, size) : -1;
}

static int
get_number(const char **text, const char *key, uint64_t *out)
{
	size_t length;
	const char *value = next_value(text, key, &length);

	return value ? text_parse_count(value, length, out) : -1;
}

int
pending_text_parse(const char *text, struct pending *out)
{
	char algorithm[16] = "";
	uint64_t asked = 0;
	struct pending pending = { 0 };

	if (strncmp(text, FIRST_LINE "\n", strlen(FIRST_LINE) + 1) != 0)
		return -1;
	text += strlen(FIRST_LINE) + 1;
	if (get_word(&text, "path", pending.path, sizeof(pending.path)) ||
		get_word(&text, "below", pending.below, sizeof(pending.below)) ||
		get_number(&text, "device", &pending.device) ||
		get_number(&text, "inode", &pending.inode) ||
		get_word(&text, "algorithm", algorithm, sizeof(algorithm)) ||
		get_number(&text, "shard_size", &pending.shard_size) ||
		get_number(&text, "bytes", &pending.bytes) || get_number(&text, "asked", &asked) ||
		get_word(&text, "label", pending.label, sizeof(pending.label)))
		return -1;
	pending.asked_s = (int64_t)asked;
	pending.algorithm = digest_of_files(algorithm);
	if (*text || pending.algorithm == DIGEST_NONE || pending.path[0] != '/' ||
		(pending.below[0] && !text_is_canonical_path(pending.below)))
		return -1;
	*out = pending;
	return 0;
}
