/*
 * Engines that read hooks from a directory (oci-hooks(5)): podman and CRI-O.
 */
#pragma once

struct doctor_report;

void doctor_hooks_podman(struct doctor_report *report) __attribute__((nonnull));
void doctor_hooks_crio(struct doctor_report *report) __attribute__((nonnull));
