/*
 * Sends, relinquish and reclaim: ids here, decisions in the engine.
 * Spec: DEN0140 1.2 §1.5 to §1.9; checks V11 to V13, V41 to V45, V77, V78.
 */
#include "abi/ffa_func.h"
#include "base/cursor.h"
#include "call/handlers.h"
#include "call/life.h"
#include "call/mem_finish.h"
#include "call/mem_transport.h"
#include "engine/send.h"
#include "role/relay.h"
#include "role/role.h"

_Static_assert(ACCESS_R == TRACE_READ && ACCESS_W == TRACE_WRITE &&
		       ACCESS_X == TRACE_EXECUTE,
	"access bits of the trace");

/* --- Donate, lend, share ----------------------------------------------- */

/* A partition names itself, the normal world any of its ids. */
static bool is_own_id(const struct call *call, uint16_t id)
{
	return call_from_nwd(call) ? (id & FFA_ID_SECURE) == 0
				   : id == call->caller->ep.id;
}

static enum reason find_receivers(
	struct call *call, struct send_request *request)
{
	const struct role *role = call->spm->role;
	const struct mem_desc *desc = request->desc;
	enum reason reason =
		role_check_receivers(role, request->owner, request->func, desc);

	if (reason != R_NONE)
		return reason;
	for (uint32_t i = 0; i < desc->receiver_count; i++) {
		uint16_t id = desc->receiver[i].id;
		struct endpoint *receiver = role_receiver(call->spm, id);

		if (receiver == NULL)
			return R_RECEIVER_UNKNOWN;
		if (endpoint_is_dead(receiver))
			return R_RECEIVER_DEAD;
		request->receiver[i] = receiver;
		if (role->relays && !role_is_ours(role, id))
			request->foreign = true;
	}
	return R_NONE;
}

static enum reason decode_send(struct call *call, const struct mem_input *in,
	struct send_request *request, struct mem_desc *desc)
{
	enum reason reason = mem_decode_send(in, request->func, desc);

	if (in->size >= sizeof(uint16_t) && !is_own_id(call, get16(in->bytes)))
		return R_SENDER_ID;
	if (reason != R_NONE)
		return reason;
	request->owner = &call->caller->ep;
	request->desc = desc;
	request->bytes_here = (uint32_t)(desc->ranges - in->bytes) +
			      desc->ranges_here * MEM_RANGE_SIZE;
	request->bytes_total = in->total;
	return find_receivers(call, request);
}

static enum trace_change change_of(enum mem_func func)
{
	if (func == MEM_SHARE)
		return TRACE_SHARED;
	return func == MEM_LEND ? TRACE_LENT : TRACE_DONATED;
}

/* Asks for the rest of the descriptor. */
static void ask_for_more(struct call *call, const struct txn *txn)
{
	call->out.x[0] = FFA_MEM_FRAG_RX;
	call->out.x[1] = (uint32_t)txn_handle(txn);
	call->out.x[2] = txn_handle(txn) >> 32;
	call->out.x[3] = txn->bytes_received;
	call->out.x[4] = call_from_nwd(call) ? (uint64_t)txn->sender << 16 : 0;
	call->record->handle = txn_handle(txn);
}

static enum reason finish_send(struct call *call, struct txn *txn)
{
	enum reason reason;

	transport_record(call, txn, change_of(txn->func));
	call->record->peer = txn->borrowers->id;
	call->record->argument = txn->borrower_count - 1;
	call->record->access = txn->borrowers->perm_ceiling;
	reason = send_work(txn);
	if (reason == R_NONE && txn->foreign)
		reason = relay_send(call->spm, txn);
	call->record->handle = txn_handle(txn);
	lock_engine(call);
	reason = send_publish(call->spm->engine, txn, reason);
	unlock_engine(call);
	call->out.x[2] = (uint32_t)call->record->handle;
	call->out.x[3] = call->record->handle >> 32;
	return reason;
}

/*
 * The sender is asked for the next fragment. Of a foreign send the other
 * manager must have heard by then: it allocates the handle.
 */
static enum reason await_fragment(struct call *call, struct txn *txn)
{
	enum reason reason = R_NONE;

	if (txn->foreign)
		reason = relay_begin(call->spm, txn);
	lock_engine(call);
	if (reason == R_NONE)
		reason = send_await(txn);
	if (reason == R_NONE)
		ask_for_more(call, txn);
	unlock_engine(call);
	if (reason != R_NONE)
		finish_cancel(call->spm, txn);
	return reason;
}

/* A fragment has been read; what `txn`, claimed if any, becomes with it. */
static enum reason end_fragment(
	struct call *call, struct txn *txn, enum reason reason)
{
	if (txn == NULL)
		return reason;
	if (reason != R_NONE) {
		finish_cancel(call->spm, txn);
		return reason;
	}
	return txn->phase == TXN_ASSEMBLING ? await_fragment(call, txn)
					    : finish_send(call, txn);
}

/* The pages of the fragment behind the first: noted as they come. */
static enum reason take_rest(
	struct call *call, struct tx_copy *copy, struct txn **txn)
{
	struct engine *engine = call->spm->engine;
	enum reason reason = R_NONE;

	while (reason == R_NONE && tx_has_more(copy)) {
		reason = tx_next(call, copy);
		lock_engine(call);
		if (reason == R_NONE)
			reason = send_append_part(
				engine, *txn, call->cpu->scratch, copy->used);
		else if (send_unread(engine, *txn))
			*txn = NULL;
		unlock_engine(call);
	}
	return reason;
}

/* The first fragment; *txn stays NULL when nothing is left of it. */
static enum reason take_first(
	struct call *call, enum mem_func func, struct txn **txn)
{
	struct send_request request = {.func = func};
	struct mem_desc desc;
	struct mem_input in;
	struct tx_copy copy;
	enum reason reason = tx_begin_descriptor(call, &copy, &in);

	if (reason != R_NONE)
		return reason;
	reason = decode_send(call, &in, &request, &desc);
	if (reason == R_NONE) {
		copy.used = request.bytes_here;
		call->record->peer = request.receiver[0]->id;
		call->record->pages = desc.page_count;
		lock_engine(call);
		reason = send_open(call->spm->engine, &request, txn);
		unlock_engine(call);
	}
	if (reason == R_NONE)
		reason = take_rest(call, &copy, txn);
	tx_end(call);
	return reason;
}

static enum reason call_send(struct call *call, enum mem_func func)
{
	struct txn *txn = NULL;
	enum reason reason = take_first(call, func, &txn);

	return end_fragment(call, txn, reason);
}

enum reason call_mem_donate(struct call *call)
{
	return call_send(call, MEM_DONATE);
}

enum reason call_mem_lend(struct call *call)
{
	return call_send(call, MEM_LEND);
}

enum reason call_mem_share(struct call *call)
{
	return call_send(call, MEM_SHARE);
}

/* The same for a further one. */
static enum reason take_fragment(
	struct call *call, struct send_fragment *fragment, struct txn **txn)
{
	struct tx_copy copy;
	enum reason reason = tx_begin(call, fragment->size, &copy);

	if (reason != R_NONE)
		return reason;
	fragment->here = copy.used;
	lock_engine(call);
	reason = send_append(call->spm->engine, fragment, txn);
	unlock_engine(call);
	if (reason == R_NONE)
		reason = take_rest(call, &copy, txn);
	tx_end(call);
	return reason;
}

enum reason call_mem_frag_tx(struct call *call)
{
	struct send_fragment fragment = {
		.caller = &call->caller->ep,
		.handle = call_w(call, 1) | (uint64_t)call_w(call, 2) << 32,
		.bytes = call->cpu->scratch,
		.size = call_w(call, 3),
	};
	struct txn *txn = NULL;
	enum reason reason = transport_fragment_sender(call, &fragment.sender);

	if (!call_zero(call, 5, 7))
		return R_RESERVED_REGISTER;
	if (reason != R_NONE)
		return reason;
	reason = take_fragment(call, &fragment, &txn);
	return end_fragment(call, txn, reason);
}

/* --- Relinquish -------------------------------------------------------- */

static enum reason decode_relinquish(
	struct call *call, struct mem_relinquish *request)
{
	enum reason reason;

	if (!call_zero(call, 1, 7))
		return R_RESERVED_REGISTER;
	reason = mailbox_begin_read(call->spm, &call->caller->mailbox,
		call->cpu->scratch, MEM_RELINQUISH_SIZE);
	if (reason != R_NONE)
		return reason;
	tx_end(call);
	reason = mem_decode_relinquish(call->cpu->scratch, request);
	if (reason == R_NONE && !is_own_id(call, request->endpoint))
		reason = R_RELINQUISH_ENDPOINT;
	return reason;
}

enum reason call_mem_relinquish(struct call *call)
{
	const struct endpoint *owner;
	struct mem_relinquish request;
	struct release release;
	enum reason reason = decode_relinquish(call, &request);

	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	reason = relinquish_open(
		call->spm->engine, &call->caller->ep, &request, &release);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	transport_record(call, release.txn, TRACE_UNMAPPED);
	owner = release.txn->owner;
	reason = finish_relinquish(call->spm, &release, &request);
	if (endpoint_is_dead(owner))
		life_settle(call->cpu);
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
	reason = reclaim_open(
		call->spm->engine, &call->caller->ep, handle, flags, &txn);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	if (txn->phase == TXN_ASSEMBLING) {
		finish_cancel(call->spm, txn);
		return R_NONE;
	}
	transport_record(call, txn, TRACE_RESTORED);
	call->record->access = txn->owner_perm;
	return finish_reclaim(call->spm, txn, flags);
}
