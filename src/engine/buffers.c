/* RX/TX pairs as loans without a transaction. */
#include "engine/buffers.h"

#include "base/assert.h"

static const struct quota_amount pair_cost = {{[QUOTA_NODES] = 2}};

static enum reason examine(const struct engine *engine,
	const struct endpoint *owner, struct range range,
	struct title_summary *summary)
{
	enum reason reason =
		ledger_examine(&engine->ledger, range, owner, summary);

	if (reason == R_MIXED_MEMORY)
		return R_BUFFER_ACCESS;
	return reason == R_NONE ? R_NONE : R_BUFFER_NOT_OWNED;
}

static enum reason plan(const struct engine *engine,
	const struct endpoint *owner, const struct buffer_pair *pair,
	struct title_summary *summary)
{
	enum reason reason = examine(engine, owner, pair->tx, summary);

	if (reason == R_NONE && (summary->perm & ACCESS_W) == 0)
		reason = R_BUFFER_ACCESS;
	if (reason == R_NONE)
		reason = examine(engine, owner, pair->rx, summary);
	if (reason == R_NONE && attr_is_device(summary->attr))
		reason = R_BUFFER_DEVICE;
	if (reason == R_NONE && (summary->perm & ACCESS_R) == 0)
		reason = R_BUFFER_ACCESS;
	return reason;
}

static enum reason claim(struct engine *engine, struct range range)
{
	struct ledger_node *loan = ledger_node_take(&engine->ledger);

	if (loan == NULL)
		return R_NO_NODES;
	ledger_loan_prepare(loan, range, NULL);
	if (ledger_claim(&engine->ledger, loan, NULL) == R_NONE)
		return R_NONE;
	ledger_node_give(&engine->ledger, loan);
	return R_BUFFER_IN_USE;
}

static void release(struct engine *engine, struct range range)
{
	struct ledger_node *loan =
		(struct ledger_node *)ledger_loan(&engine->ledger, range.base);

	ASSERT(loan != NULL && loan->loan.txn == NULL);
	ledger_release(&engine->ledger, loan);
	ledger_node_give(&engine->ledger, loan);
}

static enum reason claim_pair(
	struct engine *engine, const struct buffer_pair *pair)
{
	enum reason reason = claim(engine, pair->tx);

	if (reason != R_NONE)
		return reason;
	reason = claim(engine, pair->rx);
	if (reason != R_NONE)
		release(engine, pair->tx);
	return reason;
}

enum reason buffers_claim(
	struct engine *engine, struct endpoint *owner, struct buffer_pair *pair)
{
	struct title_summary summary = {0};
	enum reason reason = plan(engine, owner, pair, &summary);

	if (reason == R_NONE)
		reason = quota_check(&owner->quota, &pair_cost);
	if (reason == R_NONE)
		reason = claim_pair(engine, pair);
	if (reason == R_NONE)
		quota_add(&owner->quota, &pair_cost);
	pair->ns = attr_is_ns(summary.attr);
	return reason;
}

void buffers_release(struct engine *engine, struct endpoint *owner,
	const struct buffer_pair *pair)
{
	release(engine, pair->tx);
	release(engine, pair->rx);
	quota_give(&owner->quota, &pair_cost);
}
