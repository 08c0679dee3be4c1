/*
 * Where the parts of a memory transaction descriptor lie: as it says, and
 * where that cannot be, as its version would have it, so that a damaged one
 * is read as far as it goes.
 *
 * This is a reading of our own of the layouts, for the places of things; what
 * is wrong is decided by src/abi/mem_decode.c, which mtd_check.c asks.
 */
#ifndef DECODE_MTD_H
#define DECODE_MTD_H

#include "decode/kinds.h"

/* Offsets: common part, FF-A 1.0, from 1.1 on. */
#define MTD_AT_SENDER 0
#define MTD_AT_ATTRIBUTES 2
#define MTD_AT_FLAGS 4
#define MTD_AT_HANDLE 8
#define MTD_AT_TAG 16
#define MTD_AT_SIZE 24
#define MTD_AT_COUNT 28
#define MTD_AT_OFFSET 32
#define MTD_AT_RESERVED 36
#define MTD_V10_HEADER 32u
#define MTD_HEADER 48u

#define RECEIVER_AT_ID 0
#define RECEIVER_AT_PERMISSIONS 2
#define RECEIVER_AT_FLAGS 3
#define RECEIVER_AT_COMPOSITE 4
#define RECEIVER_SHORT 16u
#define RECEIVER_LONG 32u

#define REGION_AT_PAGES 0
#define REGION_AT_RANGES 4
#define REGION_AT_RESERVED 8
#define REGION_HEADER 16u

#define RANGE_AT_BASE 0
#define RANGE_AT_PAGES 8
#define RANGE_AT_RESERVED 12
#define RANGE_SIZE 16u

struct mtd {
	const struct blob *blob;
	bool v10;
	uint32_t header; /* its size in this version */
	uint16_t sender;
	uint16_t attributes; /* FF-A 1.0: of 8 bits */
	uint32_t flags;
	uint64_t handle;
	uint64_t tag;
	uint32_t count;  /* receivers, as stated */
	uint32_t stride; /* bytes of each */
	uint32_t first;  /* offset of the first */
	uint32_t here;   /* whole ones in the bytes */
	uint64_t end;    /* behind all that are stated */
	bool has_region; /* the region descriptor is in the bytes */
	uint32_t region; /* its offset */
	uint32_t pages;
	uint32_t ranges;      /* as stated */
	uint32_t ranges_at;   /* offset of the first */
	uint32_t ranges_here; /* whole ones in the bytes */
};

void mtd_open(const struct blob *blob, struct mtd *mtd);

static inline uint32_t mtd_receiver(const struct mtd *mtd, uint32_t index)
{
	return mtd->first + index * mtd->stride;
}

/* Where the reserved field of a receiver is. */
static inline uint32_t mtd_receiver_reserved(const struct mtd *mtd)
{
	return mtd->stride == RECEIVER_LONG ? 24 : 8;
}

/* Ranges from `base` on, numbered. */
void show_range(
	const struct blob *blob, struct reading *reading, uint32_t base);

/* In range_rules.c: findings on `count` ranges; their pages. */
uint64_t check_each_range(const struct blob *blob, struct reading *reading,
	uint32_t base, uint32_t count);
void check_overlap(const struct blob *blob, struct reading *reading,
	uint32_t base, uint32_t count);

#endif
