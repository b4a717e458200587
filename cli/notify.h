/*
 * Tells the service manager that started us how it goes (sd_notify(3)), without its library. Where
 * nobody asked, in NOTIFY_SOCKET, nothing is told; and nothing here changes what a command does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Sends one message of lines "NAME=VALUE". True if there is somebody, and the message was taken. */
bool notify_send(const char *format, ...) __attribute__((format(printf, 1, 2), nonnull));

/*
 * "STATUS=LABEL: 37 %", and a minute more before the manager loses patience; at most once a second
 * for each label. LABEL is printable and has no line ends.
 */
void notify_progress(const char *label, uint64_t done, uint64_t total) __attribute__((nonnull));
