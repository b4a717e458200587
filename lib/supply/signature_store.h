/*
 * The signature folder as it is written: nimgate's own layout (nim/cache.h). A file appears whole
 * or not at all, also where the machine stops while it is written; none is replaced unasked.
 */
#pragma once

struct error;
struct file_bytes;
struct ngc_ref;

struct signature_store {
	int folder; /* a descriptor */
};

#define SIGNATURE_STORE_CLOSED \
	{                      \
		.folder = -1   \
	}

enum signature_store_state {
	SIGNATURE_STORE_ABSENT,
	SIGNATURE_STORE_SAME,
	SIGNATURE_STORE_DIFFERENT,
};

/* Opens the folder PATH, which is there and belongs to root or us alone. Returns 0 (caller:
 * signature_store_close()), or -1 with REASON_CONFIG. */
int signature_store_open(const char *path, struct signature_store *out, struct error *err)
	__attribute__((nonnull));

void signature_store_close(struct signature_store *store);

#define cleanup_signature_store __attribute__((cleanup(signature_store_close)))

/* How the signature of REF in the folder compares with BYTES; NULL: it is at most DIFFERENT.
 * Returns 0, or -1 with REASON_CONFIG (others can write it) or REASON_IO. */
int signature_store_compare(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, enum signature_store_state *out, struct error *err)
	__attribute__((nonnull(1, 2, 4, 5)));

/* Adds the signature of REF, of which there is none. Returns 0, or -1 with REASON_IO (os_errno is
 * EEXIST where there is one after all) or REASON_CONFIG. */
int signature_store_add(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, struct error *err) __attribute__((nonnull));

/* As signature_store_add(), in place of the one that is there. */
int signature_store_replace(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, struct error *err) __attribute__((nonnull));

/* As signature_store_replace(), of the file SIGNATURE_STORE_NEXT beside it, which nobody reads but
 * people. */
int signature_store_put_beside(const struct signature_store *store, const struct ngc_ref *ref,
	const struct file_bytes *bytes, struct error *err) __attribute__((nonnull));

#define SIGNATURE_STORE_NEXT "result.sigstore.next"

/* Takes the file beside the signature of REF away, if there is one: the signature is NGC's again.
 */
void signature_store_drop_beside(const struct signature_store *store, const struct ngc_ref *ref)
	__attribute__((nonnull));
