/*
 * Area W of the conformance catalogue: interrupts of devices for partitions
 * that wait, run, are blocked or interrupted; interrupts of the normal world;
 * the calls by which partitions enable, take and end them.
 */
#include <stdlib.h>
#include <string.h>

#include "call/virq_calls.h"
#include "lib/talk.h"
#include "partition/interrupts.h"
#include "partition/timer.h"
#include "partition/virq.h"

#define UART 40u  /* SP1's */
#define RTC 34u   /* SP2's */
#define STRAY 50u /* nobody's */
#define DISABLED 41u

static void own(struct world *world, int party, uint32_t intid)
{
	struct partition *partition = &world->partition[party];

	partition->interrupt[partition->interrupt_count++] =
		(struct partition_interrupt){
			.intid = intid, .target = INTERRUPT_ANY_CPU};
}

static uint64_t enabled_by(struct vcpu *vcpu, uint32_t intid)
{
	struct cpu cpu = {.current = vcpu};

	vcpu->x[1] = intid;
	vcpu->x[2] = 1;
	vcpu->x[3] = 0;
	assert_true(virq_call(&cpu, VIRQ_ENABLE));
	return vcpu->x[0];
}

/* SP1 and SP2 have enabled a device's interrupt each. */
static struct world *start_devices(void **state)
{
	struct world *world = start(state);

	own(world, SP1, UART);
	own(world, SP1, DISABLED);
	own(world, SP2, RTC);
	assert_int_equal(enabled_by(context(world, SP1), UART), VIRQ_GOOD);
	assert_int_equal(enabled_by(context(world, SP2), RTC), VIRQ_GOOD);
	return world;
}

/* The device fires on CPU 0; who runs then. */
static struct vcpu *fires(struct world *world, uint32_t intid)
{
	return leaves(
		world, (struct vcpu_exit){.kind = VCPU_EXIT_SECURE_INTERRUPT,
			       .intid = intid});
}

static struct vcpu *nwd_fires(struct world *world)
{
	return leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_INTERRUPT});
}

/* A paravirtual call of whoever runs; its result. */
static uint64_t virq(struct world *world, struct ffa_regs regs)
{
	struct vcpu *caller = world->cpu[0].current;

	go(world, regs);
	return caller->x[0];
}

static void expect_interrupt(
	const struct vcpu *vcpu, uint64_t ids, uint32_t intid)
{
	assert_int_equal(vcpu->x[0], FFA_INTERRUPT);
	assert_int_equal(vcpu->x[1], ids);
	assert_int_equal(vcpu->x[2], intid);
	for (unsigned i = 3; i < 8; i++)
		assert_int_equal(vcpu->x[i], 0);
}

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

static void a_partition_may_finish_by_itself(void **state)
{
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1), *sp2 = context(world, SP2);

	CONFORMS("W-03");
	world->partition[SP1].ns_action = NS_ACTION_MANAGED_EXIT;
	assert_int_equal(enabled_by(sp1, VIRQ_INTID_MANAGED_EXIT), VIRQ_GOOD);
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
	struct world *world = start(state);
	struct vcpu *sp1 = context(world, SP1);

	world->partition[SP1].exits_by_irq = true;
	enabled_by(sp1, VIRQ_INTID_MANAGED_EXIT);
	assert_false(sp1->virq.fiq & 1u << VIRQ_MANAGED_EXIT);
}

/* It has not said how it would hear of it. */
static void without_its_line_a_managed_exit_is_a_signalled_one(void **state)
{
	struct world *world = start(state);

	world->partition[SP1].ns_action = NS_ACTION_MANAGED_EXIT;
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

/* --- Timers ----------------------------------------------------------------
 */

static struct vcpu *looks(struct world *world)
{
	return leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_TIMER});
}

static struct world *start_timer(void **state)
{
	struct world *world = start(state);

	host_time_set(1000, 0);
	assert_int_equal(
		enabled_by(context(world, SP1), VIRQ_INTID_TIMER), VIRQ_GOOD);
	timer_set_compare(context(world, SP1), 2000);
	timer_set_control(context(world, SP1), TIMER_ENABLED);
	return world;
}

static void a_timer_gives_its_partition_the_cpu(void **state)
{
	struct world *world = start_timer(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	assert_ptr_equal(looks(world), nwd);
	assert_int_equal(host_timer(), 2000);
	assert_int_equal(timer_control(sp1), TIMER_ENABLED);
	host_time_set(2000, 0);
	assert_int_equal(timer_control(sp1), TIMER_ENABLED | TIMER_EXPIRED);
	assert_ptr_equal(looks(world), sp1);
	expect_interrupt(sp1, 0, VIRQ_INTID_TIMER);
	assert_int_equal(host_timer(), UINT64_MAX);
	(void)virq(world, REGS(VIRQ_GET));
	/* Told once. */
	assert_ptr_equal(looks(world), sp1);
	assert_int_equal(virq_first(sp1), VIRQ_NONE);
	timer_set_compare(sp1, 1999);
	looks(world);
	assert_int_equal(virq_first(sp1), VIRQ_INTID_TIMER);
}

static void a_masked_timer_is_silent(void **state)
{
	struct world *world = start_timer(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	timer_set_control(sp1, TIMER_ENABLED | TIMER_MASKED | TIMER_EXPIRED);
	host_time_set(2000, 0);
	assert_ptr_equal(looks(world), nwd);
	assert_int_equal(timer_control(sp1),
		TIMER_ENABLED | TIMER_MASKED | TIMER_EXPIRED);
	timer_set_control(sp1, 0);
	assert_ptr_equal(looks(world), nwd);
	assert_int_equal(timer_control(sp1), 0);
}

static void the_cpus_timer_is_set_for_the_next_to_expire(void **state)
{
	struct world *world = start_timer(state);

	timer_set_compare(context(world, SP2), 1500);
	timer_set_control(context(world, SP2), TIMER_ENABLED);
	looks(world);
	assert_int_equal(host_timer(), 1500);
	host_time_set(1600, 0);
	looks(world);
	assert_int_equal(host_timer(), 2000);
}

static void without_a_timer_the_cpu_looks_at_each_exit(void **state)
{
	struct world *world = start_timer(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	host_timer_there(false);
	assert_ptr_equal(looks(world), nwd);
	assert_ptr_equal(go(world, REGS(FFA_FEATURES, FFA_ID_GET)), nwd);
	host_time_set(2000, 0);
	assert_ptr_equal(go(world, REGS(FFA_FEATURES, FFA_ID_GET)), sp1);
	assert_false(world->cpu[0].timers_polled);
}

static void its_virtual_timer_interrupts_a_partition(void **state)
{
	struct world *world = start_timer(state);
	struct vcpu *sp1 = context(world, SP1);

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_ptr_equal(
		leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_OWN_TIMER}),
		sp1);
	assert_int_equal(virq_first(sp1), VIRQ_INTID_TIMER);
}

/* --- The calls -------------------------------------------------------------
 */

static void lines_are_enabled_and_disabled(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1);

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(virq(world, REGS(VIRQ_ENABLE, RTC, 1)), VIRQ_BAD);
	assert_int_equal(virq(world, REGS(VIRQ_ENABLE, DISABLED, 1, 1)), 0);
	assert_true(host_interrupt(DISABLED)->enabled);
	fires(world, DISABLED);
	assert_true(virq_ready(sp1) & sp1->virq.fiq);
	assert_int_equal(virq(world, REGS(VIRQ_ENABLE, DISABLED, 0)), 0);
	assert_false(host_interrupt(DISABLED)->enabled);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), VIRQ_NONE);
}

static void an_interrupt_nobody_enabled_waits(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *sp1 = context(world, SP1), *nwd = context(world, NWD);

	assert_ptr_equal(fires(world, DISABLED), nwd);
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(sp1->x[0], FFA_RUN);
	assert_int_equal(virq(world, REGS(VIRQ_ENABLE, DISABLED, 1)), 0);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), DISABLED);
}

/* Whoever was written for a manager that ends them itself does not say so. */
static void what_was_taken_is_ended_by_the_next_call(void **state)
{
	struct world *world = start_devices(state);

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(
		virq(world, REGS(VIRQ_DEACTIVATE, UART, UART)), VIRQ_BAD);
	fires(world, UART);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), UART);
	assert_int_equal(host_interrupt(UART)->ended, 0);
	assert_int_equal(
		virq(world, REGS(VIRQ_DEACTIVATE, UART, RTC)), VIRQ_BAD);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), VIRQ_NONE);
	assert_int_equal(host_interrupt(UART)->ended, 1);
	fires(world, UART);
	assert_int_equal(virq(world, REGS(VIRQ_GET)), UART);
	go(world, REGS(FFA_MSG_WAIT));
	assert_int_equal(host_interrupt(UART)->ended, 2);
}

static void a_device_is_silenced_and_sent_elsewhere(void **state)
{
	struct world *world = start_devices(state);

	world->cpu[1].mpidr = 0x101;
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(virq(world, REGS(VIRQ_RECONFIGURE, UART, 2, 0)), 0);
	assert_false(host_interrupt(UART)->enabled);
	assert_int_equal(virq(world, REGS(VIRQ_RECONFIGURE, UART, 2, 1)), 0);
	assert_true(host_interrupt(UART)->enabled);
	assert_int_equal(virq(world, REGS(VIRQ_RECONFIGURE, UART, 0, 1)), 0);
	assert_int_equal(host_interrupt(UART)->route, 0x101);
	assert_int_equal(
		virq(world, REGS(VIRQ_RECONFIGURE, UART, 0, 9)), VIRQ_BAD);
	assert_int_equal(
		virq(world, REGS(VIRQ_RECONFIGURE, UART, 1, 0)), VIRQ_BAD);
	assert_int_equal(
		virq(world, REGS(VIRQ_RECONFIGURE, UART, 2, 2)), VIRQ_BAD);
	assert_int_equal(
		virq(world, REGS(VIRQ_RECONFIGURE, RTC, 2, 0)), VIRQ_BAD);
	assert_int_equal(
		virq(world, REGS(VIRQ_RECONFIGURE, VIRQ_INTID_IPI, 2, 0)),
		VIRQ_BAD);
}

static void contexts_of_a_partition_interrupt_each_other(void **state)
{
	struct world *world = start_devices(state);
	struct vcpu *other = &world->vcpu[SP1][1];

	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(
		virq(world, REGS(VIRQ_SEND_IPI, WORLD_CPUS)), VIRQ_BAD);
	enabled_by(other, VIRQ_INTID_IPI);
	host_log_clear();
	/* It waits: its scheduler hears of it. */
	assert_int_equal(virq(world, REGS(VIRQ_SEND_IPI, 1)), 0);
	assert_int_equal(host_count(HOST_SCHEDULE), 1);
	assert_true(other->awaits_scheduler);
	/* It runs: its CPU does. */
	other->state = VCPU_RUNNING;
	world->cpu[1].current = other;
	assert_int_equal(virq(world, REGS(VIRQ_SEND_IPI, 1)), 0);
	assert_int_equal(host_count(HOST_KICK), 1);
	assert_int_equal(virq_first(other), VIRQ_INTID_IPI);
}

static void the_normal_world_has_no_virtual_interrupts(void **state)
{
	struct world *world = start(state);

	assert_int_equal(virq(world, REGS(VIRQ_GET)), UINT64_MAX);
	assert_int_equal(virq(world, REGS(0xff05)), UINT64_MAX);
	go(world, REGS(FFA_RUN, IDS(ID_SP1, 0)));
	assert_int_equal(virq(world, REGS(0xff05)), UINT64_MAX);
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
		TEST(an_interrupt_that_is_pending_comes_before_the_wait),
		TEST(a_response_goes_out_before_the_interrupt_is_handled),
		TEST(the_scheduler_is_asked_where_the_manifest_says_so),
		TEST(it_may_be_asked_before_a_wait_too),
		TEST(a_partition_may_queue_those_of_the_normal_world),
		TEST(a_partition_may_finish_by_itself),
		TEST(a_managed_exit_may_come_by_irq),
		TEST(without_its_line_a_managed_exit_is_a_signalled_one),
		TEST(a_handler_may_yield),
		TEST(a_handler_that_dies_lets_the_others_go_on),
		TEST(interrupts_of_the_dead_come_no_more),
		TEST(a_timer_gives_its_partition_the_cpu),
		TEST(a_masked_timer_is_silent),
		TEST(the_cpus_timer_is_set_for_the_next_to_expire),
		TEST(without_a_timer_the_cpu_looks_at_each_exit),
		TEST(its_virtual_timer_interrupts_a_partition),
		TEST(lines_are_enabled_and_disabled),
		TEST(an_interrupt_nobody_enabled_waits),
		TEST(what_was_taken_is_ended_by_the_next_call),
		TEST(a_device_is_silenced_and_sent_elsewhere),
		TEST(contexts_of_a_partition_interrupt_each_other),
		TEST(the_normal_world_has_no_virtual_interrupts),
	};

	return SUITE_RUN("test-interrupts", tests);
}
