/* Timers of partitions. */
#include "partition/timer.h"

#include "partition/call_chain.h"
#include "partition/interrupts.h"
#include "partition/virq.h"
#include "port/port.h"

#define NEVER UINT64_MAX

static bool is_armed(const struct vcpu *vcpu)
{
	return (vcpu->timer.control & (TIMER_ENABLED | TIMER_MASKED)) ==
	       TIMER_ENABLED;
}

uint32_t timer_control(const struct vcpu *vcpu)
{
	uint32_t control = vcpu->timer.control;

	if ((control & TIMER_ENABLED) != 0 &&
		port_ticks() >= vcpu->timer.compare)
		control |= TIMER_EXPIRED;
	return control;
}

void timer_set_control(struct vcpu *vcpu, uint32_t control)
{
	vcpu->timer.control = control & (TIMER_ENABLED | TIMER_MASKED);
	vcpu->timer.told = false;
}

void timer_set_compare(struct vcpu *vcpu, uint64_t ticks)
{
	vcpu->timer.compare = ticks;
	vcpu->timer.told = false;
}

/* A context that moves may be looked at by several CPUs: one tells it. */
static uint64_t look_at(struct cpu *cpu, struct vcpu *vcpu, uint64_t now)
{
	if (vcpu == NULL || chain_is_dead(vcpu) || !is_armed(vcpu) ||
		vcpu->timer.told)
		return NEVER;
	if (vcpu->timer.compare > now)
		return vcpu->timer.compare;
	vcpu->timer.told = true;
	interrupt_pend(cpu, vcpu, VIRQ_TIMER);
	return NEVER;
}

/* What comes of it depends on the clock. */
static void capture_clock(struct cpu *cpu, uint64_t now)
{
	const uint64_t numbers[] = {now, cpu->timers_polled};

	if (cpu->spm->capture.on)
		capture_numbers(&cpu->spm->capture, CAPTURE_CLOCK, numbers,
			ARRAY_COUNT(numbers));
}

void timer_look(struct cpu *cpu)
{
	struct spm *spm = cpu->spm;
	uint64_t now = port_ticks();
	uint64_t next = NEVER;

	lock_take(&spm->chain_lock);
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		uint64_t its = look_at(
			cpu, chain_context(&spm->partitions[i], cpu), now);

		if (its < next)
			next = its;
	}
	/* Without a timer of its own it looks again at each exit. */
	cpu->timers_polled = !port_timer_set(next) && next != NEVER;
	if (cpu->timers_polled)
		cpu->interrupts_wait = true;
	lock_drop(&spm->chain_lock);
	capture_clock(cpu, now);
}
