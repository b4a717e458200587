/*
 * What nimgate remembers and does on this host, in one look; changes nothing.
 */
#pragma once

#include "gate/pending.h"
#include "gate/running.h"
#include "receipt/memo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

enum { OVERVIEW_RUNNING_MAX = 256 };

/* Who serves requests. */
enum overview_service {
	OVERVIEW_SERVICE_NO_SYSTEMD,
	OVERVIEW_SERVICE_ABSENT, /* the unit is not installed */
	OVERVIEW_SERVICE_OFF,    /* it is installed, and not enabled */
	OVERVIEW_SERVICE_ON,
};

struct overview_receipts {
	char why[160]; /* they cannot be read; else "" */
	size_t rows;
	uint64_t bytes;
	int64_t oldest_s; /* seconds since 1970; 0 without rows */
};

struct overview {
	struct overview_receipts receipts;
	struct memo_sum memos;
	struct running_progress *running; /* owned */
	size_t running_count;
	struct pending *pending; /* owned */
	size_t pending_count;
	char pending_why[160]; /* they cannot be read; else "" */
	enum overview_service service;
};

/* Looks; the receipts are in FOLDER. Returns 0 (caller: overview_release()), or -1 with
 * REASON_INTERNAL. */
int overview_read(const char *folder, struct overview *out, struct error *err)
	__attribute__((nonnull));

/* Where the unit that serves requests stands, on the machine whose root folder is ROOT. */
enum overview_service overview_find_service(const char *root) __attribute__((nonnull));

void overview_release(struct overview *overview) __attribute__((nonnull));
