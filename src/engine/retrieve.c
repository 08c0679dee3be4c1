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

static bool is_borrower(const struct txn *txn, const struct endpoint *endpoint)
{
	const struct borrower *borrower = txn->borrowers;

	while (borrower != NULL && borrower->endpoint != endpoint)
		borrower = borrower->next;
	return borrower != NULL;
}

/* --- Plan -------------------------------------------------------------- */

static enum reason check_identity(const struct txn *txn,
	const struct endpoint *caller, const struct mem_desc *desc)
{
	uint32_t type = desc->flags & MEM_FLAG_TYPE_MASK;

	/* First: the others' answers would tell of other parties' memory. */
	if (!is_borrower(txn, caller))
		return R_NOT_RECEIVER;
	if (txn->phase == TXN_OPENING || txn->phase == TXN_ASSEMBLING)
		return R_HANDLE_BUSY;
	if (txn_is_orphan(txn))
		return R_OWNER_DEAD;
	if (txn->quarantined)
		return R_MEMORY_QUARANTINED;
	if (desc->sender != txn->sender)
		return R_RETRIEVE_SENDER;
	if (type != 0 && type != type_flag(txn))
		return R_RETRIEVE_TYPE;
	if (desc->tag != txn->tag)
		return R_RETRIEVE_TAG;
	return R_NONE;
}

/* The entry of the request that is the caller's own, or NULL. */
static const struct mem_receiver *find_own(const struct txn *txn,
	const struct endpoint *caller, const struct mem_desc *desc)
{
	for (uint32_t i = 0; i < desc->receiver_count; i++)
		if (txn_borrower(txn, caller, desc->receiver[i].id) != NULL)
			return &desc->receiver[i];
	return NULL;
}

static const struct borrower *named(const struct txn *txn, uint16_t id)
{
	const struct borrower *borrower = txn->borrowers;

	while (borrower != NULL && borrower->id != id)
		borrower = borrower->next;
	return borrower;
}

/* Another borrower's entry: who it is, and what the lender gave it. */
static enum reason check_other(
	const struct txn *txn, const struct mem_receiver *receiver)
{
	const struct borrower *borrower = named(txn, receiver->id);
	uint8_t data = rules_data_perm(receiver->data);

	if (borrower == NULL)
		return R_RETRIEVE_RECEIVERS;
	if ((receiver->flags & ~1u) != 0)
		return R_RECEIVER_FLAGS;
	return data == 0 || data == borrower->perm_ceiling ? R_NONE
							   : R_DATA_EXCEEDS;
}

/* All borrowers are named, or the caller alone with the bypass flag. */
static enum reason check_receivers(const struct txn *txn,
	const struct mem_desc *desc, const struct mem_receiver *own)
{
	if (desc->flags & MEM_FLAG_BYPASS) {
		if (desc->receiver_count != 1 || txn->borrower_count == 1)
			return R_RETRIEVE_FLAGS;
	} else if (desc->receiver_count != txn->borrower_count) {
		return R_RETRIEVE_RECEIVERS;
	}
	if (own == NULL)
		return R_RETRIEVE_RECEIVERS;
	for (uint32_t i = 0; i < desc->receiver_count; i++) {
		const struct mem_receiver *receiver = &desc->receiver[i];
		enum reason reason =
			receiver == own ? R_NONE : check_other(txn, receiver);

		if (reason != R_NONE)
			return reason;
	}
	return own->flags == 0 ? R_NONE : R_RECEIVER_FLAGS;
}

static enum reason check_flags(const struct txn *txn,
	const struct borrower *borrower, const struct mem_desc *desc)
{
	uint32_t zero = MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER;

	if (txn->func == MEM_SHARE && (desc->flags & zero) != 0)
		return R_SHARE_ZERO;
	if ((desc->flags & MEM_FLAG_ZERO) == 0)
		return R_NONE;
	if ((txn->flags & MEM_FLAG_ZERO) == 0)
		return R_ZERO_NOT_SENT;
	return borrower->retrieved_once ? R_ZERO_AGAIN : R_NONE;
}

/* V103: who asks for zeroed memory, before or after, must get to write it. */
static enum reason check_zero_access(
	const struct mem_desc *desc, struct access granted)
{
	if ((desc->flags & (MEM_FLAG_ZERO | MEM_FLAG_ZERO_AFTER)) == 0)
		return R_NONE;
	if (attr_is_device(granted.attr))
		return R_ZERO_DEVICE;
	return granted.perm & ACCESS_W ? R_NONE : R_ZERO_NEEDS_WRITE;
}

static enum reason check_impdef(const struct txn *txn,
	const struct mem_desc *desc, const struct rules_request *request)
{
	const uint64_t *sent = request->borrower->impdef;
	const uint64_t *asked = request->own->impdef;

	if (!txn->has_impdef || !desc->has_impdef)
		return R_NONE;
	return sent[0] == asked[0] && sent[1] == asked[1] ? R_NONE
							  : R_IMPDEF_DIFFERS;
}

static enum reason check_phase(
	const struct txn *txn, const struct borrower *borrower)
{
	if (txn->phase == TXN_CLOSING || txn->zeroing)
		return R_RETRIEVE_BUSY;
	switch (borrower->phase) {
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
	const struct mem_desc *desc, const struct rules_request *request,
	struct access *granted)
{
	enum reason reason = check_flags(txn, request->borrower, desc);

	if (reason == R_NONE)
		reason = rules_retrieve(txn, request, &engine->policy, granted);
	if (reason == R_NONE)
		reason = check_zero_access(desc, *granted);
	if (reason == R_NONE)
		reason = rules_zero_size(&engine->policy,
			desc->flags & MEM_FLAG_ZERO_AFTER, txn->page_count);
	if (reason == R_NONE)
		reason = check_impdef(txn, desc, request);
	if (reason == R_NONE)
		reason = check_phase(txn, request->borrower);
	return reason;
}

/* --- Reserve ----------------------------------------------------------- */

static void prune_until(
	const struct retrieval *retrieval, const struct ledger_node *until)
{
	const struct txn *txn = retrieval->txn;
	const struct ledger_node *loan = txn->loans;
	struct s2_batch batch;

	if (retrieval->borrower->endpoint->space == NULL)
		return;
	s2_batch_begin(&batch, retrieval->borrower->endpoint->space);
	for (; loan != until; loan = loan->loan.next)
		s2_prune(&batch, attr_is_ns(txn->attr), ledger_range(loan));
	s2_batch_commit(&batch);
}

/* The tables of the loans before `until` are nobody's reservation any more. */
static void release_until(
	const struct retrieval *retrieval, const struct ledger_node *until)
{
	const struct txn *txn = retrieval->txn;
	struct space *space = retrieval->borrower->endpoint->space;
	const struct ledger_node *loan = txn->loans;

	if (space == NULL)
		return;
	for (; loan != until; loan = loan->loan.next)
		s2_release_map(space, attr_is_ns(txn->attr), ledger_range(loan),
			kind_of(txn));
}

static enum reason reserve_tables(const struct retrieval *retrieval)
{
	const struct txn *txn = retrieval->txn;
	struct space *space = retrieval->borrower->endpoint->space;
	const struct ledger_node *loan = txn->loans;

	if (space == NULL)
		return R_NONE;
	for (; loan != NULL; loan = loan->loan.next) {
		if (!s2_reserve_map(space, attr_is_ns(txn->attr),
			    ledger_range(loan), kind_of(txn))) {
			enum reason reason = owner_no_tables(space);

			release_until(retrieval, loan);
			prune_until(retrieval, loan->loan.next);
			return reason;
		}
	}
	return R_NONE;
}

/*
 * A donee pays from here on: for a title a range, at most, and for what the
 * transaction holds until the response has been fetched.
 */
static struct quota_amount cost_for_donee(const struct txn *txn)
{
	return (struct quota_amount){{
		[QUOTA_NODES] = 2 * txn->range_count,
		[QUOTA_TXNS] = 1,
		[QUOTA_BORROWERS] = 1,
	}};
}

static void uncharge_donee(const struct retrieval *retrieval)
{
	struct quota_amount cost = cost_for_donee(retrieval->txn);

	if (retrieval->txn->func == MEM_DONATE)
		quota_give(&retrieval->borrower->endpoint->quota, &cost);
}

static enum reason charge_donee(const struct retrieval *retrieval)
{
	struct quota *quota = &retrieval->borrower->endpoint->quota;
	struct quota_amount cost = cost_for_donee(retrieval->txn);
	enum reason reason;

	if (retrieval->txn->func != MEM_DONATE)
		return R_NONE;
	reason = quota_check(quota, &cost);
	if (reason == R_NONE)
		quota_add(quota, &cost);
	return reason;
}

static enum reason reserve(const struct retrieval *retrieval)
{
	enum reason reason = charge_donee(retrieval);

	if (reason != R_NONE)
		return reason;
	reason = reserve_tables(retrieval);
	if (reason != R_NONE)
		uncharge_donee(retrieval);
	return reason;
}

static struct txn *find(const struct engine *engine, uint64_t handle)
{
	struct txn *txn = txn_find(engine, handle);

	/* A donation that drains has a handle for its fragments only. */
	return txn != NULL && txn->phase != TXN_DRAINING ? txn : NULL;
}

enum reason retrieve_open(struct engine *engine, struct endpoint *caller,
	const struct mem_desc *desc, struct retrieval *out)
{
	struct txn *txn = find(engine, desc->handle);
	struct rules_request request = {.attributes = desc->attributes};
	struct access granted = {0};
	enum reason reason;

	if (txn == NULL)
		return R_HANDLE_UNKNOWN;
	reason = check_identity(txn, caller, desc);
	if (reason != R_NONE)
		return reason;
	request.own = find_own(txn, caller, desc);
	reason = check_receivers(txn, desc, request.own);
	if (reason != R_NONE)
		return reason;
	out->txn = txn;
	out->borrower = txn_borrower(txn, caller, request.own->id);
	request.borrower = out->borrower;
	reason = plan(engine, txn, desc, &request, &granted);
	if (reason == R_NONE)
		reason = reserve(out);
	if (reason != R_NONE)
		return reason;
	out->borrower->phase = BORROWER_RETRIEVING;
	out->borrower->access = granted;
	out->borrower->zero_after = desc->flags & MEM_FLAG_ZERO_AFTER;
	return R_NONE;
}

/* --- Response ---------------------------------------------------------- */

static void describe_txn(const struct txn *txn, struct mem_response *response)
{
	response->sender = txn->sender;
	response->flags = type_flag(txn) | (txn->flags & MEM_FLAG_ZERO);
	response->handle = txn_handle(txn);
	response->tag = txn->tag;
	response->page_count = txn->page_count;
	response->range_count = txn->range_count;
}

void retrieve_describe(const struct retrieval *retrieval,
	struct mem_receiver *receiver, struct mem_response *response)
{
	const struct borrower *borrower = retrieval->borrower;
	struct access access = borrower->access;

	describe_txn(retrieval->txn, response);
	response->attributes = access.attr;
	response->receiver_count = 1;
	response->receivers = receiver;
	*receiver = (struct mem_receiver){
		.id = borrower->id,
		.data = access.perm & ACCESS_W ? MEM_DATA_RW : MEM_DATA_RO,
		.instr = access.perm & ACCESS_X ? MEM_INSTR_X : MEM_INSTR_XN,
		.impdef = {borrower->impdef[0], borrower->impdef[1]},
	};
}

void retrieve_work(const struct retrieval *retrieval)
{
	if (retrieval->borrower->access.attr != retrieval->txn->attr)
		txn_clean(retrieval->txn);
}

/* What the sender said of a borrower, for the hypervisor. */
static struct mem_receiver as_sent(
	const struct txn *txn, const struct borrower *borrower)
{
	uint8_t data =
		borrower->perm_ceiling & ACCESS_W ? MEM_DATA_RW : MEM_DATA_RO;

	return (struct mem_receiver){
		.id = borrower->id,
		.data = txn->func == MEM_DONATE ? MEM_DATA_UNSPECIFIED : data,
		.impdef = {borrower->impdef[0], borrower->impdef[1]},
	};
}

void retrieve_describe_sent(const struct txn *txn,
	struct mem_receiver *receivers, struct mem_response *response)
{
	const struct borrower *borrower = txn->borrowers;
	uint32_t count = 0;

	for (; borrower != NULL; borrower = borrower->next)
		receivers[count++] = as_sent(txn, borrower);
	*response = (struct mem_response){
		.version = response->version,
		.sender = txn->sender,
		.attributes = txn->attributes,
		.flags = txn->flags,
		.tag = txn->tag,
		.receiver_count = count,
		.no_impdef = !txn->has_impdef,
		.receivers = receivers,
		.page_count = txn->page_count,
		.range_count = txn->ranges_total,
	};
}

enum reason retrieve_describe_all(struct engine *engine,
	const struct endpoint *caller, const struct mem_desc *desc,
	struct mem_receiver *receivers, struct mem_response *response)
{
	const struct txn *txn = find(engine, desc->handle);
	const struct borrower *borrower;
	uint32_t count = 0;

	if (txn == NULL || txn->owner != caller)
		return R_HANDLE_UNKNOWN;
	if (txn->phase != TXN_LIVE)
		return R_HANDLE_BUSY;
	if (desc->sender != 0 && desc->sender != txn->sender)
		return R_HYPERVISOR_REQUEST;
	if (txn->hypervisor.next != NULL)
		return R_HYPERVISOR_RETRIEVES;
	for (borrower = txn->borrowers; borrower != NULL;
		borrower = borrower->next)
		receivers[count++] = as_sent(txn, borrower);
	describe_txn(txn, response);
	response->attributes = txn->attr_ceiling | (txn->attr & ATTR_NS);
	response->receiver_count = count;
	response->receivers = receivers;
	return R_NONE;
}

void retrieve_hypervisor_cursor(
	struct engine *engine, uint64_t handle, struct mem_cursor cursor)
{
	struct txn *txn = find(engine, handle);

	if (txn != NULL)
		txn->hypervisor = cursor;
}

/* --- Publish ----------------------------------------------------------- */

static void map_borrower(const struct retrieval *retrieval)
{
	const struct txn *txn = retrieval->txn;
	struct space *space = retrieval->borrower->endpoint->space;
	const struct ledger_node *loan = txn->loans;

	if (space == NULL)
		return;
	for (; loan != NULL; loan = loan->loan.next) {
		struct s2_mapping mapping = {
			.range = ledger_range(loan),
			.access = retrieval->borrower->access,
		};

		s2_map_reserved(
			space, attr_is_ns(txn->attr), mapping, kind_of(txn));
	}
	port_entry_sync();
}

/* Fits what was reserved: uncharge_donee() has just given it back. */
static void charge_draining(struct txn *txn)
{
	txn->charged = (struct quota_amount){{
		[QUOTA_NODES] = txn->range_count,
		[QUOTA_TXNS] = 1,
		[QUOTA_BORROWERS] = 1,
	}};
	quota_add(&txn->owner->quota, &txn->charged);
}

/* Titles follow the donated ranges; the loans stay while fragments go out. */
static void change_owner(
	struct engine *engine, const struct retrieval *retrieval)
{
	struct txn *txn = retrieval->txn;
	struct endpoint *donee = retrieval->borrower->endpoint;
	struct ledger_node *loan = txn->loans;

	uncharge_donee(retrieval);
	owner_give(engine, txn, donee, retrieval->borrower->access);
	for (; loan != NULL; loan = loan->loan.next)
		ledger_loan_state(loan, LOAN_DRAINING);
	txn_uncharge(txn);
	txn_give_spare(engine, txn);
	txn->owner = donee;
	txn->vm = NULL;
	/* What the donor's hypervisor was reading is over. */
	txn->hypervisor = (struct mem_cursor){0};
	txn->phase = TXN_DRAINING;
	charge_draining(txn);
	if (retrieval->borrower->cursor.next == NULL)
		txn_destroy(engine, txn);
}

enum reason retrieve_publish(struct engine *engine,
	const struct retrieval *retrieval, enum reason outcome,
	struct mem_cursor cursor)
{
	struct borrower *borrower = retrieval->borrower;

	ASSERT(borrower->phase == BORROWER_RETRIEVING);
	if (outcome == R_NONE && endpoint_is_dead(borrower->endpoint))
		outcome = R_BORROWER_DEAD;
	if (outcome != R_NONE) {
		borrower->phase = BORROWER_IDLE;
		release_until(retrieval, NULL);
		prune_until(retrieval, NULL);
		uncharge_donee(retrieval);
		return outcome;
	}
	map_borrower(retrieval);
	borrower->phase = BORROWER_HELD;
	borrower->retrieved_once = true;
	borrower->cursor = cursor;
	if (borrower->zero_after)
		retrieval->txn->zero_after = true;
	if (retrieval->txn->func == MEM_DONATE)
		change_owner(engine, retrieval);
	return R_NONE;
}

/* --- Further fragments -------------------------------------------------- */

/*
 * The caller's cursor that has something to hand out. Those of the normal
 * world are told apart by the id in w4: the sender's is the hypervisor's.
 * `open` is set when there is one under any id.
 */
static struct mem_cursor *find_cursor(
	struct txn *txn, const struct fragment_request *request, bool *open)
{
	struct borrower *borrower = txn->borrowers;
	bool by_id = request->caller->kind == ENDPOINT_NWD;

	if (txn->owner == request->caller && txn->hypervisor.next != NULL) {
		*open = true;
		if (request->sender == txn->sender)
			return &txn->hypervisor;
	}
	for (; borrower != NULL; borrower = borrower->next) {
		if (borrower->endpoint != request->caller ||
			borrower->phase != BORROWER_HELD ||
			borrower->cursor.next == NULL)
			continue;
		*open = true;
		if (request->sender == (by_id ? borrower->id : 0))
			return &borrower->cursor;
	}
	return NULL;
}

enum reason retrieve_fragment(struct engine *engine,
	const struct fragment_request *request, struct mem_cursor **out)
{
	struct txn *txn = txn_find(engine, request->handle);
	struct mem_cursor *cursor = NULL;
	bool open = false;

	if (txn != NULL)
		cursor = find_cursor(txn, request, &open);
	if (cursor == NULL)
		return open ? R_FRAGMENT_SENDER : R_NO_FRAGMENT;
	if (request->offset != cursor->offset)
		return R_FRAGMENT_OFFSET;
	*out = cursor;
	return R_NONE;
}

void retrieve_fragment_done(struct engine *engine,
	const struct fragment_request *request, struct mem_cursor to)
{
	struct mem_cursor *cursor;
	struct txn *txn;

	/* Somebody else may have moved, closed or ended it meanwhile. */
	if (retrieve_fragment(engine, request, &cursor) != R_NONE)
		return;
	*cursor = to;
	txn = txn_find(engine, request->handle);
	if (txn->phase == TXN_DRAINING && to.next == NULL)
		txn_destroy(engine, txn);
}

void retrieve_drain_all(struct engine *engine, const struct endpoint *donee)
{
	struct tree_node *node = engine->txns.first;

	while (node != NULL) {
		struct txn *txn = (struct txn *)node;

		node = node->next;
		if (txn->phase == TXN_DRAINING && txn->owner == donee)
			txn_destroy(engine, txn);
	}
}
