/*
 * DER, and what only looks like it, written by hand: a template is bytes with places in it.
 *
 *   02 ff      bytes in hexadecimal, blanks as one likes
 *   'text'     bytes as they stand
 *   R          the variable R: a capital letter
 *   ( )        the length of what stands between, in the shortest form, and then that
 *   { }        as ( ), with a length of a byte more than it needs, which is BER but not DER
 *   [ ]        as ( ), with the indefinite length and its two zeros at the end: BER
 *   < >        as ( ), with a length that is one too large
 */
#pragma once

#include "border/key.h"

#include "tests/unit/oms_material.h"

#include <ctype.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

enum { DER_MAX = 2048 };

struct der {
	uint8_t bytes[DER_MAX];
	size_t length;
};

/* The variables of a template, 'A' first. */
struct der_variables {
	struct der named[26];
};

static inline void
der_add(struct der *out, const void *bytes, size_t length)
{
	material_need(out->length + length <= DER_MAX, "room for DER");
	memcpy(out->bytes + out->length, bytes, length);
	out->length += length;
}

static inline void
der_add_byte(struct der *out, size_t byte)
{
	der_add(out, &(uint8_t){ (uint8_t)byte }, 1);
}

/* A length with MORE bytes than it needs. */
static inline void
der_add_length(struct der *out, size_t length, size_t more)
{
	size_t bytes = (length > 0xff ? 2 : length > 0x7f ? 1 : 0) + more;

	if (bytes > 0)
		der_add_byte(out, 0x80 + bytes);
	for (size_t i = bytes > 0 ? bytes : 1; i-- > 0;)
		der_add_byte(out, i < 2 ? length >> 8 * i : 0);
}

static inline void
der_set(struct der_variables *variables, char name, const void *bytes, size_t length)
{
	variables->named[name - 'A'].length = 0;
	der_add(&variables->named[name - 'A'], bytes, length);
}

/* What stands between two brackets, OPEN being the first. */
static inline void
der_add_inner(struct der *out, char open, const struct der *inner)
{
	if (open == '[')
		der_add_byte(out, 0x80);
	else
		der_add_length(out, inner->length + (open == '<'), open == '{');
	der_add(out, inner->bytes, inner->length);
	if (open == '[')
		der_add(out, "\0", 2);
}

/* Writes the template from *AT to its end or to the bracket that closes it. */
static inline void
der_write(struct der *out, const char **at, const struct der_variables *variables)
{
	unsigned int byte;

	for (; **at && !strchr(")}]>", **at); ++*at) {
		if (strchr("({[<", **at)) {
			struct der inner = { .length = 0 };
			char open = **at;

			++*at;
			der_write(&inner, at, variables);
			material_need(**at, "a closing bracket");
			der_add_inner(out, open, &inner);
		} else if (**at == '\'') {
			for (++*at; **at != '\''; ++*at)
				der_add_byte(out, (uint8_t) * *at);
		} else if (isupper(**at)) {
			der_add(out, variables->named[**at - 'A'].bytes,
				variables->named[**at - 'A'].length);
		} else if (**at != ' ') {
			material_need(sscanf(*at, "%2x", &byte) == 1 && (*at)[1], *at);
			der_add_byte(out, byte);
			++*at;
		}
	}
}

static inline struct der
der_make(const char *template, const struct der_variables *variables)
{
	struct der out = { .length = 0 };

	der_write(&out, &template, variables);
	material_need(*template == '\0', template);
	return out;
}

/* A fresh pair of keys (caller: key_release()), and its SubjectPublicKeyInfo where SPKI is not
 * NULL. */
static inline struct key *
der_generate_key(const char *curve, struct der *spki)
{
	EVP_PKEY *pkey = EVP_EC_gen(curve);
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *bytes = NULL;
	struct error err = { 0 };
	char *pem = NULL;
	struct key *key;
	int length;

	material_need(pkey && bio && PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL),
		curve);
	length = (int)BIO_get_mem_data(bio, &pem);
	key = key_parse_private(pem, (size_t)length, NULL, curve, &err);
	material_need(key, err.text);
	length = i2d_PUBKEY(pkey, &bytes);
	material_need(length > 0, curve);
	if (spki)
		der_add(spki, bytes, (size_t)length);
	OPENSSL_free(bytes);
	BIO_free(bio);
	EVP_PKEY_free(pkey);
	return key;
}
