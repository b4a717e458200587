/*
 * A model directory as it lies on disk, held by descriptor: which files are there, and how each is
 * opened.
 *
 * Files are opened once, beneath the directory, and only if they are regular; what is hashed is the
 * descriptor.
 */
#pragma once

#include "base/limits.h"
#include "base/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct error;

/* What a symbolic link among the files may be. */
enum model_links {
	MODEL_LINKS_REFUSE, /* nothing */
	MODEL_LINKS_BLOBS,  /* a link of NIM's cache: to a regular file in blobs/ of the same model
			       folder */
	MODEL_LINKS_FOLLOW, /* a link to a regular file anywhere: the command's --allow-symlinks */
};

struct model {
	char *label; /* owned; for messages: the NGC version, or the path that was given */
	int base; /* owned; the directory that nothing leaves: the model itself, or its models--...
		     folder */
	int dir;  /* owned; with MODEL_LINKS_BLOBS what lies at BELOW, else -1 */
	char *below; /* owned; from base to the model's files: "", or "snapshots/<version>" */
	enum model_links links;
	bool cross_mounts; /* files may lie on other mounts than base */
	bool single;       /* the model is one regular file, which base holds */
	struct tree tree;  /* what is there */
};

/* A file of the model, opened for reading. */
struct model_file {
	int fd; /* owned; -1: an empty file that was not opened */
	struct stat st;
};

#define MODEL_CLOSED                  \
	{                             \
		.base = -1, .dir = -1 \
	}

/*
 * Opens a NIM snapshot: the directory BELOW of the models--... folder BASE (taken over in every
 * case), and reads its names. Returns 0 (caller: model_close()), or -1 with REASON_NOT_CACHED,
 * REASON_LINK, REASON_EXTRA or REASON_IO.
 */
int model_open_snapshot(int base, const char *below, const char *label, struct model *out,
	struct error *err) __attribute__((nonnull));

/*
 * Opens the directory or regular file that the O_PATH descriptor BASE (taken over in every case)
 * holds, as it lies in a container: without links, without other mounts. Returns 0 (caller:
 * model_close()), or -1 with REASON_LINK, REASON_SPECIAL, REASON_EXTRA or REASON_IO.
 */
int model_open_descriptor(int base, const char *label, struct model *out, struct error *err)
	__attribute__((nonnull));

/*
 * Opens the directory or regular file PATH for the command. A symbolic link needs LINKS to be
 * MODEL_LINKS_FOLLOW. SKIP as in struct tree_options, may be NULL. Returns 0 (caller:
 * model_close()), or -1 with REASON_USAGE (not there), REASON_LINK, REASON_SPECIAL, REASON_EXTRA or
 * REASON_IO.
 */
int model_open_path(const char *path, enum model_links links,
	bool (*skip)(const char *name, void *context), void *context, struct model *out,
	struct error *err) __attribute__((nonnull(1, 5, 6)));

/* Closes it; a closed model is fine, a zeroed one is not. */
void model_close(struct model *model);

/* Opens one file by its name in the tree; with EMPTY_UNOPENED not one that is empty by the word of
 * a file system whose word is enough. Returns 0 (caller closes out->fd, if any), or -1 with
 * REASON_LINK, REASON_SPECIAL, REASON_MISSING, REASON_BUSY or REASON_IO. */
int model_open_file(const struct model *model, const char *name, bool empty_unopened,
	struct model_file *out, struct error *err) __attribute__((nonnull));

/* Size in bytes of the file that ENTRY of the tree is or leads to; 0 where it cannot be told. For
 * order, progress and messages, never for a verdict. */
uint64_t model_file_size(const struct model *model, const struct tree_entry *entry)
	__attribute__((nonnull));
