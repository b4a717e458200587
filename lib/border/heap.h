/*
 * OpenSSL's memory, watched: shared by the borders digest, pem, key and chain.
 *
 * OpenSSL may call a lack of memory a wrong signature, an unknown issuer or a malformed
 * certificate. Whoever asked it can find out here that it could not find out.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

/*
 * Starts OpenSSL, without its configuration, and watches its memory from now on; again is fine. Has
 * to come before OpenSSL first asks for memory: where the program has used it before, nothing is
 * watched, and OpenSSL's own words stand. Returns 0, or -1 if OpenSSL cannot be started.
 */
int heap_start(void);

/* How many of this thread's requests for memory have been refused. */
size_t heap_refusals(void);

/*
 * For the end of a function that refuses because OpenSSL did: where a request was refused since
 * heap_refusals() was BEFORE, *err becomes error_no_memory(). Its value is always -1; a macro, so
 * that compilers and analysers see it.
 */
#define heap_refuse(before, err) (heap_blame(before, err), error_result())

/* The function behind the macro. */
void heap_blame(size_t before, struct error *err) __attribute__((nonnull));
