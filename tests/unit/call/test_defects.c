/*
 * Defects that other managers have on exactly our subject
 * (guide/anchors.md): each is a regression test from the first day. And the
 * death of a borrower.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define STRIDE 0x200000ull
#define BIG_PAGES (256u << 8) /* 256 MiB */

/* Defect 1, the thread's own: a request is bounded by the owner's access. */
static void a_donee_gets_no_more_than_the_donor_had(void **state)
{
	static const uint8_t too_much[] = {0x02, 0x06, 0x0a, 0x09, 0x08};
	struct world *world = *state;
	struct op op = op_of(world, MODEL_DONATE, SP1, SP2);

	map_buffers(world);
	op_range(&op, SP1_RO, 1);
	expect_ok(do_send(world, &op));
	for (unsigned i = 0; i < ARRAY_COUNT(too_much); i++) {
		op.asked = too_much[i];
		assert_int_not_equal(do_retrieve(world, &op), R_NONE);
		assert_int_equal(reason_status(world->reason), FFA_DENIED);
		assert_int_equal(access_of(world, SP2, SP1_RO), 0);
	}
	op.asked = 0;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(access_of(world, SP2, SP1_RO), MODEL_R);
}

static void a_borrower_executes_only_what_the_lender_could(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_RW);
	op.asked = DESC_RW | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_OWNER_LACKS_EXECUTE);
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_OWNER_LACKS_EXECUTE);
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(access_of(world, SP1, SP1_RW), MODEL_R | MODEL_W);
}

/*
 * Defect 2: 250 pages in distinct 2 MiB regions and one in a region that is
 * split already, with memory for every number of tables but the last.
 */
static struct op scattered_share(struct world *world)
{
	struct op op;

	for (uint32_t i = 0; i < 249; i++)
		world_extend(world, NWD, FAR + i * STRIDE, 1);
	map_buffers(world);
	held(world, MODEL_SHARE, NWD, SP2, NWD_RAM);
	op = op_of(world, MODEL_SHARE, NWD, SP2);
	for (uint32_t i = 0; i < 249; i++)
		op_range(&op, FAR + i * STRIDE, 1);
	op_range(&op, NWD_RAM + 8 * PAGE_SIZE, 1);
	expect_ok(do_send(world, &op));
	return op;
}

static void a_missing_table_is_not_forgotten_for_the_next_range(void **state)
{
	struct world *world = *state;
	struct op op = scattered_share(world);
	uint32_t n;

	world->injecting = true;
	for (n = 1; n < 400; n += n < 8 || n > 230 ? 1 : 29) {
		world->spm.pool.fail_after = n;
		if (do_retrieve(world, &op) == R_NONE)
			break;
		assert_int_equal(world->reason, R_NO_TABLES);
	}
	/* 249 L3 tables and one L2 table for the first GiB behind 2 GiB. */
	assert_int_equal(n, 251);
	world->spm.pool.fail_after = 0;
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

/* What a plain send and retrieval of one huge range need. */
static struct op big_op(struct world *world, enum model_func func,
	uint32_t flags, uint32_t pages)
{
	struct op op;
	struct access access = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB | ATTR_NS};
	struct range range = {paddr(FAR), pages};

	map_buffers(world);
	assert_true(ledger_grant(&world->engine.ledger, range,
		world_endpoint(world, NWD), access));
	host_memory_declare(range, true);
	op = op_of(world, func, NWD, SP2);
	op_range(&op, FAR, pages);
	op.desc.flags = flags;
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(world_tx(NWD))), PAGE_SIZE);
	return op;
}

/* Too many pages for the model: judged by hand. */
static void expect_cycle(struct world *world, struct op *op, uint64_t func)
{
	struct desc request;
	struct ffa_regs out = call_plain(
		world, NWD, REGS(func, op->desc.length, op->desc.length));

	assert_int_equal(out.x[0], FFA_SUCCESS);
	op->handle = out.x[2] | out.x[3] << 32;
	request = retrieve_desc(world, op);
	desc_write(&request, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	host_log_clear();
	out = call_plain(world, SP2,
		REGS(FFA_MEM_RETRIEVE_REQ_64, request.length, request.length));
	assert_int_equal(out.x[0], FFA_MEM_RETRIEVE_RESP);
	desc_write_relinquish(
		&(struct desc_relinquish){op->handle, 0, 1, {ID_SP2}},
		host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	out = call_plain(world, SP2, REGS(FFA_MEM_RELINQUISH));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	out = call_plain(world, NWD,
		REGS(FFA_MEM_RECLAIM, (uint32_t)op->handle, op->handle >> 32));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
}

/* Defect 3: a lend with the zero flag of more than 128 MiB. */
static void a_quarter_of_a_gigabyte_can_be_zeroed(void **state)
{
	struct world *world = *state;
	struct op op = big_op(world, MODEL_LEND, 1, BIG_PAGES);
	uint8_t *last = host_memory(paddr(FAR + (BIG_PAGES << 12) - 1ull));

	*last = 7;
	expect_cycle(world, &op, FFA_MEM_LEND_64);
	assert_int_equal(*last, 0);
}

/* The anchor needs 655,521 instructions; here the number of stores counts. */
static void a_gigabyte_costs_no_more_stores_than_a_page(void **state)
{
	struct world *world = *state;
	struct op op = big_op(world, MODEL_SHARE, 0, 1u << 18);
	uint64_t digest;

	op.desc.attributes = ATTR_NORMAL_WB;
	op.desc.range = op.range; /* it was copied */
	desc_write(&op.desc, host_memory(paddr(world_tx(NWD))), PAGE_SIZE);
	digest = oracle_digest(world);
	expect_cycle(world, &op, FFA_MEM_SHARE_64);
	assert_int_equal(oracle_digest(world), digest);
	/* Since the retrieval: one entry made, one broken, one invalidation. */
	assert_true(host_count(HOST_STORE) <= 4);
	assert_int_equal(host_count(HOST_TLB), 1);
}

/* Defect 4: zero after relinquish, asked for at retrieval, was ignored. */
static void zero_after_relinquish_happens(void **state)
{
	struct world *world = *state;
	const uint8_t *page = host_memory(paddr(SP1_MORE));
	struct op op;

	map_buffers(world);
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	op.asked_flags = 4;
	expect_ok(do_retrieve(world, &op));
	world_touch(world, SP1_MORE);
	assert_int_not_equal(page[0], 0);
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(page[0], 0);
	expect_ok(do_reclaim(world, &op, 0));
}

/* Defect 5: the reserved word of a range; more ranges than RX can hold. */
static void the_reserved_word_of_a_range_is_checked(void **state)
{
	struct world *world = *state;
	struct op op = op_of(world, MODEL_SHARE, SP1, SP2);

	map_buffers(world);
	op_range(&op, SP1_MORE, 1);
	op.range[0].reserved = 1;
	expect_refusal(raw_send(world, &op), R_RANGE_RESERVED);
}

/* Defect 6: a retrieval whose response faults leaves nothing mapped. */
static void a_response_that_faults_maps_nothing(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		op = sent(world, (enum model_func)func, SP1, SP2, SP1_MORE);
		world->injecting = true;
		host_fail_copy(2); /* the first reads the request */
		expect_refusal(do_retrieve(world, &op), R_BUFFER_FAULT);
		world->injecting = false;
		assert_int_equal(access_of(world, SP2, SP1_MORE), 0);
		expect_ok(do_reclaim(world, &op, 0));
	}
}

/* --- Death ------------------------------------------------------------- */

/* Its borrowings are relinquished, zeroed where that was asked for. */
static void what_a_dead_borrower_held_comes_back(void **state)
{
	struct world *world = *state;
	struct op plain, zeroed;

	map_buffers(world);
	plain = held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	zeroed = sent(world, MODEL_LEND, SP1, SP2, SP1_RW);
	zeroed.asked_flags = 4;
	expect_ok(do_retrieve(world, &zeroed));
	CONFORMS("X-11");
	CONFORMS("M-15");
	do_kill(world, SP2);
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
	expect_ok(do_reclaim(world, &plain, 0));
	expect_ok(do_reclaim(world, &zeroed, 0));
}

static void what_a_dead_lender_sent_is_not_retrieved(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	CONFORMS("X-12");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	do_kill(world, SP1);
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
}

/* Nobody else may get at it; the last one to let go ends it. */
static void what_a_dead_lender_sent_ends_with_its_last_borrower(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	CONFORMS("X-12");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_MORE, 2);
	op_receiver(world, &op, SP3, DESC_RW);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	do_kill(world, SP1);
	op.receiver = SP3;
	expect_refusal(do_retrieve(world, &op), R_OWNER_DEAD);
	op.receiver = SP2;
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_relinquish(world, &op, 0), R_HANDLE_UNKNOWN);
	assert_int_equal(world->engine.txns.count, 0);
}

/* Also when the last one is taken away by its own death. */
static void two_deaths_end_what_lies_between_them(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	op = held(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	do_kill(world, SP1);
	do_kill(world, SP2);
	expect_refusal(
		do_reclaim_as(world, SP3, op.handle, 0), R_HANDLE_UNKNOWN);
	assert_int_equal(world->engine.txns.count, 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_donee_gets_no_more_than_the_donor_had),
		TEST(a_borrower_executes_only_what_the_lender_could),
		TEST(a_missing_table_is_not_forgotten_for_the_next_range),
		TEST(a_quarter_of_a_gigabyte_can_be_zeroed),
		TEST(a_gigabyte_costs_no_more_stores_than_a_page),
		TEST(zero_after_relinquish_happens),
		TEST(the_reserved_word_of_a_range_is_checked),
		TEST(a_response_that_faults_maps_nothing),
		TEST(what_a_dead_borrower_held_comes_back),
		TEST(what_a_dead_lender_sent_is_not_retrieved),
		TEST(what_a_dead_lender_sent_ends_with_its_last_borrower),
		TEST(two_deaths_end_what_lies_between_them),
	};

	return SUITE_RUN("test-defects", tests);
}
