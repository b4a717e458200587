#pragma once

struct option_list;

/* nimgate engine enable|disable [ENGINE]... Returns the exit status. */
int cmd_engine(const struct option_list *argv) __attribute__((nonnull));
