/* Relinquish and reclaim. */
#include "engine/giveback.h"

#include "base/assert.h"
#include "engine/owner_map.h"
#include "stage2/s2_map.h"

/* --- Relinquish -------------------------------------------------------- */

static enum reason check_holder(const struct txn *txn,
	const struct endpoint *caller)
{
	if (txn == NULL)
		return R_HANDLE_UNKNOWN;
	if (txn->phase == TXN_OPENING)
		return R_HANDLE_BUSY;
	if (txn->borrower.endpoint != caller)
		return R_NOT_RECEIVER;
	switch (txn->borrower.phase) {
	case BORROWER_IDLE:
		return R_NOT_RETRIEVED;
	case BORROWER_HELD:
		return R_NONE;
	case BORROWER_RETRIEVING:
	case BORROWER_RELEASING:
		return R_CALL_IN_PROGRESS;
	}
	PANIC("borrower phase");
}

static enum reason check_relinquish_flags(const struct txn *txn, uint32_t flags)
{
	if ((flags & ~MEM_FLAG_ZERO) != 0)
		return R_RELINQUISH_FLAGS;
	if (flags == 0)
		return R_NONE;
	if (txn->func == MEM_SHARE)
		return R_SHARE_ZERO;
	if (attr_is_device(txn->borrower.access.attr))
		return R_ZERO_DEVICE;
	return txn->borrower.access.perm & ACCESS_W ? R_NONE
						    : R_ZERO_NEEDS_WRITE;
}

static void unmap_borrower(struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;
	struct s2_batch batch;

	s2_batch_begin(&batch, txn->borrower.endpoint->space);
	for (; loan != NULL; loan = loan->loan.next)
		s2_unmap(&batch, attr_is_ns(txn->attr), ledger_range(loan));
	s2_batch_commit(&batch);
}

enum reason relinquish_open(struct engine *engine, struct endpoint *borrower,
	const struct mem_relinquish *request, struct txn **out)
{
	struct txn *txn = txn_find(engine, request->handle);
	enum reason reason = check_holder(txn, borrower);

	if (reason == R_NONE)
		reason = check_relinquish_flags(txn, request->flags);
	if (reason != R_NONE)
		return reason;
	txn->borrower.phase = BORROWER_RELEASING;
	if (request->flags & MEM_FLAG_ZERO)
		txn->borrower.zero_after = true;
	unmap_borrower(txn);
	*out = txn;
	return R_NONE;
}

enum reason relinquish_work(const struct txn *txn)
{
	if (txn->borrower.access.attr != txn->attr)
		txn_clean(txn);
	if (txn->borrower.zero_after && !txn_zero(txn))
		return R_ZERO_FAULT;
	return R_NONE;
}

enum reason relinquish_publish(struct txn *txn, enum reason outcome)
{
	ASSERT(txn->borrower.phase == BORROWER_RELEASING);
	txn->borrower.phase = BORROWER_IDLE;
	txn->borrower.zero_after = false;
	txn->quarantined = outcome != R_NONE;
	return outcome;
}

/* --- Reclaim ----------------------------------------------------------- */

static enum reason check_reclaim(const struct txn *txn,
	const struct endpoint *caller, uint32_t flags)
{
	if (txn == NULL)
		return R_HANDLE_UNKNOWN;
	if (txn->owner != caller)
		return R_NOT_SENDER;
	if (txn->phase == TXN_OPENING)
		return R_HANDLE_BUSY;
	if ((flags & ~MEM_FLAG_ZERO) != 0)
		return R_RECLAIM_FLAGS;
	if (txn->quarantined)
		return R_MEMORY_QUARANTINED;
	if (txn->phase == TXN_CLOSING ||
		txn->borrower.phase == BORROWER_RETRIEVING)
		return R_CALL_IN_PROGRESS;
	return txn->borrower.phase == BORROWER_IDLE ? R_NONE : R_STILL_HELD;
}

enum reason reclaim_open(struct engine *engine, const struct endpoint *owner,
	uint64_t handle, uint32_t flags, struct txn **out)
{
	struct txn *txn = txn_find(engine, handle);
	enum reason reason = check_reclaim(txn, owner, flags);

	if (reason != R_NONE)
		return reason;
	if (flags & MEM_FLAG_ZERO) {
		if (attr_is_device(txn->attr))
			return R_ZERO_DEVICE;
		if ((txn->owner_perm & ACCESS_W) == 0)
			return R_ZERO_NEEDS_WRITE;
	}
	txn->phase = TXN_CLOSING;
	*out = txn;
	return R_NONE;
}

enum reason reclaim_work(const struct txn *txn, uint32_t flags)
{
	if ((flags & MEM_FLAG_ZERO) && !txn_zero(txn))
		return R_ZERO_FAULT;
	return R_NONE;
}

enum reason reclaim_publish(struct engine *engine, struct txn *txn,
	enum reason outcome)
{
	ASSERT(txn->phase == TXN_CLOSING);
	if (outcome != R_NONE) {
		txn->quarantined = true;
		txn->phase = TXN_LIVE;
		return outcome;
	}
	owner_restore(engine, txn);
	txn_destroy(engine, txn);
	return R_NONE;
}
