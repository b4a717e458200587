/*
 * What libcurl's failures are called here. Used by http.c alone.
 */
#pragma once

#include <stdbool.h>

/* What CODE, a CURLcode that is not CURLE_OK, means, in words of our own (static storage), and
 * whether it may be gone the next time. */
const char *http_failure_words(int code, bool *retry) __attribute__((nonnull));
