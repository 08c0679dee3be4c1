/*
 * Direct messages and CPU cycles. Spec: FF-A 1.2 §14 (MSG_WAIT, RUN), §15
 * (direct messages).
 */
#include "abi/ffa_func.h"
#include "base/mem.h"
#include "call/handlers.h"
#include "call/teardown.h"
#include "partition/call_chain.h"
#include "partition/mailbox.h"
#include "partition/receivers.h"

#define RETAIN_RX 1u

static uint16_t source(const struct call *call)
{
	return (uint16_t)(call->x[1] >> 16);
}

static uint16_t destination(const struct call *call)
{
	return (uint16_t)call->x[1];
}

/*
 * Ids, flags and payload as the receiver sees them; all else is zero. From
 * FF-A 1.3 on the payload of a 64-bit message goes on to x17.
 */
static void put_message(const struct call *call, const struct partition *to,
	struct ffa_regs *out)
{
	*out = (struct ffa_regs){.x = {call->func, (uint32_t)call->x[1]}};
	memcpy(&out->x[3], &call->x[3], 5 * sizeof(uint64_t));
	if ((call->func & FFA_64) != 0 &&
		call->caller->version >= FFA_VERSION_1_3 &&
		to->version >= FFA_VERSION_1_3)
		memcpy(&out->x[8], &call->x[8], 10 * sizeof(uint64_t));
}

static bool supports(const struct partition *partition, uint32_t property)
{
	for (uint32_t i = 0; i < partition->service_count; i++)
		if (partition->service[i].properties & property)
			return true;
	return false;
}

static enum reason check_request(
	const struct call *call, const struct partition *receiver)
{
	bool source_is_own = call_from_nwd(call)
				     ? (source(call) & FFA_ID_SECURE) == 0
				     : source(call) == call->caller->ep.id;

	if (!source_is_own || receiver == NULL || receiver == call->caller)
		return R_MESSAGE_IDS;
	if (call_w(call, 2) != 0)
		return R_MESSAGE_FLAGS;
	if (!supports(receiver, FFA_PROPERTY_RECV_DIRECT))
		return R_MESSAGE_METHOD;
	if (!call_from_nwd(call) &&
		!supports(call->caller, FFA_PROPERTY_SEND_DIRECT))
		return R_MESSAGE_METHOD;
	return R_NONE;
}

enum reason call_direct_req(struct call *call)
{
	struct partition *receiver;
	struct ffa_regs request;
	struct vcpu *context;
	enum reason reason;

	if (call_from_nwd(call) && source(call) == FFA_ID_SPMD)
		return call_framework(call);
	receiver = chain_partition(call->spm, destination(call));
	reason = check_request(call, receiver);
	if (reason != R_NONE)
		return reason;
	context = chain_context(receiver, call->cpu);
	if (context == NULL)
		return R_RECEIVER_ELSEWHERE;
	put_message(call, receiver, &request);
	reason = chain_request(call->cpu, context, &request);
	call->switched = reason == R_NONE;
	call->record->peer = destination(call);
	call->record->change = TRACE_SWITCH;
	return reason;
}

enum reason call_direct_resp(struct call *call)
{
	struct ffa_regs response;

	if (source(call) != call->caller->ep.id)
		return R_MESSAGE_IDS;
	if (call_w(call, 2) != 0)
		return R_MESSAGE_FLAGS;
	if (destination(call) != call->vcpu->request_from)
		return R_NOT_REQUESTER;
	if ((call->func & FFA_64) != (call->vcpu->request_func & FFA_64))
		return R_RESPONSE_KIND;
	call->switched = true;
	call->record->peer = destination(call);
	call->record->change = TRACE_SWITCH;
	put_message(call, call->vcpu->caller->partition, &response);
	chain_respond(call->cpu, &response);
	receivers_wake_late(call->cpu);
	return R_NONE;
}

enum reason call_msg_wait(struct call *call)
{
	bool retain = false;

	if (!call_zero(call, 1, 1) || !call_zero(call, 3, 7))
		return R_RESERVED_REGISTER;
	if (call->caller->version >= FFA_VERSION_1_2) {
		if ((call_w(call, 2) & ~RETAIN_RX) != 0)
			return R_RESERVED_REGISTER;
		retain = call_w(call, 2) & RETAIN_RX;
	}
	/* Not owning RX is no error here. */
	if (!retain &&
		mailbox_release_rx(call->spm, &call->caller->mailbox) == R_NONE)
		call->record->change = TRACE_RX_FREE;
	call->switched = true;
	chain_wait(call->cpu);
	receivers_wake_late(call->cpu);
	return R_NONE;
}

enum reason call_run(struct call *call)
{
	struct partition *target;
	uint16_t context = destination(call);
	enum reason reason;

	target = chain_partition(call->spm, source(call));
	if (target == NULL || context >= target->vcpu_count)
		return R_RUN_TARGET;
	if (!call_from_nwd(call))
		return R_RUN_DENIED;
	if (target->vcpu_count > 1 && context != call->cpu->index)
		return R_RUN_TARGET;
	reason = chain_run(call->cpu, &target->vcpus[context]);
	call->switched = reason == R_NONE;
	call->record->peer = target->ep.id;
	call->record->change = TRACE_SWITCH;
	return reason;
}

static void stop(struct call *call)
{
	call->switched = true;
	call->record->change = TRACE_ABORTED;
	teardown_current(call->cpu);
}

/*
 * Only an initialisation that failed may be reported (FF-A 1.2 §12.1); a
 * partition of FF-A 1.3 has FFA_ABORT for that.
 */
enum reason call_error(struct call *call)
{
	if (call->caller->version >= FFA_VERSION_1_3)
		return R_WRONG_RUNTIME_MODEL;
	if ((int32_t)call_w(call, 2) != FFA_ABORTED)
		return R_NOT_FOR_CALLER;
	stop(call);
	return R_NONE;
}

/* w2, why, goes to the trace. */
enum reason call_abort(struct call *call)
{
	if (!call_zero(call, 1, 1) || !call_zero(call, 3, 7))
		return R_RESERVED_REGISTER;
	call->record->argument = call_w(call, 2);
	stop(call);
	return R_NONE;
}
