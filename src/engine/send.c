/*
 * Sends: a claim over every range, the owner's access taken, then published.
 * The order of the steps is DESIGN D3 and D7 (docs/adr/0003, 0007).
 */
#include "engine/send.h"

#include "base/assert.h"
#include "engine/owner_map.h"
#include "engine/rules.h"

static enum reason plan(const struct engine *engine,
	const struct send_request *request, struct title_summary *summary)
{
	const struct mem_desc *desc = request->desc;

	for (uint32_t i = 0; i < desc->range_count; i++) {
		enum reason reason = ledger_examine(&engine->ledger,
			mem_range(desc, i), request->owner, summary);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

static enum reason claim_range(struct engine *engine, struct txn *txn,
	struct range range)
{
	struct ledger_node *loan = ledger_node_take(&engine->ledger);
	enum reason reason;

	if (loan == NULL)
		return R_NO_NODES;
	reason = ledger_claim(&engine->ledger, range, txn, loan);
	if (reason == R_NONE)
		txn_append(txn, loan);
	else
		ledger_node_give(&engine->ledger, loan);
	return reason;
}

/* What cutting the owner's titles for one range of a donation may need. */
static enum reason take_spare(struct engine *engine, struct txn *txn)
{
	if (txn->func != MEM_DONATE)
		return R_NONE;
	for (unsigned i = 0; i < LEDGER_TRANSFER_NODES; i++) {
		struct ledger_node *node = ledger_node_take(&engine->ledger);

		if (node == NULL)
			return R_NO_NODES;
		node->loan.next = txn->spare;
		txn->spare = node;
	}
	return R_NONE;
}

static enum reason claim_all(struct engine *engine, struct txn *txn,
	const struct mem_desc *desc)
{
	for (uint32_t i = 0; i < desc->range_count; i++) {
		enum reason reason =
			claim_range(engine, txn, mem_range(desc, i));

		if (reason == R_NONE)
			reason = take_spare(engine, txn);
		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

/* Everything that the send takes from the pool, as nodes. */
static uint32_t cost_of(const struct txn *txn, uint32_t ranges)
{
	uint32_t a_range = 1;

	if (txn->func == MEM_DONATE)
		a_range += LEDGER_TRANSFER_NODES;
	return TXN_NODES + ranges * a_range;
}

static enum reason charge(struct txn *txn, uint32_t nodes)
{
	struct quota *quota = &txn->owner->quota;

	if (nodes > quota->node_limit - quota->node_count)
		return R_QUOTA_NODES;
	quota->node_count += nodes;
	txn->charge = nodes;
	return R_NONE;
}

static void describe(struct txn *txn, const struct send_request *request)
{
	const struct mem_desc *desc = request->desc;

	txn->sender = desc->sender;
	txn->func = request->func;
	txn->flags = desc->flags;
	txn->tag = desc->tag;
	txn->page_count = desc->page_count;
	txn->has_impdef = desc->has_impdef;
	txn->borrower.endpoint = request->receiver;
	txn->borrower.impdef[0] = desc->receiver[0].impdef[0];
	txn->borrower.impdef[1] = desc->receiver[0].impdef[1];
}

static enum reason reserve(struct engine *engine, struct txn *txn,
	const struct send_request *request,
	const struct title_summary *summary)
{
	const struct mem_desc *desc = request->desc;
	enum reason reason;

	describe(txn, request);
	reason = charge(txn, cost_of(txn, desc->range_count));
	if (reason == R_NONE)
		reason = claim_all(engine, txn, desc);
	if (reason == R_NONE)
		reason = rules_send(txn, desc, summary);
	if (reason == R_NONE && txn_takes_access(txn) && !owner_unmap(txn))
		reason = R_NO_TABLES;
	return reason;
}

enum reason send_open(struct engine *engine, const struct send_request *request,
	struct txn **out)
{
	struct title_summary summary = {0};
	enum reason reason = plan(engine, request, &summary);
	struct txn *txn;

	if (reason != R_NONE)
		return reason;
	txn = txn_create(engine, request->owner);
	if (txn == NULL)
		return R_NO_NODES;
	reason = reserve(engine, txn, request, &summary);
	if (reason != R_NONE) {
		txn_destroy(engine, txn);
		return reason;
	}
	*out = txn;
	return R_NONE;
}

enum reason send_work(const struct txn *txn)
{
	if ((txn->flags & MEM_FLAG_ZERO) && !txn_zero(txn))
		return R_ZERO_FAULT;
	return R_NONE;
}

static enum loan_state loan_state_of(enum mem_func func)
{
	if (func == MEM_SHARE)
		return LOAN_SHARED;
	return func == MEM_LEND ? LOAN_LENT : LOAN_DONATED;
}

enum reason send_publish(struct engine *engine, struct txn *txn,
	enum reason outcome)
{
	struct ledger_node *loan = txn->loans;

	ASSERT(txn->phase == TXN_OPENING);
	if (outcome == R_NONE && endpoint_is_dead(txn->owner))
		outcome = R_SENDER_DEAD;
	if (outcome != R_NONE) {
		owner_restore(engine, txn);
		txn_destroy(engine, txn);
		return outcome;
	}
	for (; loan != NULL; loan = loan->loan.next)
		ledger_loan_state(loan, loan_state_of(txn->func));
	txn->phase = TXN_LIVE;
	return R_NONE;
}
