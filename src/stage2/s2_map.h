/*
 * The only code that writes stage-2 table entries.
 *
 * A change is made in this order: reserve (tables are linked empty, pages for
 * splits are put aside: nothing that a partition could notice), break
 * (s2_unmap), s2_batch_commit(), make (s2_map). Ranges that are mapped must be
 * unmapped or the reservation's, so make needs no TLB maintenance.
 *
 * Own memory of a partition is mapped with blocks of at most 2 MiB, its tables
 * stay linked when they are empty ("pinned"): giving back never allocates. A
 * borrower's tables go with the last page they map.
 *
 * Locking: the engine lock.
 */
#ifndef STAGE2_S2_MAP_H
#define STAGE2_S2_MAP_H

#include "base/access.h"
#include "stage2/s2_space.h"

enum s2_kind {
	S2_BORROWED,
	S2_OWN, /* the space's owner holds the title */
};

struct s2_mapping {
	struct range range;
	struct access access;
};

/*
 * Links all tables that s2_map() of `range` needs and holds them: however
 * empty, nobody else's s2_prune() frees them until s2_release_map(), which
 * follows s2_map() or giving up. False: no page left, nothing is held, some may
 * be linked; s2_prune() takes the empty ones away again.
 */
bool MUST_USE s2_reserve_map(
	struct space *space, bool ns, struct range range, enum s2_kind kind);
void s2_release_map(
	struct space *space, bool ns, struct range range, enum s2_kind kind);

/*
 * Puts pages aside for the blocks that s2_unmap() of `range` must split.
 * False: no page left; s2_unreserve() before giving up.
 */
bool MUST_USE s2_reserve_unmap(
	struct s2_batch *batch, bool ns, struct range range);
void s2_unreserve(struct s2_batch *batch, bool ns, struct range range);

/* Break: removes the range. Tables of borrowed memory that get empty go. */
void s2_unmap(struct s2_batch *batch, bool ns, struct range range);

/*
 * Make. The tables have been reserved, or pinned since before. S2_OWN pins
 * them. port_entry_sync() when all is made.
 */
void s2_map(struct space *space, bool ns, struct s2_mapping mapping,
	enum s2_kind kind);

/* s2_map() and s2_release_map() in one. */
void s2_map_reserved(struct space *space, bool ns, struct s2_mapping mapping,
	enum s2_kind kind);

/*
 * Own memory only: breaks a full table over the 2 MiB at `address`, so that
 * the commit puts a block in its place. The caller knows from the ledger that
 * one title covers them and no loan does.
 */
void s2_merge(struct s2_batch *batch, bool ns, struct paddr address);

/* Unlinks the empty tables over `range` that are not pinned. */
void s2_prune(struct s2_batch *batch, bool ns, struct range range);

/* The table of `level` over `address`, if any, is not pinned any more. */
void s2_unpin(
	struct space *space, bool ns, struct paddr address, unsigned level);

/* What the tables permit at `address`; perm 0 where nothing is mapped. */
struct access s2_lookup(struct space *space, bool ns, struct paddr address);

/* Pages in a row with the same permissions, 0 where nothing is mapped. */
struct s2_run {
	struct range range;
	uint8_t perm;
};

/* The run that begins at `from`, as far as the table goes that it is in. */
struct s2_run s2_run(struct space *space, bool ns, struct paddr from);

/* For s2_space.c. */
void s2_map_init_root(struct space *space, struct paddr root);
void s2_map_link_split(struct s2_batch *batch, struct paddr table);
void s2_map_link_merge(struct s2_batch *batch, struct paddr table);

#endif
