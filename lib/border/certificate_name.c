#include "border/certificate_name.h"

#include "base/mem.h"
#include "base/text.h"
#include "base/writer.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

/* The types that have a word: RFC 4514, section 3, and what else certificates of signers use. Not
 * OpenSSL's own table: it grows, and a pinned subject must keep its text. */
static const struct {
	int nid;
	const char *word; /* as OpenSSL's */
} types[] = {
	{ NID_commonName, "CN" },
	{ NID_localityName, "L" },
	{ NID_stateOrProvinceName, "ST" },
	{ NID_organizationName, "O" },
	{ NID_organizationalUnitName, "OU" },
	{ NID_countryName, "C" },
	{ NID_streetAddress, "street" },
	{ NID_domainComponent, "DC" },
	{ NID_userId, "UID" },
	{ NID_surname, "SN" },
	{ NID_givenName, "GN" },
	{ NID_title, "title" },
	{ NID_serialNumber, "serialNumber" },
	{ NID_postalCode, "postalCode" },
	{ NID_businessCategory, "businessCategory" },
	{ NID_dnQualifier, "dnQualifier" },
	{ NID_organizationIdentifier, "organizationIdentifier" },
	{ NID_pkcs9_emailAddress, "emailAddress" },
	{ NID_jurisdictionCountryName, "jurisdictionC" },
	{ NID_jurisdictionStateOrProvinceName, "jurisdictionST" },
	{ NID_jurisdictionLocalityName, "jurisdictionL" },
};

static const char *
find_word(const ASN1_OBJECT *type)
{
	int nid = OBJ_obj2nid(type);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i].nid == nid)
			return types[i].word;
	return NULL;
}

static void
put_dotted(struct writer *writer, const ASN1_OBJECT *type)
{
	int length = OBJ_obj2txt(NULL, 0, type, 1);
	char *text = length > 0 ? malloc((size_t)length + 1) : NULL;

	if (text && OBJ_obj2txt(text, length + 1, type, 1) == length)
		writer_format(writer, "%s", text);
	else
		writer->failed = true;
	free(text);
}

/* True if the bytes are the characters, in UTF-8. */
static bool
is_text(const ASN1_STRING *value)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(value);
	int type = ASN1_STRING_type(value), length = ASN1_STRING_length(value), i;

	if (type == V_ASN1_UTF8STRING)
		return text_is_utf8((const char *)bytes, (size_t)length);
	if (type != V_ASN1_PRINTABLESTRING && type != V_ASN1_IA5STRING)
		return false;
	for (i = 0; i < length; i++)
		if (bytes[i] > 0x7f)
			return false;
	return true;
}

/* RFC 4514, section 2.4. */
static void
put_text(struct writer *writer, const ASN1_STRING *value)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(value);
	int last = ASN1_STRING_length(value) - 1, i;

	for (i = 0; i <= last; i++) {
		const char c = (char)bytes[i];

		if (bytes[i] < 0x20 || bytes[i] > 0x7e)
			writer_format(writer, "\\%02X", bytes[i]);
		else if (strchr(",+\"\\<>;", c) || (c == ' ' && (i == 0 || i == last)) ||
			 (c == '#' && i == 0))
			writer_format(writer, "\\%c", c);
		else
			writer_bytes(writer, &c, 1);
	}
}

static void
put_der(struct writer *writer, const ASN1_STRING *value)
{
	ASN1_TYPE *any = ASN1_TYPE_new();
	unsigned char *der = NULL;
	int length = -1, i;

	if (any && ASN1_TYPE_set1(any, ASN1_STRING_type(value), value) == 1)
		length = i2d_ASN1_TYPE(any, &der);
	if (length < 0)
		writer->failed = true;
	writer_bytes(writer, "#", 1);
	for (i = 0; i < length; i++)
		writer_format(writer, "%02X", der[i]);
	OPENSSL_free(der);
	ASN1_TYPE_free(any);
}

static void
put_entry(struct writer *writer, const X509_NAME_ENTRY *entry)
{
	const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
	const char *word = find_word(type);

	if (word)
		writer_format(writer, "%s=", word);
	else {
		put_dotted(writer, type);
		writer_bytes(writer, "=", 1);
	}
	if (word && is_text(value))
		put_text(writer, value);
	else
		put_der(writer, value);
}

int
certificate_name_format(const struct X509_name_st *name, char *out, size_t size)
{
	cleanup_writer struct writer writer = { 0 };
	int i, component = -1;

	writer_bytes(&writer, "", 0);
	for (i = X509_NAME_entry_count(name) - 1; i >= 0; i--) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

		if (writer.length)
			writer_bytes(
				&writer, X509_NAME_ENTRY_set(entry) == component ? "+" : ",", 1);
		component = X509_NAME_ENTRY_set(entry);
		put_entry(&writer, entry);
	}
	ERR_clear_error();
	if (writer.failed)
		return -1;
	return snprintf(out, size, "%s", writer.text);
}
