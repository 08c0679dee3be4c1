/*
 * The boot information blob that a partition gets at its first entry.
 * Spec: FF-A 1.2 §5.4 (boot information protocol).
 */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include "base/types.h"

/*
 * Writes header and descriptor for one FDT at `fdt_address` into `blob`
 * (`size` bytes there). Returns the bytes written, 0 when they do not fit.
 */
size_t boot_info_write(
	void *blob, size_t size, uint64_t fdt_address, uint32_t fdt_size);

#endif
