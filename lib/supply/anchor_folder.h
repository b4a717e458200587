/*
 * The trust folder: NAME.pem files with certificates that policies name as anchors. Files are
 * added, never replaced; the folder decides nothing: policies do.
 */
#pragma once

#include "base/error.h"
#include "border/chain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clerk;
struct file_bytes;

#define ANCHOR_FOLDER_DEFAULT "/etc/nimgate/trust"

enum {
	ANCHOR_FOLDER_FILES = 256,
	ANCHOR_FOLDER_WARN_DAYS = 60, /* before a certificate's end: time for a new one to come */
};

/* One file of the folder. */
struct anchor_file {
	char *path;                        /* owned */
	struct chain_signer *certificates; /* owned; as border/chain_describe.h has them */
	size_t count;
	struct error why; /* REASON_NONE, or why it holds no certificates that can be read */
};

struct anchor_folder {
	struct anchor_file *files; /* owned; sorted by path */
	size_t count, capacity;
};

/*
 * Reads each file NAME.pem of the folder PATH. CLERK reads certificates. A folder that is not there
 * is empty. Returns 0 (caller: anchor_folder_release()), or -1 with REASON_CONFIG.
 */
int anchor_folder_read(const char *path, struct clerk *clerk, struct anchor_folder *out,
	struct error *err) __attribute__((nonnull));

/* Reads one file, which need not be there: what is wrong with it goes to *out (caller:
 * anchor_folder_release_file()). */
void anchor_folder_read_file(const char *path, struct clerk *clerk, struct anchor_file *out)
	__attribute__((nonnull));

void anchor_folder_release_file(struct anchor_file *file) __attribute__((nonnull));

/* Frees the list; a zeroed one is fine. */
void anchor_folder_release(struct anchor_folder *folder);

#define cleanup_anchor_folder __attribute__((cleanup(anchor_folder_release)))

/* "<folder>/<name>.pem" (owned by the caller, free()); NULL with REASON_USAGE where NAME is none:
 * letters, digits, '.', '_' and '-', and no '.' first. */
char *anchor_folder_path(const char *folder, const char *name, struct error *err)
	__attribute__((nonnull));

/* Adds the file PATH, whole and for all to read; its folder is made where there is none. Returns 0,
 * or -1 with REASON_CONFIG (os_errno EEXIST: there is one already) or REASON_IO. */
int anchor_folder_add(const char *path, const struct file_bytes *pem, struct error *err)
	__attribute__((nonnull));

/* What of the validity of a certificate people should know at NOW, in words: "expired on ...",
 * "expires on ..., in N days", "is not valid before ..."; OUT is "" where all is well. Returns
 * whether it says anything. */
bool anchor_folder_warn(const struct chain_signer *certificate, int64_t now, char *out, size_t size)
	__attribute__((nonnull));
