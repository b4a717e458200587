/*
 * Distinguished names as text: read back, the text gives the name that it was made of, so that no
 * other name has it. Each entry is three bytes of choices, a length and so many bytes.
 */
#include "border/certificate_name.h"

#include "tests/fuzz/fuzz.h"

#include <openssl/x509.h>
#include <stdio.h>

enum {
	ENTRIES_MAX = 8,
	TEXT_MAX = 8192,
};

static const int types[] = { NID_commonName, NID_organizationName, NID_countryName,
	NID_domainComponent, NID_pkcs9_emailAddress, NID_initials, NID_code_sign };
static const int strings[] = { V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_IA5STRING,
	V_ASN1_T61STRING, V_ASN1_BMPSTRING };

static X509_NAME *
make_name(const uint8_t *data, size_t size)
{
	X509_NAME *name = X509_NAME_new();

	FUZZ_PROMISE(name);
	for (int count = 0; count < ENTRIES_MAX && size >= 4; count++) {
		int type = types[data[0] % (sizeof(types) / sizeof(types[0]))];
		int string = strings[data[1] % (sizeof(strings) / sizeof(strings[0]))];
		size_t length = data[3] % 32;

		length = length > size - 4 ? size - 4 : length;
		/* What OpenSSL does not take is left out. */
		X509_NAME_add_entry_by_NID(
			name, type, string, data + 4, (int)length, -1, data[2] & 1 ? -1 : 0);
		data += 4 + length;
		size -= 4 + length;
	}
	return name;
}

static int
digit(char c)
{
	const char *digits = "0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The byte of two digits at TEXT; false where they are not there. */
static bool
read_pair(const char *text, uint8_t *out)
{
	int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

	if (low < 0)
		return false;
	*out = (uint8_t)(high << 4 | low);
	return true;
}

/* A value as text up to the next separator, as bytes. Returns what is behind it. */
static const char *
read_value(const char *text, uint8_t out[static TEXT_MAX], size_t *length)
{
	for (*length = 0; *text && *text != ',' && *text != '+'; ++*length) {
		if (*text != '\\') {
			out[*length] = (uint8_t)*text++;
		} else if (read_pair(text + 1, &out[*length])) {
			text += 3;
		} else {
			out[*length] = (uint8_t)text[1];
			text += 2;
		}
	}
	return text;
}

/* As read_value() for the digits of its DER. */
static const char *
read_der(const char *text, uint8_t out[static TEXT_MAX], size_t *length)
{
	for (*length = 0; read_pair(text, &out[*length]); ++*length)
		text += 2;
	return text;
}

static bool
is_type(const char *text, size_t length, const ASN1_OBJECT *type)
{
	const char *word = OBJ_nid2sn(OBJ_obj2nid(type));
	char dotted[128];

	OBJ_obj2txt(dotted, sizeof(dotted), type, 1);
	return (strlen(dotted) == length && memcmp(dotted, text, length) == 0) ||
	       (strlen(word) == length && memcmp(word, text, length) == 0);
}

static bool
is_der(const ASN1_STRING *value, const uint8_t *bytes, size_t length)
{
	const unsigned char *at = bytes;
	ASN1_TYPE *any = d2i_ASN1_TYPE(NULL, &at, (long)length);
	bool same = any && at == bytes + length && ASN1_TYPE_get(any) == ASN1_STRING_type(value) &&
		    ASN1_STRING_cmp(any->value.asn1_string, value) == 0;

	ASN1_TYPE_free(any);
	return same;
}

/* The entry at TEXT is ENTRY. Returns what is behind it, or NULL. */
static const char *
read_entry(const char *text, const X509_NAME_ENTRY *entry)
{
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	const char *equals = strchr(text, '=');
	uint8_t bytes[TEXT_MAX];
	size_t length;

	if (!equals || !is_type(text, (size_t)(equals - text), X509_NAME_ENTRY_get_object(entry)))
		return NULL;
	if (equals[1] == '#') {
		text = read_der(equals + 2, bytes, &length);
		return is_der(value, bytes, length) ? text : NULL;
	}
	text = read_value(equals + 1, bytes, &length);
	return length == (size_t)ASN1_STRING_length(value) &&
			       memcmp(bytes, ASN1_STRING_get0_data(value), length) == 0
		       ? text
		       : NULL;
}

/* The last entry comes first. */
static void
check_text(const char *text, const X509_NAME *name)
{
	int component = -1;

	for (int i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		char separator = X509_NAME_ENTRY_set(entry) == component ? '+' : ',';

		if (component >= 0)
			FUZZ_PROMISE(*text++ == separator);
		component = X509_NAME_ENTRY_set(entry);
		text = read_entry(text, entry);
		FUZZ_PROMISE(text);
	}
	FUZZ_PROMISE(*text == '\0');
}

void
fuzz_input(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];
	X509_NAME *name;
	int length;

	fuzz_trust_memory();
	name = make_name(data, size);
	fuzz_distrust_memory();
	length = certificate_name_format(name, text, sizeof(text));
	fuzz_trust_memory();
	FUZZ_PROMISE(length >= 0 || fuzz_has_refused());
	if (length >= 0) {
		FUZZ_PROMISE(strlen(text) == (size_t)length);
		for (const char *c = text; *c; c++)
			FUZZ_PROMISE(*c >= ' ' && *c <= '~');
		check_text(text, name);
	}
	X509_NAME_free(name);
	fuzz_distrust_memory();
}
