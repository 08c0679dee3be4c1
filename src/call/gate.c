/* The gate table and the one place that writes a caller's results. */
#include "call/gate.h"

#include "abi/ffa_func.h"
#include "call/handlers.h"
#include "call/trace.h"
#include "call/virq_calls.h"

/* Registers that every call may return. */
#define CALL_RESULTS 8

/* Who may call: caller_bit(). */
#define NWD (1u << ENDPOINT_NWD)
#define SP_EL1 (1u << ENDPOINT_SP)
#define SP_EL0 (1u << ENDPOINT_SP_EL0)
#define VM (1u << ENDPOINT_VM)
#define SP (SP_EL1 | SP_EL0)
#define SPMC (NWD | SP)
#define ANY (NWD | SP | VM)
/* Beside these: the call does not lock the caller's version. */
#define KEEPS_VERSION (1u << 6)
/* The same for the normal world: a kernel begins with these. */
#define NWD_BEGINS (1u << 5)
/* It does not exist for callers of older versions. */
#define SINCE_1_3 (1u << 7)

/* In which runtime models a partition may. */
#define IN(model) (1u << (model))
#define INIT IN(RTM_INIT)
#define RUN IN(RTM_RUN)
#define DIRECT IN(RTM_DIRECT)
#define POWER IN(RTM_POWER)
#define SEC_INT IN(RTM_SEC_INT)
/* Messages and cycles for others are not for a CPU that goes down. */
#define MESSAGES (INIT | RUN | DIRECT | SEC_INT)
#define ALWAYS (MESSAGES | POWER)

struct gate_row {
	enum reason (*handler)(struct call *call);
	uint8_t callers;
	uint8_t models;
};

#define ROW_COUNT (2 * (FFA_NUMBER_LAST - FFA_NUMBER_FIRST + 1))

/* 32-bit and 64-bit forms side by side. */
#define ROW_OF(func)                                                           \
	(2 * (((func)&0xffffu) - FFA_NUMBER_FIRST) + ((func)&FFA_64 ? 1 : 0))
#define ROW(func, handler, callers, models)                                    \
	[ROW_OF(func)] = {handler, callers, models}
#define BOTH(func, handler, callers, models)                                   \
	ROW(func, handler, callers, models),                                   \
		ROW((func) | FFA_64, handler, callers, models)

static const struct gate_row rows[ROW_COUNT] = {
	ROW(FFA_ERROR, call_error, SP, INIT),
	ROW(FFA_INTERRUPT, call_interrupt, SPMC, 0),
	ROW(FFA_VERSION, call_version, SP | VM | KEEPS_VERSION, ALWAYS),
	ROW(FFA_FEATURES, call_features, ANY | NWD_BEGINS, ALWAYS),
	ROW(FFA_RX_RELEASE, call_rx_release, ANY, ALWAYS),
	BOTH(FFA_RXTX_MAP, call_rxtx_map, ANY | NWD_BEGINS, ALWAYS),
	ROW(FFA_RXTX_UNMAP, call_rxtx_unmap, ANY, ALWAYS),
	ROW(FFA_PARTITION_INFO_GET, call_partition_info_get, SPMC, ALWAYS),
	ROW(FFA_ID_GET, call_id_get, ANY | NWD_BEGINS, ALWAYS),
	ROW(FFA_MSG_WAIT, call_msg_wait, SP, INIT | RUN | SEC_INT),
	ROW(FFA_YIELD, call_yield, SP, RUN | DIRECT | SEC_INT),
	ROW(FFA_RUN, call_run, SPMC, MESSAGES),
	BOTH(FFA_MSG_SEND_DIRECT_REQ, call_direct_req, SPMC, MESSAGES),
	BOTH(FFA_MSG_SEND_DIRECT_RESP, call_direct_resp, SP, DIRECT | POWER),
	BOTH(FFA_MEM_DONATE, call_mem_donate, ANY, ALWAYS),
	BOTH(FFA_MEM_LEND, call_mem_lend, ANY, ALWAYS),
	BOTH(FFA_MEM_SHARE, call_mem_share, ANY, ALWAYS),
	BOTH(FFA_MEM_RETRIEVE_REQ, call_mem_retrieve, ANY, ALWAYS),
	ROW(FFA_MEM_RELINQUISH, call_mem_relinquish, ANY, ALWAYS),
	ROW(FFA_MEM_RECLAIM, call_mem_reclaim, ANY, ALWAYS),
	ROW(FFA_MEM_FRAG_RX, call_mem_frag_rx, ANY, ALWAYS),
	ROW(FFA_MEM_FRAG_TX, call_mem_frag_tx, ANY, ALWAYS),
	ROW(FFA_NOTIFICATION_BITMAP_CREATE, call_notification_create, NWD,
		ALWAYS),
	ROW(FFA_NOTIFICATION_BITMAP_DESTROY, call_notification_destroy, NWD,
		ALWAYS),
	ROW(FFA_NOTIFICATION_BIND, call_notification_bind, SPMC, ALWAYS),
	ROW(FFA_NOTIFICATION_UNBIND, call_notification_unbind, SPMC, ALWAYS),
	ROW(FFA_NOTIFICATION_SET, call_notification_set, SPMC, ALWAYS),
	ROW(FFA_NOTIFICATION_GET, call_notification_get, SPMC, ALWAYS),
	BOTH(FFA_NOTIFICATION_INFO_GET, call_notification_info_get, NWD,
		ALWAYS),
	ROW(FFA_RX_ACQUIRE, call_rx_acquire, NWD, ALWAYS),
	ROW(FFA_SPM_ID_GET, call_spm_id_get, ANY | NWD_BEGINS, ALWAYS),
	ROW(FFA_MSG_SEND2, call_msg_send2, SPMC, ALWAYS),
	ROW(FFA_SECONDARY_EP_REGISTER_64, call_secondary_ep_register, SP_EL1,
		ALWAYS),
	BOTH(FFA_MEM_PERM_GET, call_mem_perm_get, SP_EL0, INIT),
	BOTH(FFA_MEM_PERM_SET, call_mem_perm_set, SP_EL0, INIT),
	BOTH(FFA_CONSOLE_LOG, call_console_log, SP, ALWAYS),
	ROW(FFA_PARTITION_INFO_GET_REGS, call_partition_info_get_regs, SPMC,
		ALWAYS),
	ROW(FFA_MSG_SEND_DIRECT_REQ2, call_direct_req, SPMC, MESSAGES),
	ROW(FFA_MSG_SEND_DIRECT_RESP2, call_direct_resp, SP, DIRECT),
	ROW(FFA_NS_RES_INFO_GET, call_ns_res_info_get, NWD | SINCE_1_3, ALWAYS),
	BOTH(FFA_ABORT, call_abort, SP | SINCE_1_3, ALWAYS),
};

/* FF-A: fast call, owner 4, a number in FF-A's range. */
static bool is_ffa(uint32_t func)
{
	uint32_t number = func & 0xffff;

	return (func & ~(FFA_64 | 0xffffu)) == 0x84000000u &&
	       number >= FFA_NUMBER_FIRST && number <= FFA_NUMBER_LAST;
}

static unsigned caller_bit(const struct partition *caller)
{
	return 1u << caller->ep.kind;
}

/* Of an FF-A function; without a handler there is none. */
static const struct gate_row *row_of(uint32_t func)
{
	return &rows[ROW_OF(func)];
}

static bool is_for(const struct gate_row *row, const struct partition *caller)
{
	if ((row->callers & SINCE_1_3) != 0 &&
		caller->version < FFA_VERSION_1_3)
		return false;
	return (row->callers & caller_bit(caller)) != 0;
}

bool gate_offers(const struct partition *caller, uint32_t func)
{
	return is_ffa(func) && row_of(func)->handler != NULL &&
	       is_for(row_of(func), caller);
}

/* Every call does these three: unrolled, not a call of memset or memcpy. */
static void clear_results(uint64_t *x)
{
#pragma GCC unroll 8
	for (unsigned i = 0; i < CALL_RESULTS; i++)
		x[i] = 0;
}

static void copy_results(uint64_t *restrict to, const uint64_t *restrict from)
{
#pragma GCC unroll 8
	for (unsigned i = 0; i < CALL_RESULTS; i++)
		to[i] = from[i];
}

static void clear_upper_halves(uint64_t *x)
{
#pragma GCC unroll 8
	for (unsigned i = 1; i < CALL_RESULTS; i++)
		x[i] = (uint32_t)x[i];
}

/* call->func is set. */
static void begin(struct call *call, struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	call->spm = cpu->spm;
	call->cpu = cpu;
	call->vcpu = vcpu;
	call->caller = vcpu->partition;
	/* Another CPU may change it; sizes that a call has checked stay. */
	call->version =
		__atomic_load_n(&call->caller->version, __ATOMIC_RELAXED);
	call->x = vcpu->x;
	clear_results(call->out.x);
	call->out.x[0] = FFA_SUCCESS;
	call->out_count = CALL_RESULTS;
	call->switched = false;
	call->bare = false;
	call->record = trace_begin(cpu, call->caller, TRACE_NOTHING);
	call->record->func = call->func;
	/* A 32-bit function has no upper halves; nobody gets to see them. */
	if ((call->func & FFA_64) == 0)
		clear_upper_halves(vcpu->x);
	vcpu->fault_pc = VCPU_NO_FAULT;
}

/* What the firmware says is not the normal world's call. */
static bool is_framework(const struct call *call)
{
	if ((call->func & ~FFA_64) == FFA_MSG_SEND_DIRECT_REQ)
		return call_w(call, 1) >> 16 == FFA_ID_SPMD;
	return call->func == FFA_INTERRUPT;
}

static bool keeps_version(const struct call *call, const struct gate_row *row)
{
	if ((row->callers & KEEPS_VERSION) != 0)
		return true;
	return call_from_nwd(call) &&
	       ((row->callers & NWD_BEGINS) != 0 || is_framework(call));
}

/* Several CPUs may run contexts of one partition. */
static void lock_version(const struct call *call, const struct gate_row *row)
{
	bool *locked = &call->caller->version_locked;

	if (!__atomic_load_n(locked, __ATOMIC_RELAXED) &&
		!keeps_version(call, row))
		__atomic_store_n(locked, true, __ATOMIC_RELAXED);
}

static enum reason dispatch(struct call *call)
{
	const struct gate_row *row = row_of(call->func);

	if (row->handler == NULL)
		return R_UNKNOWN_FUNCTION;
	if (!is_for(row, call->caller))
		return R_NOT_FOR_CALLER;
	lock_version(call, row);
	if (!call_from_nwd(call) && (row->models & IN(call->vcpu->model)) == 0)
		return R_WRONG_RUNTIME_MODEL;
	return row->handler(call);
}

static void refuse(struct call *call, enum reason reason)
{
	uint32_t status = (uint32_t)reason_status(reason);

	clear_results(call->out.x);
	call->out_count = CALL_RESULTS;
	call->switched = false;
	call->out.x[0] = call->bare ? status : FFA_ERROR;
	call->out.x[2] = call->bare ? 0 : status;
	call->record->status = (int16_t)(int32_t)status;
	call->record->reason = (uint16_t)reason;
}

/*
 * x0 to x7 are results; x8 to x17 only of a 64-bit function called at FF-A
 * 1.2 or later (FF-A 1.2 §11.3), else they keep what the caller had there.
 */
static void put_results(struct call *call)
{
	uint64_t *x = call->vcpu->x;

	copy_results(x, call->out.x);
	if ((call->func & FFA_64) == 0 || call->version < FFA_VERSION_1_2)
		return;
	for (unsigned i = CALL_RESULTS; i < FFA_REG_COUNT; i++)
		x[i] = i < call->out_count ? call->out.x[i] : 0;
}

static inline void finish(struct call *call, enum reason reason)
{
	if (reason != R_NONE)
		refuse(call, reason);
	if (!call->switched)
		put_results(call);
	trace_end(call->cpu, call->record);
}

/* Not inline: FF-A's have a short way past it. */
__attribute__((noinline)) static void other_call(struct cpu *cpu, uint32_t func)
{
	struct vcpu *caller = cpu->current;

	caller->x[0] = virq_call(cpu, func);
}

void gate_call(struct cpu *cpu)
{
	struct call call;

	call.func = (uint32_t)cpu->current->x[0] & ~FFA_SVE_HINT;
	if (!is_ffa(call.func)) {
		other_call(cpu, call.func);
		return;
	}
	begin(&call, cpu);
	finish(&call, dispatch(&call));
}
