/*
 * Addresses on the PCI bus, as Linux and NVIDIA's driver write them: domain:bus:device.function in
 * hexadecimal digits.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { PCI_TEXT_BYTES = 20 /* with the NUL */ };

/*
 * The address as a number, in the order in which the driver numbers its GPUs. Domain: up to 8
 * digits; bus and device: 1 or 2; function: 1. Returns 0, or -1 (OUT untouched).
 */
int pci_parse(const char *text, size_t length, uint64_t *out) __attribute__((nonnull));

/* The address as the kernel names its directory: 0000:c1:00.0. Returns OUT. */
char *pci_format(uint64_t address, char out[static PCI_TEXT_BYTES]);
