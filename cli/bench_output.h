/*
 * What `nimgate bench` prints: text for people, one JSON object for programs (docs/output.md).
 */
#pragma once

struct bench_directory;
struct bench_machine;
struct error;

/* DIRECTORY is NULL where none was given. */
void bench_output_text(const struct bench_machine *machine, const struct bench_directory *directory)
	__attribute__((nonnull(1)));

/* As bench_output_text(), on one line. Returns 0, or -1 with REASON_INTERNAL. */
int bench_output_json(const struct bench_machine *machine, const struct bench_directory *directory,
	struct error *err) __attribute__((nonnull(1, 3)));
