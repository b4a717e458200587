#include "base/writer.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
writer_release(struct writer *writer)
{
	free(writer->text);
	*writer = (struct writer){ 0 };
}

/* Room for LENGTH more bytes and the NUL. */
static bool
reserve(struct writer *writer, size_t length)
{
	size_t wanted = writer->capacity ? writer->capacity : 256;
	char *grown;

	if (writer->failed)
		return false;
	while (wanted - writer->length <= length)
		wanted *= 2;
	if (wanted == writer->capacity)
		return true;
	grown = realloc(writer->text, wanted);
	if (!grown) {
		writer->failed = true;
		return false;
	}
	writer->text = grown;
	writer->capacity = wanted;
	return true;
}

void
writer_bytes(struct writer *writer, const char *bytes, size_t length)
{
	if (!reserve(writer, length))
		return;
	memcpy(writer->text + writer->length, bytes, length);
	writer->length += length;
	writer->text[writer->length] = '\0';
}

void
writer_format(struct writer *writer, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length < 0 || !reserve(writer, (size_t)length)) {
		writer->failed = true;
		return;
	}
	va_start(args, format);
	vsnprintf(writer->text + writer->length, (size_t)length + 1, format, args);
	va_end(args);
	writer->length += (size_t)length;
}

/* The code point of the sequence at BYTES, whose length goes to *length; U+FFFD and 1 where there
 * is none. */
static uint32_t
code_point(const char *bytes, size_t *length)
{
	unsigned char lead = (unsigned char)bytes[0];
	size_t wanted = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4, i;
	uint32_t value = wanted == 1 ? lead : lead & (0xffu >> (wanted + 1));

	*length = 1;
	if (strnlen(bytes, wanted) < wanted || !text_is_utf8(bytes, wanted))
		return 0xfffd;
	for (i = 1; i < wanted; i++)
		value = value << 6 | ((unsigned char)bytes[i] & 0x3f);
	*length = wanted;
	return value;
}

static void
quoted(struct writer *writer, const char *value)
{
	uint32_t point;
	size_t length;

	writer_bytes(writer, "\"", 1);
	for (; *value; value += length) {
		point = code_point(value, &length);
		if (point == '"' || point == '\\')
			writer_format(writer, "\\%c", (char)point);
		else if (point >= 0x20 && point < 0x7f)
			writer_bytes(writer, value, 1);
		else if (point < 0x10000)
			writer_format(writer, "\\u%04x", point);
		else
			writer_format(writer, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
				0xdc00 + ((point - 0x10000) & 0x3ff));
	}
	writer_bytes(writer, "\"", 1);
}

/* What comes before a value: the comma and the member's name. */
static void
begin(struct writer *writer, const char *key)
{
	if (writer->comma)
		writer_bytes(writer, ",", 1);
	if (key) {
		quoted(writer, key);
		writer_bytes(writer, ":", 1);
	}
	writer->comma = true;
}

void
writer_open(struct writer *writer, const char *key, char bracket)
{
	begin(writer, key);
	writer_bytes(writer, &bracket, 1);
	writer->comma = false;
}

void
writer_close(struct writer *writer, char bracket)
{
	writer_bytes(writer, &bracket, 1);
	writer->comma = true;
}

void
writer_string(struct writer *writer, const char *key, const char *value)
{
	begin(writer, key);
	if (value)
		quoted(writer, value);
	else
		writer_bytes(writer, "null", 4);
}

void
writer_number(struct writer *writer, const char *key, uint64_t value)
{
	begin(writer, key);
	writer_format(writer, "%llu", (unsigned long long)value);
}

void
writer_bool(struct writer *writer, const char *key, bool value)
{
	begin(writer, key);
	writer_format(writer, "%s", value ? "true" : "false");
}
