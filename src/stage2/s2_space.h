/*
 * A stage-2 address space: two roots with one VMID, secure extents only under
 * root[S2_SECURE], non-secure ones only under root[S2_NS]; and the batch in
 * which a transaction's changes and their one TLB sequence are collected.
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
#define S2_ADDRESS_END (1ull << S2_ADDRESS_BITS)

enum s2_root {
	S2_SECURE = 0,
	S2_NS = 1,
};

struct space {
	uint16_t vmid;
	struct paddr root[2]; /* by enum s2_root */
	struct page_pool *pool;
	uint32_t table_limit; /* pages, roots not counted; set by boot */
	uint32_t table_count;
	uint64_t changes; /* rises whenever what is mapped changes */
	/*
	 * The last page table that a walk ended in, for the next walk: which
	 * 2 MiB it translates, S2_NO_HINT when tables have been unlinked.
	 */
	uint64_t hint_block;
	uint64_t *hint_entries;
	struct page_meta *hint_table;
};

#define S2_NO_HINT UINT64_MAX

/* Two empty roots; false when the pool is empty. */
bool MUST_USE s2_space_init(
	struct space *space, struct page_pool *pool, uint16_t vmid);

/* Ranges that are invalidated one by one; more become the whole VMID. */
#define S2_BATCH_RANGES 8

/*
 * Changes to one space: reserve (may fail, invisible), break and make, commit
 * (cannot fail). The lists are threaded through the pages' metadata.
 */
struct s2_batch {
	struct space *space;
	uint32_t stock;   /* pages for tables that blocks are split into */
	uint32_t splits;  /* new tables, to be linked after the TLB sequence */
	uint32_t merges;  /* old tables, a block takes their place after it */
	uint32_t garbage; /* unlinked tables, freed after it */
	uint32_t range_count;
	bool whole; /* more than S2_BATCH_RANGES ranges were removed */
	struct tlb_range ranges[S2_BATCH_RANGES];
};

void s2_batch_begin(struct s2_batch *batch, struct space *space);

/*
 * Everything that was broken is invalidated in one TLB sequence; then split
 * tables and merged blocks are linked, unlinked tables freed, the rest of the
 * stock returned. The batch is empty afterwards.
 */
void s2_batch_commit(struct s2_batch *batch);

/* For s2_map.c: lists of pages, and what the sequence must invalidate. */
void s2_batch_push(struct s2_batch *batch, uint32_t *list, struct paddr page);
struct paddr s2_batch_pop(struct s2_batch *batch, uint32_t *list);
void s2_batch_broken(struct s2_batch *batch, bool ns, struct range range);

#endif
