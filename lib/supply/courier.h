/*
 * Couriers: child processes that alone hold NGC's key and speak with servers, one document at a
 * time. The command that starts them writes files and starts parsers, and has neither.
 *
 * A courier runs as nobody where the command is root, behind a filter (guard/tables_courier.h), has
 * no environment, no descriptors of the command's, leaves no core dump, and dies with the command.
 * What it brings is bytes: nobody has looked at them but for their size.
 */
#pragma once

#include "guard/spawn.h"
#include "nim/ngc_ref.h"

#include <stdbool.h>

struct error;
struct ngc_settings;
struct secret;

struct courier {
	struct spawn_child child;
};

/* Starts a courier; the caller has one thread. It gets its own copy of KEY (zeroed: none). Returns
 * 0 (caller: courier_end()), or -1 with REASON_INTERNAL. */
int courier_start(const struct ngc_settings *settings, const struct secret *key,
	struct courier *out, struct error *err) __attribute__((nonnull));

/* Ends it; an ended or zeroed one is fine. */
void courier_end(struct courier *courier);

/* Sends it for the signature of REF, or for NVIDIA's public certificate. It does one thing at a
 * time. Returns 0, or -1 with REASON_INTERNAL. */
int courier_send_for_signature(struct courier *courier, const struct ngc_ref *ref,
	struct error *err) __attribute__((nonnull));
int courier_send_for_public_key(struct courier *courier, struct error *err)
	__attribute__((nonnull));

/*
 * What it brought: a descriptor (caller closes) of a sealed file, read from its beginning. Waits
 * TIMEOUT_MS at most; what came later would be taken for another answer, so it is ended then, as
 * after everything that it did not say itself. Returns the descriptor, or -1 with the reasons of
 * supply/ngc.h.
 */
int courier_receive(struct courier *courier, int timeout_ms, struct error *err)
	__attribute__((nonnull));
