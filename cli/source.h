/*
 * The model on a command line, as verify, sign and digest share it: which files count, and hashing
 * them.
 */
#pragma once

#include "border/digest.h"
#include "cli/option.h"
#include "gate/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct file_bytes;
struct ignore;
struct model;
struct verification;

/* Options of the three commands; rows of their tables by SOURCE_OPTIONS(). */
struct source_options {
	struct option_list ignore_paths;
	bool ignore_git; /* true is the default: set by the commands */
	bool allow_symlinks;
	const char *threads;
	const char *io; /* NULL: auto */
	bool quiet;
	const char *hash;       /* of sign and digest; NULL: sha256 */
	const char *shard_size; /* likewise; NULL: files as a whole */
};

/* Rows for a command whose struct TYPE has a member "source". */
#define SOURCE_OPTIONS(type)                                                                  \
	{ "ignore-paths", OPTION_LIST, offsetof(type, source.ignore_paths), "PATH",           \
		"leave out PATH and all below it" },                                          \
		{ "ignore-git-paths", OPTION_SWITCH, offsetof(type, source.ignore_git), NULL, \
			"leave out .git and git's own files (default)" },                     \
		{ "allow-symlinks", OPTION_FLAG, offsetof(type, source.allow_symlinks), NULL, \
			"follow symbolic links to regular files" },                           \
		{ "threads", OPTION_TEXT, offsetof(type, source.threads), "N",                \
			"hash with N threads (default: one for each CPU)" },                  \
		{ "read", OPTION_TEXT, offsetof(type, source.io), "auto|cached|direct",       \
			"by the page cache, or past it (default: auto)" },                    \
	{                                                                                     \
		"quiet", OPTION_FLAG, offsetof(type, source.quiet), NULL,                     \
			"print nothing but errors"                                            \
	}

/* Further rows for commands that compute digests instead of comparing them. */
#define SOURCE_HASH_OPTIONS(type)                                                      \
	{ "hash", OPTION_TEXT, offsetof(type, source.hash), "sha256|blake2b|blake3",   \
		"how files are hashed (default: sha256)" },                            \
	{                                                                              \
		"shard-size", OPTION_TEXT, offsetof(type, source.shard_size), "BYTES", \
			"hash in pieces of BYTES (default: whole files)"               \
	}

/* Rules for the model at PATH: those of the options. Returns 0 (caller: ignore_release()), or -1
 * with REASON_USAGE. */
int source_rules(const struct source_options *options, const char *path, struct ignore *out,
	struct error *err) __attribute__((nonnull));

/* Opens the model at PATH without what the rules leave out. Returns 0 (caller: model_close()), or
 * -1 with the reasons of model_open_path(). */
int source_open(const struct source_options *options, const char *path, struct ignore *ignore,
	struct model *out, struct error *err) __attribute__((nonnull));

/*
 * For sign and digest: opens the model at PATH as the only item of VERIFICATION, lists all its
 * files as resources and computes their digests. Files that cannot be signed are printed by name,
 * before anything is hashed. Returns 0, or -1 with REASON_MISSING (no file at all), REASON_USAGE
 * (--hash or --shard-size), the reason of the first file that cannot be signed, or REASON_INTERNAL.
 */
int source_collect(const struct source_options *options, const char *path, struct ignore *ignore,
	struct verification *verification, struct error *err) __attribute__((nonnull));

/* Hashes with progress on a terminal. COLLECT as in struct pool_options. Returns 0, or -1 with the
 * reasons of pool_run(), or REASON_USAGE for --threads. */
int source_hash(const struct source_options *options, bool collect,
	struct verification *verification, struct error *err) __attribute__((nonnull));

/* Number of threads that --threads asks for, 0 without it. Returns 0, or -1 with REASON_USAGE. */
int source_threads(const struct source_options *options, size_t *out, struct error *err)
	__attribute__((nonnull));

/* Are the values of these options understood? Returns 0, or -1 with REASON_USAGE. */
int source_check(const struct source_options *options, struct error *err) __attribute__((nonnull));

/* Prints the findings of the report from FIRST on, one line each, on standard error. */
void source_print_findings(const struct verification *verification, size_t first)
	__attribute__((nonnull));

/* How files become digests: --hash and --shard-size. Returns 0, or -1 with REASON_USAGE. */
int source_serialization(const struct source_options *options, enum digest_algorithm *hash,
	uint64_t *shard_size, struct error *err) __attribute__((nonnull));

/* How --read wants files read. Returns 0, or -1 with REASON_USAGE. */
int source_io(const struct source_options *options, enum pool_io *out, struct error *err)
	__attribute__((nonnull));

/* Says which paths the rules left out, in one line. */
void source_print_ignored(const struct ignore *ignore) __attribute__((nonnull));

/* Reads the whole file at PATH, at most LIMIT_PEM_BYTES, as WHAT. Returns 0 (caller:
 * file_release()), or -1 with REASON_CONFIG. */
int source_read_pem(const char *path, const char *what, struct file_bytes *out, struct error *err)
	__attribute__((nonnull));
