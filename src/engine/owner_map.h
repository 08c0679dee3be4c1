/*
 * The owner's side of a transaction in its tables: taking access away and
 * giving exactly the titles' access back. An owner without a space of its own
 * (the normal world) has nothing to do here.
 *
 * Locking: the engine lock.
 */
#ifndef ENGINE_OWNER_MAP_H
#define ENGINE_OWNER_MAP_H

#include "engine/txn.h"
#include "stage2/s2_map.h"

/*
 * Breaks the owner's mappings of all loans, in one TLB sequence. Refuses, and
 * changes nothing: QUOTA_TABLES, NO_TABLES.
 */
enum reason MUST_USE owner_unmap(struct txn *txn);

/* Why `space` got no table just now. Refuses: QUOTA_TABLES, NO_TABLES. */
enum reason owner_no_tables(const struct space *space);

/* Restores them from the titles. Never allocates. */
void owner_restore(struct engine *engine, struct txn *txn);

/*
 * The owner's pages of change->range get another access, in titles and tables.
 * False, and nothing changed: no memory for tables. No loan covers them;
 * `spare` is ledger_transfer()'s.
 */
bool MUST_USE owner_change(struct engine *engine,
	const struct ledger_transfer *change, struct ledger_node **spare);

/* Maps a range of `owner` as its titles say; for boot, tables are taken. */
bool MUST_USE owner_map_titles(struct engine *engine,
	const struct endpoint *owner, struct range range);

/* Maps what has no title of the space's owner, for good; for boot. */
bool MUST_USE owner_map_fixed(
	struct space *space, const struct s2_mapping *mapping);

/*
 * A donation: all loans' pages become `donee`'s, with one access; the owner's
 * tables that only served them go. The loans stay. Cannot fail.
 */
void owner_give(struct engine *engine, struct txn *txn, struct endpoint *donee,
	struct access access);

/*
 * Likewise the pages of one whole title, in no loan, of an owner with a space:
 * no block is split, no title cut. Cannot fail.
 */
void owner_lose(struct engine *engine, const struct endpoint *owner,
	const struct ledger_transfer *lost);

#endif
