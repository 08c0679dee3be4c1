/*
 * Random walks of two CPUs through call chains: requests, responses, cycles
 * given and taken, interrupts, aborts. After every step the states of all
 * contexts must fit together (spec/04 §1 and §2).
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "call/run_loop.h"
#include "call/virq_calls.h"
#include "lib/calls.h"
#include "lib/chain.h"
#include "partition/virq.h"

#define STEPS 20000
#define FIRST_DEVICE 40u
#define IDS(from, to) ((uint64_t)(from) << 16 | (to))

/* Otherwise a chain that has stopped would hardly ever go on. */
static struct ffa_regs run_callee(struct world *world, const struct vcpu *vcpu)
{
	const struct vcpu *callee = vcpu->callee;

	for (int party = SP1; callee == NULL && party < WORLD_PARTIES;
		party++) {
		bool moves = world->partition[party].vcpu_count == 1;
		const struct vcpu *its =
			&world->vcpu[party][moves ? 0 : host_cpu()];

		if (its->state == VCPU_PREEMPTED || its->yielded)
			callee = its;
	}
	if (callee == NULL)
		return REGS(FFA_MSG_WAIT);
	return REGS(FFA_RUN, IDS(callee->partition->ep.id, callee->index));
}

static struct ffa_regs random_call(struct world *world, const struct vcpu *vcpu)
{
	uint16_t self = vcpu->partition->ep.id;
	uint16_t other = (uint16_t)(ID_SP1 + world_random(world, 3));

	switch (world_random(world, 10)) {
	case 0:
	case 1:
		return REGS(FFA_MSG_SEND_DIRECT_REQ, IDS(self, other));
	case 2:
		return REGS(FFA_MSG_SEND_DIRECT_RESP,
			IDS(self, vcpu->request_from));
	case 3:
		return REGS(
			FFA_RUN, IDS(other, world_random(world, WORLD_CPUS)));
	case 4:
		return REGS(FFA_MSG_WAIT);
	case 5:
		return REGS(FFA_YIELD);
	case 6:
		return REGS(VIRQ_GET);
	case 7:
		return REGS(VIRQ_SEND_IPI, world_random(world, WORLD_CPUS));
	case 8:
		return run_callee(world, vcpu);
	default:
		return REGS(FFA_ID_GET);
	}
}

/* How often another context came to run: the walk must not stand still. */
static unsigned switches;

static void step(struct world *world, unsigned abort_one_in)
{
	unsigned index = world_random(world, WORLD_CPUS);
	struct cpu *cpu = &world->cpu[index];
	struct vcpu *vcpu = cpu->current;
	struct vcpu_exit exit = {.kind = VCPU_EXIT_CALL};
	struct ffa_regs regs;

	host_cpu_set(index);
	if (vcpu != cpu->nwd && world_random(world, 6) == 0)
		exit.kind = VCPU_EXIT_INTERRUPT;
	if (vcpu != cpu->nwd && abort_one_in &&
		world_random(world, abort_one_in) == 0)
		exit.kind = VCPU_EXIT_BAD;
	if (world_random(world, 8) == 0) {
		exit.kind = VCPU_EXIT_SECURE_INTERRUPT;
		exit.intid = FIRST_DEVICE + world_random(world, 4);
	}
	regs = random_call(world, vcpu);
	memcpy(vcpu->x, regs.x, sizeof(regs.x));
	run_exit(cpu, &exit);
	switches += cpu->current != vcpu;
	chain_expect_sound(world);
}

/* The last of the numbers is nobody's. */
static void give_device(struct world *world, int party)
{
	struct partition *partition = &world->partition[party];

	partition->interrupt_count = 1;
	partition->interrupt[0].intid = FIRST_DEVICE + (uint32_t)(party - SP1);
	partition->queues_secure = party == SP2;
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		virq_enable(&world->vcpu[party][i], VIRQ_DEVICE, true, false);
		virq_enable(&world->vcpu[party][i], VIRQ_IPI, true, false);
	}
}

static void begin(struct world *world)
{
	for (unsigned i = 0; i < WORLD_CPUS; i++) {
		world->cpu[i].current = world->cpu[i].nwd;
		world->cpu[i].nwd->state = VCPU_RUNNING;
	}
	for (int party = SP1; party < WORLD_PARTIES; party++)
		give_device(world, party);
	/* One partition of one context, which moves between the CPUs. */
	world->partition[SP3].vcpu_count = 1;
}

static void contexts_stay_in_order_whatever_is_called(void **state)
{
	struct world *world = *state;

	begin(world);
	switches = 0;
	for (unsigned i = 0; i < STEPS; i++)
		step(world, 0);
	assert_true(switches > STEPS / 10);
}

static void contexts_stay_in_order_when_partitions_die(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		struct world *world = world_make();

		begin(world);
		world->random += round * 0x9e3779b97f4a7c15ull;
		for (unsigned i = 0; i < STEPS / 20; i++)
			step(world, 60);
		host_cpu_set(0);
		free(world);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(contexts_stay_in_order_whatever_is_called),
		cmocka_unit_test(contexts_stay_in_order_when_partitions_die),
	};

	return SUITE_RUN("test-chain", tests);
}
