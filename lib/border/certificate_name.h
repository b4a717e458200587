/*
 * Distinguished names as text: the one form in which nimgate prints a subject, and in which a
 * policy or command line pins one.
 *
 * The form is RFC 4514's (as `openssl x509 -nameopt RFC2253` prints), made so that two names have
 * one text only if they are the same sequence of the same types and characters: the last component
 * first, "," between components and "+" inside one, in the order of the certificate; types by the
 * words of a fixed table, else as dotted numbers; characters outside printable ASCII as "\HH" for
 * each byte of their UTF-8. A value of a type without a word, and one that is no well-formed
 * PrintableString, IA5String or UTF8String, is "#" and its DER in hexadecimal digits. These three
 * string types are not told apart: the same characters are the same value.
 *
 * Used by certificate.c alone.
 */
#pragma once

#include <stddef.h>

struct X509_name_st; /* OpenSSL's X509_NAME */

/*
 * Writes NAME into OUT, at most SIZE - 1 characters, all printable ASCII. Returns the length that
 * the whole needs, or -1 (OUT untouched) without memory.
 */
int certificate_name_format(const struct X509_name_st *name, char *out, size_t size)
	__attribute__((nonnull));
