/*
 * What follows a claim that both calls and the end of a partition make: work
 * without the lock, the other manager's word, publication.
 * Locking: takes the peer lock, the engine lock; none may be held.
 */
#ifndef CALL_MEM_FINISH_H
#define CALL_MEM_FINISH_H

#include "engine/giveback.h"
#include "spm.h"

/* After relinquish_open(); and finish_orphan(). Refuses: ZERO_FAULT, PEER_*. */
enum reason finish_relinquish(struct spm *spm, const struct release *release,
	const struct mem_relinquish *request);

/*
 * Nobody will reclaim an orphan of `owner`: it goes back when nobody holds it
 * any more. Zeroed only where a borrower wanted it: what a partition had sent
 * nobody else gets before that is done, and the normal world's stays the normal
 * world's.
 */
void finish_orphan(
	struct spm *spm, const struct endpoint *owner, uint64_t handle);

/* After reclaim_open(). Refuses: ZERO_FAULT, DONATION_TAKEN, PEER_*. */
enum reason finish_reclaim(struct spm *spm, struct txn *txn, uint32_t flags);

/* An unfinished send, claimed, is over: here, and where else it is known. */
void finish_cancel(struct spm *spm, struct txn *txn);

/* The list of send_abort_all(), or NULL. */
void finish_cancel_all(struct spm *spm, struct txn *txn);

#endif
