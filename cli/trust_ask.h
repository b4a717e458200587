/*
 * Shows certificates to the person who is to trust them, and asks.
 */
#pragma once

#include <stddef.h>

struct chain_signer;
struct error;
struct file_bytes;
struct option_list;

/* Prints COUNT certificates: subject, validity, SHA-256 of certificate and key. */
void trust_ask_show(const struct chain_signer *certificates, size_t count) __attribute__((nonnull));

/*
 * Whether the file PEM with these certificates is to be trusted: by DIGESTS, the SHA-256 of the
 * file or of each of its certificates, in hexadecimal digits, colons or none; or, without any, by
 * whoever sits at the terminal. WHAT names the question. Returns 0, or -1 with REASON_UNTRUSTED
 * (another digest, or no) or REASON_USAGE (no digest and no terminal; no digest at all).
 */
int trust_ask(const struct file_bytes *pem, const struct chain_signer *certificates, size_t count,
	const struct option_list *digests, struct error *err) __attribute__((nonnull));
