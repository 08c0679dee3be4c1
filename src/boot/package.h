/*
 * SP packages ("SPKG", versions 1 and 2): where BL2 put a partition's image
 * and its manifest. Source: TF-A, tools/sptool; all fields little-endian u32.
 */
#ifndef BOOT_PACKAGE_H
#define BOOT_PACKAGE_H

#include "base/types.h"
#include "boot/manifest.h"

struct sp_package {
	uint32_t manifest_offset;
	uint32_t manifest_size;
	uint32_t image_offset;
	uint32_t image_size;
};

/* `header`: at least one page of the package; `size`: bytes it may occupy. */
bool MUST_USE package_read(const void *header, uint64_t size, const char *name,
	struct sp_package *out, struct manifest_error *error);

#endif
