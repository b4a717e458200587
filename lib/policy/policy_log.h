/*
 * The keys of a policy that say where decisions are kept: log, log_max, log_keep and record.
 */
#pragma once

struct error;
struct node;
struct policy;

enum {
	POLICY_LOG_MAX_MIB = 16,       /* by default: ten thousand decisions */
	POLICY_LOG_MAX_MIB_LIMIT = 64, /* at most: nimgate explain reads a file as a whole */
	POLICY_LOG_KEEP = 7,           /* older files, by default */
	POLICY_LOG_KEEP_LIMIT = 99,
};

/* What holds where no file says otherwise. */
void policy_log_set_defaults(struct policy *policy) __attribute__((nonnull));

/* Each reads the value of its key. Returns 0, or -1 with REASON_CONFIG. */
int policy_log_read(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_log_read_max(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_log_read_keep(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
int policy_log_read_record(const struct node *node, struct policy *policy, struct error *err)
	__attribute__((nonnull));
