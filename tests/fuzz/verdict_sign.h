/*
 * Statements about the model of verdict_model.h in every form that OMS knows, and signatures over
 * any text by a key that fuzz_verdict trusts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum verdict_form {
	VERDICT_KEY,
	VERDICT_CERTIFICATES,
	VERDICT_KEY_LEGACY, /* in the encoding of release 0.2.0 */
	VERDICT_CERTIFICATES_LEGACY,
	VERDICT_FORMS,
};

struct verdict_statement {
	const char *hash; /* by the name of OMS */
	size_t shard;     /* bytes; 0: whole files */
	bool suffix;      /* of shards: the algorithm says their size, too */
	bool legacy;      /* the statement of release 0.2.0 */
};

/* True where our library has the hash. */
bool verdict_knows(const char *hash);

/* A statement that is right where our library has the hash; else it has the digests of SHA-256.
 * The caller frees it. */
char *verdict_state(const struct verdict_statement *what);

/* The signature file over a payload. The caller frees it; NULL where it cannot be made. */
char *verdict_sign(const char *payload, size_t length, enum verdict_form form);
