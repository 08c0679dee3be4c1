/*
 * Which memory is still free while the manager boots: the manifest's secure
 * ranges without what was claimed from them.
 */
#ifndef BOOT_BOOT_MAP_H
#define BOOT_BOOT_MAP_H

#include "boot/manifest.h"

/* Image, work area, heap; packages; regions of every partition. */
#define BOOT_CLAIMS_MAX                                                        \
	(3 + MANIFEST_VMS_MAX + MANIFEST_VMS_MAX * MANIFEST_REGIONS_MAX)

struct boot_map {
	const struct spmc_manifest *manifest;
	uint32_t claim_count;
	struct range claim[BOOT_CLAIMS_MAX];
};

void boot_map_claim(struct boot_map *map, struct range range);

/*
 * The next free extent of secure memory, in the order of the manifest's
 * ranges; false when there is none. Start with a zeroed cursor.
 */
struct boot_cursor {
	uint32_t range;
	uint64_t at;
};
bool boot_map_next(const struct boot_map *map, struct boot_cursor *cursor,
	struct range *extent);

/* The largest free extent; pages = 0 when nothing is free. */
struct range boot_map_largest(const struct boot_map *map);

#endif
