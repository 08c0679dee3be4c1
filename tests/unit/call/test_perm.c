/*
 * Area R of the conformance catalogue: FFA_MEM_PERM_GET and FFA_MEM_PERM_SET
 * of a partition at S-EL0 while it initialises. SP1 is one here.
 */
#include <string.h>

#include "call/trace_text.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define WORD_RX 0x3u
#define WORD_RW 0x5u
#define WORD_RO 0x7u
#define WORD_RWX 0x1u

static struct world *start(void **state)
{
	struct world *world = *state;

	world_endpoint(world, SP1)->kind = ENDPOINT_SP_EL0;
	world->vcpu[SP1][0].model = RTM_INIT;
	world->partition[SP1].version = FFA_VERSION_1_3;
	return world;
}

static void a_partition_reads_and_changes_its_permissions(void **state)
{
	struct world *world = start(state);
	uint64_t digest = oracle_digest(world);
	char line[TRACE_LINE_SIZE + 1] = {0};

	CONFORMS("R-01");
	expect_ok(do_perm_get(world, SP1, SP1_RW, 1));
	CONFORMS("R-02");
	expect_ok(do_perm_set(world, SP1, SP1_RW + 2 * PAGE_SIZE, 3, WORD_RX));
	trace_text(&world->spm, world->cpu[0].last, 0, line);
	assert_non_null(strstr(line, "MEM_PERM_SET_64          3 pages"));
	assert_non_null(strstr(line, "may now access 0x7002000 r-x"));
	expect_ok(do_perm_get(world, SP1, SP1_RW + 2 * PAGE_SIZE, 1));
	assert_int_equal(access_of(world, SP1, SP1_RW + 4 * PAGE_SIZE),
		MODEL_R | MODEL_X);
	expect_ok(do_perm_set(world, SP1, SP1_RW + 3 * PAGE_SIZE, 1, WORD_RO));
	expect_ok(do_perm_set(world, SP1, SP1_RW + 3 * PAGE_SIZE, 1, WORD_RX));
	expect_ok(do_perm_set(world, SP1, SP1_RW + 2 * PAGE_SIZE, 3, WORD_RW));
	/* Cut in five and joined again. */
	assert_int_equal(oracle_digest(world), digest);
}

static void a_call_of_32_bits_does_the_same(void **state)
{
	struct world *world = start(state);
	struct ffa_regs out;

	out = call_plain(
		world, SP1, REGS(FFA_MEM_PERM_SET, SP1_RW, 1, WORD_RO));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	out = call_plain(world, SP1, REGS(FFA_MEM_PERM_GET, SP1_RW));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(out.x[2], WORD_RO);
	assert_int_equal(out.x[3], 0);
	assert_int_equal(access_of(world, SP1, SP1_RW), MODEL_R);
}

static void the_first_run_of_pages_is_told(void **state)
{
	struct world *world = start(state);

	CONFORMS("R-12");
	expect_ok(do_perm_set(world, SP1, SP1_RW, 2, WORD_RO));
	/* The library compares the run with the model's. */
	for (uint32_t pages = 1; pages < 80; pages++) {
		expect_ok(do_perm_get(world, SP1, SP1_RW, pages));
		expect_ok(
			do_perm_get(world, SP1, SP1_RW + 5 * PAGE_SIZE, pages));
		expect_ok(
			do_perm_get(world, SP1, SP1_RX + 7 * PAGE_SIZE, pages));
	}
	expect_ok(do_perm_get(world, SP1, SP1_RW, 0xffffffff));
	/* Before FF-A 1.3 there is no count. */
	world->partition[SP1].version = FFA_VERSION_1_2;
	expect_ok(do_perm_get(world, SP1, SP1_RW, 77));
}

static void only_who_has_no_tables_of_its_own_may_ask(void **state)
{
	struct world *world = start(state);

	CONFORMS("R-08");
	expect_error(world, SP2, REGS(FFA_MEM_PERM_GET_64, SP2_RW),
		R_NOT_FOR_CALLER);
	expect_error(world, SP2, REGS(FFA_MEM_PERM_SET, SP2_RW, 1, WORD_RO),
		R_NOT_FOR_CALLER);
	expect_error(world, NWD, REGS(FFA_MEM_PERM_SET, NWD_RAM, 1, WORD_RO),
		R_NOT_FOR_CALLER);
	CONFORMS("B-12");
	expect_error(world, SP2, REGS(FFA_FEATURES, FFA_MEM_PERM_GET),
		R_FEATURE_UNKNOWN);
	call_regs(world, SP1, REGS(FFA_FEATURES, FFA_MEM_PERM_SET_64));
	expect_reason(world->reason, R_NONE);
	expect_error(world, SP1,
		REGS(FFA_FEATURES, FFA_SECONDARY_EP_REGISTER_64),
		R_FEATURE_UNKNOWN);
	/* Interrupts of notifications: nobody could take them. */
	CONFORMS("B-10");
	expect_error(world, SP1, REGS(FFA_FEATURES, 1), R_FEATURE_UNKNOWN);
}

static void permissions_are_settled_when_it_is_initialised(void **state)
{
	struct world *world = start(state);

	CONFORMS("R-07");
	world->vcpu[SP1][0].model = RTM_RUN;
	expect_error(world, SP1, REGS(FFA_MEM_PERM_GET_64, SP1_RW),
		R_WRONG_RUNTIME_MODEL);
	world->vcpu[SP1][0].model = RTM_DIRECT;
	expect_error(world, SP1, REGS(FFA_MEM_PERM_SET_64, SP1_RW, 1, WORD_RO),
		R_WRONG_RUNTIME_MODEL);
}

static void addresses_counts_and_words_are_checked(void **state)
{
	static const uint32_t words[] = {
		0, WORD_RWX, 2, 4, 6, WORD_RO | 8, WORD_RW | 1u << 31};
	struct world *world = start(state);

	CONFORMS("R-04");
	expect_refusal(
		do_perm_get(world, SP1, SP1_RW + 8, 1), R_PERM_ALIGNMENT);
	expect_refusal(do_perm_set(world, SP1, SP1_RW + 2048, 1, WORD_RO),
		R_PERM_ALIGNMENT);
	CONFORMS("R-05");
	expect_refusal(
		do_perm_set(world, SP1, SP1_RW, 0, WORD_RO), R_PERM_COUNT);
	CONFORMS("R-03");
	CONFORMS("R-09");
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
		expect_refusal(do_perm_set(world, SP1, SP1_RW, 1, words[i]),
			R_PERM_ATTRIBUTES);
}

static void only_own_pages_are_looked_at_and_changed(void **state)
{
	static const uint64_t others[] = {NOWHERE, SP2_RW, MANAGER_PAGE,
		NWD_RAM, SP1_RW - PAGE_SIZE, 1ull << 40, ~(uint64_t)PAGE_MASK};
	struct world *world = start(state);

	CONFORMS("R-06");
	for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
		expect_refusal(do_perm_get(world, SP1, others[i], 1),
			R_PERM_NOT_OWNED);
		expect_refusal(do_perm_set(world, SP1, others[i], 1, WORD_RO),
			R_PERM_NOT_OWNED);
	}
	CONFORMS("R-11");
	expect_refusal(do_perm_set(world, SP1, SP1_MORE, 33, WORD_RO),
		R_PERM_NOT_OWNED);
	expect_refusal(do_perm_set(world, SP1, SP1_MORE, 0xffffffff, WORD_RO),
		R_PERM_NOT_OWNED);
	/* Two regions side by side: RW, then RO. */
	expect_refusal(do_perm_set(world, SP1, SP1_RO - PAGE_SIZE, 2, WORD_RO),
		R_PERM_MIXED);
	expect_ok(do_perm_set(world, SP1, SP1_RO - PAGE_SIZE, 1, WORD_RO));
	expect_ok(do_perm_set(world, SP1, SP1_RO - PAGE_SIZE, 2, WORD_RX));
}

static void what_may_never_be_executed_is_not(void **state)
{
	struct world *world = start(state);

	CONFORMS("R-10");
	expect_refusal(
		do_perm_set(world, SP1, SP1_DEVICE, 1, WORD_RX), R_PERM_DEVICE);
	expect_ok(do_perm_set(world, SP1, SP1_DEVICE, 1, WORD_RO));
	expect_refusal(do_perm_set(world, SP1, SP1_NS, 1, WORD_RX),
		R_EXECUTE_NON_SECURE);
	expect_ok(do_perm_set(world, SP1, SP1_NS, 1, WORD_RW));
}

/* The caller may have written there through its data cache. */
static void what_becomes_executable_is_published(void **state)
{
	struct world *world = start(state);
	const struct host_event *event;

	host_log_clear();
	expect_ok(do_perm_set(world, SP1, SP1_RW, 3, WORD_RO));
	expect_refusal(
		do_perm_set(world, SP1, SP2_RW, 3, WORD_RX), R_PERM_NOT_OWNED);
	assert_int_equal(host_count(HOST_PUBLISH), 0);
	expect_ok(do_perm_set(world, SP1, SP1_RW, 3, WORD_RX));
	assert_int_equal(host_count(HOST_PUBLISH), 1);
	/* After the tables have changed: it can no longer be written. */
	event = host_log_at(host_log_count() - 1);
	assert_int_equal(event->kind, HOST_PUBLISH);
	assert_int_equal(event->address, SP1_RW);
	assert_int_equal(event->size, 3 * PAGE_SIZE);
}

/* Sent memory and buffers stay as they are; lent pages are not mapped. */
static void pages_in_use_are_not_changed(void **state)
{
	struct world *world = start(state);
	struct op op;

	map_buffers(world);
	expect_refusal(do_perm_set(world, SP1, world_tx(SP1), 1, WORD_RO),
		R_NOT_EXCLUSIVE);
	expect_ok(do_perm_get(world, SP1, world_tx(SP1), 2));
	sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	op = held(world, MODEL_LEND, SP1, SP2, SP1_MORE + 4 * PAGE_SIZE);
	expect_refusal(
		do_perm_set(world, SP1, SP1_MORE, 1, WORD_RO), R_NOT_EXCLUSIVE);
	expect_refusal(
		do_perm_set(world, SP1, SP1_MORE, 8, WORD_RO), R_NOT_EXCLUSIVE);
	for (uint32_t i = 0; i < 4; i++)
		expect_ok(do_perm_get(world, SP1, SP1_MORE + i * PAGE_SIZE, 9));
	expect_refusal(do_perm_get(world, SP1, SP1_MORE + 4 * PAGE_SIZE, 2),
		R_PERM_NOT_OWNED);
	/* What is borrowed is not one's own. */
	world_endpoint(world, SP2)->kind = ENDPOINT_SP_EL0;
	world->vcpu[SP2][0].model = RTM_INIT;
	expect_refusal(do_perm_get(world, SP2, SP1_MORE + 4 * PAGE_SIZE, 1),
		R_PERM_NOT_OWNED);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	expect_ok(
		do_perm_set(world, SP1, SP1_MORE + 4 * PAGE_SIZE, 2, WORD_RX));
}

static void a_borrower_at_el0_reaches_what_it_retrieves(void **state)
{
	struct world *world = start(state);
	struct op op;

	map_buffers(world);
	world->vcpu[SP1][0].model = RTM_DIRECT;
	CONFORMS("L-09");
	op = held(world, MODEL_SHARE, NWD, SP1, NWD_RAM);
	assert_int_equal(access_of(world, SP1, NWD_RAM), MODEL_R | MODEL_W);
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(access_of(world, SP1, NWD_RAM), 0);
	op = sent(world, MODEL_DONATE, SP2, SP1, SP2_IMAGE);
	op.asked = DESC_RW | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_WRITE_AND_EXECUTE);
	op.asked = DESC_RO | DESC_X;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(access_of(world, SP1, SP2_IMAGE), MODEL_R | MODEL_X);
}

/* A reclaim gives back what the owner had: the new permissions. */
static void sends_are_bounded_by_the_new_permissions(void **state)
{
	struct world *world = start(state);
	struct op op;

	map_buffers(world);
	expect_ok(do_perm_set(world, SP1, SP1_MORE, 4, WORD_RO));
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_MORE + PAGE_SIZE, 1);
	expect_refusal(do_send(world, &op), R_SENDER_LACKS_ACCESS);
	op = op_of(world, MODEL_DONATE, SP1, SP2);
	op_range(&op, SP1_MORE + PAGE_SIZE, 1);
	expect_ok(do_send(world, &op));
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(access_of(world, SP1, SP1_MORE + PAGE_SIZE), MODEL_R);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_perm_get(world, SP1, SP1_MORE + PAGE_SIZE, 1),
		R_PERM_NOT_OWNED);
	expect_ok(do_perm_get(world, SP1, SP1_MORE, 4));
}

static void a_page_in_the_middle_of_a_block_leaves_it_in_pieces(void **state)
{
	struct world *world = start(state);
	uint64_t digest = oracle_digest(world);

	CONFORMS("R-13");
	expect_ok(do_perm_set(
		world, SP1, SP1_BLOCK + 100 * PAGE_SIZE, 1, WORD_RX));
	assert_int_equal(access_of(world, SP1, SP1_BLOCK + 99 * PAGE_SIZE),
		MODEL_R | MODEL_W);
	assert_int_equal(access_of(world, SP1, SP1_BLOCK + 101 * PAGE_SIZE),
		MODEL_R | MODEL_W);
	expect_ok(do_perm_set(
		world, SP1, SP1_BLOCK + 100 * PAGE_SIZE, 1, WORD_RW));
	assert_int_equal(oracle_digest(world), digest);
	/* Over the end of the block, the block as a whole, and all. */
	expect_ok(do_perm_set(
		world, SP1, SP1_BLOCK + 500 * PAGE_SIZE, 16, WORD_RO));
	expect_ok(do_perm_set(
		world, SP1, SP1_BLOCK + 500 * PAGE_SIZE, 16, WORD_RW));
	expect_ok(do_perm_set(world, SP1, SP1_BLOCK, 512, WORD_RX));
	expect_ok(do_perm_set(world, SP1, SP1_BLOCK, 512, WORD_RW));
	expect_ok(do_perm_set(world, SP1, SP1_BLOCK, BLOCK_PAGES, WORD_RO));
	expect_ok(do_perm_set(world, SP1, SP1_BLOCK, BLOCK_PAGES, WORD_RW));
	assert_int_equal(oracle_digest(world), digest);
}

/* --- What can be missing ------------------------------------------------ */

static void no_page_of_the_pool_is_lost_with_a_change(void **state)
{
	struct world *world = start(state);
	uint64_t digest = oracle_digest(world);
	uint32_t n;

	for (n = 1;; n++) {
		enum reason reason;

		world->injecting = true;
		world->spm.pool.fail_after = n;
		reason = do_perm_set(
			world, SP1, SP1_BLOCK + 8 * PAGE_SIZE, 509, WORD_RX);
		world->spm.pool.fail_after = 0;
		world->injecting = false;
		if (reason == R_NONE)
			break;
		assert_true(reason == R_NO_TABLES || reason == R_NO_NODES);
		assert_int_equal(oracle_digest(world), digest);
	}
	assert_true(n > 1);
	/* What was changed can be changed back without a page. */
	world->injecting = true;
	world->spm.pool.fail_after = 1;
	expect_ok(do_perm_set(
		world, SP1, SP1_BLOCK + 8 * PAGE_SIZE, 509, WORD_RW));
	world->spm.pool.fail_after = 0;
	world->injecting = false;
	assert_int_equal(oracle_digest(world), digest);
}

static void titles_that_are_cut_count_in_the_quota(void **state)
{
	struct world *world = start(state);
	const uint32_t *used =
		&world_endpoint(world, SP1)->quota.used.of[QUOTA_NODES];
	uint64_t digest = oracle_digest(world);
	uint32_t before = *used;

	world_limit(world, SP1, MODEL_NODES, before + 3);
	expect_ok(
		do_perm_set(world, SP1, SP1_MORE + 2 * PAGE_SIZE, 1, WORD_RO));
	assert_int_equal(*used, before + 2);
	expect_refusal(
		do_perm_set(world, SP1, SP1_MORE + 8 * PAGE_SIZE, 1, WORD_RO),
		R_QUOTA_NODES);
	/* One end is the end of the region: one title more. */
	expect_ok(do_perm_set(world, SP1, SP1_MORE, 1, WORD_RO));
	assert_int_equal(*used, before + 3);
	/* Titles that are joined are no more. */
	expect_ok(do_perm_set(world, SP1, SP1_MORE, 1, WORD_RW));
	expect_ok(
		do_perm_set(world, SP1, SP1_MORE + 2 * PAGE_SIZE, 1, WORD_RW));
	assert_int_equal(*used, before);
	assert_int_equal(oracle_digest(world), digest);
}

static void any_order_of_changes_is_as_the_model_says(void **state)
{
	static const uint32_t words[] = {WORD_RO, WORD_RW, WORD_RX};
	struct world *world = start(state);

	for (unsigned i = 0; i < 400; i++) {
		uint64_t base =
			SP1_BLOCK + world_random(world, 520) * PAGE_SIZE;
		uint32_t pages = 1 + world_random(world, i % 4 ? 8 : 520);

		do_perm_set(
			world, SP1, base, pages, words[world_random(world, 3)]);
		do_perm_get(world, SP1, base, pages);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_partition_reads_and_changes_its_permissions),
		TEST(a_call_of_32_bits_does_the_same),
		TEST(the_first_run_of_pages_is_told),
		TEST(only_who_has_no_tables_of_its_own_may_ask),
		TEST(permissions_are_settled_when_it_is_initialised),
		TEST(addresses_counts_and_words_are_checked),
		TEST(only_own_pages_are_looked_at_and_changed),
		TEST(what_may_never_be_executed_is_not),
		TEST(what_becomes_executable_is_published),
		TEST(pages_in_use_are_not_changed),
		TEST(a_borrower_at_el0_reaches_what_it_retrieves),
		TEST(sends_are_bounded_by_the_new_permissions),
		TEST(a_page_in_the_middle_of_a_block_leaves_it_in_pieces),
		TEST(no_page_of_the_pool_is_lost_with_a_change),
		TEST(titles_that_are_cut_count_in_the_quota),
		TEST(any_order_of_changes_is_as_the_model_says),
	};

	return SUITE_RUN("test-perm", tests);
}
