/*
 * Bits of stage-2 table entries, VMSAv8-64, 4 KiB granule, walks from level 1.
 * Pure: no memory, no state. Source: Arm ARM D8.3 (descriptor formats).
 */
#ifndef STAGE2_S2_FORMAT_H
#define STAGE2_S2_FORMAT_H

#include "base/access.h"
#include "base/types.h"

#define S2_ENTRIES 512u
#define S2_LEVEL_ROOT 1u
#define S2_LEVEL_LEAF 3u

#define S2_VALID (1ull << 0)
#define S2_TABLE (1ull << 1) /* levels 1, 2: table; level 3: page */
#define S2_ADDRESS 0x0000fffffffff000ull
#define S2_ATTR_SHIFT 2
#define S2_READ (1ull << 6)
#define S2_WRITE (1ull << 7)
#define S2_SHARE_SHIFT 8
#define S2_AF (1ull << 10)
#define S2_XN (1ull << 54) /* XN[1:0] = 0b10: not executable at EL1 or EL0 */

/* Software bits, ignored by the walker. */
#define S2_SPLIT_RESERVED (1ull << 55) /* a table for its split is held */
#define S2_PENDING (1ull << 56)        /* invalid; points to the next table */

static inline uint64_t s2_span(unsigned level)
{
	return 1ull << (PAGE_SHIFT + 9 * (S2_LEVEL_LEAF - level));
}

static inline unsigned s2_index(uint64_t address, unsigned level)
{
	return (unsigned)(address / s2_span(level)) % S2_ENTRIES;
}

static inline bool s2_is_leaf(uint64_t entry, unsigned level)
{
	if ((entry & S2_VALID) == 0)
		return false;
	return level == S2_LEVEL_LEAF || (entry & S2_TABLE) == 0;
}

/* A table that the walker uses, or one that waits to be linked. */
static inline bool s2_is_table(uint64_t entry, unsigned level)
{
	if (level == S2_LEVEL_LEAF)
		return false;
	if ((entry & S2_VALID) == 0)
		return entry & S2_PENDING;
	return entry & S2_TABLE;
}

/* A leaf at `level` for `address`; an entry without access is not made. */
uint64_t s2_leaf(uint64_t address, unsigned level, struct access access);

/* What a leaf permits; attr carries no NS bit. */
struct access s2_leaf_access(uint64_t entry);

#endif
