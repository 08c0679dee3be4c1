/*
 * FFA_MEM_PERM_GET and FFA_MEM_PERM_SET: what an owner without a stage 1 of
 * its own (S-EL0) may do with its own pages. The only calls beside a donation
 * that change titles. Spec: DEN0140; checks V119 to V128.
 *
 * Locking: the engine lock, for all of it.
 */
#ifndef ENGINE_PERM_H
#define ENGINE_PERM_H

#include "engine/txn.h"

struct perm_run {
	uint8_t perm;
	uint64_t pages; /* that permit the same, from the first on */
};

/*
 * What `owner` may do with the first page of `range`, and with how many that
 * follow in it. Refuses: PERM_NOT_OWNED.
 */
enum reason MUST_USE perm_get(const struct engine *engine,
	const struct endpoint *owner, struct range range, struct perm_run *run);

/*
 * All pages of `range` permit `perm` from now on, in title and tables, or
 * nothing changes. Refuses: PERM_NOT_OWNED, PERM_MIXED, NOT_EXCLUSIVE,
 * PERM_DEVICE, EXECUTE_NON_SECURE, QUOTA_NODES, NO_NODES, NO_TABLES.
 */
enum reason MUST_USE perm_set(struct engine *engine, struct endpoint *owner,
	struct range range, uint8_t perm);

#endif
