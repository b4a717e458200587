/*
 * nimgate fetch: the signatures of every NGC version that is named, needed or cached.
 */
#pragma once

struct option_list;

int cmd_fetch(const struct option_list *argv) __attribute__((nonnull));
