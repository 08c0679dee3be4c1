/* Interrupts of devices, of the normal world, and who runs for them. */
#include "partition/interrupts.h"

#include "partition/call_chain.h"
#include "partition/timer.h"
#include "partition/virq.h"
#include "port/port.h"

void interrupt_begin(const struct cpu *cpu)
{
	const struct spm *spm = cpu->spm;

	for (uint32_t i = 0; i < spm->partition_count; i++) {
		const struct partition *partition = &spm->partitions[i];

		for (uint32_t j = 0; j < partition->interrupt_count; j++)
			if (partition->interrupt[j].intid < INTERRUPT_SHARED)
				port_interrupt_configure(
					&partition->interrupt[j]);
	}
}

void interrupt_configure(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->interrupt_count; i++)
		if (partition->interrupt[i].intid >= INTERRUPT_SHARED)
			port_interrupt_configure(&partition->interrupt[i]);
}

struct partition *interrupt_owner(struct spm *spm, uint32_t intid)
{
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct partition *partition = &spm->partitions[i];

		for (uint32_t j = 0; j < partition->interrupt_count; j++)
			if (partition->interrupt[j].intid == intid)
				return partition;
	}
	return NULL;
}

/* The CPU that runs it comes back, and sees the line. */
static void kick_runner(const struct cpu *cpu, const struct vcpu *vcpu)
{
	const struct spm *spm = cpu->spm;

	for (uint32_t i = 0; i < spm->cpu_count; i++)
		if (spm->cpus[i].current == vcpu)
			port_cpu_kick(spm->cpus[i].mpidr);
}

/*
 * It waits: cycles come from here, or from the scheduler. The latter gives
 * those for messages between contexts, too.
 */
static void wake(struct cpu *cpu, struct vcpu *vcpu, unsigned line)
{
	if (line == VIRQ_IPI ||
		(vcpu->partition->sri_policy & SRI_WHEN_WAITING) != 0) {
		chain_await_scheduler(vcpu);
		return;
	}
	/* A device does not wait for the normal world. */
	vcpu->awaits_scheduler = false;
	if (vcpu->partition->vcpu_count > 1 && vcpu->index != cpu->index)
		port_cpu_kick(cpu->spm->cpus[vcpu->index].mpidr);
	else
		cpu->interrupts_wait = true;
}

/* One at S-EL0 hears of an interrupt when it waits. */
static bool can_be_recalled(const struct cpu *cpu, const struct vcpu *vcpu)
{
	return !cpu->current->s_queued &&
	       !endpoint_is_el0(&vcpu->partition->ep) &&
	       chain_is_above(cpu, vcpu);
}

void interrupt_pend(struct cpu *cpu, struct vcpu *vcpu, unsigned line)
{
	virq_pend(vcpu, line);
	if ((virq_ready(vcpu) & 1u << line) == 0)
		return;
	switch (vcpu->state) {
	case VCPU_RUNNING:
		if (vcpu != cpu->current)
			kick_runner(cpu, vcpu);
		return;
	case VCPU_WAITING:
		if (virq_wakes(vcpu))
			wake(cpu, vcpu, line);
		return;
	case VCPU_BLOCKED:
		if (virq_wakes(vcpu) && can_be_recalled(cpu, vcpu))
			chain_recall(cpu, vcpu);
		return;
	case VCPU_OFF:
	case VCPU_PREEMPTED:
	case VCPU_ABORTED:
		return;
	}
}

struct partition *interrupt_secure(struct cpu *cpu, uint32_t intid)
{
	struct partition *owner = interrupt_owner(cpu->spm, intid);
	struct vcpu *context;

	if (owner == NULL || endpoint_is_dead(&owner->ep)) {
		port_interrupt_end(intid);
		return NULL;
	}
	context = chain_context(owner, cpu);
	if (context == NULL)
		context = &owner->vcpus[0];
	lock_take(&cpu->spm->chain_lock);
	interrupt_pend(cpu, context, (unsigned)virq_line(owner, intid));
	lock_drop(&cpu->spm->chain_lock);
	return owner;
}

void interrupt_silence(const struct partition *partition)
{
	for (uint32_t i = 0; i < partition->interrupt_count; i++) {
		port_interrupt_enable(partition->interrupt[i].intid, false);
		port_interrupt_end(partition->interrupt[i].intid);
	}
}

/* It wants to finish by itself, and has not switched the line off. */
static bool exits_by_itself(const struct vcpu *vcpu)
{
	return vcpu->partition->ns_action == NS_ACTION_MANAGED_EXIT &&
	       (vcpu->model == RTM_DIRECT || vcpu->model == RTM_RUN) &&
	       (vcpu->virq.enabled & 1u << VIRQ_MANAGED_EXIT) != 0;
}

void interrupt_normal(struct cpu *cpu)
{
	struct vcpu *vcpu = cpu->current;

	/* It came before the mask: it stays pending behind that. */
	if (vcpu->ns_masked)
		return;
	if (!exits_by_itself(vcpu)) {
		chain_preempt(cpu);
		return;
	}
	virq_pend(vcpu, VIRQ_MANAGED_EXIT);
	vcpu->ns_masked = true;
}

static bool wants_cycles(const struct vcpu *vcpu)
{
	return vcpu != NULL && vcpu->state == VCPU_WAITING &&
	       vcpu->partition->initialised && !chain_is_dead(vcpu) &&
	       !vcpu->awaits_scheduler && virq_wakes(vcpu);
}

static struct vcpu *next_that_wants(const struct cpu *cpu)
{
	struct spm *spm = cpu->spm;

	for (uint32_t i = 0; i < spm->partition_count; i++) {
		struct vcpu *vcpu = chain_context(&spm->partitions[i], cpu);

		if (wants_cycles(vcpu))
			return vcpu;
	}
	return NULL;
}

void interrupt_serve(struct cpu *cpu)
{
	struct vcpu *next = NULL;
	bool revived;

	if (cpu->timers_polled)
		timer_look(cpu);
	if (!cpu->online || cpu->current->s_queued)
		return;
	lock_take(&cpu->spm->chain_lock);
	revived = chain_revive(cpu);
	if (!revived)
		next = next_that_wants(cpu);
	/* There may be more: they come when this one is done. */
	cpu->interrupts_wait = revived || next != NULL || cpu->timers_polled;
	if (next != NULL)
		chain_signal(cpu, next);
	lock_drop(&cpu->spm->chain_lock);
}
