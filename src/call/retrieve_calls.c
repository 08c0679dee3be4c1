/*
 * Retrieve requests, the hypervisor's among them, and further fragments of
 * their responses: ids and bytes here, decisions in the engine.
 * Spec: DEN0140 1.2 §1.7 to §1.9; checks V77 to V111.
 */
#include "abi/ffa_func.h"
#include "call/handlers.h"
#include "call/life.h"
#include "call/mem_finish.h"
#include "call/mem_transport.h"
#include "role/relay.h"

/* The response as far as its first page goes. */
static void put_response(struct call *call, const struct mem_response *response,
	const struct txn *txn, struct rx_copy *copy)
{
	mem_encode_response(call->cpu->response, response);
	copy->used = mem_response_head(response);
	copy->cursor = (struct mem_cursor){txn->loans, copy->used};
	call->out.x[0] = FFA_MEM_RETRIEVE_RESP;
	call->out.x[1] = mem_response_size(response);
}

static enum reason respond(struct call *call, const struct retrieval *retrieval,
	struct rx_copy *copy)
{
	struct mem_response response = {.version = call->version};
	struct mem_receiver receiver;
	enum reason reason;

	retrieve_describe(retrieval, &receiver, &response);
	put_response(call, &response, retrieval->txn, copy);
	rx_fill(call, copy);
	reason = rx_write(call, copy);
	call->out.x[2] = copy->at;
	return reason;
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
	struct rx_copy copy = {.request = NULL};
	const struct endpoint *owner;
	struct retrieval retrieval;
	enum reason reason;
	bool orphan;

	lock_engine(call);
	reason = retrieve_open(
		call->spm->engine, &call->caller->ep, desc, &retrieval);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	transport_record(call, retrieval.txn,
		retrieval.txn->func == MEM_DONATE ? TRACE_OWNED : TRACE_MAPPED);
	call->record->access = retrieval.borrower->access.perm;
	retrieve_work(&retrieval);
	reason = respond(call, &retrieval, &copy);
	if (reason == R_NONE && retrieval.txn->foreign)
		return retrieve_foreign(call, &retrieval, copy.cursor);
	lock_engine(call);
	owner = retrieval.txn->owner;
	orphan = txn_is_orphan(retrieval.txn);
	reason = retrieve_publish(
		call->spm->engine, &retrieval, reason, copy.cursor);
	unlock_engine(call);
	/* It was taken for one that holds the memory when the owner went. */
	if (reason != R_NONE && orphan)
		finish_orphan(call->spm, owner, desc->handle);
	if (endpoint_is_dead(owner))
		life_settle(call->cpu);
	return reason;
}

/*
 * Describes to the hypervisor what the normal world sent. Nothing is claimed:
 * its cursor is, from here on, at the first range. Lock held.
 */
static enum reason describe(struct call *call, const struct mem_desc *desc,
	struct rx_copy *copy, struct fragment_request *request)
{
	struct mem_response response = {.version = call->version};
	struct mem_receiver receivers[MEM_RECEIVERS_MAX];
	struct engine *engine = call->spm->engine;
	const struct txn *txn;
	enum reason reason = retrieve_describe_all(
		engine, &call->caller->ep, desc, receivers, &response);

	if (reason != R_NONE)
		return reason;
	txn = txn_find(engine, desc->handle);
	put_response(call, &response, txn, copy);
	*request = (struct fragment_request){
		.caller = &call->caller->ep,
		.handle = desc->handle,
		.offset = copy->cursor.offset,
		.sender = txn->sender,
	};
	retrieve_hypervisor_cursor(engine, desc->handle, copy->cursor);
	rx_fill(call, copy);
	return R_NONE;
}

static enum reason hypervisor_retrieve(
	struct call *call, const struct mem_input *in)
{
	struct engine *engine = call->spm->engine;
	struct fragment_request request;
	struct rx_copy copy = {.request = &request};
	struct mem_desc desc;
	enum reason reason = mem_decode_hypervisor_retrieve(in, &desc);

	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	reason = describe(call, &desc, &copy, &request);
	unlock_engine(call);
	if (reason != R_NONE)
		return reason;
	reason = rx_write(call, &copy);
	call->out.x[2] = copy.at;
	if (reason != R_NONE)
		copy.cursor.next = NULL;
	lock_engine(call);
	retrieve_fragment_done(engine, &request, copy.cursor);
	unlock_engine(call);
	return reason;
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
	struct tx_copy copy;
	enum reason reason = tx_begin_descriptor(call, &copy, &in);

	if (reason != R_NONE)
		return reason;
	tx_end(call);
	if (in.fragment < in.total)
		return R_FRAGMENT_LENGTH;
	reason = mailbox_take_rx(call->spm, &call->caller->mailbox);
	if (reason != R_NONE)
		return reason;
	reason = decode_and_retrieve(call, &in);
	mailbox_end_rx(call->spm, &call->caller->mailbox, reason == R_NONE);
	return reason;
}

/* The next fragment into RX; the cursor moves when it is there. */
static enum reason hand_out(
	struct call *call, const struct fragment_request *request)
{
	struct rx_copy copy = {.request = request};
	struct mem_cursor *cursor;
	enum reason reason;

	lock_engine(call);
	reason = retrieve_fragment(call->spm->engine, request, &cursor);
	if (reason == R_NONE) {
		copy.cursor = *cursor;
		rx_fill(call, &copy);
	}
	unlock_engine(call);
	if (reason == R_NONE)
		reason = rx_write(call, &copy);
	if (reason != R_NONE)
		return reason;
	lock_engine(call);
	retrieve_fragment_done(call->spm->engine, request, copy.cursor);
	unlock_engine(call);
	/* A donation ends with that, perhaps one of the dead. */
	if (copy.cursor.next == NULL)
		life_settle(call->cpu);
	call->out.x[0] = FFA_MEM_FRAG_TX;
	call->out.x[1] = (uint32_t)request->handle;
	call->out.x[2] = request->handle >> 32;
	call->out.x[3] = copy.at;
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
	enum reason reason = transport_fragment_sender(call, &request.sender);

	if (!call_zero(call, 5, 7))
		return R_RESERVED_REGISTER;
	if (reason != R_NONE)
		return reason;
	if (!call_from_nwd(call))
		request.sender = 0;
	call->record->handle = request.handle;
	reason = mailbox_take_rx(call->spm, &call->caller->mailbox);
	if (reason != R_NONE)
		return reason;
	reason = hand_out(call, &request);
	mailbox_end_rx(call->spm, &call->caller->mailbox, reason == R_NONE);
	return reason;
}
