/*
 * Members of an OCI document by name, as every runtime will find them.
 */
#pragma once

struct error;
struct node;

/*
 * The member NAME of MAP in *out, or NULL where it is absent. A second spelling is refused with
 * REASON_CONFIG: runc, written in Go, matches names without regard to case and would let it replace
 * the first; crun would not.
 */
int member_find(const struct node *map, const char *name, const struct node **out,
	struct error *err) __attribute__((nonnull));

/* As member_find() for a member that must be a map where it is there. */
int member_find_map(const struct node *map, const char *name, const struct node **out,
	struct error *err) __attribute__((nonnull));
