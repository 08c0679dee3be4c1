/*
 * Cycles: given, given back, and the ends of a partition. Spec: FF-A 1.2 §14
 * (MSG_WAIT, YIELD, RUN), §12.1 (ERROR); FF-A 1.3 (ABORT).
 */
#include "abi/ffa_func.h"
#include "call/handlers.h"
#include "call/teardown.h"
#include "partition/call_chain.h"
#include "partition/mailbox.h"
#include "partition/receivers.h"
#include "partition/virq.h"

#define RETAIN_RX 1u

/* It hears of that before it waits, unless its scheduler is to hear of it. */
static bool has_interrupt(const struct call *call)
{
	return call->vcpu->model != RTM_INIT && virq_ready(call->vcpu) != 0 &&
	       (call->caller->sri_policy & SRI_BEFORE_WAIT) == 0;
}

enum reason call_msg_wait(struct call *call)
{
	bool retain = false;

	if (!call_zero(call, 1, 1) || !call_zero(call, 3, 7))
		return R_RESERVED_REGISTER;
	if (call->version >= FFA_VERSION_1_2) {
		if ((call_w(call, 2) & ~RETAIN_RX) != 0)
			return R_RESERVED_REGISTER;
		retain = call_w(call, 2) & RETAIN_RX;
	}
	if (call->vcpu->callee != NULL)
		return R_CALLEE_STOPPED;
	virq_exited(call->vcpu);
	if (has_interrupt(call)) {
		call->out.x[0] = FFA_INTERRUPT;
		call->out.x[2] = virq_tell(call->vcpu);
		return R_NONE;
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

/* An older requester does not know FFA_YIELD as an answer. */
enum reason call_yield(struct call *call)
{
	if (!call_zero(call, 1, 1) || !call_zero(call, 4, 7))
		return R_RESERVED_REGISTER;
	if (call->vcpu->model == RTM_DIRECT && call->version < FFA_VERSION_1_2)
		return R_WRONG_RUNTIME_MODEL;
	call->switched = true;
	call->record->change = TRACE_SWITCH;
	chain_yield(call->cpu, call->x[2], call->x[3]);
	receivers_wake_late(call->cpu);
	return R_NONE;
}

/* A partition may only go on with whom it waits for. */
static enum reason check_run(
	const struct call *call, const struct partition *target)
{
	uint16_t context = (uint16_t)call->x[1];

	if (target == NULL)
		return call_from_nwd(call) ? R_RUN_TARGET : R_RUN_DENIED;
	if (context >= target->vcpu_count)
		return R_RUN_TARGET;
	if (target->vcpu_count > 1 && context != call->cpu->index)
		return R_RUN_TARGET;
	return R_NONE;
}

enum reason call_run(struct call *call)
{
	struct partition *target =
		chain_partition(call->spm, (uint16_t)(call->x[1] >> 16));
	enum reason reason = check_run(call, target);

	if (reason != R_NONE)
		return reason;
	reason = chain_run(call->cpu, &target->vcpus[(uint16_t)call->x[1]]);
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
	if (call->version >= FFA_VERSION_1_3)
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
