/*
 * What follows the death of a partition, as its manifest says: from boot on,
 * with contexts that are given registers as if they had set them.
 */
#include <string.h>

#include "engine/ledger_check.h"
#include "engine/txn.h"
#include "host/port_host.h"
#include "lib/suite.h"
#include "stage2/s2_map.h"
#include "unit/boot/life.h"
#include "unit/boot/machine.h"

static void expect_error(const struct vcpu *vcpu, enum ffa_status status)
{
	assert_int_equal(vcpu->x[0], FFA_ERROR);
	assert_int_equal((int32_t)vcpu->x[2], status);
}

static void expect_refusal(enum reason reason)
{
	expect_error(life_current(0), reason_status(reason));
	assert_int_equal(life_spm->cpus[0].last->reason, reason);
}

static void dirty(void)
{
	memset(life_memory(BASE), 0xdd, PAGES * PAGE_SIZE);
}

static void a_partition_starts_again_as_it_was(void **state)
{
	struct vcpu *nwd;

	(void)state;
	life_boot("2");
	nwd = life_current(0);
	life_call(REQ, IDS(0, ID_1), 0, 0);
	dirty();
	CONFORMS("X-13");
	life_die();
	life_expect_fresh(0);
	assert_int_equal(nwd->state, VCPU_PREEMPTED);
	/* Who asked hears of it when it goes on. */
	assert_ptr_equal(life_call(FFA_MSG_WAIT, 0, 0, 0), nwd);
	expect_error(nwd, FFA_ABORTED);
	life_call(REQ, IDS(0, ID_1), 0, 0);
	assert_ptr_equal(life_current(0), life_context(0));
	assert_ptr_equal(life_call(RESP, IDS(ID_1, 0), 0, 7), nwd);
	assert_int_equal(nwd->x[3], 7);
}

/* The first lends to the second, which holds the memory; it runs, asked. */
static uint64_t lent(void)
{
	uint64_t handle;

	life_call(REQ, IDS(0, ID_1), 0, 0);
	life_map(0);
	handle = life_lend(0, 1);
	assert_int_not_equal(handle, 0);
	life_call(RESP, IDS(ID_1, 0), 0, 0);
	life_call(REQ, IDS(0, ID_2), 0, 0);
	life_map(1);
	assert_int_equal(
		life_retrieve(0, 1, handle)->x[0], FFA_MEM_RETRIEVE_RESP);
	life_call(FFA_RX_RELEASE, 0, 0, 0);
	life_call(RESP, IDS(ID_2, 0), 0, 0);
	return handle;
}

static void a_restart_waits_for_the_last_borrower(void **state)
{
	uint64_t handle;

	(void)state;
	life_boot("2");
	handle = lent();
	life_call(REQ, IDS(0, ID_1), 0, 0);
	life_die();
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
	expect_error(life_current(0), FFA_ABORTED);
	life_call(REQ, IDS(0, ID_1), 0, 0);
	expect_refusal(R_RECEIVER_RESTARTS);
	life_call(FFA_RUN, IDS(ID_1, 0), 0, 0);
	expect_refusal(R_RECEIVER_RESTARTS);
	dirty();
	/* On another CPU: there it starts. */
	host_cpu_set(1);
	life_call(REQ, IDS(0, ID_2), 0, 0);
	CONFORMS("X-12");
	life_relinquish(1, handle);
	life_expect_fresh(1);
	assert_int_equal(life_context(1)->state, VCPU_PREEMPTED);
	assert_ptr_equal(life_call(FFA_MSG_WAIT, 0, 0, 0), life_context(1));
	assert_int_equal(life_context(1)->x[0], FFA_SUCCESS);
	expect_error(life_relinquish(1, handle), FFA_INVALID_PARAMETERS);
	assert_int_equal(life_spm->engine->txns.count, 0);
}

static void what_was_sent_to_the_former_one_is_not_for_the_new_one(void **state)
{
	uint64_t handle;

	(void)state;
	life_boot("2");
	life_map(NWD);
	handle = life_lend(NWD, 0);
	life_call(REQ, IDS(0, ID_1), 0, 0);
	life_die();
	life_map(0);
	CONFORMS("X-13");
	expect_error(life_retrieve(NWD, 0, handle), FFA_INVALID_PARAMETERS);
	life_call(FFA_MSG_WAIT, 0, 0, 0);
	assert_int_equal(life_reclaim(handle)->x[0], FFA_SUCCESS);
	handle = life_lend(NWD, 0);
	life_call(REQ, IDS(0, ID_1), 0, 0);
	assert_int_equal(
		life_retrieve(NWD, 0, handle)->x[0], FFA_MEM_RETRIEVE_RESP);
}

/* --- Ends ----------------------------------------------------------------- */

static void one_that_dies_again_and_again_stays_down(void **state)
{
	(void)state;
	life_boot("2");
	life_call(REQ, IDS(0, ID_1), 0, 0);
	for (unsigned i = 0; i <= PARTITION_RESTARTS_MAX; i++) {
		assert_ptr_equal(life_current(0), life_context(0));
		life_die();
	}
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
	expect_error(life_call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	expect_error(life_call(FFA_RUN, IDS(ID_1, 0), 0, 0), FFA_ABORTED);
}

static void one_that_serves_requests_may_die_often(void **state)
{
	(void)state;
	life_boot("2");
	for (unsigned i = 0; i < 4 * PARTITION_RESTARTS_MAX; i++) {
		life_call(REQ, IDS(0, ID_1), 0, 0);
		life_call(RESP, IDS(ID_1, 0), 0, 0);
		life_call(REQ, IDS(0, ID_1), 0, 0);
		life_die();
		assert_ptr_equal(life_current(0), life_context(0));
		life_call(FFA_MSG_WAIT, 0, 0, 0);
	}
}

static void one_that_fails_to_begin_begins_again(void **state)
{
	(void)state;
	life_boot("2");
	life_call(REQ, IDS(0, ID_1), 0, 0);
	life_die();
	life_die();
	life_expect_fresh(0);
	expect_error(life_call(FFA_MSG_WAIT, 0, 0, 0), FFA_ABORTED);
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
}

static void all_that_it_had_set_is_forgotten(void **state)
{
	struct partition *partition;

	(void)state;
	life_boot("2");
	partition = &life_spm->partitions[0];
	life_call(REQ, IDS(0, ID_1), 0, 0);
	life_map(0);
	life_call(FFA_CONSOLE_LOG, 2, 'a' | 'b' << 8, 0);
	partition->version = FFA_VERSION_1_3;
	life_context(0)->virq.enabled = 2;
	life_context(0)->virq.pending = 2;
	life_die();
	assert_false(partition->mailbox.mapped);
	assert_int_equal(partition->log_length, 0);
	assert_int_equal(partition->version, FFA_VERSION_1_0);
	assert_false(partition->version_locked);
	assert_int_equal(life_context(0)->virq.enabled, 0);
	assert_int_equal(life_context(0)->virq.pending, 0);
	assert_int_equal(life_map(0)->x[0], FFA_SUCCESS);
}

static void one_that_has_given_memory_away_stays_down(void **state)
{
	struct ledger_node *title;

	(void)state;
	life_boot("2");
	title = (struct ledger_node *)ledger_title(
		&life_spm->engine->ledger, paddr(BASE));
	life_call(REQ, IDS(0, ID_1), 0, 0);
	title->title.owner = &life_spm->partitions[1].ep;
	life_die();
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
	expect_error(life_call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	title->title.owner = &life_spm->partitions[0].ep;
}

static void a_page_that_cannot_be_zeroed_keeps_it_down(void **state)
{
	(void)state;
	life_boot("2");
	life_call(REQ, IDS(0, ID_1), 0, 0);
	host_fail_zero(1);
	life_die();
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
	expect_error(life_call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
}

static void one_that_is_stopped_keeps_its_memory(void **state)
{
	(void)state;
	life_boot("0");
	life_call(REQ, IDS(0, ID_1), 0, 0);
	dirty();
	life_die();
	assert_ptr_equal(life_current(0), life_spm->cpus[0].nwd);
	expect_error(life_call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	assert_ptr_equal(ledger_title(&life_spm->engine->ledger, paddr(BASE))
				 ->title.owner,
		&life_spm->partitions[0].ep);
	assert_int_equal(*life_memory(BASE), 0xdd);
}

static void expect_destroyed(void)
{
	for (uint64_t at = BASE; at < BASE + PAGES * PAGE_SIZE; at++)
		assert_int_equal(*life_memory(at), 0);
	assert_ptr_equal(ledger_title(&life_spm->engine->ledger, paddr(BASE))
				 ->title.owner,
		&life_spm->engine->manager);
	assert_int_equal(
		s2_lookup(&life_spm->partitions[0].space, false, paddr(BASE))
			.perm,
		0);
	assert_int_equal(life_spm->partitions[0].space.table_count, 0);
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		assert_int_equal(
			life_spm->partitions[0].ep.quota.used.of[kind], 0);
	assert_null(ledger_check(life_spm->engine));
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

static void what_is_destroyed_belongs_to_the_manager(void **state)
{
	uint64_t handle;

	(void)state;
	life_boot("1");
	handle = lent();
	life_call(REQ, IDS(0, ID_1), 0, 0);
	dirty();
	life_die();
	expect_error(life_call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	assert_int_equal(*life_memory(BASE), 0xdd);
	life_call(REQ, IDS(0, ID_2), 0, 0);
	assert_int_equal(life_relinquish(1, handle)->x[0], FFA_SUCCESS);
	assert_ptr_equal(life_current(0), life_context(1));
	expect_destroyed();
}

static void one_death_may_be_the_end_of_all(void **state)
{
	jmp_buf panic;

	(void)state;
	life_boot("3");
	life_call(REQ, IDS(0, ID_1), 0, 0);
	host_panic_catch(&panic);
	if (setjmp(panic) == 0)
		life_die();
	host_panic_catch(NULL);
	assert_non_null(strstr(host_panic_text(), "wants a panic"));
}

#define TEST(name) cmocka_unit_test_setup(name, machine_set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_partition_starts_again_as_it_was),
		TEST(a_restart_waits_for_the_last_borrower),
		TEST(what_was_sent_to_the_former_one_is_not_for_the_new_one),
		TEST(one_that_dies_again_and_again_stays_down),
		TEST(one_that_serves_requests_may_die_often),
		TEST(one_that_fails_to_begin_begins_again),
		TEST(all_that_it_had_set_is_forgotten),
		TEST(one_that_has_given_memory_away_stays_down),
		TEST(a_page_that_cannot_be_zeroed_keeps_it_down),
		TEST(one_that_is_stopped_keeps_its_memory),
		TEST(what_is_destroyed_belongs_to_the_manager),
		TEST(one_death_may_be_the_end_of_all),
	};

	return SUITE_RUN("test-life", tests);
}
