/*
 * nimgate trust: whose certificates may be anchors: shown, asked for, added; never replaced.
 */
#pragma once

struct option_list;

int cmd_trust(const struct option_list *argv) __attribute__((nonnull));
