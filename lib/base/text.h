/*
 * Strings from outside, made safe to show; and the few checks on text that several layers need.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_QUOTED_MAX = 160 };

/* A foreign string as shown in messages: quoted, printable ASCII, bounded. */
struct text_quoted {
	char text[TEXT_QUOTED_MAX];
};

/*
 * Writes LENGTH bytes as printable ASCII into OUT (SIZE bytes with the NUL, at least 8): backslash
 * as "\\", each other byte outside 0x20..0x7e as "\xHH". Too long: cut, with "..." at the end.
 * Returns OUT.
 */
char *text_escape(char *out, size_t size, const char *bytes, size_t length)
	__attribute__((nonnull(1)));

/* TEXT as it is, cut to SIZE, where it is printable ASCII, as our own messages are; else as
 * text_escape() has it. Returns OUT. */
char *text_show(char *out, size_t size, const char *text) __attribute__((nonnull));

/* The NUL-terminated string in single quotes, escaped as above and cut to TEXT_QUOTED_MAX. NULL
 * gives "(none)". */
struct text_quoted text_quote(const char *string);

/* For printf arguments: TEXT_QUOTE(name) is a const char * that lives until the end of the full
 * expression. */
#define TEXT_QUOTE(string) (text_quote(string).text)

/* True for well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF). */
bool text_is_utf8(const char *bytes, size_t length) __attribute__((nonnull));

/* True if a relative path is canonical: no empty, "." or ".." component, no leading or trailing
 * slash, not empty. */
bool text_is_canonical_path(const char *path) __attribute__((nonnull));

/*
 * Parses exactly 2 * SIZE hexadecimal digits (either case) into OUT.
 * Returns 0, or -1 (OUT untouched) when LENGTH or a digit does not fit.
 */
int text_parse_hex(const char *digits, size_t length, uint8_t *out, size_t size)
	__attribute__((nonnull));

/* Writes 2 * SIZE lower-case digits and a NUL to OUT, which has room for 2 * SIZE + 1. Returns OUT.
 */
char *text_format_hex(char *out, const uint8_t *bytes, size_t size) __attribute__((nonnull));

/*
 * The value of LENGTH decimal digits: without sign, without a leading zero, below 2^63. Returns 0,
 * or -1 (OUT untouched).
 */
int text_parse_count(const char *digits, size_t length, uint64_t *out) __attribute__((nonnull));

/*
 * The value of a JSON number (RFC 8259 section 6) that is whole and below 2^63, however it is
 * written: 1000, 1000.0, 1e3, 10.0E+2. Returns 0, or -1 (OUT untouched).
 */
int text_parse_whole(const char *number, uint64_t *out) __attribute__((nonnull));
