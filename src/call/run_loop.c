/*
 * Exits of a context. A stage-2 fault becomes a synchronous external abort at
 * EL1; a partition that keeps faulting at one place is aborted
 * (docs/adr/0010).
 */
#include "call/run_loop.h"

#include "base/assert.h"
#include "call/gate.h"
#include "call/teardown.h"
#include "call/trace.h"
#include "partition/call_chain.h"
#include "stage2/s2_map.h"

/*
 * At one instruction, without a call in between: aborts that are injected, and
 * accesses that are tried again, until we stop. Another CPU that lends and
 * reclaims next to where this one waits causes many of the latter.
 */
#define FAULT_REPEATS_MAX 16
#define FAULT_RETRIES_MAX 65536

static void emit(
	struct cpu *cpu, enum trace_change change, const struct vcpu_exit *exit)
{
	struct trace_record *record =
		trace_begin(cpu, cpu->current->partition, change);

	record->base = exit->address.v;
	if (exit->kind == VCPU_EXIT_FAULT)
		record->access = exit->execute ? TRACE_EXECUTE
				 : exit->write ? TRACE_WRITE
					       : TRACE_READ;
	trace_end(cpu, record);
}

static void abort_current(struct cpu *cpu, const struct vcpu_exit *exit)
{
	emit(cpu, TRACE_ABORTED, exit);
	teardown_current(cpu);
}

/* The access is permitted by now, or an abort would be injected. */
static bool keeps_faulting(struct vcpu *vcpu, bool permitted)
{
	if (vcpu->fault_pc != vcpu->pc) {
		vcpu->fault_repeats = 0;
		vcpu->fault_retries = 0;
	}
	vcpu->fault_pc = vcpu->pc;
	if (permitted)
		return ++vcpu->fault_retries > FAULT_RETRIES_MAX;
	return ++vcpu->fault_repeats > FAULT_REPEATS_MAX;
}

/* Another CPU was changing the tables: they permit the access by now. */
static bool is_permitted(
	struct spm *spm, const struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	uint8_t needed = ACCESS_R;
	struct access access;

	if (exit->write)
		needed = ACCESS_W;
	if (exit->execute)
		needed = ACCESS_X;
	lock_take(&spm->engine_lock);
	access = s2_lookup(vcpu->partition->ep.space, exit->ns, exit->address);
	lock_drop(&spm->engine_lock);
	return access.perm & needed;
}

static void handle_fault(struct cpu *cpu, const struct vcpu_exit *exit)
{
	struct vcpu *vcpu = cpu->current;
	bool permitted = is_permitted(cpu->spm, vcpu, exit);

	if (keeps_faulting(vcpu, permitted)) {
		abort_current(cpu, exit);
		return;
	}
	if (permitted)
		return;
	emit(cpu, TRACE_INJECTED, exit);
	port_vcpu_inject_abort(vcpu, exit);
}

static void handle_exit(struct cpu *cpu, const struct vcpu_exit *exit)
{
	switch (exit->kind) {
	case VCPU_EXIT_CALL:
		gate_call(cpu);
		return;
	case VCPU_EXIT_FAULT:
		handle_fault(cpu, exit);
		return;
	case VCPU_EXIT_INTERRUPT:
		emit(cpu, TRACE_PREEMPTED, exit);
		chain_preempt(cpu);
		return;
	case VCPU_EXIT_SECURE_INTERRUPT:
		/* No partition owns one yet; it has been acknowledged. */
		return;
	case VCPU_EXIT_BAD:
		abort_current(cpu, exit);
		return;
	}
	PANIC("exit kind");
}

/*
 * Contexts of a partition that was stopped on another CPU end where they would
 * run next, so whoever is blocked on one hears of it.
 */
void run_exit(struct cpu *cpu, const struct vcpu_exit *exit)
{
	handle_exit(cpu, exit);
	while (chain_is_dead(cpu->current))
		teardown_current(cpu);
}

void run_loop(struct cpu *cpu)
{
	struct trace_record *record;

	cpu->online = true;
	chain_next_boot(cpu);
	record = trace_begin(cpu, cpu->current->partition, TRACE_CPU_ON);
	record->who = cpu->spm->id;
	trace_end(cpu, record);
	for (;;) {
		struct vcpu_exit exit;

		port_vcpu_enter(cpu->current, &exit);
		run_exit(cpu, &exit);
	}
}
