/*
 * The canary of nimgate doctor: a container that the gate must refuse (cli/canary_image.h), started
 * through a real engine. In place of what files say, what happens.
 */
#pragma once

struct doctor_report;
struct error;

/*
 * Loads the canary into ENGINE ("docker", "podman", or "containerd" and "ctr", by ctr), starts it
 * without a network, through the runtime RUNTIME where it is not NULL, and removes both again, also
 * when a signal asks to end meanwhile. Adds what came of it: OK where the gate refused it, a hole
 * where it ran, and where that cannot be told. Returns 0, or -1 with REASON_USAGE (another engine)
 * or REASON_INTERNAL.
 */
int doctor_canary(struct doctor_report *report, const char *engine, const char *runtime,
	struct error *err) __attribute__((nonnull(1, 2, 4)));
