/*
 * The gate: every FF-A call of every caller enters here. One table row per
 * function says who may call it and in which runtime models; one place turns
 * a refusal into registers and a trace record.
 *
 * Spec: FF-A 1.2 §11 (calls), §12 (results).
 */
#ifndef CALL_GATE_H
#define CALL_GATE_H

#include "abi/ffa_regs.h"
#include "abi/reason.h"
#include "spm.h"

/* One call, from its registers to its result. */
struct call {
	struct spm *spm;
	struct cpu *cpu;
	struct vcpu *vcpu;
	struct partition *caller;
	uint32_t func;       /* with the width bit, without the SVE hint */
	uint32_t version;    /* the caller's, at all times of this call */
	const uint64_t *x;   /* arguments; the caller's registers */
	struct ffa_regs out; /* the result; FFA_SUCCESS unless set */
	unsigned out_count;  /* registers of it that are set; else zero */
	bool switched; /* another context runs: the caller gets nothing now */
	bool bare;     /* the result is a word in w0 alone: FFA_VERSION */
	struct trace_record *record; /* in the ring */
};

/* Handles the call in cpu->current->x; cpu->current is who runs next. */
void gate_call(struct cpu *cpu);

static inline uint32_t call_w(const struct call *call, unsigned reg)
{
	return (uint32_t)call->x[reg];
}

static inline bool call_from_nwd(const struct call *call)
{
	return call->caller->ep.kind == ENDPOINT_NWD;
}

/* True when w<first> to w<last> (x… of a 64-bit function) are all zero. */
static inline bool call_zero(
	const struct call *call, unsigned first, unsigned last)
{
	uint64_t all = 0;

#pragma GCC unroll 8
	for (unsigned i = first; i <= last; i++)
		all |= call->x[i];
	return all == 0;
}

#endif
