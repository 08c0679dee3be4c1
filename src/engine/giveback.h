/*
 * FFA_MEM_RELINQUISH and FFA_MEM_RECLAIM: neither ever allocates.
 * Spec: DEN0140 1.2 §1.8; checks V112 to V118.
 */
#ifndef ENGINE_GIVEBACK_H
#define ENGINE_GIVEBACK_H

#include "engine/txn.h"

/* A borrower that is letting go. */
struct release {
	struct txn *txn;
	struct borrower *borrower;
	bool zero; /* it is the last, and some borrower asked for it */
};

/*
 * The borrower that is `endpoint` under the name in the request loses access
 * (of a foreign transaction: with the publication); phase releasing. Lock
 * held.
 * Refuses: HANDLE_UNKNOWN, HANDLE_BUSY, NOT_RECEIVER, RELINQUISH_FLAGS,
 * SHARE_ZERO, NOT_RETRIEVED, CALL_IN_PROGRESS, ZERO_NEEDS_WRITE, ZERO_DEVICE,
 * ZERO_TOO_LONG.
 */
enum reason MUST_USE relinquish_open(struct engine *engine,
	struct endpoint *endpoint, const struct mem_relinquish *request,
	struct release *out);

/* Zeroing where asked for, cache maintenance. No lock. */
enum reason MUST_USE relinquish_work(const struct release *release);

/*
 * The borrower holds the memory no longer. When the work failed the memory is
 * withheld from everybody; when the other world refused the borrower holds it
 * as before. Lock held. Returns `outcome`.
 */
enum reason MUST_USE relinquish_publish(
	const struct release *release, enum reason outcome);

/*
 * Claims the transaction; phase closing. An unfinished send of the caller is
 * still assembling then: send_cancel() is all that follows. Lock held.
 * Refuses: HANDLE_UNKNOWN, HANDLE_BUSY, NOT_SENDER, RECLAIM_FLAGS,
 * MEMORY_QUARANTINED, STILL_HELD, CALL_IN_PROGRESS, ZERO_NEEDS_WRITE,
 * ZERO_DEVICE, ZERO_TOO_LONG.
 */
enum reason MUST_USE reclaim_open(struct engine *engine,
	const struct endpoint *owner, uint64_t handle, uint32_t flags,
	struct txn **txn);

/* Zeroing where asked for. No lock. */
enum reason MUST_USE reclaim_work(const struct txn *txn, uint32_t flags);

/*
 * The owner has its own access again, the transaction is gone; or, when the
 * work failed, the memory is withheld. A foreign one stays as it was when the
 * other world refused. Lock held. Returns `outcome`.
 */
enum reason MUST_USE reclaim_publish(
	struct engine *engine, struct txn *txn, enum reason outcome);

/* A foreign donation: `donee` in the other world has it by now. Lock held. */
void reclaim_lose(
	struct engine *engine, struct txn *txn, struct endpoint *donee);

#endif
