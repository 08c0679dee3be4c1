/* Contexts that call each other. */
#include "lib/talk.h"

#include <string.h>

#include "call/run_loop.h"
#include "lib/oracle.h"

struct vcpu *context(struct world *world, int party)
{
	return &world->vcpu[party][0];
}

struct world *start(void **state)
{
	struct world *world = *state;

	context(world, NWD)->state = VCPU_RUNNING;
	world->cpu[0].current = context(world, NWD);
	return world;
}

struct vcpu *go(struct world *world, struct ffa_regs regs)
{
	struct cpu *cpu = &world->cpu[0];

	memcpy(cpu->current->x, regs.x, sizeof(regs.x));
	oracle_begin(world);
	run_exit(cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_CALL});
	if (!oracle_end(world))
		fail_msg("%s", world->wrong);
	world->reason = (enum reason)cpu->last->reason;
	suite_refused(cpu->last);
	return cpu->current;
}

void refused(struct world *world, struct ffa_regs regs, enum reason reason)
{
	struct vcpu *caller = world->cpu[0].current;

	assert_ptr_equal(go(world, regs), caller);
	assert_int_equal(caller->x[0], FFA_ERROR);
	assert_int_equal((int32_t)caller->x[2], reason_status(reason));
	expect_reason(world->reason, reason);
	assert_int_equal(caller->state, VCPU_RUNNING);
}

void expect_regs(const struct vcpu *vcpu, struct ffa_regs regs)
{
	assert_memory_equal(vcpu->x, regs.x, sizeof(regs.x));
}

struct vcpu *leaves(struct world *world, struct vcpu_exit exit)
{
	run_exit(&world->cpu[0], &exit);
	return world->cpu[0].current;
}
