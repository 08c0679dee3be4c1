/* Relinquish and reclaim. */
#include "engine/giveback.h"

#include "base/assert.h"
#include "engine/owner_map.h"
#include "engine/rules.h"
#include "stage2/s2_map.h"

/* --- Relinquish -------------------------------------------------------- */

static enum reason check_receiver(
	const struct txn *txn, const struct borrower *borrower)
{
	if (txn->phase == TXN_OPENING || txn->phase == TXN_ASSEMBLING)
		return R_HANDLE_BUSY;
	return borrower != NULL ? R_NONE : R_NOT_RECEIVER;
}

static enum reason check_relinquish_flags(const struct txn *txn, uint32_t flags)
{
	if ((flags & ~MEM_FLAG_ZERO) != 0)
		return R_RELINQUISH_FLAGS;
	return flags != 0 && txn->func == MEM_SHARE ? R_SHARE_ZERO : R_NONE;
}

static enum reason check_holder(const struct borrower *borrower)
{
	switch (borrower->phase) {
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

/* Who asks for zeroing must have been able to write. */
static enum reason check_zero_after(
	const struct borrower *borrower, uint32_t flags)
{
	if (flags == 0)
		return R_NONE;
	if (attr_is_device(borrower->access.attr))
		return R_ZERO_DEVICE;
	return borrower->access.perm & ACCESS_W ? R_NONE : R_ZERO_NEEDS_WRITE;
}

static enum reason check_relinquish(
	const struct release *release, uint32_t flags)
{
	enum reason reason = check_receiver(release->txn, release->borrower);

	if (reason == R_NONE)
		reason = check_relinquish_flags(release->txn, flags);
	if (reason == R_NONE)
		reason = check_holder(release->borrower);
	if (reason == R_NONE)
		reason = check_zero_after(release->borrower, flags);
	return reason;
}

static void unmap_borrower(const struct release *release)
{
	const struct txn *txn = release->txn;
	struct space *space = release->borrower->endpoint->space;
	const struct ledger_node *loan = txn->loans;
	struct s2_batch batch;

	if (space == NULL)
		return;
	s2_batch_begin(&batch, space);
	for (; loan != NULL; loan = loan->loan.next)
		s2_unmap(&batch, attr_is_ns(txn->attr), ledger_range(loan));
	s2_batch_commit(&batch);
}

/* Nobody else can reach the memory; who is releasing has been unmapped. */
static bool is_last(const struct txn *txn, const struct borrower *self)
{
	const struct borrower *borrower = txn->borrowers;

	for (; borrower != NULL; borrower = borrower->next)
		if (borrower != self &&
			(borrower->phase == BORROWER_HELD ||
				borrower->phase == BORROWER_RETRIEVING))
			return false;
	return true;
}

enum reason relinquish_open(struct engine *engine, struct endpoint *endpoint,
	const struct mem_relinquish *request, struct release *out)
{
	struct txn *txn = txn_find(engine, request->handle);
	enum reason reason;

	if (txn == NULL || txn->phase == TXN_DRAINING)
		return R_HANDLE_UNKNOWN;
	out->txn = txn;
	out->borrower = txn_borrower(txn, endpoint, request->endpoint);
	reason = check_relinquish(out, request->flags);
	if (reason == R_NONE)
		reason = rules_zero_size(
			&engine->policy, request->flags, txn->page_count);
	if (reason != R_NONE)
		return reason;
	if (request->flags & MEM_FLAG_ZERO)
		txn->zero_after = true;
	out->zero = txn->zero_after && is_last(txn, out->borrower);
	txn->zeroing |= out->zero;
	out->borrower->phase = BORROWER_RELEASING;
	if (!txn->foreign)
		unmap_borrower(out);
	return R_NONE;
}

enum reason relinquish_work(const struct release *release)
{
	if (release->borrower->access.attr != release->txn->attr)
		txn_clean(release->txn);
	if (release->zero && !txn_zero(release->txn))
		return R_ZERO_FAULT;
	return R_NONE;
}

enum reason relinquish_publish(
	const struct release *release, enum reason outcome)
{
	struct txn *txn = release->txn;

	ASSERT(release->borrower->phase == BORROWER_RELEASING);
	if (txn->foreign && outcome != R_NONE) {
		release->borrower->phase = BORROWER_HELD;
		return outcome;
	}
	if (txn->foreign)
		unmap_borrower(release);
	release->borrower->phase = BORROWER_IDLE;
	release->borrower->cursor = (struct mem_cursor){0};
	release->borrower->zero_after = false;
	if (release->zero) {
		txn->zero_after = false;
		txn->zeroing = false;
	}
	if (outcome != R_NONE)
		txn->quarantined = true;
	return outcome;
}

/* --- Reclaim ----------------------------------------------------------- */

/* A call of a borrower has not finished. */
static bool is_busy(const struct txn *txn)
{
	const struct borrower *borrower = txn->borrowers;

	for (; borrower != NULL; borrower = borrower->next)
		if (borrower->phase == BORROWER_RETRIEVING)
			return true;
	return txn->phase == TXN_CLOSING;
}

static enum reason check_reclaim(
	const struct txn *txn, const struct endpoint *caller, uint32_t flags)
{
	if (txn == NULL || txn->phase == TXN_DRAINING)
		return R_HANDLE_UNKNOWN;
	if (txn->owner != caller)
		return R_NOT_SENDER;
	if (txn->phase == TXN_OPENING || txn->claimed)
		return R_HANDLE_BUSY;
	if ((flags & ~MEM_FLAG_ZERO) != 0)
		return R_RECLAIM_FLAGS;
	if (txn->quarantined)
		return R_MEMORY_QUARANTINED;
	if (is_busy(txn))
		return R_CALL_IN_PROGRESS;
	return txn_is_held(txn) ? R_STILL_HELD : R_NONE;
}

static enum reason check_reclaim_zero(const struct engine_policy *policy,
	const struct txn *txn, uint32_t flags)
{
	if ((flags & MEM_FLAG_ZERO) == 0)
		return R_NONE;
	if (attr_is_device(txn->attr))
		return R_ZERO_DEVICE;
	if ((txn->owner_perm & ACCESS_W) == 0)
		return R_ZERO_NEEDS_WRITE;
	return rules_zero_size(policy, flags, txn->page_count);
}

enum reason reclaim_open(struct engine *engine, const struct endpoint *owner,
	uint64_t handle, uint32_t flags, struct txn **out)
{
	struct txn *txn = txn_find(engine, handle);
	enum reason reason = check_reclaim(txn, owner, flags);

	if (reason != R_NONE)
		return reason;
	if (txn->phase == TXN_ASSEMBLING) {
		txn->claimed = true;
		*out = txn;
		return R_NONE;
	}
	reason = check_reclaim_zero(&engine->policy, txn, flags);
	if (reason != R_NONE)
		return reason;
	txn->phase = TXN_CLOSING;
	*out = txn;
	return R_NONE;
}

enum reason reclaim_work(const struct txn *txn, uint32_t flags)
{
	/* Who asked was not the last: another call had not failed yet. */
	bool zero = (flags & MEM_FLAG_ZERO) || txn->zero_after;

	if (zero && !txn->foreign && !txn_zero(txn))
		return R_ZERO_FAULT;
	return R_NONE;
}

enum reason reclaim_publish(
	struct engine *engine, struct txn *txn, enum reason outcome)
{
	ASSERT(txn->phase == TXN_CLOSING);
	if (outcome != R_NONE) {
		txn->quarantined = !txn->foreign;
		txn->phase = TXN_LIVE;
		return outcome;
	}
	owner_restore(engine, txn);
	txn_destroy(engine, txn);
	return R_NONE;
}

void reclaim_lose(
	struct engine *engine, struct txn *txn, struct endpoint *donee)
{
	struct access access = {txn->owner_perm, txn->attr};

	ASSERT(txn->phase == TXN_CLOSING && txn->foreign);
	owner_give(engine, txn, donee, access);
	txn_destroy(engine, txn);
}
