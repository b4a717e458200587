/*
 * The parser: the contained child that reads every foreign document. A document goes in as a
 * descriptor, one flat, bounded, checked struct comes out.
 *
 * One parser serves one trust domain: state and config.json of one container share one; each
 * signature and each question about a manifest (gate/reading.h) gets a fresh one. A parser that
 * dies, hangs or answers nonsense is REASON_INTERNAL: a refusal.
 */
#pragma once

#include "base/limits.h"
#include "base/text.h"
#include "guard/spawn.h"
#include "oci/state.h"

struct anchors;
struct error;
struct file_bytes;
struct signed_model;
struct start;
struct validity;
struct wire_message;

/* What a parser is for; it answers nothing else. */
enum parser_kind {
	PARSER_CONTAINER, /* state, config.json, and the bytes of the manifest as they are */
	PARSER_MANIFEST,  /* a manifest */
	PARSER_SIGNATURE, /* one bundle; costs OpenSSL's start, which a container that is no NIM
			     must not pay */
};

struct parser {
	struct spawn_child child;
	/* NULL, or what the caller has to do anyway: called once, while the next question is being
	   answered. */
	void (*meanwhile)(void *context);
	void *context; /* borrowed */
};

/* Starts a parser. Returns 0 (caller: parser_end()), or -1 with REASON_INTERNAL. */
int parser_start(enum parser_kind kind, struct parser *out, struct error *err)
	__attribute__((nonnull));

/* Ends it; an ended or zeroed one is fine. */
void parser_end(struct parser *parser);

/* Kills it, without waiting for that: it answers no more, and parser_end() is still needed. */
void parser_kill(struct parser *parser) __attribute__((nonnull));

#define cleanup_parser __attribute__((cleanup(parser_end)))

/* The state that the engine writes to FD (borrowed, as all descriptors here). Returns 0, or -1 with
 * the reasons of state_parse(). */
int parser_state(struct parser *parser, int fd, struct state *out, struct error *err)
	__attribute__((nonnull));

/* What config.json says about the container's start. Returns 0, or -1 with the reasons of
 * config_parse() and start_read(). */
int parser_config(struct parser *parser, int fd, struct start *out, struct error *err)
	__attribute__((nonnull));

/* The bytes of the manifest: the parser reads them, since that may take for ever, and looks at
 * none. Returns 0 (caller: file_release()), or -1 with REASON_MANIFEST (too large) or REASON_IO. */
int parser_bytes(struct parser *parser, int fd, struct file_bytes *out, struct error *err)
	__attribute__((nonnull));

/* One question of gate/request.h, to be answered whatever the answer is: parser_judge() tells a
 * refusal. Returns 0 (caller: wire_release()), or -1 with REASON_INTERNAL. */
int parser_ask(struct parser *parser, const struct wire_message *question, int fd,
	struct wire_message *answer, struct error *err) __attribute__((nonnull));

/* Returns 0 where ANSWER is none, or -1 with the refusal that it is, or REASON_INTERNAL. */
int parser_judge(struct wire_message *answer, struct error *err) __attribute__((nonnull));

/* One profile of a manifest, for lists. */
struct parser_profile {
	char id[LIMIT_PROFILE_ID_BYTES + 1];
	char description[TEXT_QUOTED_MAX]; /* printable; cut where it is too long */
};

/*
 * The profiles of the manifest in *out (owned by the caller, free()), in its order. Returns 0, or
 * -1 with the reasons of manifest_parse().
 */
int parser_profiles(struct parser *parser, int fd, struct parser_profile **out, size_t *count,
	struct error *err) __attribute__((nonnull));

/*
 * A signature, verified against the anchors, and made by one of their signers. Returns 0 (caller:
 * signed_model_release()), or -1 with the reasons of trust_add_pem(), bundle_parse(),
 * envelope_open() and statement_parse(); or with REASON_SIGNER, and then OUT says who signed, and
 * nothing else.
 */
int parser_bundle(struct parser *parser, int fd, const struct anchors *anchors,
	struct signed_model *out, struct error *err) __attribute__((nonnull));

/* Whether a signature has the form of one (oms/bundle.h), whoever made it. Returns 0, or -1 with
 * the reasons of bundle_parse(). */
int parser_form(struct parser *parser, int fd, struct error *err) __attribute__((nonnull));
/* The same in two halves, so that several parsers can be at work. Only after the first may the
 * second be called, which then alone is to be given OUT; ANCHORS are the same. */
int parser_bundle_ask(struct parser *parser, int fd, const struct anchors *anchors,
	struct error *err) __attribute__((nonnull));
int parser_bundle_answer(struct parser *parser, const struct anchors *anchors,
	struct signed_model *out, struct error *err) __attribute__((nonnull));

/* What a file holds whose certificates are looked at. */
enum parser_file {
	PARSER_PEM,
	PARSER_BUNDLE,
};

/* How long the certificates of the file at FD are valid; to a parser of PARSER_SIGNATURE. Returns
 * 0, or -1 with the reasons of gate/validity.h. */
int parser_validity(struct parser *parser, enum parser_file kind, int fd, struct validity *out,
	struct error *err) __attribute__((nonnull));
