/*
 * Numbers in Prometheus' text format, as node_exporter's textfile collector reads it: families with
 * a help and a type, samples with labels, no timestamps.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct writer;

enum metrics_text_type {
	METRICS_TEXT_GAUGE,
	METRICS_TEXT_COUNTER,
};

struct metrics_text_label {
	const char *name;  /* borrowed */
	const char *value; /* borrowed; any bytes: what is not printable is escaped first */
};

/* Begins the family NAME; its samples follow at once. */
void metrics_text_family(struct writer *writer, const char *name, enum metrics_text_type type,
	const char *help) __attribute__((nonnull));

/* One sample of the family NAME, with COUNT labels. */
void metrics_text_sample(struct writer *writer, const char *name,
	const struct metrics_text_label labels[], size_t count, uint64_t value)
	__attribute__((nonnull(1, 2)));

/* A family of one sample without labels; and one of milliseconds, which is written in seconds. */
void metrics_text_single(struct writer *writer, const char *name, enum metrics_text_type type,
	const char *help, uint64_t value) __attribute__((nonnull));
void metrics_text_seconds(struct writer *writer, const char *name, enum metrics_text_type type,
	const char *help, uint64_t milliseconds) __attribute__((nonnull));
