/*
 * The memory calls: transport and ids here, decisions in the engine.
 * Spec: DEN0140 1.2 §1.8, §1.9; checks V1 to V13, V41 to V45, V77, V78, V107.
 */
#include "abi/ffa_func.h"
#include "abi/mem_decode.h"
#include "base/cursor.h"
#include "call/handlers.h"
#include "engine/giveback.h"
#include "engine/retrieve.h"
#include "engine/send.h"
#include "partition/call_chain.h"
#include "partition/mailbox.h"

_Static_assert(ACCESS_R == TRACE_READ && ACCESS_W == TRACE_WRITE &&
		ACCESS_X == TRACE_EXECUTE,
	"access bits of the trace");

static void lock_engine(struct call *call)
{
	lock_take(&call->spm->engine_lock);
}

static void unlock_engine(struct call *call)
{
	lock_drop(&call->spm->engine_lock);
}

/* What the trace tells of a transaction; read while it cannot go away. */
static void record_txn(struct call *call, const struct txn *txn,
	enum trace_change change)
{
	call->record->change = (uint16_t)change;
	call->record->pages = txn->page_count;
	call->record->ranges = txn->range_count;
	call->record->base = ledger_range(txn->loans).base.v;
	call->record->handle = txn_handle(txn);
}

/* --- Transport --------------------------------------------------------- */

/* One private copy of the descriptor: TX may change while we work. */
static enum reason read_descriptor(struct call *call, struct mem_input *in)
{
	uint32_t total = call_w(call, 1);
	uint32_t fragment = call_w(call, 2);
	enum reason reason;

	if (!call_zero(call, 5, 7))
		return R_RESERVED_REGISTER;
	if (!call_zero(call, 3, 4))
		return R_DYNAMIC_BUFFER;
	if (!call->caller->mailbox.mapped)
		return R_BUFFERS_NOT_MAPPED;
	if (fragment > total || fragment == 0)
		return R_FRAGMENT_LENGTH;
	reason = mailbox_read(call->spm, call->caller, call->cpu->scratch,
		fragment);
	if (reason != R_NONE)
		return reason;
	*in = (struct mem_input){
		.bytes = call->cpu->scratch,
		.size = fragment,
		.version = call->caller->version,
	};
	return R_NONE;
}

/* --- Donate, lend, share ----------------------------------------------- */

static enum reason check_sender(const struct call *call, uint16_t sender)
{
	bool is_own = call_from_nwd(call) ? (sender & FFA_ID_SECURE) == 0
					  : sender == call->caller->ep.id;

	return is_own ? R_NONE : R_SENDER_ID;
}

static enum reason find_receiver(struct call *call, const struct mem_desc *desc,
	struct endpoint **receiver)
{
	struct partition *partition;

	if (desc->receiver_count > 1)
		return R_RECEIVER_COUNT;
	if ((desc->receiver[0].id & FFA_ID_SECURE) == 0)
		return R_RECEIVER_WORLD;
	partition = chain_partition(call->spm, desc->receiver[0].id);
	if (partition == NULL)
		return R_RECEIVER_UNKNOWN;
	if (endpoint_is_dead(&partition->ep))
		return R_RECEIVER_DEAD;
	*receiver = &partition->ep;
	return R_NONE;
}

static enum reason decode_send(struct call *call, struct send_request *request,
	struct mem_desc *desc)
{
	struct mem_input in;
	enum reason reason = read_descriptor(call, &in);

	if (reason != R_NONE)
		return reason;
	if (in.size < call_w(call, 1))
		return R_FRAGMENTED;
	reason = mem_decode_send(&in, request->func, desc);
	if (in.size >= sizeof(uint16_t) &&
		check_sender(call, get16(in.bytes)) != R_NONE)
		return R_SENDER_ID;
	if (reason != R_NONE)
		return reason;
	request->owner = &call->caller->ep;
	request->desc = desc;
	return find_receiver(call, desc, &request->receiver);
}

static enum reason send(struct call *call, const struct send_request *request,
	enum trace_change change)
{
	struct txn *txn;
	enum reason reason;

	lock_engine(call);
	reason = send_open(call->spm->engine, request, &txn);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	record_txn(call, txn, change);
	call->record->access = txn->perm_ceiling;
	reason = send_work(txn);
	lock_engine(call);
	reason = send_publish(call->spm->engine, txn, reason);
	unlock_engine(call);
	call->out.x[2] = (uint32_t)call->record->handle;
	call->out.x[3] = call->record->handle >> 32;
	return reason;
}

static enum reason call_send(struct call *call, enum mem_func func,
	enum trace_change change)
{
	struct send_request request = {.func = func};
	struct mem_desc desc;
	enum reason reason = decode_send(call, &request, &desc);

	if (reason != R_NONE)
		return reason;
	call->record->peer = request.receiver->id;
	call->record->pages = desc.page_count;
	return send(call, &request, change);
}

enum reason call_mem_donate(struct call *call)
{
	return call_send(call, MEM_DONATE, TRACE_DONATED);
}

enum reason call_mem_lend(struct call *call)
{
	return call_send(call, MEM_LEND, TRACE_LENT);
}

enum reason call_mem_share(struct call *call)
{
	return call_send(call, MEM_SHARE, TRACE_SHARED);
}

/* --- Retrieve ---------------------------------------------------------- */

/* The whole response into RX; the last thing that may fail. */
static enum reason respond(struct call *call, const struct txn *txn)
{
	struct mem_response response = {.version = call->caller->version};
	const struct ledger_node *loan = txn->loans;
	uint64_t size;
	uint8_t *at;

	retrieve_describe(txn, &response);
	size = mem_response_size(&response);
	if (size > PAGE_SIZE)
		return R_RESPONSE_TOO_LONG;
	at = mem_encode_response(call->cpu->response, &response);
	for (; loan != NULL; loan = loan->loan.next)
		at = mem_encode_range(at, ledger_range(loan));
	call->out.x[0] = FFA_MEM_RETRIEVE_RESP;
	call->out.x[1] = size;
	call->out.x[2] = size;
	return mailbox_write(call->caller, call->cpu->response,
		(uint32_t)size);
}

static enum reason retrieve(struct call *call, const struct mem_desc *desc)
{
	struct txn *txn;
	enum reason reason;

	lock_engine(call);
	reason = retrieve_open(call->spm->engine, &call->caller->ep, desc,
		&txn);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	record_txn(call, txn,
		txn->func == MEM_DONATE ? TRACE_OWNED : TRACE_MAPPED);
	call->record->access = txn->borrower.access.perm;
	retrieve_work(txn);
	reason = respond(call, txn);
	lock_engine(call);
	reason = retrieve_publish(call->spm->engine, txn, reason);
	unlock_engine(call);
	return reason;
}

enum reason call_mem_retrieve(struct call *call)
{
	struct mem_input in;
	struct mem_desc desc;
	enum reason reason = read_descriptor(call, &in);

	if (reason != R_NONE)
		return reason;
	if (in.size < call_w(call, 1))
		return R_FRAGMENT_LENGTH;
	reason = mailbox_take_rx(call->spm, call->caller);
	if (reason != R_NONE)
		return reason;
	reason = mem_decode_retrieve(&in, &desc);
	if (reason == R_NONE)
		reason = retrieve(call, &desc);
	mailbox_end_rx(call->spm, call->caller, reason == R_NONE);
	return reason;
}

/* --- Relinquish -------------------------------------------------------- */

static enum reason decode_relinquish(struct call *call,
	struct mem_relinquish *request)
{
	enum reason reason;

	if (!call_zero(call, 1, 7))
		return R_RESERVED_REGISTER;
	reason = mailbox_read(call->spm, call->caller, call->cpu->scratch,
		MEM_RELINQUISH_SIZE);
	if (reason != R_NONE)
		return reason;
	reason = mem_decode_relinquish(call->cpu->scratch, request);
	if (reason == R_NONE && request->endpoint != call->caller->ep.id)
		reason = R_RELINQUISH_ENDPOINT;
	return reason;
}

enum reason call_mem_relinquish(struct call *call)
{
	struct mem_relinquish request;
	struct txn *txn;
	enum reason reason = decode_relinquish(call, &request);

	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	reason = relinquish_open(call->spm->engine, &call->caller->ep,
		&request, &txn);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	record_txn(call, txn, TRACE_UNMAPPED);
	reason = relinquish_work(txn);
	lock_engine(call);
	reason = relinquish_publish(txn, reason);
	unlock_engine(call);
	return reason;
}

/* --- Reclaim ----------------------------------------------------------- */

enum reason call_mem_reclaim(struct call *call)
{
	uint64_t handle = call_w(call, 1) | (uint64_t)call_w(call, 2) << 32;
	uint32_t flags = call_w(call, 3);
	struct txn *txn;
	enum reason reason;

	if (!call_zero(call, 4, 7))
		return R_RESERVED_REGISTER;
	lock_engine(call);
	reason = reclaim_open(call->spm->engine, &call->caller->ep, handle,
		flags, &txn);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	record_txn(call, txn, TRACE_RESTORED);
	call->record->access = txn->owner_perm;
	reason = reclaim_work(txn, flags);
	lock_engine(call);
	reason = reclaim_publish(call->spm->engine, txn, reason);
	unlock_engine(call);
	return reason;
}
