/*
 * A failure of nimgate-runtime, said where engines look for a runtime's.
 */
#pragma once

struct command;
struct error;

/*
 * Says the error on standard error, and in the file that --log names: one line as runc would write
 * it, in text or JSON. Engines show users what stands there, and nothing of standard error.
 */
void runtime_log_error(const struct command *command, const struct error *err)
	__attribute__((nonnull));
