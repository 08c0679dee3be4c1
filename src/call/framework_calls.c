/*
 * Framework messages of the SPMD, which reach the manager as calls of the
 * normal world's context: FFA_VERSION of the normal world, PSCI CPU_OFF, and
 * secure interrupts that fired while the normal world ran.
 *
 * Spec: FF-A 1.2 §18.2 (power), §13.2; source: TF-A's SPMD.
 */
#include "abi/ffa_func.h"
#include "call/handlers.h"
#include "call/power.h"
#include "call/successor.h"

static enum reason nwd_version(struct call *call, uint32_t version)
{
	enum reason reason;

	if (version >> 16 != FFA_VERSION_OURS >> 16)
		return R_VERSION_INCOMPATIBLE;
	call->out.x[3] = FFA_VERSION_OURS;
	/* The caller is newer: it sees our version and asks again, lower. */
	if (version > FFA_VERSION_OURS)
		return R_NONE;
	reason = successor_version(call, version);
	if (reason != R_NONE)
		return reason;
	call->record->change = TRACE_VERSION;
	call->record->argument = version;
	return R_NONE;
}

static enum reason cpu_off(struct call *call)
{
	if (power_begin(call->cpu)) {
		call->switched = true;
		call->record->change = TRACE_SWITCH;
		return R_NONE;
	}
	power_down(call->cpu);
	call->record->change = TRACE_CPU_OFF;
	call->out.x[3] = FFA_OK;
	return R_NONE;
}

/* Every answer, a refusal too, is a framework response. */
enum reason call_framework(struct call *call)
{
	/* Without that bit it is no framework message: no type fits. */
	uint32_t type = call_w(call, 2) ^ FFA_FRAMEWORK;
	enum reason reason;

	call->out.x[0] = FFA_MSG_SEND_DIRECT_RESP;
	call->out.x[1] = (uint32_t)call->spm->id << 16 | FFA_ID_SPMD;
	call->record->who = FFA_ID_SPMD;
	if (type == FFA_FRAMEWORK_VERSION_REQ) {
		call->record->func = FFA_VERSION;
		call->record->who = FFA_ID_NWD;
		call->out.x[2] = FFA_FRAMEWORK | FFA_FRAMEWORK_VERSION_RESP;
		reason = nwd_version(call, call_w(call, 3));
		if (reason != R_NONE)
			call->out.x[3] = (uint32_t)reason_status(reason);
		call->record->reason = (uint16_t)reason;
		return R_NONE;
	}
	call->out.x[2] = FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP;
	/* Nothing was lost: there is nothing to do, and nobody to tell. */
	if (type == FFA_FRAMEWORK_WARM_BOOT_REQ)
		return R_NONE;
	if (type != FFA_FRAMEWORK_PSCI_REQ)
		return R_MESSAGE_FLAGS;
	call->record->func = 0;
	if (call_w(call, 3) == POWER_CPU_OFF)
		return cpu_off(call);
	call->out.x[3] = (uint32_t)FFA_NOT_SUPPORTED;
	return R_NONE;
}

/* The normal world's context has been resumed before it gets here. */
enum reason call_interrupt(struct call *call)
{
	call->out.x[0] = FFA_NORMAL_WORLD_RESUME;
	return R_NONE;
}
