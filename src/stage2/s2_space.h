/*
 * A stage-2 address space: two roots with one VMID, secure extents only under
 * root[S2_SECURE], non-secure ones only under root[S2_NS]; and the batch in
 * which a transaction's changes and their TLB invalidation are collected.
 *
 * Identity-mapped, 4 KiB granule, 39-bit addresses, walk starts at level 1.
 * Source: Arm ARM D8.2 (translation), D8.17 (break-before-make).
 * Locking: the engine lock.
 */
#ifndef STAGE2_S2_SPACE_H
#define STAGE2_S2_SPACE_H

#include "base/types.h"
#include "port/port.h"
#include "stage2/page_pool.h"

#define S2_ADDRESS_BITS 39

enum s2_root {
	S2_SECURE = 0,
	S2_NS = 1,
};

struct space {
	uint16_t vmid;
	struct paddr root[2]; /* by enum s2_root */
	struct page_pool *pool;
};

#endif
