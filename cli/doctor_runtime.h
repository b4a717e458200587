/*
 * Engines that start containers through nimgate-runtime: Docker and containerd.
 */
#pragma once

struct doctor_report;

void doctor_runtime_docker(struct doctor_report *report) __attribute__((nonnull));
void doctor_runtime_containerd(struct doctor_report *report) __attribute__((nonnull));
