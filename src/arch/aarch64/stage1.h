/*
 * Stage-1 tables of the manager's making, VMSAv8-64, 4 KiB granule, walks from
 * level 1, identity-mapped: its own at EL2 (el2_mmu.c), and the one that all
 * partitions at S-EL0 share (el0.c). Entries are only added, never changed: no
 * invalidation is ever needed.
 *
 * Source: Arm ARM D8.3 (VMSAv8-64 descriptors).
 */
#ifndef ARCH_STAGE1_H
#define ARCH_STAGE1_H

#include "base/types.h"

#define STAGE1_ENTRIES 512u

#define STAGE1_NORMAL (3ull << 8) /* inner-shareable, attribute 0 */
#define STAGE1_DEVICE (1ull << 2) /* attribute 1 */
#define STAGE1_NS (1ull << 5)
#define STAGE1_XN (1ull << 54) /* at EL2, or at EL0: UXN */

struct stage1 {
	uint64_t *root;
	uint64_t (*tables)[STAGE1_ENTRIES]; /* below the root, as needed */
	unsigned table_count;
	unsigned tables_used;
};

/* Whole pages. What is mapped already stays as it is. Panics without tables. */
void stage1_map(
	struct stage1 *map, uint64_t start, uint64_t end, uint64_t attributes);

#endif
