/*
 * Two virtual machines on two CPUs at once, as threads with real locks, each
 * with a partition of its own: the way to the SPMC is shared. ThreadSanitizer
 * runs this suite again.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/system.h"

#define ROUNDS 200

struct side {
	struct world *world;
	unsigned cpu;
	int vm;
	int sp;
	uint64_t base;
	unsigned refused;
	pthread_barrier_t *barrier;
};

static struct ffa_regs call(
	const struct side *side, int party, struct ffa_regs regs)
{
	struct cpu *cpu = world_cpu(side->world, party, side->cpu);
	struct vcpu *vcpu = &side->world->vcpu[party][side->cpu];

	vcpu->state = VCPU_RUNNING;
	vcpu->model = RTM_RUN;
	memcpy(vcpu->x, regs.x, sizeof(regs.x));
	cpu->current = vcpu;
	gate_call(cpu);
	memcpy(regs.x, vcpu->x, sizeof(regs.x));
	return regs;
}

static void write_tx(int party, const struct desc *desc)
{
	desc_write(desc, host_memory(paddr(world_tx(party))), PAGE_SIZE);
}

static struct ffa_regs relinquish(const struct side *side, uint64_t handle)
{
	struct desc_relinquish give = {
		handle, 0, 1, {side->world->partition[side->sp].ep.id}};

	desc_write_relinquish(
		&give, host_memory(paddr(world_tx(side->sp))), PAGE_SIZE);
	return call(side, side->sp, REGS(FFA_MEM_RELINQUISH));
}

/* Send, retrieve, relinquish, reclaim: nothing that the other side meets. */
static bool cycle(const struct side *side, enum model_func func)
{
	struct op op = op_of(side->world, func, side->vm, side->sp);
	struct ffa_regs out;
	struct desc request;

	op_scatter(&op, side->base, 5);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	write_tx(side->vm, &op.desc);
	out = call(side, side->vm,
		REGS(send_function(func, true), op.desc.length,
			op.desc.length));
	if (out.x[0] != FFA_SUCCESS)
		return false;
	op.handle = out.x[2] | out.x[3] << 32;
	request = retrieve_desc(side->world, &op);
	write_tx(side->sp, &request);
	out = call(side, side->sp,
		REGS(FFA_MEM_RETRIEVE_REQ_64, request.length, request.length));
	if (out.x[0] != FFA_MEM_RETRIEVE_RESP)
		return false;
	call(side, side->sp, REGS(FFA_RX_RELEASE));
	if (relinquish(side, op.handle).x[0] != FFA_SUCCESS)
		return false;
	out = call(side, side->vm,
		REGS(FFA_MEM_RECLAIM, (uint32_t)op.handle, op.handle >> 32));
	return out.x[0] == FFA_SUCCESS;
}

static void *play(void *context)
{
	struct side *side = context;

	host_cpu_set(side->cpu);
	pthread_barrier_wait(side->barrier);
	for (unsigned i = 0; i < ROUNDS; i++)
		side->refused += !cycle(side, i % 2 ? MODEL_LEND : MODEL_SHARE);
	return NULL;
}

static void two_virtual_machines_do_not_meet_on_their_way(void **state)
{
	struct world *world = *state;
	uint64_t digest = oracle_digest(world);
	pthread_barrier_t barrier;
	pthread_t thread[2];
	struct side sides[2] = {
		{world, 0, VM1, SP2, VM1_BLOCK, 0, &barrier},
		{world, 1, VM2, SP3, VM2_RW, 0, &barrier},
	};

	pthread_barrier_init(&barrier, NULL, 2);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, play, &sides[i]);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(sides[i].refused, 0);
	}
	pthread_barrier_destroy(&barrier);
	assert_null(ledger_check(&world->engine));
	assert_null(ledger_check(&world->hypervisor.engine));
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_int_equal(oracle_digest(world), digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			two_virtual_machines_do_not_meet_on_their_way,
			system_set_up, world_tear_down),
	};

	return SUITE_RUN("test-system-threads", tests);
}
