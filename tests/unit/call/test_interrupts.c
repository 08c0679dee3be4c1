/*
 * Area W of the conformance catalogue: interrupts of devices for partitions
 * that wait, run, are blocked or interrupted; interrupts of the normal world.
 */
#include <stdlib.h>
#include <string.h>

#include "call/run_loop.h"
#include "devices.h"
#include "partition/call_chain.h"

/* --- A device's, by the state of its partition -----------------------------
 */

static void a_partition_that_waits_runs_and_the_normal_world_goes_on(
	void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);
	struct ffa_regs before;

	CONFORMS("W-05");
	for (unsigned i = 0; i < FFA_REG_COUNT; i++)
		before.x[i] = nwd->x[i] = 0x100 + i;
	assert_ptr_equal(fires(world, UART), sp1);
	expect_interrupt(sp1, 0, UART);
	assert_int_equal(sp1->model, RTM_SEC_INT);
	assert_true(sp1->ns_masked);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), UART);
	assert_int_equal(virq(world, REGS(VIRQ_DEACTIVATE, UART, UART)), 0);
	assert_int_equal(host_interrupt(UART)->ended, 1);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	expect_regs(nwd, before);
	assert_int_equal(nwd->state, VCPU_RUNNING);
	assert_int_equal(sp1->state, VCPU_WAITING);
}

static void with_its_cycles_a_partition_may_not_respond(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp2 = context(world, SP2);

	CONFORMS("W-11");
	fires(world, UART);
	refused(world, REGS(RESP, IDS(ID_SP1, 0)), R_WRONG_RUNTIME_MODEL);
	/* But ask another partition. */
	assert_ptr_equal(go(world, REGS(REQ, IDS(ID_SP1, ID_SP2))), sp2);
	assert_true(sp2->ns_masked);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP2, ID_SP1))),
		context(world, SP1));
}

static void a_partition_that_runs_is_interrupted(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1);

	CONFORMS("W-08");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	sp1->x[7] = 0x77;
	assert_ptr_equal(fires(world, UART), sp1);
	assert_int_equal(sp1->x[7], 0x77);
	assert_int_equal(sp1->model, RTM_DIRECT);
	assert_int_equal(virq_first(sp1), UART);
}

static void a_partition_that_was_interrupted_hears_when_it_goes_on(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	CONFORMS("W-07");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	nwd_fires(world);
	assert_ptr_equal(fires(world, UART), nwd);
	assert_int_equal(nwd->x[0], FFA_INTERRUPT);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_int_equal(virq_first(sp1), UART);
}

static void a_partition_that_waits_for_another_goes_on_meanwhile(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	CONFORMS("W-06");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	sp2->x[7] = 0x77;
	assert_ptr_equal(fires(world, UART), sp1);
	expect_interrupt(sp1, IDS(ID_SP2, 0), UART);
	assert_int_equal(sp2->state, VCPU_PREEMPTED);
	refused(world, REGS(RESP, IDS(ID_SP1, 0)), R_CALLEE_STOPPED);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), UART);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP2, 0))), sp2);
	assert_int_equal(sp2->x[7], 0x77);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP2, ID_SP1))), sp1);
	go(world, REGS(RESP, IDS(ID_SP1, 0)));
	assert_ptr_equal(world->cpu[0].current, context(world, NWD));
}

/* Who waits two steps away goes on with the one below it that it awaits. */
static void a_long_chain_goes_on_at_its_end(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *sp3 = context(world, SP3);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	go(world, REGS(REQ, IDS(ID_SP2, ID_SP3)));
	assert_ptr_equal(fires(world, UART), sp1);
	expect_interrupt(sp1, IDS(ID_SP2, 0), UART);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP2, 0))), sp3);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP3, ID_SP2))),
		context(world, SP2));
}

static void one_partition_is_interrupted_for_another(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	CONFORMS("W-09");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	sp1->x[7] = 0x77;
	assert_ptr_equal(fires(world, RTC), sp2);
	expect_interrupt(sp2, 0, RTC);
	assert_int_equal(sp1->state, VCPU_PREEMPTED);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), sp1);
	assert_int_equal(sp1->x[7], 0x77);
	assert_int_equal(sp1->model, RTM_DIRECT);
	go(world, REGS(RESP, IDS(ID_SP1, 0)));
	assert_ptr_equal(world->cpu[0].current, context(world, NWD));
}

/* It has one context, which another CPU must not go on with meanwhile. */
static void who_was_interrupted_for_another_stays_on_its_cpu(void **state)
{
	struct world *world = start_devices(state);
	struct cpu *other = &world->cpu[1];

	world->partition[SP1].vcpu_count = 1;
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	fires(world, RTC);
	other->current = other->nwd;
	other->nwd->state = VCPU_RUNNING;
	call_on(world, 1, NWD, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	expect_reason((enum reason)other->last->reason, R_RUN_BUSY);
}

static void a_partition_may_have_others_interrupts_queued(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);
	struct vcpu *nwd = context(world, NWD);

	world->partition[SP1].queues_secure = true;
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_ptr_equal(fires(world, RTC), sp1);
	assert_int_equal(sp2->state, VCPU_WAITING);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0), 0, 5)), sp2);
	expect_interrupt(sp2, 0, RTC);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	expect_regs(nwd, REGS(RESP, IDS(ID_SP1, 0), 0, 5));
}

static void interrupts_are_served_one_after_another(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	fires(world, UART);
	assert_ptr_equal(fires(world, RTC), sp1);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), sp2);
	expect_interrupt(sp2, 0, RTC);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, NWD));
}

static void a_partition_without_el1_takes_it_with_the_message(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1);

	CONFORMS("W-10");
	world->partition[SP1].ep.kind = ENDPOINT_SP_EL0;
	assert_ptr_equal(fires(world, UART), sp1);
	expect_interrupt(sp1, 0, UART);
	assert_int_equal(virq_ready(sp1), 0);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, NWD));
	assert_int_equal(host_interrupt(UART)->ended, 1);
}

static void one_without_el1_is_not_recalled(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	world->partition[SP1].ep.kind = ENDPOINT_SP_EL0;
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	assert_ptr_equal(fires(world, UART), sp2);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP2, ID_SP1))), sp1);
	assert_int_equal(sp1->x[0], RESP);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0))), sp1);
	expect_interrupt(sp1, 0, UART);
}

/* A message of another context does not make its devices wait. */
static void a_device_does_not_wait_for_the_scheduler(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1);

	chain_await_scheduler(sp1);
	assert_ptr_equal(fires(world, UART), sp1);
	expect_interrupt(sp1, 0, UART);
}

/* --- Pending when it begins to wait --------------------------------------- */

static void an_interrupt_that_is_pending_comes_before_the_wait(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1);

	CONFORMS("T-14");
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	fires(world, UART);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), sp1);
	expect_interrupt(sp1, 0, UART);
	assert_int_equal(sp1->model, RTM_RUN);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, NWD));
}

static void a_response_goes_out_before_the_interrupt_is_handled(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	fires(world, UART);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0), 0, 5)), sp1);
	expect_interrupt(sp1, 0, UART);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	expect_regs(nwd, REGS(RESP, IDS(ID_SP1, 0), 0, 5));
}

/* --- By the scheduler's cycles ---------------------------------------------
 */

static void the_scheduler_is_asked_where_the_manifest_says_so(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	CONFORMS("W-12");
	world->partition[SP1].sri_policy = SRI_WHEN_WAITING;
	host_log_clear();
	assert_ptr_equal(fires(world, UART), nwd);
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	assert_true(sp1->awaits_scheduler);
	go(world, REGS(FFA_NOTIFICATION_INFO_GET));
	assert_int_equal(nwd->x[2], 1u << 7 | 1u << 12);
	assert_int_equal(nwd->x[3], ID_SP1);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	expect_interrupt(sp1, 0, UART);
	assert_false(sp1->awaits_scheduler);
}

static void it_may_be_asked_before_a_wait_too(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *nwd = context(world, NWD);

	world->partition[SP1].sri_policy = SRI_BEFORE_WAIT;
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	fires(world, UART);
	host_log_clear();
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	assert_int_equal(nwd->x[0], FFA_MSG_WAIT);
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
}

/* --- Of the normal world ---------------------------------------------------
 */

static void a_partition_may_queue_those_of_the_normal_world(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	CONFORMS("W-02");
	world->partition[SP1].ns_action = NS_ACTION_QUEUED;
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_true(sp1->ns_masked);
	assert_ptr_equal(nwd_fires(world), sp1);
	CONFORMS("W-04");
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	assert_true(sp2->ns_masked);
	assert_ptr_equal(nwd_fires(world), sp2);
}

/* SP1 has come up with these words in its manifest. */
static struct world *start_exits(void **state, bool by_irq)
{
	struct world *world = start(state);

	world->partition[SP1].ns_action = NS_ACTION_MANAGED_EXIT;
	world->partition[SP1].exits_by_irq = by_irq;
	world->cpu[0].online = false;
	world->cpu[0].nwd->state = VCPU_OFF;
	context(world, SP1)->state = VCPU_OFF;
	run_begin(&world->cpu[0]);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), context(world, NWD));
	return world;
}

static void a_partition_may_finish_by_itself(void **state)
{
	struct world *world = start_exits(state, false);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	CONFORMS("W-03");
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_false(sp1->ns_masked);
	/* Whom it asks cannot do that for it. */
	go(world, REGS(REQ, IDS(ID_SP1, ID_SP2)));
	assert_true(sp2->ns_masked);
	go(world, REGS(RESP, IDS(ID_SP2, ID_SP1)));
	assert_ptr_equal(nwd_fires(world), sp1);
	assert_true(sp1->ns_masked);
	assert_int_equal(virq_first(sp1), VIRQ_INTID_MANAGED_EXIT);
	assert_true(sp1->virq.fiq & 1u << VIRQ_MANAGED_EXIT);
	(void)virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(
		go(world, REGS(RESP, IDS(ID_SP1, 0))), context(world, NWD));
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_false(sp1->ns_masked);
}

static void a_managed_exit_may_come_by_irq(void **state)
{
	struct world *world = start_exits(state, true);
	struct vcpu *sp1 = context(world, SP1);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_ptr_equal(nwd_fires(world), sp1);
	assert_int_equal(virq_first(sp1), VIRQ_INTID_MANAGED_EXIT);
	assert_false(sp1->virq.fiq & 1u << VIRQ_MANAGED_EXIT);
	/* Nor does it change when it says the line's type itself. */
	assert_int_equal(
		virq(world, REGS(VIRQ_ENABLE, VIRQ_INTID_MANAGED_EXIT, 1, 1)),
		VIRQ_GOOD);
	assert_false(sp1->virq.fiq & 1u << VIRQ_MANAGED_EXIT);
}

/* An FIQ says it all: OP-TEE does not ask what it was. */
static void who_has_finished_by_itself_need_not_have_asked_why(void **state)
{
	struct world *world = start_exits(state, false);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_ptr_equal(nwd_fires(world), sp1);
	assert_ptr_equal(go(world, REGS(RESP, IDS(ID_SP1, 0))), nwd);
	assert_int_equal(virq_first(sp1), VIRQ_NONE);
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_ptr_equal(nwd_fires(world), sp1);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_int_equal(virq_first(sp1), VIRQ_NONE);
}

/* It has let the normal world run, and goes on; the next one is another. */
static void who_yields_at_a_managed_exit_hears_of_the_next(void **state)
{
	struct world *world = start_exits(state, false);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	for (unsigned asks = 0; asks < 3; asks++) {
		assert_false(sp1->ns_masked);
		assert_ptr_equal(nwd_fires(world), sp1);
		assert_int_equal(virq_first(sp1), VIRQ_INTID_MANAGED_EXIT);
		if (asks == 1)
			virq(world, REGS(VIRQ_GET));
		assert_ptr_equal(go(world, REGS(FFA_YIELD)), nwd);
		assert_int_equal(virq_first(sp1), VIRQ_NONE);
		assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	}
}

/* It waits, but a device comes before: it has not exited yet. */
static void a_managed_exit_comes_again_when_a_device_keeps_it(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	world->partition[SP1].ns_action = NS_ACTION_MANAGED_EXIT;
	enabled_by(sp1, VIRQ_INTID_MANAGED_EXIT);
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_ptr_equal(nwd_fires(world), sp1);
	fires(world, UART);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), sp1);
	expect_interrupt(sp1, 0, UART);
	virq(world, REGS(VIRQ_GET));
	assert_ptr_equal(nwd_fires(world), sp1);
	assert_int_equal(virq_first(sp1), VIRQ_INTID_MANAGED_EXIT);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
}

static void who_switches_its_managed_exit_off_is_interrupted(void **state)
{
	struct world *world = start_exits(state, false);

	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_int_equal(
		virq(world, REGS(VIRQ_ENABLE, VIRQ_INTID_MANAGED_EXIT, 0)),
		VIRQ_GOOD);
	go(world, REGS(RESP, IDS(ID_SP1, 0)));
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	assert_ptr_equal(nwd_fires(world), context(world, NWD));
	assert_int_equal(context(world, NWD)->x[0], FFA_INTERRUPT);
}

/* --- Cycles of an interrupt, and their ends ---------------------------------
 */

static void a_handler_may_yield(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	fires(world, UART);
	(void)virq(world, REGS(VIRQ_GET));
	nwd->x[0] = 0x1234;
	assert_ptr_equal(go(world, REGS(FFA_YIELD)), nwd);
	assert_int_equal(nwd->x[0], 0x1234);
	assert_ptr_equal(go(world, REGS(FFA_RUN, IDS(ID_SP1, 0))), sp1);
	assert_int_equal(sp1->x[0], FFA_SUCCESS);
	assert_false(sp1->ns_masked);
	assert_ptr_equal(go(world, REGS(FFA_MSG_WAIT)), nwd);
	assert_int_equal(nwd->x[0], FFA_MSG_WAIT);
}

static void a_handler_that_dies_lets_the_others_go_on(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp2 = context(world, SP2), *nwd = context(world, NWD);

	go(world, REGS(REQ, IDS(0, ID_SP2)));
	sp2->x[7] = 0x77;
	fires(world, UART);
	assert_ptr_equal(
		leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_BAD}), sp2);
	assert_int_equal(sp2->x[7], 0x77);
	assert_int_equal(sp2->model, RTM_DIRECT);
	go(world, REGS(RESP, IDS(ID_SP2, 0)));
	assert_ptr_equal(world->cpu[0].current, nwd);
}

static void interrupts_of_the_dead_come_no_more(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *nwd = context(world, NWD);

	assert_true(host_interrupt(UART)->enabled);
	go(world, REGS(REQ, IDS(0, ID_SP1)));
	leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_BAD});
	assert_false(host_interrupt(UART)->enabled);
	assert_true(host_interrupt(RTC)->enabled);
	assert_ptr_equal(fires(world, UART), nwd);
	assert_true(host_interrupt(UART)->ended > 0);
	assert_ptr_equal(fires(world, STRAY), nwd);
	assert_int_equal(host_interrupt(STRAY)->ended, 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_partition_that_waits_runs_and_the_normal_world_goes_on),
		TEST(with_its_cycles_a_partition_may_not_respond),
		TEST(a_partition_that_runs_is_interrupted),
		TEST(a_partition_that_was_interrupted_hears_when_it_goes_on),
		TEST(a_partition_that_waits_for_another_goes_on_meanwhile),
		TEST(a_long_chain_goes_on_at_its_end),
		TEST(one_partition_is_interrupted_for_another),
		TEST(who_was_interrupted_for_another_stays_on_its_cpu),
		TEST(a_partition_may_have_others_interrupts_queued),
		TEST(interrupts_are_served_one_after_another),
		TEST(a_partition_without_el1_takes_it_with_the_message),
		TEST(one_without_el1_is_not_recalled),
		TEST(a_device_does_not_wait_for_the_scheduler),
		TEST(an_interrupt_that_is_pending_comes_before_the_wait),
		TEST(a_response_goes_out_before_the_interrupt_is_handled),
		TEST(the_scheduler_is_asked_where_the_manifest_says_so),
		TEST(it_may_be_asked_before_a_wait_too),
		TEST(a_partition_may_queue_those_of_the_normal_world),
		TEST(a_partition_may_finish_by_itself),
		TEST(a_managed_exit_may_come_by_irq),
		TEST(who_has_finished_by_itself_need_not_have_asked_why),
		TEST(who_yields_at_a_managed_exit_hears_of_the_next),
		TEST(a_managed_exit_comes_again_when_a_device_keeps_it),
		TEST(who_switches_its_managed_exit_off_is_interrupted),
		TEST(a_handler_may_yield),
		TEST(a_handler_that_dies_lets_the_others_go_on),
		TEST(interrupts_of_the_dead_come_no_more),
	};

	return SUITE_RUN("test-interrupts", tests);
}
