/* Partitions with devices. */
#include "devices.h"

static void own(struct world *world, int party, uint32_t intid)
{
	struct partition *partition = &world->partition[party];

	partition->interrupt[partition->interrupt_count++] =
		(struct partition_interrupt){
			.intid = intid, .target = INTERRUPT_ANY_CPU};
}

uint64_t enabled_by(struct vcpu *vcpu, uint32_t intid)
{
	struct cpu cpu = {.current = vcpu};

	vcpu->x[1] = intid;
	vcpu->x[2] = 1;
	vcpu->x[3] = 0;
	return virq_call(&cpu, VIRQ_ENABLE);
}

struct world *start_devices(void **state)
{
	struct world *world = start(state);

	own(world, SP1, UART);
	own(world, SP1, DISABLED);
	own(world, SP2, RTC);
	assert_int_equal(enabled_by(context(world, SP1), UART), VIRQ_GOOD);
	assert_int_equal(enabled_by(context(world, SP2), RTC), VIRQ_GOOD);
	return world;
}

struct vcpu *fires(struct world *world, uint32_t intid)
{
	return leaves(
		world, (struct vcpu_exit){.kind = VCPU_EXIT_SECURE_INTERRUPT,
			       .intid = intid});
}

struct vcpu *nwd_fires(struct world *world)
{
	return leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT});
}

uint64_t virq(struct world *world, struct ffa_regs regs)
{
	struct vcpu *caller = world->cpu[0].current;

	go(world, regs);
	return caller->x[0];
}

void expect_interrupt(const struct vcpu *vcpu, uint64_t ids, uint32_t intid)
{
	assert_int_equal(vcpu->x[0], FFA_INTERRUPT);
	assert_int_equal(vcpu->x[1], ids);
	assert_int_equal(vcpu->x[2], intid);
	for (unsigned i = 3; i < 8; i++)
		assert_int_equal(vcpu->x[i], 0);
}
