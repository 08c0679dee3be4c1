/*
 * Exits of a context. A stage-2 fault becomes a synchronous external abort at
 * EL1; a partition that keeps faulting at one place is aborted
 * (docs/adr/0010), and at once where there is no EL1 (docs/adr/0022).
 */
#include "call/run_loop.h"

#include "base/assert.h"
#include "base/mem.h"
#include "call/gate.h"
#include "call/successor.h"
#include "call/teardown.h"
#include "call/trace.h"
#include "partition/call_chain.h"
#include "partition/receivers.h"
#include "partition/interrupts.h"
#include "partition/timer.h"
#include "partition/virq.h"
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

	if (keeps_faulting(vcpu, permitted) ||
		(!permitted && endpoint_is_el0(&vcpu->partition->ep))) {
		abort_current(cpu, exit);
		return;
	}
	if (permitted)
		return;
	emit(cpu, TRACE_INJECTED, exit);
	port_vcpu_inject_abort(vcpu, exit);
}

static void handle_interrupt(struct cpu *cpu, const struct vcpu_exit *exit)
{
	struct trace_record *record =
		trace_begin(cpu, cpu->current->partition, TRACE_INTERRUPT);
	const struct partition *owner = interrupt_secure(cpu, exit->intid);

	record->argument = exit->intid;
	if (owner != NULL)
		record->peer = owner->ep.id;
	trace_end(cpu, record);
}

/* Not inline: a call has a short way past it. */
__attribute__((noinline)) static void handle_other(
	struct cpu *cpu, const struct vcpu_exit *exit)
{
	switch (exit->kind) {
	case VCPU_EXIT_FAULT:
		handle_fault(cpu, exit);
		return;
	case VCPU_EXIT_INTERRUPT:
		emit(cpu, TRACE_PREEMPTED, exit);
		interrupt_normal(cpu);
		receivers_wake_late(cpu);
		return;
	case VCPU_EXIT_SECURE_INTERRUPT:
		handle_interrupt(cpu, exit);
		return;
	case VCPU_EXIT_TIMER:
		timer_look(cpu);
		return;
	case VCPU_EXIT_OWN_TIMER:
		virq_pend(cpu->current, VIRQ_TIMER);
		return;
	case VCPU_EXIT_KICK:
		cpu->interrupts_wait = true;
		timer_look(cpu);
		return;
	case VCPU_EXIT_BAD:
		abort_current(cpu, exit);
		return;
	case VCPU_EXIT_CALL:
		break;
	}
	PANIC("exit kind");
}

/*
 * Contexts of a partition that was stopped on another CPU end where they would
 * run next, so whoever is blocked on one hears of it.
 */
static inline void handle_exit(struct cpu *cpu, const struct vcpu_exit *exit)
{
	if (exit->kind == VCPU_EXIT_CALL)
		gate_call(cpu);
	else
		handle_other(cpu, exit);
	while (chain_is_dead(cpu->current))
		teardown_current(cpu);
	if (cpu->interrupts_wait)
		interrupt_serve(cpu);
}

/* --- Captured ---------------------------------------------------------- */

/* CPU, id, context; then `more`; then x0 to x17. */
static void capture_context(struct cpu *cpu, enum capture_kind kind,
	const uint64_t *more, unsigned more_count)
{
	const struct vcpu *vcpu = cpu->current;
	uint64_t numbers[3 + CAPTURE_EXIT_NUMBERS + FFA_REG_COUNT] = {
		cpu->index, vcpu->partition->ep.id, vcpu->index};
	unsigned registers = 3 + more_count;

	for (unsigned i = 0; i < more_count; i++)
		numbers[3 + i] = more[i];
	memcpy(&numbers[registers], vcpu->x,
		FFA_REG_COUNT * sizeof(vcpu->x[0]));
	capture_numbers(
		&cpu->spm->capture, kind, numbers, registers + FFA_REG_COUNT);
}

/* What handle_exit() looks at. */
static void capture_exit(struct cpu *cpu, const struct vcpu_exit *exit)
{
	const struct vcpu_timer *timer = &cpu->current->timer;
	uint64_t numbers[CAPTURE_EXIT_NUMBERS] = {exit->kind,
		exit->kind == VCPU_EXIT_SECURE_INTERRUPT ? exit->intid
							 : exit->address.v,
		(uint64_t)exit->ns | (uint64_t)exit->write << 1 |
			(uint64_t)exit->execute << 2,
		cpu->current->pc};

	if (exit->kind == VCPU_EXIT_TIMER) {
		numbers[1] = timer->compare;
		numbers[2] = timer->control | (uint64_t)timer->told << 2;
	}
	capture_context(cpu, CAPTURE_EXIT, numbers, CAPTURE_EXIT_NUMBERS);
}

static void capture_end(struct cpu *cpu)
{
	capture_context(cpu, CAPTURE_RESULT, NULL, 0);
	lock_drop(&cpu->spm->capture.lock);
}

/* Nobody else's calls until capture_end(). */
static void capture_begin(struct cpu *cpu, const struct vcpu_exit *exit)
{
	lock_take(&cpu->spm->capture.lock);
	if (exit->kind == VCPU_EXIT_CALL)
		capture_context(cpu, CAPTURE_CALL, NULL, 0);
	else
		capture_exit(cpu, exit);
}

/* --- The loop ---------------------------------------------------------- */

static inline void handle(struct cpu *cpu, const struct vcpu_exit *exit)
{
	bool captured = cpu->spm->capture.on;

	if (captured)
		capture_begin(cpu, exit);
	handle_exit(cpu, exit);
	if (captured)
		capture_end(cpu);
}

void run_exit(struct cpu *cpu, const struct vcpu_exit *exit)
{
	handle(cpu, exit);
}

static void begin(struct cpu *cpu)
{
	struct trace_record *record;

	successor_cpu_on(cpu);
	/* The last that went down may have left some. */
	cpu->interrupts_wait = true;
	interrupt_begin(cpu);
	chain_next_boot(cpu);
	record = trace_begin(cpu, cpu->current->partition, TRACE_CPU_ON);
	record->who = cpu->spm->id;
	trace_end(cpu, record);
}

void run_begin(struct cpu *cpu)
{
	uint64_t index = cpu->index;

	if (!cpu->spm->capture.on) {
		begin(cpu);
		return;
	}
	lock_take(&cpu->spm->capture.lock);
	capture_numbers(&cpu->spm->capture, CAPTURE_ONLINE, &index, 1);
	begin(cpu);
	capture_end(cpu);
}

void run_loop(struct cpu *cpu)
{
	run_begin(cpu);
	for (;;) {
		struct vcpu_exit exit;

		port_vcpu_enter(cpu->current, &exit);
		handle(cpu, &exit);
	}
}
