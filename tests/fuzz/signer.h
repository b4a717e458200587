/*
 * Who signs for the targets: the key and the certificates of tests/unit/oms_material.h.
 */
#pragma once

struct key;
struct sign_certificate;

enum { SIGNER_CERTIFICATES = 2 }; /* the leaf, and its root */

/* The pair of keys, kept until the program ends. */
const struct key *signer_key(void);

/* SIGNER_CERTIFICATES of them, kept until the program ends. */
const struct sign_certificate *signer_certificates(void);
