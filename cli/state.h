/*
 * What nimgate remembers and does on this host, in one look; changes nothing.
 */
#pragma once

#include "gate/pending.h"
#include "gate/running.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum { STATE_RUNNING_MAX = 256 };

/* Who serves requests. */
enum state_service {
	STATE_SERVICE_NO_SYSTEMD,
	STATE_SERVICE_ABSENT, /* the unit is not installed */
	STATE_SERVICE_OFF,    /* it is installed, and not enabled */
	STATE_SERVICE_ON,
};

struct state_receipts {
	char why[160]; /* they cannot be read; else "" */
	size_t rows;
	uint64_t bytes;
	int64_t oldest_s; /* seconds since 1970; 0 without rows */
};

struct state {
	struct state_receipts receipts;
	struct running_progress *running; /* owned */
	size_t running_count;
	struct pending *pending; /* owned */
	size_t pending_count;
	char pending_why[160]; /* they cannot be read; else "" */
	enum state_service service;
};

/* Looks; the receipts are in FOLDER. Returns 0 (caller: state_release()), or -1 with
 * REASON_INTERNAL. */
int state_read(const char *folder, struct state *out, struct error *err) __attribute__((nonnull));

/* Where the unit that serves requests stands, on the machine whose root folder is ROOT. */
enum state_service state_find_service(const char *root) __attribute__((nonnull));

void state_release(struct state *state) __attribute__((nonnull));
