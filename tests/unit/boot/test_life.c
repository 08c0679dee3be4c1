/*
 * What follows the death of a partition, as its manifest says: from boot on,
 * with contexts that are given registers as if they had set them.
 */
#include <stdio.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/ffa_status.h"
#include "call/run_loop.h"
#include "engine/ledger_check.h"
#include "engine/txn.h"
#include "host/port_host.h"
#include "lib/desc.h"
#include "lib/suite.h"
#include "partition/mailbox.h"
#include "stage2/s2_map.h"
#include "unit/boot/machine.h"

#define REQ FFA_MSG_SEND_DIRECT_REQ
#define RESP FFA_MSG_SEND_DIRECT_RESP
#define ID_1 0x8001u
#define ID_2 0x8002u
#define IDS(from, to) ((uint64_t)(from) << 16 | (to))

/* Of the first partition. */
#define BASE 0x0e300000ull
#define PAGES 256u

static struct spm *spm;

static struct vcpu *current(unsigned cpu)
{
	return spm->cpus[cpu].current;
}

static struct vcpu *context(unsigned partition)
{
	return &spm->partitions[partition].vcpus[0];
}

static struct vcpu *call(uint64_t func, uint64_t x1, uint64_t x2, uint64_t x3)
{
	struct cpu *cpu = &spm->cpus[host_cpu()];

	memset(cpu->current->x, 0, sizeof(cpu->current->x));
	cpu->current->x[0] = func;
	cpu->current->x[1] = x1;
	cpu->current->x[2] = x2;
	cpu->current->x[3] = x3;
	run_exit(cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_CALL});
	return cpu->current;
}

static struct vcpu *die(void)
{
	struct cpu *cpu = &spm->cpus[host_cpu()];

	run_exit(cpu, &(struct vcpu_exit){.kind = VCPU_EXIT_BAD});
	return cpu->current;
}

static uint8_t *memory(uint64_t at)
{
	return host_memory(paddr(at));
}

/* Two partitions; the first one's abort-action is `action`. Both wait. */
static void boot(const char *action)
{
	char life[160];

	snprintf(life, sizeof(life),
		"execution-ctx-count = <1>;\n\tlifecycle-support;\n"
		"\tentrypoint-offset = <0x4000>;\n"
		"\tabort-action = <%s>;",
		action);
	machine_read_spmc("spmc_two.dts", NULL, NULL);
	machine_place(
		0, "sp_one_service.dts", "execution-ctx-count = <1>;", life);
	machine_place(1, "sp_one_service.dts", NULL, NULL);
	memset(memory(BASE + 0x4000), 0xc0, PAGE_SIZE);
	spm = machine_boot(MACHINE_IMAGE_PAGES);
	assert_string_equal(machine_console, "");
	assert_int_equal(spm->partition_count, 2);
	for (uint32_t i = 0; i < 2; i++)
		spm->partitions[i].service[0].properties |= 3;
	host_cpu_set(0);
	run_begin(&spm->cpus[0]);
	assert_ptr_equal(current(0), context(0));
	assert_ptr_equal(call(FFA_MSG_WAIT, 0, 0, 0), context(1));
	assert_ptr_equal(call(FFA_MSG_WAIT, 0, 0, 0), spm->cpus[0].nwd);
	run_begin(&spm->cpus[1]);
	assert_ptr_equal(current(1), spm->cpus[1].nwd);
}

static void expect_error(const struct vcpu *vcpu, enum ffa_status status)
{
	assert_int_equal(vcpu->x[0], FFA_ERROR);
	assert_int_equal((int32_t)vcpu->x[2], status);
}

/* It starts, and its memory is what it was. */
static void expect_fresh(unsigned cpu)
{
	const struct vcpu *vcpu = current(cpu);
	const uint8_t *bytes = memory(BASE);

	assert_ptr_equal(vcpu, context(0));
	assert_int_equal(vcpu->model, RTM_INIT);
	assert_int_equal(vcpu->pc, BASE + 0x4000);
	assert_memory_equal(bytes, "SPKG", 4);
	for (uint64_t i = 0x4000; i < PAGES * PAGE_SIZE; i++)
		assert_int_equal(bytes[i], i < 0x5000 ? 0xc0 : 0);
	assert_null(ledger_check(spm->engine));
}

static void dirty(void)
{
	memset(memory(BASE), 0xdd, PAGES * PAGE_SIZE);
}

static void a_partition_starts_again_as_it_was(void **state)
{
	struct vcpu *nwd;

	(void)state;
	boot("2");
	nwd = current(0);
	call(REQ, IDS(0, ID_1), 0, 0);
	dirty();
	CONFORMS("X-13");
	die();
	expect_fresh(0);
	assert_int_equal(nwd->state, VCPU_PREEMPTED);
	/* Who asked hears of it when it goes on. */
	assert_ptr_equal(call(FFA_MSG_WAIT, 0, 0, 0), nwd);
	expect_error(nwd, FFA_ABORTED);
	call(REQ, IDS(0, ID_1), 0, 0);
	assert_ptr_equal(current(0), context(0));
	assert_ptr_equal(call(RESP, IDS(ID_1, 0), 0, 7), nwd);
	assert_int_equal(nwd->x[3], 7);
}

/* --- Memory -------------------------------------------------------------- */

/* Buffers: the normal world's, and at the end of each partition's memory. */
#define NWD_TX 0x50000000ull
#define NWD_AREA 0x50010000ull
#define AREA(partition) (BASE + (partition)*0x100000ull + 0x40000)
#define TX(partition) (BASE + (partition)*0x100000ull + 0xfe000)
#define NWD 9u

static uint64_t tx_of(unsigned who)
{
	return who == NWD ? NWD_TX : TX(who);
}

static uint16_t id_of(unsigned who)
{
	return who == NWD ? 0 : (uint16_t)(ID_1 + who);
}

static struct vcpu *map(unsigned who)
{
	return call(FFA_RXTX_MAP_64, tx_of(who), tx_of(who) + PAGE_SIZE, 1);
}

/* Who runs sends two pages of its own; the handle, or 0. */
static uint64_t lend(unsigned from, unsigned to)
{
	struct desc_range range = {from == NWD ? NWD_AREA : AREA(from), 2, 0};
	struct vcpu *vcpu;
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_0);
	desc.sender = id_of(from);
	desc_add_receiver(&desc, id_of(to), DESC_RW);
	desc.range = &range;
	desc.range_count = 1;
	desc_settle(&desc);
	desc_write(&desc, memory(tx_of(from)), PAGE_SIZE);
	vcpu = call(FFA_MEM_LEND_64, desc.length, desc.length, 0);
	return vcpu->x[0] == FFA_SUCCESS ? vcpu->x[2] | vcpu->x[3] << 32 : 0;
}

static struct vcpu *retrieve(unsigned from, unsigned to, uint64_t handle)
{
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_0);
	desc.sender = id_of(from);
	desc.handle = handle;
	desc_add_receiver(&desc, id_of(to), DESC_RW);
	desc_settle(&desc);
	desc_write(&desc, memory(tx_of(to)), PAGE_SIZE);
	return call(FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length, 0);
}

static struct vcpu *relinquish(unsigned who, uint64_t handle)
{
	struct desc_relinquish give = {handle, 0, 1, {id_of(who)}};

	desc_write_relinquish(&give, memory(tx_of(who)), PAGE_SIZE);
	return call(FFA_MEM_RELINQUISH, 0, 0, 0);
}

static struct vcpu *reclaim(uint64_t handle)
{
	return call(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0);
}

/* The first lends to the second, which holds the memory; it runs, asked. */
static uint64_t lent(void)
{
	uint64_t handle;

	call(REQ, IDS(0, ID_1), 0, 0);
	map(0);
	handle = lend(0, 1);
	assert_int_not_equal(handle, 0);
	call(RESP, IDS(ID_1, 0), 0, 0);
	call(REQ, IDS(0, ID_2), 0, 0);
	map(1);
	assert_int_equal(retrieve(0, 1, handle)->x[0], FFA_MEM_RETRIEVE_RESP);
	call(FFA_RX_RELEASE, 0, 0, 0);
	call(RESP, IDS(ID_2, 0), 0, 0);
	return handle;
}

static void a_restart_waits_for_the_last_borrower(void **state)
{
	uint64_t handle;

	(void)state;
	boot("2");
	handle = lent();
	call(REQ, IDS(0, ID_1), 0, 0);
	die();
	assert_ptr_equal(current(0), spm->cpus[0].nwd);
	expect_error(current(0), FFA_ABORTED);
	expect_error(call(REQ, IDS(0, ID_1), 0, 0), FFA_BUSY);
	expect_error(call(FFA_RUN, IDS(ID_1, 0), 0, 0), FFA_BUSY);
	dirty();
	/* On another CPU: there it starts. */
	host_cpu_set(1);
	call(REQ, IDS(0, ID_2), 0, 0);
	CONFORMS("X-12");
	relinquish(1, handle);
	expect_fresh(1);
	assert_int_equal(context(1)->state, VCPU_PREEMPTED);
	assert_ptr_equal(call(FFA_MSG_WAIT, 0, 0, 0), context(1));
	assert_int_equal(context(1)->x[0], FFA_SUCCESS);
	expect_error(relinquish(1, handle), FFA_INVALID_PARAMETERS);
	assert_int_equal(spm->engine->txns.count, 0);
}

static void what_was_sent_to_the_former_one_is_not_for_the_new_one(void **state)
{
	uint64_t handle;

	(void)state;
	boot("2");
	map(NWD);
	handle = lend(NWD, 0);
	call(REQ, IDS(0, ID_1), 0, 0);
	die();
	map(0);
	CONFORMS("X-13");
	expect_error(retrieve(NWD, 0, handle), FFA_INVALID_PARAMETERS);
	call(FFA_MSG_WAIT, 0, 0, 0);
	assert_int_equal(reclaim(handle)->x[0], FFA_SUCCESS);
	handle = lend(NWD, 0);
	call(REQ, IDS(0, ID_1), 0, 0);
	assert_int_equal(retrieve(NWD, 0, handle)->x[0], FFA_MEM_RETRIEVE_RESP);
}

/* --- Ends ----------------------------------------------------------------- */

static void one_that_dies_again_and_again_stays_down(void **state)
{
	(void)state;
	boot("2");
	call(REQ, IDS(0, ID_1), 0, 0);
	for (unsigned i = 0; i <= PARTITION_RESTARTS_MAX; i++) {
		assert_ptr_equal(current(0), context(0));
		die();
	}
	assert_ptr_equal(current(0), spm->cpus[0].nwd);
	expect_error(call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	expect_error(call(FFA_RUN, IDS(ID_1, 0), 0, 0), FFA_ABORTED);
}

static void one_that_serves_requests_may_die_often(void **state)
{
	(void)state;
	boot("2");
	for (unsigned i = 0; i < 4 * PARTITION_RESTARTS_MAX; i++) {
		call(REQ, IDS(0, ID_1), 0, 0);
		call(RESP, IDS(ID_1, 0), 0, 0);
		call(REQ, IDS(0, ID_1), 0, 0);
		die();
		assert_ptr_equal(current(0), context(0));
		call(FFA_MSG_WAIT, 0, 0, 0);
	}
}

static void one_that_fails_to_begin_begins_again(void **state)
{
	(void)state;
	boot("2");
	call(REQ, IDS(0, ID_1), 0, 0);
	die();
	die();
	expect_fresh(0);
	expect_error(call(FFA_MSG_WAIT, 0, 0, 0), FFA_ABORTED);
	assert_ptr_equal(current(0), spm->cpus[0].nwd);
}

static void all_that_it_had_set_is_forgotten(void **state)
{
	struct partition *partition;

	(void)state;
	boot("2");
	partition = &spm->partitions[0];
	call(REQ, IDS(0, ID_1), 0, 0);
	map(0);
	call(FFA_CONSOLE_LOG, 2, 'a' | 'b' << 8, 0);
	partition->version = FFA_VERSION_1_3;
	context(0)->virq.enabled = 2;
	context(0)->virq.pending = 2;
	die();
	assert_false(partition->mailbox.mapped);
	assert_int_equal(partition->log_length, 0);
	assert_int_equal(partition->version, FFA_VERSION_1_0);
	assert_false(partition->version_locked);
	assert_int_equal(context(0)->virq.enabled, 0);
	assert_int_equal(context(0)->virq.pending, 0);
	assert_int_equal(map(0)->x[0], FFA_SUCCESS);
}

static void one_that_has_given_memory_away_stays_down(void **state)
{
	struct ledger_node *title;

	(void)state;
	boot("2");
	title = (struct ledger_node *)ledger_title(
		&spm->engine->ledger, paddr(BASE));
	call(REQ, IDS(0, ID_1), 0, 0);
	title->title.owner = &spm->partitions[1].ep;
	die();
	assert_ptr_equal(current(0), spm->cpus[0].nwd);
	expect_error(call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	title->title.owner = &spm->partitions[0].ep;
}

static void a_page_that_cannot_be_zeroed_keeps_it_down(void **state)
{
	(void)state;
	boot("2");
	call(REQ, IDS(0, ID_1), 0, 0);
	host_fail_zero(1);
	die();
	assert_ptr_equal(current(0), spm->cpus[0].nwd);
	expect_error(call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
}

static void one_that_is_stopped_keeps_its_memory(void **state)
{
	(void)state;
	boot("0");
	call(REQ, IDS(0, ID_1), 0, 0);
	dirty();
	die();
	assert_ptr_equal(current(0), spm->cpus[0].nwd);
	expect_error(call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	assert_ptr_equal(
		ledger_title(&spm->engine->ledger, paddr(BASE))->title.owner,
		&spm->partitions[0].ep);
	assert_int_equal(*memory(BASE), 0xdd);
}

static void expect_destroyed(void)
{
	for (uint64_t at = BASE; at < BASE + PAGES * PAGE_SIZE; at++)
		assert_int_equal(*memory(at), 0);
	assert_ptr_equal(
		ledger_title(&spm->engine->ledger, paddr(BASE))->title.owner,
		&spm->engine->manager);
	assert_int_equal(
		s2_lookup(&spm->partitions[0].space, false, paddr(BASE)).perm,
		0);
	assert_int_equal(spm->partitions[0].space.table_count, 0);
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		assert_int_equal(spm->partitions[0].ep.quota.used.of[kind], 0);
	assert_null(ledger_check(spm->engine));
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

static void what_is_destroyed_belongs_to_the_manager(void **state)
{
	uint64_t handle;

	(void)state;
	boot("1");
	handle = lent();
	call(REQ, IDS(0, ID_1), 0, 0);
	dirty();
	die();
	expect_error(call(REQ, IDS(0, ID_1), 0, 0), FFA_ABORTED);
	assert_int_equal(*memory(BASE), 0xdd);
	call(REQ, IDS(0, ID_2), 0, 0);
	assert_int_equal(relinquish(1, handle)->x[0], FFA_SUCCESS);
	assert_ptr_equal(current(0), context(1));
	expect_destroyed();
}

static void one_death_may_be_the_end_of_all(void **state)
{
	jmp_buf panic;

	(void)state;
	boot("3");
	call(REQ, IDS(0, ID_1), 0, 0);
	host_panic_catch(&panic);
	if (setjmp(panic) == 0)
		die();
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
