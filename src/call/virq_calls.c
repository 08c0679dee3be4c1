/* Virtual interrupts: enabled, asked for, ended, sent. */
#include "call/virq_calls.h"

#include "partition/interrupts.h"
#include "partition/virq.h"
#include "port/port.h"

static uint64_t enable(struct vcpu *vcpu, uint32_t intid, bool on, bool fiq)
{
	const struct partition *partition = vcpu->partition;
	int line = virq_line(partition, intid);

	if (line == VIRQ_NO_LINE)
		return VIRQ_BAD;
	/* By what it is signalled is the manifest's to say. */
	if (line == VIRQ_MANAGED_EXIT)
		fiq = !partition->exits_by_irq;
	virq_enable(vcpu, (unsigned)line, on, fiq);
	if (line >= VIRQ_DEVICE)
		port_interrupt_enable(intid, on);
	return VIRQ_GOOD;
}

static uint64_t deactivate(struct vcpu *vcpu, uint64_t physical, uint64_t intid)
{
	int line = virq_line(vcpu->partition, (uint32_t)intid);

	if (physical != intid || line == VIRQ_NO_LINE ||
		!virq_end(vcpu, (unsigned)line))
		return VIRQ_BAD;
	return VIRQ_GOOD;
}

static uint64_t reconfigure(struct cpu *cpu, uint32_t intid, const uint64_t *x)
{
	const struct partition *partition = cpu->current->partition;

	if (virq_line(partition, intid) < VIRQ_DEVICE)
		return VIRQ_BAD;
	if (x[2] == VIRQ_RECONFIGURE_ENABLE && x[3] <= 1) {
		port_interrupt_enable(intid, x[3] == 1);
		return VIRQ_GOOD;
	}
	if (x[2] == VIRQ_RECONFIGURE_TARGET && partition->vcpu_count > 1 &&
		x[3] < partition->vcpu_count) {
		port_interrupt_route(intid, cpu->spm->cpus[x[3]].mpidr);
		return VIRQ_GOOD;
	}
	return VIRQ_BAD;
}

static uint64_t send_ipi(struct cpu *cpu, uint64_t context)
{
	const struct partition *partition = cpu->current->partition;

	if (context >= partition->vcpu_count)
		return VIRQ_BAD;
	lock_take(&cpu->spm->chain_lock);
	interrupt_pend(cpu, &partition->vcpus[context], VIRQ_IPI);
	lock_drop(&cpu->spm->chain_lock);
	return VIRQ_GOOD;
}

/* The arguments that number something are 32 bits. */
static uint64_t dispatch(struct cpu *cpu, uint32_t func)
{
	struct vcpu *vcpu = cpu->current;
	const uint64_t *x = vcpu->x;

	switch (func) {
	case VIRQ_ENABLE:
		return enable(vcpu, (uint32_t)x[1], x[2] != 0, x[3] == 1);
	case VIRQ_GET:
		return virq_take(vcpu);
	case VIRQ_DEACTIVATE:
		return deactivate(vcpu, x[1], x[2]);
	case VIRQ_RECONFIGURE:
		return reconfigure(cpu, (uint32_t)x[1], x);
	default:
		return send_ipi(cpu, x[1]);
	}
}

uint64_t virq_call(struct cpu *cpu, uint32_t func)
{
	if (cpu->current == cpu->nwd)
		return VIRQ_BAD;
	if (func != VIRQ_ENABLE && func != VIRQ_GET &&
		func != VIRQ_DEACTIVATE && func != VIRQ_RECONFIGURE &&
		func != VIRQ_SEND_IPI)
		return VIRQ_BAD;
	return dispatch(cpu, func);
}
