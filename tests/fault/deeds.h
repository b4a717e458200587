/*
 * What a child that was taken over might do, behind its filter and with what it holds.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct deeds_report {
	_Atomic uint32_t done;  /* the deed was done, or tried */
	_Atomic uint32_t broke; /* it worked, and should not have */
};

/* Does the deed of that name, one of deeds.c's tables; SOCKET is the child's. Returns where an
 * honest child would go on. */
void deeds_do(const char *name, int socket, struct deeds_report *report) __attribute__((nonnull));
