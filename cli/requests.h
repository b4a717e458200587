/*
 * The requests that starts left because hashing would have outlasted them, served one after another
 * (gate/pending.h).
 */
#pragma once

struct error;
struct prefetch;

/*
 * Serves the requests in DIRECTORY, oldest first, until none is left, also those that arrive
 * meanwhile. A request that was served, or cannot be, is removed, and one line says which. Returns
 * 0 if nothing was wrong, or -1 with the first reason; what stop_give_up() says ends it, and leaves
 * the request for the next time.
 */
int requests_serve(const char *directory, struct prefetch *prefetch, struct error *err)
	__attribute__((nonnull));
