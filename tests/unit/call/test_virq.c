/*
 * Timers of partitions, and the calls by which they enable, take and end
 * their virtual interrupts.
 */
#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "partition/timer.h"

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

/* Its CPU has gone down, or it has moved. */
static void another_cpu_takes_a_timer_over(void **state)
{
	struct world *world = start_timer(state);

	host_timer_there(true);
	leaves(world, (struct vcpu_exit){.kind = VCPU_EXIT_KICK});
	assert_int_equal(host_timer(), 2000);
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
		TEST(a_timer_gives_its_partition_the_cpu),
		TEST(a_masked_timer_is_silent),
		TEST(the_cpus_timer_is_set_for_the_next_to_expire),
		TEST(without_a_timer_the_cpu_looks_at_each_exit),
		TEST(another_cpu_takes_a_timer_over),
		TEST(its_virtual_timer_interrupts_a_partition),
		TEST(lines_are_enabled_and_disabled),
		TEST(an_interrupt_nobody_enabled_waits),
		TEST(what_was_taken_is_ended_by_the_next_call),
		TEST(a_device_is_silenced_and_sent_elsewhere),
		TEST(contexts_of_a_partition_interrupt_each_other),
		TEST(the_normal_world_has_no_virtual_interrupts),
	};

	return SUITE_RUN("test-virq", tests);
}
