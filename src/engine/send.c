/*
 * Sends: a claim over every range, the owner's access taken, then published.
 * The order of the steps is in docs/adr/0003 and 0007.
 */
#include "engine/send.h"

#include "abi/mem_decode.h"
#include "base/assert.h"
#include "engine/owner_map.h"
#include "engine/rules.h"

/* --- Taking what is needed --------------------------------------------- */

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

static enum reason note_range(
	struct engine *engine, struct txn *txn, struct range range)
{
	struct ledger_node *loan = ledger_node_take(&engine->ledger);

	if (loan == NULL)
		return R_NO_NODES;
	ledger_loan_prepare(loan, range, txn);
	txn_append(txn, loan);
	return take_spare(engine, txn);
}

/* The nodes that so many ranges take. */
static uint32_t cost_of(const struct txn *txn, uint32_t ranges)
{
	uint32_t a_range = 1;

	if (txn->func == MEM_DONATE)
		a_range += LEDGER_TRANSFER_NODES;
	return ranges * a_range;
}

static enum reason note_ranges(struct engine *engine, struct txn *txn,
	const uint8_t *ranges, uint32_t count)
{
	enum reason reason = R_NONE;

	for (uint32_t i = 0; reason == R_NONE && i < count; i++)
		reason = note_range(engine, txn, mem_range(ranges, i));
	return reason;
}

static enum reason note_borrowers(struct engine *engine, struct txn *txn,
	const struct send_request *request)
{
	const struct mem_desc *desc = request->desc;
	enum reason reason = R_NONE;

	for (uint32_t i = 0; reason == R_NONE && i < desc->receiver_count;
		i++) {
		const struct mem_receiver *receiver = &desc->receiver[i];
		struct borrower *borrower = txn_add_borrower(engine, txn);

		if (borrower == NULL)
			return R_NO_NODES;
		borrower->endpoint = request->receiver[i];
		borrower->id = receiver->id;
		borrower->perm_ceiling = rules_data_perm(receiver->data);
		borrower->impdef[0] = receiver->impdef[0];
		borrower->impdef[1] = receiver->impdef[1];
	}
	return reason;
}

static void describe(struct txn *txn, const struct send_request *request)
{
	const struct mem_desc *desc = request->desc;

	txn->phase = TXN_ASSEMBLING;
	txn->foreign = request->foreign;
	txn->sender = desc->sender;
	txn->attributes = desc->attributes;
	txn->func = request->func;
	txn->flags = desc->flags;
	txn->tag = desc->tag;
	txn->page_count = desc->page_count;
	txn->has_impdef = desc->has_impdef;
	txn->bytes_total = request->bytes_total;
	txn->bytes_received = request->bytes_here;
	txn->ranges_total = desc->range_count;
	txn->pages_received = desc->pages_here;
}

/* --- Whole descriptors -------------------------------------------------- */

/* Before anything is taken: whose the pages are. */
static enum reason plan(const struct engine *engine,
	const struct send_request *request, struct title_summary *summary)
{
	const struct mem_desc *desc = request->desc;

	for (uint32_t i = 0; i < desc->range_count; i++) {
		enum reason reason = ledger_examine(&engine->ledger,
			mem_range(desc->ranges, i), request->owner, summary);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

static enum reason claim_all(struct engine *engine, struct txn *txn)
{
	struct ledger_node *loan = txn->loans;
	struct ledger_node *before = NULL;

	for (; loan != NULL; loan = loan->loan.next) {
		enum reason reason =
			ledger_claim(&engine->ledger, loan, before);

		if (reason != R_NONE)
			return reason;
		before = loan;
	}
	return R_NONE;
}

/* All ranges are there and have been examined: the transaction opens. */
static enum reason complete(struct engine *engine, struct txn *txn,
	const struct title_summary *summary)
{
	enum reason reason = claim_all(engine, txn);

	if (reason == R_NONE)
		reason = rules_send(txn, summary);
	if (reason == R_NONE && txn_takes_access(txn))
		reason = owner_unmap(txn);
	txn->phase = TXN_OPENING;
	return reason;
}

/* --- Fragments ---------------------------------------------------------- */

static bool is_whole(const struct send_request *request)
{
	return request->bytes_here == request->bytes_total;
}

static struct txn *find_unfinished(
	const struct endpoint *owner, uint16_t sender)
{
	struct txn *txn = owner->assembling;

	while (txn != NULL && txn->sender != sender)
		txn = txn->next_assembling;
	return txn;
}

static struct quota *vm_quota(struct engine *engine, const struct txn *txn)
{
	if (txn->owner->kind != ENDPOINT_NWD || txn->sender == 0)
		return NULL;
	return &engine->vm[txn->sender % ENGINE_VM_QUOTAS];
}

static enum reason reserve(struct engine *engine, struct txn *txn,
	const struct send_request *request, const struct title_summary *summary)
{
	const struct mem_desc *desc = request->desc;
	struct quota_amount cost;
	enum reason reason;

	describe(txn, request);
	txn->vm = vm_quota(engine, txn);
	cost = (struct quota_amount){{
		[QUOTA_NODES] = cost_of(txn, desc->ranges_here),
		[QUOTA_TXNS] = 1,
		[QUOTA_BORROWERS] = desc->receiver_count,
	}};
	reason = txn_charge(txn, &cost);
	if (reason == R_NONE)
		reason = note_borrowers(engine, txn, request);
	if (reason == R_NONE)
		reason = note_ranges(
			engine, txn, desc->ranges, desc->ranges_here);
	if (reason == R_NONE && is_whole(request))
		reason = complete(engine, txn, summary);
	return reason;
}

enum reason send_open(struct engine *engine, const struct send_request *request,
	struct txn **out)
{
	struct title_summary summary = {0};
	enum reason reason = rules_zero_size(&engine->policy,
		request->desc->flags, request->desc->page_count);
	struct txn *txn;

	if (endpoint_is_dead(request->owner))
		return R_SENDER_DEAD;
	if (find_unfinished(request->owner, request->desc->sender))
		return R_SEND_UNFINISHED;
	if (reason == R_NONE && is_whole(request))
		reason = plan(engine, request, &summary);
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
	if (txn->phase == TXN_ASSEMBLING) {
		txn->next_assembling = txn->owner->assembling;
		txn->owner->assembling = txn;
		txn->claimed = true;
	}
	*out = txn;
	return R_NONE;
}

static enum reason check_fragment(
	const struct txn *txn, const struct send_fragment *fragment)
{
	if (txn == NULL || txn->phase != TXN_ASSEMBLING ||
		txn->owner != fragment->caller)
		return R_HANDLE_UNKNOWN;
	if (txn->sender != fragment->sender)
		return R_FRAGMENT_SENDER;
	if (txn->claimed)
		return R_HANDLE_BUSY;
	if (fragment->size == 0 || fragment->size % MEM_RANGE_SIZE != 0 ||
		fragment->size > txn->bytes_total - txn->bytes_received)
		return R_FRAGMENT_LENGTH;
	return R_NONE;
}

static enum reason examine_all(const struct engine *engine,
	const struct txn *txn, struct title_summary *summary)
{
	const struct ledger_node *loan = txn->loans;

	if (txn->pages_received != txn->page_count)
		return R_RANGE_SUM;
	for (; loan != NULL; loan = loan->loan.next) {
		enum reason reason = ledger_examine(&engine->ledger,
			ledger_range(loan), txn->owner, summary);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

enum reason send_append_part(struct engine *engine, struct txn *txn,
	const uint8_t *bytes, uint32_t size)
{
	uint32_t count = size / MEM_RANGE_SIZE;
	struct quota_amount cost = {{[QUOTA_NODES] = cost_of(txn, count)}};
	struct title_summary summary = {0};
	enum reason reason =
		mem_decode_ranges(bytes, count, &txn->pages_received);

	if (reason == R_NONE)
		reason = txn_charge(txn, &cost);
	if (reason == R_NONE)
		reason = note_ranges(engine, txn, bytes, count);
	if (reason != R_NONE)
		return reason;
	txn->bytes_received += size;
	if (txn->bytes_received < txn->bytes_total)
		return R_NONE;
	reason = examine_all(engine, txn, &summary);
	if (reason != R_NONE)
		return reason;
	txn_finish_assembling(txn);
	return complete(engine, txn, &summary);
}

enum reason send_append(struct engine *engine,
	const struct send_fragment *fragment, struct txn **out)
{
	struct txn *txn = txn_find(engine, fragment->handle);
	enum reason reason = check_fragment(txn, fragment);

	*out = NULL;
	if (reason != R_NONE)
		return reason;
	txn->bytes_before = txn->bytes_received;
	txn->claimed = true;
	*out = txn;
	return send_append_part(engine, txn, fragment->bytes, fragment->here);
}

static void give_first(struct engine *engine, struct ledger_node **list)
{
	struct ledger_node *node = *list;

	*list = node->loan.next;
	ledger_node_give(&engine->ledger, node);
}

/* The last `count` ranges are as if they had not come. */
static void forget_ranges(
	struct engine *engine, struct txn *txn, uint32_t count)
{
	uint32_t nodes = cost_of(txn, count);
	struct quota_amount less = {{[QUOTA_NODES] = nodes}};
	struct ledger_node **end = &txn->loans;

	txn_uncharge_part(txn, &less);
	for (; nodes > count; nodes--)
		give_first(engine, &txn->spare);
	txn->range_count -= count;
	txn->last_loan = NULL;
	for (uint32_t i = 0; i < txn->range_count; i++) {
		txn->last_loan = *end;
		end = &(*end)->loan.next;
	}
	while (*end != NULL) {
		txn->pages_received -= ledger_range(*end).pages;
		give_first(engine, end);
	}
}

bool send_unread(struct engine *engine, struct txn *txn)
{
	uint32_t taken = txn->bytes_received - txn->bytes_before;

	if (txn->bytes_before == 0)
		return false;
	forget_ranges(engine, txn, taken / MEM_RANGE_SIZE);
	txn->bytes_received = txn->bytes_before;
	txn->claimed = false;
	return true;
}

enum reason send_await(struct txn *txn)
{
	ASSERT(txn->claimed);
	if (endpoint_is_dead(txn->owner))
		return R_SENDER_DEAD;
	txn->claimed = false;
	return R_NONE;
}

void send_cancel(struct engine *engine, struct txn *txn)
{
	ASSERT(txn->claimed);
	txn_destroy(engine, txn);
}

bool send_is_claimed(const struct endpoint *owner)
{
	const struct txn *txn = owner->assembling;

	while (txn != NULL && !txn->claimed)
		txn = txn->next_assembling;
	return txn != NULL;
}

struct txn *send_abort_all(struct engine *engine, const struct endpoint *owner)
{
	struct txn *txn = owner->assembling;
	struct txn *foreign = NULL;

	while (txn != NULL) {
		struct txn *next = txn->next_assembling;

		if (!txn->claimed && txn->foreign) {
			txn_finish_assembling(txn);
			txn->claimed = true;
			txn->next_assembling = foreign;
			foreign = txn;
		} else if (!txn->claimed) {
			txn_destroy(engine, txn);
		}
		txn = next;
	}
	return foreign;
}

/* --- Work, publish ------------------------------------------------------ */

enum reason send_work(const struct txn *txn)
{
	/* The other world zeroes what goes there. */
	if ((txn->flags & MEM_FLAG_ZERO) && !txn->foreign && !txn_zero(txn))
		return R_ZERO_FAULT;
	return R_NONE;
}

static enum loan_state loan_state_of(enum mem_func func)
{
	if (func == MEM_SHARE)
		return LOAN_SHARED;
	return func == MEM_LEND ? LOAN_LENT : LOAN_DONATED;
}

enum reason send_publish(
	struct engine *engine, struct txn *txn, enum reason outcome)
{
	struct ledger_node *loan = txn->loans;

	ASSERT(txn->phase == TXN_OPENING);
	/* What the other world has agreed to happened before the death. */
	if (outcome == R_NONE && !txn->foreign && endpoint_is_dead(txn->owner))
		outcome = R_SENDER_DEAD;
	if (outcome != R_NONE) {
		owner_restore(engine, txn);
		txn_destroy(engine, txn);
		return outcome;
	}
	for (; loan != NULL; loan = loan->loan.next)
		ledger_loan_state(loan, loan_state_of(txn->func));
	txn->claimed = false;
	txn->phase = TXN_LIVE;
	return R_NONE;
}
