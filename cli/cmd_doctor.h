#pragma once

struct option_list;

/* nimgate doctor [ENGINE...]. Returns the exit status. */
int cmd_doctor(const struct option_list *argv) __attribute__((nonnull));
