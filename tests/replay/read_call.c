/* Registers of a call and what was read from its caller's TX. */
#include <string.h>

#include "abi/ffa_func.h"
#include "base/trace.h"
#include "replay/lockstep.h"

uint64_t lockstep_number(const uint8_t *at, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = bytes; i > 0; i--)
		value = value << 8 | at[i - 1];
	return value;
}

/* Registers [from, to] say nothing. */
bool lockstep_zero(const struct lockstep_call *call, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++)
		if (lockstep_w(call, i) != 0)
			return false;
	return true;
}

static bool is_models(uint32_t func)
{
	switch (func) {
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
	case FFA_MEM_FRAG_TX:
	case FFA_MEM_RETRIEVE_REQ:
	case FFA_MEM_FRAG_RX:
	case FFA_MEM_RELINQUISH:
	case FFA_MEM_RECLAIM:
	case FFA_RXTX_MAP:
	case FFA_RXTX_UNMAP:
	case FFA_RX_RELEASE:
	case FFA_MEM_PERM_GET:
	case FFA_MEM_PERM_SET:
		return true;
	default:
		return lockstep_is_notify(func);
	}
}

/* Of a virtual machine's pair it knows only where it lies. */
static bool is_of_vm(uint32_t func, const struct vcpu *vcpu)
{
	return func == FFA_RX_RELEASE && (uint32_t)vcpu->x[1] != 0;
}

/* The others exist in one form only. */
static bool has_two_forms(uint32_t func)
{
	switch (func) {
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
	case FFA_MEM_RETRIEVE_REQ:
	case FFA_RXTX_MAP:
	case FFA_MEM_PERM_GET:
	case FFA_MEM_PERM_SET:
	case FFA_NOTIFICATION_INFO_GET:
		return true;
	default:
		return false;
	}
}

/* The pieces are in order, and without gaps: the manager reads them so. */
static void read_tx(struct lockstep_call *call)
{
	const struct replay_event *event = call->event;

	call->tx_size = 0;
	call->faulted = false;
	for (size_t i = 0; i < event->effect_count; i++) {
		const struct capture_line *line = &event->effect[i];

		if (line->kind == CAPTURE_TX_FAULT)
			call->faulted = true;
		if (line->kind != CAPTURE_TX ||
			call->tx_size + line->size > sizeof(call->tx))
			continue;
		memcpy(call->tx + call->tx_size, line->bytes, line->size);
		call->tx_size += line->size;
	}
}

const uint8_t *lockstep_first_read(const struct replay_event *event)
{
	for (size_t i = 0; i < event->effect_count; i++)
		if (event->effect[i].kind == CAPTURE_TX)
			return event->effect[i].bytes;
	return NULL;
}

/* The call's own record. */
static void read_outcome(struct lockstep_call *call)
{
	const struct replay_event *event = call->event;
	uint32_t func = (uint32_t)call->x[0] & ~FFA_SVE_HINT;

	for (size_t i = 0; i < event->effect_count; i++) {
		const struct capture_line *line = &event->effect[i];
		struct trace_record record;

		memcpy(&record, line->number, sizeof(record));
		if (line->kind != CAPTURE_RECORD || record.func != func ||
			record.who != call->caller->ep.id)
			continue;
		call->status = record.status;
		call->reason = (enum reason)record.reason;
		call->refused = record.status != 0;
		return;
	}
}

bool lockstep_read(struct lockstep *lockstep, const struct replay_event *event)
{
	struct lockstep_call *call = &lockstep->call;
	const struct vcpu *vcpu = event->cpu->current;
	uint32_t func = (uint32_t)vcpu->x[0] & ~FFA_SVE_HINT;

	call->func = func & ~FFA_64;
	call->is_64 = func & FFA_64;
	if (is_of_vm(call->func, vcpu))
		return false;
	if (!is_models(call->func) ||
		(call->is_64 && !has_two_forms(call->func)))
		return false;
	call->event = event;
	call->vcpu = vcpu;
	call->caller = vcpu->partition;
	call->party = lockstep_party(lockstep, call->caller->ep.id);
	for (unsigned i = 0; i < FFA_REG_COUNT; i++)
		call->x[i] = call->is_64 ? vcpu->x[i] : (uint32_t)vcpu->x[i];
	call->refused = false;
	call->status = 0;
	call->reason = R_NONE;
	read_tx(call);
	read_outcome(call);
	call->wordless = false;
	call->set = MODEL_OK;
	call->ends = false;
	call->txn = NULL;
	return true;
}
