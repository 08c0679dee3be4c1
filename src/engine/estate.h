/*
 * What a dead endpoint owns, when no call of it is left: looked at, given to
 * the manager, or made as it was at boot.
 *
 * Locking: the engine lock.
 */
#ifndef ENGINE_ESTATE_H
#define ENGINE_ESTATE_H

#include "engine/txn.h"

enum estate {
	ESTATE_BACK, /* nobody has any of it */
	ESTATE_OUT,  /* a borrower will give some back */
	ESTATE_LOST, /* some is withheld for good */
};

enum estate estate_look(
	const struct engine *engine, const struct endpoint *owner);

/* What `owner` has sent so far is nobody's to reclaim any more. */
void estate_orphan(struct engine *engine, const struct endpoint *owner);

/* Its first title that ends behind `from`, or NULL. */
const struct ledger_node *estate_next(const struct engine *engine,
	const struct endpoint *owner, uint64_t from);

/* One of its titles, in no loan, becomes the manager's. Cannot fail. */
void estate_take(struct engine *engine, const struct ledger_node *title);

/*
 * All of `range` is its own, in no loan, and gets this access, in titles and
 * tables. False: it is not, or there is no memory to cut titles or tables with.
 */
bool MUST_USE estate_reset(struct engine *engine, struct endpoint *owner,
	struct range range, struct access access);

/* It is no receiver any more of what was sent to it so far. */
void estate_forget(struct engine *engine, const struct endpoint *receiver);

#endif
