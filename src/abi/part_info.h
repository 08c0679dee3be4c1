/*
 * Partition information descriptors. Spec: FF-A 1.2 §6.2, table 6.1.
 */
#ifndef ABI_PART_INFO_H
#define ABI_PART_INFO_H

#include "base/types.h"

#define PART_INFO_SIZE_MAX 48u

struct part_info {
	uint16_t id;
	uint16_t context_count;
	uint32_t properties;
	uint8_t uuid[16];       /* zero when the caller asked by it */
	uint8_t image_uuid[16]; /* likewise; from FF-A 1.3 on */
	uint32_t version;       /* the partition's; likewise */
};

/* Bytes of one descriptor in the caller's version. */
uint32_t part_info_size(uint32_t version);

/* Properties that the caller's version knows. */
uint32_t part_info_mask(uint32_t version);

/* Writes one descriptor of part_info_size() bytes, 8-byte aligned. */
void part_info_encode(
	uint8_t *out, uint32_t version, const struct part_info *info);

/* The 16 bytes of a UUID from four registers, FF-A 1.2 §6.2.1. */
void part_info_uuid(const uint64_t words[4], uint8_t uuid[16]);

#endif
