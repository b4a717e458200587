/*
 * Who starts: the state that the runtime writes to standard input, and its config.json.
 *
 * The parser reads both. That the start is the one that the state is about, and no other container,
 * the hook compares for itself: a parser that was taken over by one container must not make it look
 * at, or build a view in, another.
 */
#pragma once

struct admission;
struct error;
struct parser;

/* Starts PARSER (caller: parser_end(), also after a failure) and fills ADMISSION's state and start.
 * Returns 0, or -1 with the reasons of parser_start(), parser_state(), state_text_check() and
 * parser_config(); or REASON_UNSEEN. */
int caller_read(struct admission *admission, struct parser *parser, struct error *err)
	__attribute__((nonnull));
