/* Retrieval: the borrower's claim, its tables, its access. */
#include "engine/retrieve.h"

#include "base/assert.h"
#include "engine/owner_map.h"
#include "engine/rules.h"
#include "stage2/s2_map.h"

static enum s2_kind kind_of(const struct txn *txn)
{
	return txn->func == MEM_DONATE ? S2_OWN : S2_BORROWED;
}

static uint32_t type_flag(const struct txn *txn)
{
	return (uint32_t)txn->func << MEM_FLAG_TYPE_SHIFT;
}

/* --- Plan -------------------------------------------------------------- */

static enum reason check_identity(const struct txn *txn,
	const struct endpoint *caller, const struct mem_desc *desc)
{
	uint32_t type = desc->flags & MEM_FLAG_TYPE_MASK;

	/* First: the others' answers would tell of other parties' memory. */
	if (txn->borrower.endpoint != caller)
		return R_NOT_RECEIVER;
	if (txn->phase == TXN_OPENING)
		return R_HANDLE_BUSY;
	if (endpoint_is_dead(txn->owner))
		return R_OWNER_DEAD;
	if (txn->quarantined)
		return R_MEMORY_QUARANTINED;
	if (desc->sender != txn->sender)
		return R_RETRIEVE_SENDER;
	if (type != 0 && type != type_flag(txn))
		return R_RETRIEVE_TYPE;
	if (desc->tag != txn->tag)
		return R_RETRIEVE_TAG;
	if (desc->receiver_count != 1 || desc->receiver[0].id != caller->id)
		return R_RETRIEVE_RECEIVERS;
	return R_NONE;
}

static enum reason check_flags(const struct txn *txn,
	const struct mem_desc *desc)
{
	uint32_t zero = MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER;

	/* Only the borrower of a region with several may ask for a bypass. */
	if (desc->flags & MEM_FLAG_BYPASS)
		return R_RETRIEVE_FLAGS;
	if (desc->receiver[0].flags != 0)
		return R_RECEIVER_FLAGS;
	if (txn->func == MEM_SHARE && (desc->flags & zero) != 0)
		return R_SHARE_ZERO;
	if ((desc->flags & MEM_FLAG_ZERO) == 0)
		return R_NONE;
	if ((txn->flags & MEM_FLAG_ZERO) == 0)
		return R_ZERO_NOT_SENT;
	return txn->borrower.retrieved_once ? R_ZERO_AGAIN : R_NONE;
}

/* V103: who asks for zeroed memory, before or after, must get to write it. */
static enum reason check_zero_access(const struct mem_desc *desc,
	struct access granted)
{
	if ((desc->flags & (MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER)) == 0)
		return R_NONE;
	if (attr_is_device(granted.attr))
		return R_ZERO_DEVICE;
	return granted.perm & ACCESS_W ? R_NONE : R_ZERO_NEEDS_WRITE;
}

static enum reason check_impdef(const struct txn *txn,
	const struct mem_desc *desc)
{
	const uint64_t *sent = txn->borrower.impdef;
	const uint64_t *asked = desc->receiver[0].impdef;

	if (!txn->has_impdef || !desc->has_impdef)
		return R_NONE;
	return sent[0] == asked[0] && sent[1] == asked[1] ? R_NONE
							  : R_IMPDEF_DIFFERS;
}

static enum reason check_phase(const struct txn *txn)
{
	if (txn->phase == TXN_CLOSING)
		return R_RETRIEVE_BUSY;
	switch (txn->borrower.phase) {
	case BORROWER_IDLE:
		return R_NONE;
	case BORROWER_HELD:
		return R_ALREADY_RETRIEVED;
	case BORROWER_RETRIEVING:
	case BORROWER_RELEASING:
		return R_RETRIEVE_BUSY;
	}
	PANIC("borrower phase");
}

static enum reason plan(const struct engine *engine, const struct txn *txn,
	const struct mem_desc *desc, struct access *granted)
{
	enum reason reason = check_flags(txn, desc);

	if (reason == R_NONE)
		reason = rules_retrieve(txn, desc, &engine->policy, granted);
	if (reason == R_NONE)
		reason = check_zero_access(desc, *granted);
	if (reason == R_NONE)
		reason = check_impdef(txn, desc);
	if (reason == R_NONE)
		reason = check_phase(txn);
	return reason;
}

/* --- Reserve ----------------------------------------------------------- */

static void prune_until(struct txn *txn, const struct ledger_node *until)
{
	const struct ledger_node *loan = txn->loans;
	struct s2_batch batch;

	s2_batch_begin(&batch, txn->borrower.endpoint->space);
	for (; loan != until; loan = loan->loan.next)
		s2_prune(&batch, attr_is_ns(txn->attr), ledger_range(loan));
	s2_batch_commit(&batch);
}

/* The tables of the loans before `until` are nobody's reservation any more. */
static void release_until(struct txn *txn, const struct ledger_node *until)
{
	const struct ledger_node *loan = txn->loans;

	for (; loan != until; loan = loan->loan.next)
		s2_release_map(txn->borrower.endpoint->space,
			attr_is_ns(txn->attr), ledger_range(loan),
			kind_of(txn));
}

static enum reason reserve(struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next) {
		if (!s2_reserve_map(txn->borrower.endpoint->space,
			    attr_is_ns(txn->attr), ledger_range(loan),
			    kind_of(txn))) {
			release_until(txn, loan);
			prune_until(txn, loan->loan.next);
			return R_NO_TABLES;
		}
	}
	return R_NONE;
}

enum reason retrieve_open(struct engine *engine, struct endpoint *borrower,
	const struct mem_desc *desc, struct txn **out)
{
	struct txn *txn = txn_find(engine, desc->handle);
	struct access granted = {0};
	enum reason reason;

	if (txn == NULL)
		return R_HANDLE_UNKNOWN;
	reason = check_identity(txn, borrower, desc);
	if (reason == R_NONE)
		reason = plan(engine, txn, desc, &granted);
	if (reason == R_NONE)
		reason = reserve(txn);
	if (reason != R_NONE)
		return reason;
	txn->borrower.phase = BORROWER_RETRIEVING;
	txn->borrower.access = granted;
	txn->borrower.zero_after = desc->flags & MEM_FLAG_ZERO_AFTER;
	*out = txn;
	return R_NONE;
}

/* --- Response ---------------------------------------------------------- */

void retrieve_describe(const struct txn *txn, struct mem_response *response)
{
	struct access access = txn->borrower.access;

	response->sender = txn->sender;
	response->attributes = access.attr;
	response->flags = type_flag(txn) | (txn->flags & MEM_FLAG_ZERO);
	response->handle = txn_handle(txn);
	response->tag = txn->tag;
	response->page_count = txn->page_count;
	response->range_count = txn->range_count;
	response->receiver = (struct mem_receiver){
		.id = txn->borrower.endpoint->id,
		.data = access.perm & ACCESS_W ? MEM_DATA_RW : MEM_DATA_RO,
		.instr = access.perm & ACCESS_X ? MEM_INSTR_X : MEM_INSTR_XN,
		.impdef = {txn->borrower.impdef[0], txn->borrower.impdef[1]},
	};
}

void retrieve_work(const struct txn *txn)
{
	if (txn->borrower.access.attr != txn->attr)
		txn_clean(txn);
}

/* --- Publish ----------------------------------------------------------- */

static void map_borrower(struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next) {
		struct s2_mapping mapping = {
			.range = ledger_range(loan),
			.access = txn->borrower.access,
		};

		s2_map(txn->borrower.endpoint->space, attr_is_ns(txn->attr),
			mapping, kind_of(txn));
	}
	release_until(txn, NULL);
	port_entry_sync();
}

/* Titles follow the donated ranges; then the transaction is over. */
static void change_owner(struct engine *engine, struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;

	txn_release(engine, txn);
	for (; loan != NULL; loan = loan->loan.next) {
		struct ledger_transfer transfer = {
			.range = ledger_range(loan),
			.to = txn->borrower.endpoint,
			.access = txn->borrower.access,
		};

		ledger_transfer(&engine->ledger, &transfer, &txn->spare);
	}
	owner_forget(engine, txn);
	txn_destroy(engine, txn);
}

enum reason retrieve_publish(struct engine *engine, struct txn *txn,
	enum reason outcome)
{
	ASSERT(txn->borrower.phase == BORROWER_RETRIEVING);
	if (outcome == R_NONE && endpoint_is_dead(txn->borrower.endpoint))
		outcome = R_BORROWER_DEAD;
	if (outcome != R_NONE) {
		txn->borrower.phase = BORROWER_IDLE;
		release_until(txn, NULL);
		prune_until(txn, NULL);
		return outcome;
	}
	map_borrower(txn);
	txn->borrower.phase = BORROWER_HELD;
	txn->borrower.retrieved_once = true;
	if (txn->func == MEM_DONATE)
		change_owner(engine, txn);
	return R_NONE;
}
