/*
 * The memory calls: transport and ids here, decisions in the engine.
 * Spec: DEN0140 1.2 §1.8, §1.9; checks V1 to V13, V41 to V45, V77, V78, V107.
 */
#include "abi/ffa_func.h"
#include "abi/mem_decode.h"
#include "base/cursor.h"
#include "call/handlers.h"
#include "call/mem_finish.h"
#include "engine/giveback.h"
#include "engine/retrieve.h"
#include "engine/send.h"
#include "partition/mailbox.h"
#include "role/relay.h"
#include "role/role.h"

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
static void record_txn(
	struct call *call, const struct txn *txn, enum trace_change change)
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
	reason = mailbox_read(
		call->spm, call->caller, call->cpu->scratch, fragment);
	if (reason != R_NONE)
		return reason;
	*in = (struct mem_input){
		.bytes = call->cpu->scratch,
		.size = fragment,
		.total = total,
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

static enum reason decode_send(
	struct call *call, struct send_request *request, struct mem_desc *desc)
{
	struct mem_input in;
	enum reason reason = read_descriptor(call, &in);

	if (reason != R_NONE)
		return reason;
	reason = mem_decode_send(&in, request->func, desc);
	if (in.size >= sizeof(uint16_t) &&
		check_sender(call, get16(in.bytes)) != R_NONE)
		return R_SENDER_ID;
	if (reason != R_NONE)
		return reason;
	request->owner = &call->caller->ep;
	request->desc = desc;
	request->bytes_here = in.size;
	request->bytes_total = in.total;
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

	record_txn(call, txn, change_of(txn->func));
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

/* The first fragment of a foreign send: the other manager names the handle. */
static enum reason begin_foreign(struct call *call, struct txn *txn)
{
	enum reason reason = relay_begin(call->spm, txn);

	if (reason == R_NONE) {
		lock_engine(call);
		reason = send_await(call->spm->engine, txn);
		if (reason == R_NONE)
			ask_for_more(call, txn);
		unlock_engine(call);
	}
	if (reason != R_NONE)
		finish_cancel(call->spm, txn);
	return reason;
}

static enum reason call_send(struct call *call, enum mem_func func)
{
	struct send_request request = {.func = func};
	struct mem_desc desc;
	struct txn *txn;
	enum reason reason = decode_send(call, &request, &desc);

	if (reason != R_NONE)
		return reason;
	call->record->peer = request.receiver[0]->id;
	call->record->pages = desc.page_count;
	lock_engine(call);
	reason = send_open(call->spm->engine, &request, &txn);
	if (reason == R_NONE && txn->phase == TXN_ASSEMBLING) {
		ask_for_more(call, txn);
		unlock_engine(call);
		return R_NONE;
	}
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	return request.bytes_here < request.bytes_total
		       ? begin_foreign(call, txn)
		       : finish_send(call, txn);
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

static enum reason append(
	struct call *call, const struct send_fragment *fragment)
{
	struct txn *txn;
	enum reason reason;

	lock_engine(call);
	reason = send_append(call->spm->engine, fragment, &txn);
	if (reason == R_NONE && txn->phase == TXN_ASSEMBLING) {
		ask_for_more(call, txn);
		unlock_engine(call);
		return R_NONE;
	}
	unlock_engine(call);
	if (reason == R_NONE)
		return finish_send(call, txn);
	if (txn != NULL)
		finish_cancel(call->spm, txn);
	return reason;
}

/* w4: the sender's id in its upper half from the normal world, else zero. */
static enum reason fragment_sender(const struct call *call, uint16_t *sender)
{
	uint32_t word = call_w(call, 4);

	*sender = call_from_nwd(call) ? (uint16_t)(word >> 16)
				      : call->caller->ep.id;
	if ((uint16_t)word != 0 || (!call_from_nwd(call) && word != 0))
		return R_FRAGMENT_SENDER;
	return R_NONE;
}

enum reason call_mem_frag_tx(struct call *call)
{
	struct send_fragment fragment = {
		.caller = &call->caller->ep,
		.handle = call_w(call, 1) | (uint64_t)call_w(call, 2) << 32,
		.bytes = call->cpu->scratch,
		.size = call_w(call, 3),
	};
	enum reason reason = fragment_sender(call, &fragment.sender);

	if (!call_zero(call, 5, 7))
		return R_RESERVED_REGISTER;
	if (reason != R_NONE)
		return reason;
	reason = mailbox_read(
		call->spm, call->caller, call->cpu->scratch, fragment.size);
	return reason == R_NONE ? append(call, &fragment) : reason;
}

/* --- Retrieve ---------------------------------------------------------- */

/*
 * As many whole ranges as RX has room for, from `cursor` on, behind what is
 * in the page already; moves the cursor.
 */
static uint32_t put_ranges(
	uint8_t *page, uint32_t used, struct mem_cursor *cursor)
{
	uint8_t *at = page + used;

	while (cursor->next != NULL && used + MEM_RANGE_SIZE <= PAGE_SIZE) {
		at = mem_encode_range(at, ledger_range(cursor->next));
		cursor->next = cursor->next->loan.next;
		used += MEM_RANGE_SIZE;
	}
	return used;
}

/* The response, or its first fragment, into the page that goes to RX. */
static uint32_t put_response(struct call *call,
	const struct mem_response *response, const struct txn *txn,
	struct mem_cursor *cursor)
{
	uint8_t *page = call->cpu->response;
	uint32_t size;

	mem_encode_response(page, response);
	cursor->next = txn->loans;
	size = put_ranges(page, mem_response_head(response), cursor);
	cursor->offset = size;
	call->out.x[0] = FFA_MEM_RETRIEVE_RESP;
	call->out.x[1] = mem_response_size(response);
	call->out.x[2] = size;
	return size;
}

static enum reason respond(struct call *call, const struct retrieval *retrieval,
	struct mem_cursor *cursor)
{
	struct mem_response response = {.version = call->caller->version};
	struct mem_receiver receiver;
	uint32_t size;

	retrieve_describe(retrieval, &receiver, &response);
	size = put_response(call, &response, retrieval->txn, cursor);
	return mailbox_write(call->caller, call->cpu->response, size);
}

/*
 * The other manager has the last word. When the borrower has died meanwhile it
 * hears that, too: it would never let the owner have the memory back.
 */
static enum reason retrieve_foreign(struct call *call,
	const struct retrieval *retrieval, struct mem_cursor cursor)
{
	struct mem_relinquish undo = {
		.handle = txn_handle(retrieval->txn),
		.endpoint = retrieval->borrower->id,
	};
	enum reason answer = relay_retrieve(call->spm, retrieval);
	enum reason reason;

	lock_engine(call);
	reason = retrieve_publish(call->spm->engine, retrieval, answer, cursor);
	unlock_engine(call);
	if (answer == R_NONE && reason != R_NONE)
		answer = relay_relinquish(call->spm, &undo);
	return reason;
}

static enum reason retrieve(struct call *call, const struct mem_desc *desc)
{
	struct mem_cursor cursor = {0};
	struct retrieval retrieval;
	enum reason reason;

	lock_engine(call);
	reason = retrieve_open(
		call->spm->engine, &call->caller->ep, desc, &retrieval);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	record_txn(call, retrieval.txn,
		retrieval.txn->func == MEM_DONATE ? TRACE_OWNED : TRACE_MAPPED);
	call->record->access = retrieval.borrower->access.perm;
	retrieve_work(&retrieval);
	reason = respond(call, &retrieval, &cursor);
	if (reason == R_NONE && retrieval.txn->foreign)
		return retrieve_foreign(call, &retrieval, cursor);
	lock_engine(call);
	reason =
		retrieve_publish(call->spm->engine, &retrieval, reason, cursor);
	unlock_engine(call);
	return reason;
}

/* Nothing is claimed: the response is made under the lock, written without. */
static enum reason hypervisor_retrieve(
	struct call *call, const struct mem_input *in)
{
	struct mem_response response = {.version = call->caller->version};
	struct mem_receiver receivers[MEM_RECEIVERS_MAX];
	struct mem_cursor cursor = {0};
	struct mem_desc desc;
	uint32_t size = 0;
	enum reason reason = mem_decode_hypervisor_retrieve(in, &desc);

	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	reason = retrieve_describe_all(call->spm->engine, &call->caller->ep,
		&desc, receivers, &response);
	if (reason == R_NONE)
		size = put_response(call, &response,
			txn_find(call->spm->engine, desc.handle), &cursor);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	reason = mailbox_write(call->caller, call->cpu->response, size);
	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	retrieve_hypervisor_cursor(call->spm->engine, desc.handle, cursor);
	unlock_engine(call);
	return R_NONE;
}

static enum reason decode_and_retrieve(
	struct call *call, const struct mem_input *in)
{
	struct mem_desc desc;
	enum reason reason;

	if (call_from_nwd(call) && mem_is_hypervisor_retrieve(in))
		return hypervisor_retrieve(call, in);
	reason = mem_decode_retrieve(in, &desc);
	return reason == R_NONE ? retrieve(call, &desc) : reason;
}

enum reason call_mem_retrieve(struct call *call)
{
	struct mem_input in;
	enum reason reason = read_descriptor(call, &in);

	if (reason != R_NONE)
		return reason;
	if (in.size < in.total)
		return R_FRAGMENT_LENGTH;
	reason = mailbox_take_rx(call->spm, call->caller);
	if (reason != R_NONE)
		return reason;
	reason = decode_and_retrieve(call, &in);
	mailbox_end_rx(call->spm, call->caller, reason == R_NONE);
	return reason;
}

/* The next fragment into RX; the cursor moves when it is there. */
static enum reason hand_out(
	struct call *call, const struct fragment_request *request)
{
	struct mem_cursor *cursor;
	struct mem_cursor to = {0};
	uint32_t size = 0;
	enum reason reason;

	lock_engine(call);
	reason = retrieve_fragment(call->spm->engine, request, &cursor);
	if (reason == R_NONE) {
		to = *cursor;
		size = put_ranges(call->cpu->response, 0, &to);
		to.offset += size;
	}
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	reason = mailbox_write(call->caller, call->cpu->response, size);
	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	retrieve_fragment_done(call->spm->engine, request, to);
	unlock_engine(call);
	call->out.x[0] = FFA_MEM_FRAG_TX;
	call->out.x[1] = (uint32_t)request->handle;
	call->out.x[2] = request->handle >> 32;
	call->out.x[3] = size;
	call->out.x[4] = (uint64_t)request->sender << 16;
	return R_NONE;
}

enum reason call_mem_frag_rx(struct call *call)
{
	struct fragment_request request = {
		.caller = &call->caller->ep,
		.handle = call_w(call, 1) | (uint64_t)call_w(call, 2) << 32,
		.offset = call_w(call, 3),
	};
	enum reason reason = fragment_sender(call, &request.sender);

	if (!call_zero(call, 5, 7))
		return R_RESERVED_REGISTER;
	if (reason != R_NONE)
		return reason;
	if (!call_from_nwd(call))
		request.sender = 0;
	call->record->handle = request.handle;
	reason = mailbox_take_rx(call->spm, call->caller);
	if (reason != R_NONE)
		return reason;
	reason = hand_out(call, &request);
	mailbox_end_rx(call->spm, call->caller, reason == R_NONE);
	return reason;
}

/* --- Relinquish -------------------------------------------------------- */

static enum reason decode_relinquish(
	struct call *call, struct mem_relinquish *request)
{
	enum reason reason;

	if (!call_zero(call, 1, 7))
		return R_RESERVED_REGISTER;
	reason = mailbox_read(call->spm, call->caller, call->cpu->scratch,
		MEM_RELINQUISH_SIZE);
	if (reason != R_NONE)
		return reason;
	reason = mem_decode_relinquish(call->cpu->scratch, request);
	if (reason == R_NONE && check_sender(call, request->endpoint) != R_NONE)
		reason = R_RELINQUISH_ENDPOINT;
	return reason;
}

enum reason call_mem_relinquish(struct call *call)
{
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
	record_txn(call, release.txn, TRACE_UNMAPPED);
	return finish_relinquish(call->spm, &release, &request);
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
	if (txn->phase == TXN_OPENING) {
		finish_cancel(call->spm, txn);
		return R_NONE;
	}
	record_txn(call, txn, TRACE_RESTORED);
	call->record->access = txn->owner_perm;
	return finish_reclaim(call->spm, txn, flags);
}
