/* Lines of virtual interrupts. */
#include "partition/virq.h"

#include "port/port.h"

static const uint32_t intids[VIRQ_DEVICE] = {
	[VIRQ_TIMER] = VIRQ_INTID_TIMER,
	[VIRQ_MANAGED_EXIT] = VIRQ_INTID_MANAGED_EXIT,
	[VIRQ_NOTIFICATION] = VIRQ_INTID_NOTIFICATION,
	[VIRQ_IPI] = VIRQ_INTID_IPI,
};

int virq_line(const struct partition *partition, uint32_t intid)
{
	for (unsigned line = 0; line < VIRQ_DEVICE; line++)
		if (intids[line] == intid)
			return (int)line;
	for (uint32_t i = 0; i < partition->interrupt_count; i++)
		if (partition->interrupt[i].intid == intid)
			return (int)(VIRQ_DEVICE + i);
	return VIRQ_NO_LINE;
}

static void set_bit(uint32_t *word, unsigned line, bool on)
{
	if (on)
		__atomic_fetch_or(word, 1u << line, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(word, ~(1u << line), __ATOMIC_RELAXED);
}

void virq_enable(struct vcpu *vcpu, unsigned line, bool on, bool fiq)
{
	set_bit(&vcpu->virq.fiq, line, fiq);
	set_bit(&vcpu->virq.enabled, line, on);
}

void virq_pend(struct vcpu *vcpu, unsigned line)
{
	set_bit(&vcpu->virq.pending, line, true);
}

static uint32_t intid_of(const struct partition *partition, unsigned line)
{
	return line < VIRQ_DEVICE
		       ? intids[line]
		       : partition->interrupt[line - VIRQ_DEVICE].intid;
}

uint32_t virq_first(const struct vcpu *vcpu)
{
	uint32_t ready = virq_ready(vcpu);

	if (ready == 0)
		return VIRQ_NONE;
	return intid_of(vcpu->partition, (unsigned)__builtin_ctz(ready));
}

void virq_exited(struct vcpu *vcpu)
{
	if ((vcpu->virq.pending & 1u << VIRQ_MANAGED_EXIT) == 0)
		return;
	set_bit(&vcpu->virq.pending, VIRQ_MANAGED_EXIT, false);
	/* If it goes on all the same, it is told again. */
	vcpu->ns_masked = false;
}

bool virq_end(struct vcpu *vcpu, unsigned line)
{
	if ((vcpu->virq.active & 1u << line) == 0)
		return false;
	vcpu->virq.active &= ~(1u << line);
	if (line >= VIRQ_DEVICE)
		port_interrupt_end(intid_of(vcpu->partition, line));
	return true;
}

void virq_end_all(struct vcpu *vcpu)
{
	while (vcpu->virq.active != 0)
		(void)virq_end(
			vcpu, (unsigned)__builtin_ctz(vcpu->virq.active));
}

uint32_t virq_take(struct vcpu *vcpu)
{
	uint32_t ready = virq_ready(vcpu);
	unsigned line;

	virq_end_all(vcpu);
	if (ready == 0)
		return VIRQ_NONE;
	line = (unsigned)__builtin_ctz(ready);
	set_bit(&vcpu->virq.pending, line, false);
	vcpu->virq.active |= 1u << line;
	return intid_of(vcpu->partition, line);
}

uint32_t virq_tell(struct vcpu *vcpu)
{
	if (endpoint_is_el0(&vcpu->partition->ep))
		return virq_take(vcpu);
	return virq_first(vcpu);
}
