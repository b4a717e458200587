/*
 * A decision's entry in the system's log: docs/decision-log.md lists the fields, and
 * systemd/nimgate.catalog explains the messages.
 */
#pragma once

struct decision;
struct error;

/* The MESSAGE_IDs: frozen, as reasons are. */
#define DECISION_RECORD_ADMITTED "91503ec650e840d794a040de74391fc9"
#define DECISION_RECORD_REFUSED  "400dd860e2fd47d49627cbdefa46bb3e"
#define DECISION_RECORD_PENDING  "dfe88ef2e79b43b1a171290af1a30c32"
#define DECISION_RECORD_LENIENT  "1a022b5d7fcf4258b641bbd97e56ad8b"
#define DECISION_RECORD_UNGATED  "075a9429897f410f85af6c45eda3e071" /* of nimgate audit */

/* Sends it; UNLOGGED says why the decision log does not have it, NULL where it has. Returns 0, or
 * -1 with REASON_IO or REASON_INTERNAL, which changes no verdict. */
int decision_record_send(const struct decision *decision, const char *unlogged, struct error *err)
	__attribute__((nonnull(1, 3)));
