/*
 * Area X of the conformance catalogue, as far as it is about power: CPUs that
 * come up, go down and wake, and the partitions that hear of it.
 */
#include <stdlib.h>
#include <string.h>

#include "call/run_loop.h"
#include "call/run_loop.h"
#include "lib/talk.h"
#include "partition/virq.h"

#define CPU_OFF 0x84000002u
#define PSCI_REQ (FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_REQ)
#define PSCI_RESP (FFA_FRAMEWORK | FFA_FRAMEWORK_PSCI_RESP)

/* --- A CPU goes down -------------------------------------------------------
 */

static struct ffa_regs cpu_off(void)
{
	return REGS(REQ, IDS(FFA_ID_SPMD, FFA_ID_SPMC), PSCI_REQ, CPU_OFF);
}

static struct ffa_regs cpu_is_off(enum ffa_status status)
{
	return REGS(RESP, IDS(FFA_ID_SPMC, FFA_ID_SPMD), PSCI_RESP,
		(uint32_t)status);
}

/* SP2 boots before SP1; SP3 does not want to hear of it. */
static struct world *start_subscribed(void **state)
{
	struct world *world = start(state);

	world->partition[SP1].power_messages = true;
	world->partition[SP2].power_messages = true;
	world->partition[SP1].boot_order = 2;
	world->partition[SP2].boot_order = 1;
	return world;
}

static struct ffa_regs asked(uint16_t id)
{
	return REGS(REQ, IDS(FFA_ID_SPMC, id), PSCI_REQ, CPU_OFF);
}

static struct ffa_regs power_response(uint16_t id, enum ffa_status status)
{
	return REGS(RESP, IDS(id, FFA_ID_SPMC), PSCI_RESP, (uint32_t)status);
}

static void who_wants_to_hears_of_it_in_boot_order(void **state)
{
	struct world *world = start_subscribed(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	CONFORMS("X-01");
	assert_ptr_equal(go(world, cpu_off()), sp2);
	expect_regs(sp2, asked(ID_SP2));
	assert_ptr_equal(go(world, power_response(ID_SP2, FFA_OK)), sp1);
	expect_regs(sp1, asked(ID_SP1));
	go(world, power_response(ID_SP1, FFA_OK));
	expect_regs(context(world, NWD), cpu_is_off(FFA_OK));
	for (int party = SP1; party <= SP3; party++)
		assert_int_equal(context(world, party)->state, VCPU_OFF);
	assert_false(world->cpu[0].online);
}

static void a_partition_may_deny_it(void **state)
{
	struct world *world = start_subscribed(state);

	CONFORMS("X-02");
	go(world, cpu_off());
	go(world, power_response(ID_SP2, FFA_DENIED));
	expect_regs(context(world, NWD), cpu_is_off(FFA_DENIED));
	assert_int_equal(context(world, SP1)->state, VCPU_WAITING);
}

static void meanwhile_it_may_only_answer(void **state)
{
	struct world *world = start_subscribed(state);

	CONFORMS("X-03");
	go(world, cpu_off());
	refused(world, REGS(FFA_YIELD), R_WRONG_RUNTIME_MODEL);
	refused(world, REGS(REQ, IDS(ID_SP2, ID_SP3)), R_WRONG_RUNTIME_MODEL);
	refused(world, REGS(FFA_RUN, IDS(ID_SP3, 0)), R_WRONG_RUNTIME_MODEL);
	refused(world, REGS(FFA_MSG_WAIT), R_WRONG_RUNTIME_MODEL);
	refused(world, REGS(RESP, IDS(ID_SP2, FFA_ID_SPMC)), R_RESPONSE_KIND);
	refused(world, REGS(RESP, IDS(ID_SP2, 0), PSCI_RESP), R_NOT_REQUESTER);
	assert_true(context(world, SP2)->ns_masked);
}

static void off(struct world *world, unsigned index)
{
	world->cpu[index].online = false;
	world->cpu[index].nwd->state = VCPU_OFF;
	world->vcpu[SP1][index].state = VCPU_OFF;
}

static void another_cpu_enters_where_the_first_context_said(void **state)
{
	struct world *world = start(state);
	struct partition *sp1 = &world->partition[SP1];
	struct vcpu *second = &world->vcpu[SP1][1];

	CONFORMS("X-04");
	off(world, 0);
	off(world, 1);
	sp1->initialised = false;
	sp1->entry = SP1_IMAGE;
	run_begin(&world->cpu[0]);
	assert_int_equal(context(world, SP1)->pc, SP1_IMAGE);
	go(world, REGS(FFA_SECONDARY_EP_REGISTER_64, SP1_IMAGE + 64));
	go(world, REGS(FFA_MSG_WAIT));
	host_cpu_set(1);
	run_begin(&world->cpu[1]);
	assert_ptr_equal(world->cpu[1].current, second);
	assert_int_equal(second->pc, SP1_IMAGE + 64);
	assert_int_equal(second->x[4], 1);
	host_cpu_set(0);
}

static void partitions_begin_in_boot_order(void **state)
{
	static const uint16_t order[] = {[SP1] = 1, [SP2] = 2, [SP3] = 0};
	struct world *world = start(state);

	CONFORMS("Y-19");
	off(world, 0);
	for (int party = SP1; party <= SP3; party++) {
		world->partition[party].boot_order = order[party];
		context(world, party)->state = VCPU_OFF;
	}
	run_begin(&world->cpu[0]);
	assert_ptr_equal(world->cpu[0].current, context(world, SP3));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, SP1));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, SP2));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, NWD));
}

static void who_cannot_begin_does_not_stop_the_others(void **state)
{
	struct world *world = start(state);
	struct vcpu *nwd = context(world, NWD);

	CONFORMS("X-14");
	off(world, 0);
	context(world, SP2)->state = VCPU_OFF;
	run_begin(&world->cpu[0]);
	assert_ptr_equal(world->cpu[0].current, context(world, SP1));
	assert_ptr_equal(go(world, REGS(FFA_ERROR, 0, (uint32_t)FFA_ABORTED)),
		context(world, SP2));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	refused(world, REGS(REQ, IDS(0, ID_SP1)), R_RECEIVER_ABORTED);
	assert_ptr_equal(
		go(world, REGS(REQ, IDS(0, ID_SP2))), context(world, SP2));
}

static void a_cpu_that_wakes_is_welcome(void **state)
{
	struct world *world = start_subscribed(state);
	struct vcpu *nwd = context(world, NWD);

	assert_ptr_equal(
		go(world, REGS(REQ, IDS(FFA_ID_SPMD, FFA_ID_SPMC),
				  FFA_FRAMEWORK | FFA_FRAMEWORK_WARM_BOOT_REQ,
				  1)),
		nwd);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(nwd->x[i], cpu_is_off(FFA_OK).x[i]);
}

static void no_other_power_state_is_known(void **state)
{
	struct world *world = start_subscribed(state);
	struct vcpu *nwd = context(world, NWD);

	assert_ptr_equal(go(world, REGS(REQ, IDS(FFA_ID_SPMD, FFA_ID_SPMC),
					   PSCI_REQ, CPU_OFF - 1)),
		nwd);
	assert_int_equal(nwd->x[2], PSCI_RESP);
	assert_int_equal((int32_t)nwd->x[3], FFA_NOT_SUPPORTED);
	assert_true(world->cpu[0].online);
}

static void one_that_dies_of_it_does_not_stop_it(void **state)
{
	struct world *world = start_subscribed(state);
	struct vcpu *sp1 = context(world, SP1);

	go(world, cpu_off());
	assert_ptr_equal(
		leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_BAD}), sp1);
	expect_regs(sp1, asked(ID_SP1));
	leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_BAD});
	expect_regs(context(world, NWD), cpu_is_off(FFA_OK));
	assert_false(world->cpu[0].online);
}

/* One that is in the middle of something is not asked. */
static void who_does_not_wait_is_not_asked(void **state)
{
	struct world *world = start_subscribed(state);

	go(world, REGS(REQ, IDS(0, ID_SP2)));
	leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT});
	assert_ptr_equal(go(world, cpu_off()), context(world, SP1));
	go(world, power_response(ID_SP1, FFA_OK));
	expect_regs(context(world, NWD), cpu_is_off(FFA_OK));
	assert_int_equal(context(world, SP2)->state, VCPU_PREEMPTED);
}

/* SP3 moves between CPUs: another one gives it the cycles. */
static void an_interrupt_that_waits_does_not_keep_the_cpu(void **state)
{
	struct world *world = start_subscribed(state);
	struct partition *sp3 = &world->partition[SP3];

	sp3->vcpu_count = 1;
	sp3->interrupt_count = 1;
	sp3->interrupt[0].intid = 40;
	virq_enable(context(world, SP3), VIRQ_DEVICE, true, false);
	world->cpu[1].online = true;
	go(world, cpu_off());
	leaves(world, (struct vcpu_exit){
			      .kind = VCPU_EXIT_SECURE_INTERRUPT, .intid = 40});
	go(world, power_response(ID_SP2, FFA_OK));
	host_log_clear();
	go(world, power_response(ID_SP1, FFA_OK));
	expect_regs(context(world, NWD), cpu_is_off(FFA_OK));
	assert_int_equal(context(world, NWD)->state, VCPU_OFF);
	assert_int_equal(host_count(HOST_KICK), 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cpu_that_wakes_is_welcome),
		TEST(no_other_power_state_is_known),
		TEST(who_wants_to_hears_of_it_in_boot_order),
		TEST(a_partition_may_deny_it),
		TEST(meanwhile_it_may_only_answer),
		TEST(another_cpu_enters_where_the_first_context_said),
		TEST(partitions_begin_in_boot_order),
		TEST(who_cannot_begin_does_not_stop_the_others),
		TEST(one_that_dies_of_it_does_not_stop_it),
		TEST(who_does_not_wait_is_not_asked),
		TEST(an_interrupt_that_waits_does_not_keep_the_cpu),
	};

	return SUITE_RUN("test-power", tests);
}
