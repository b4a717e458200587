/*
 * A manifest as one start reads it: each question goes to a fresh parser, or is answered by what
 * such a parser answered before.
 *
 * Remembered is an answer under the digest of all that it depends on: the manifest's bytes, the
 * question, and the program (receipt/memo.h). The parser has read nothing else, and above all
 * nothing of the container's: whoever takes one over by config.json, a cache or a signature has no
 * say in what another container's start finds. An answer that was remembered is checked like one
 * that has just come, and so is one before it is remembered.
 */
#pragma once

#include "base/file.h"
#include "border/digest.h"

#include <stddef.h>
#include <stdint.h>

struct error;
struct fit;
struct hardware;
struct parser;
struct plan;

struct reading {
	int manifest; /* borrowed: the file, from its beginning; where answers are remembered, owned
			 and sealed, and -1 until a parser needs it */

	const char *folder; /* of the receipts, borrowed; NULL: nothing is remembered */
	int64_t age_max_s;  /* older answers do not count */
	struct file_bytes bytes;
	struct digest digest; /* of these bytes */
	size_t remembered;    /* answers that were */

	/* As in struct parser: once, while a parser works. */
	void (*meanwhile)(void *context);
	void *context;
};

/* The manifest that FD (borrowed) has open; no answer is remembered. */
struct reading reading_of(int fd);

/*
 * Has PARSER, that of the container, read the manifest at FD, and remembers the answers in FOLDER
 * (borrowed), that of the receipts. Returns 0 (caller: reading_close()), or -1 with the reasons of
 * parser_bytes() or REASON_INTERNAL. To be called of a reading_of() FD.
 */
int reading_remember(struct reading *reading, struct parser *parser, const char *folder,
	int64_t age_max_s, struct error *err) __attribute__((nonnull));

/* The manifest's profile PIN, or with "" the union of all profiles. Returns 0 (caller:
 * plan_release()), or -1 with the reasons of manifest_parse(), manifest_find() and manifest_all().
 */
int reading_profile(struct reading *reading, const char *pin, struct plan *out, struct error *err)
	__attribute__((nonnull));

/* The union of the manifest's profiles of that DESCRIPTION, which the caller's text may be too long
 * for (REASON_PROFILE). Returns 0 (caller: plan_release()), or -1 with the reasons of
 * manifest_parse() and manifest_described(). */
int reading_described(struct reading *reading, const char *description, struct plan *out,
	struct error *err) __attribute__((nonnull));

/* The union of the manifest's profiles without those that the HARDWARE, which is known, rules out.
 * Returns 0 (caller: plan_release() of its plan), or -1 with the reasons of manifest_parse() and
 * manifest_fitting(). */
int reading_fitting(struct reading *reading, const struct hardware *hardware, struct fit *out,
	struct error *err) __attribute__((nonnull));

/* Frees what the reading owns. */
void reading_close(struct reading *reading) __attribute__((nonnull));

#define cleanup_reading __attribute__((cleanup(reading_close)))
