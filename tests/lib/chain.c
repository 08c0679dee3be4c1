/* See chain.h. */
#include "lib/chain.h"

#include "lib/suite.h"

static bool is_current(const struct world *world, const struct vcpu *vcpu)
{
	for (unsigned i = 0; i < WORLD_CPUS; i++)
		if (world->cpu[i].current == vcpu)
			return true;
	return false;
}

static unsigned callees_of(const struct world *world, const struct vcpu *vcpu)
{
	unsigned count = 0;

	for (int party = SP1; party < world->parties; party++)
		for (unsigned i = 0; i < WORLD_CPUS; i++)
			count += world->vcpu[party][i].caller == vcpu &&
				 world->vcpu[party][i].state != VCPU_PREEMPTED;
	return count;
}

/*
 * From who runs, callers lead to the normal world of the same CPU, or to a
 * context that is being initialised.
 */
static void check_cpu(const struct world *world, const struct cpu *cpu)
{
	const struct vcpu *vcpu = cpu->current;

	assert_int_equal(vcpu->state, VCPU_RUNNING);
	for (int depth = 0; vcpu != cpu->nwd; depth++) {
		assert_true(depth < world->parties * WORLD_CPUS);
		assert_int_not_equal(vcpu->model, RTM_NONE);
		if (vcpu->model == RTM_INIT) {
			assert_null(vcpu->caller);
			return;
		}
		assert_non_null(vcpu->caller);
		if (vcpu->model == RTM_SEC_INT)
			assert_true(vcpu->caller->parked);
		assert_int_equal(vcpu->caller->state, vcpu->model == RTM_SEC_INT
							      ? VCPU_PREEMPTED
							      : VCPU_BLOCKED);
		vcpu = vcpu->caller;
	}
}

static void check_context(const struct world *world, const struct vcpu *vcpu)
{
	if (vcpu->callee != NULL)
		assert_ptr_equal(vcpu->callee->caller, vcpu);
	switch (vcpu->state) {
	case VCPU_RUNNING:
		assert_true(is_current(world, vcpu));
		return;
	case VCPU_BLOCKED:
		assert_false(is_current(world, vcpu));
		assert_true(vcpu->yielded || vcpu->callee != NULL);
		return;
	case VCPU_WAITING:
		assert_null(vcpu->caller);
		assert_null(vcpu->callee);
		assert_int_equal(vcpu->model, RTM_NONE);
		assert_int_equal(callees_of(world, vcpu), 0);
		return;
	case VCPU_ABORTED:
		assert_null(vcpu->caller);
		assert_null(vcpu->callee);
		assert_false(is_current(world, vcpu));
		return;
	default:
		assert_false(is_current(world, vcpu));
		return;
	}
}

void chain_expect_sound(const struct world *world)
{
	const struct lock *lock = &world->spm.chain_lock;

	for (unsigned i = 0; i < WORLD_CPUS; i++)
		if (world->cpu[i].online)
			check_cpu(world, &world->cpu[i]);
	for (int party = SP1; party < world->parties; party++)
		for (unsigned i = 0; i < world->partition[party].vcpu_count;
			i++)
			check_context(world, &world->vcpu[party][i]);
	assert_int_equal(lock->next, lock->serving);
}
