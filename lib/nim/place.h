/*
 * Complaints about one place of a manifest: every text starts "line L, column C: ".
 */
#pragma once

#include "base/reason.h"

struct error;
struct node;

/* Sets the error for node AT. Always returns -1. */
int place_refuse(const struct node *at, enum reason reason, struct error *err, const char *format,
	...) __attribute__((format(printf, 4, 5), nonnull));

/* Puts the place of node AT in front of the error's text. Always returns -1. */
int place_wrap(const struct node *at, struct error *err) __attribute__((nonnull));
