/*
 * Areas I and J of the conformance catalogue: relinquish, reclaim, and the
 * states in between.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

static struct op lent(struct world *world)
{
	return sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
}

static struct op borrowed(struct world *world)
{
	return held(world, MODEL_LEND, SP1, SP2, SP1_MORE);
}

static struct desc_relinquish giving_back(const struct op *op)
{
	return (struct desc_relinquish){
		.handle = op->handle,
		.endpoint_count = 1,
		.endpoint = {ID_SP2},
	};
}

/* --- I: relinquish ----------------------------------------------------- */

static void relinquished_memory_cannot_be_reached_any_more(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = borrowed(world);

	CONFORMS("I-01");
	CONFORMS("L-06");
	assert_int_equal(access_of(world, SP2, SP1_MORE), MODEL_R | MODEL_W);
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(access_of(world, SP2, SP1_MORE), 0);
}

static void malformed_relinquishes_are_refused(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = borrowed(world);
	struct desc_relinquish desc = giving_back(&op);

	CONFORMS("I-02");
	desc.handle++;
	expect_refusal(do_relinquish_as(world, SP2, &desc), R_HANDLE_UNKNOWN);
	desc.handle--;
	CONFORMS("I-03");
	desc.endpoint_count = 0;
	expect_refusal(do_relinquish_as(world, SP2, &desc), R_RELINQUISH_COUNT);
	CONFORMS("I-04");
	desc.endpoint_count = 2;
	expect_refusal(do_relinquish_as(world, SP2, &desc), R_RELINQUISH_COUNT);
	desc.endpoint_count = 1;
	CONFORMS("I-05");
	desc.endpoint[0] = ID_SP3;
	expect_refusal(
		do_relinquish_as(world, SP2, &desc), R_RELINQUISH_ENDPOINT);
	desc.endpoint[0] = ID_SP2;
	CONFORMS("I-06");
	desc.flags = 1 << 2;
	expect_refusal(do_relinquish_as(world, SP2, &desc), R_RELINQUISH_FLAGS);
	desc.flags = 1 << 1;
	expect_refusal(do_relinquish_as(world, SP2, &desc), R_RELINQUISH_FLAGS);
	call_regs(world, SP2, REGS(FFA_MEM_RELINQUISH, 1));
	assert_int_equal(world->reason, R_RESERVED_REGISTER);
	expect_ok(do_unmap(world, SP2));
	desc.flags = 0;
	expect_refusal(
		do_relinquish_as(world, SP2, &desc), R_BUFFERS_NOT_MAPPED);
}

static void only_a_holder_relinquishes(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc_relinquish desc = giving_back(&op);

	CONFORMS("I-07");
	expect_refusal(do_relinquish(world, &op, 0), R_NOT_RETRIEVED);
	expect_ok(do_retrieve(world, &op));
	CONFORMS("I-11");
	desc.endpoint[0] = ID_SP1;
	expect_refusal(do_relinquish_as(world, SP1, &desc), R_NOT_RECEIVER);
	CONFORMS("I-12");
	desc.endpoint[0] = ID_SP3;
	expect_refusal(do_relinquish_as(world, SP3, &desc), R_NOT_RECEIVER);
	desc.endpoint[0] = 0;
	expect_refusal(do_relinquish_as(world, NWD, &desc), R_NOT_RECEIVER);
	CONFORMS("I-08");
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_relinquish(world, &op, 0), R_NOT_RETRIEVED);
	CONFORMS("I-13");
	op = held(world, MODEL_DONATE, SP1, SP2, SP1_RW);
	expect_refusal(do_relinquish(world, &op, 0), R_HANDLE_UNKNOWN);
}

static void zero_at_relinquish_has_its_rules(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);

	CONFORMS("I-09");
	expect_refusal(do_relinquish(world, &op, 1), R_SHARE_ZERO);
	CONFORMS("I-10");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_RW);
	op.asked = DESC_RO;
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_relinquish(world, &op, 1), R_ZERO_NEEDS_WRITE);
	op = held(world, MODEL_LEND, SP1, SP2, SP1_DEVICE);
	expect_refusal(do_relinquish(world, &op, 1), R_ZERO_DEVICE);
	CONFORMS("M-09");
	op = held(world, MODEL_LEND, SP1, SP2, SP1_BLOCK);
	world_touch(world, SP1_BLOCK);
	expect_ok(do_relinquish(world, &op, 1));
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
	expect_ok(do_reclaim(world, &op, 0));
}

static void zero_after_relinquish_is_remembered_from_the_request(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("M-08");
	op.asked_flags = 4;
	expect_ok(do_retrieve(world, &op));
	world_touch(world, SP1_MORE);
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
	/* And for that retrieval only. */
	op.asked_flags = 0;
	expect_ok(do_retrieve(world, &op));
	world_touch(world, SP1_MORE);
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(host_zeroed_bytes(), 0);
}

/* --- I: reclaim -------------------------------------------------------- */

static void memory_nobody_holds_is_reclaimed(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("I-14");
	CONFORMS("J-05");
	assert_int_equal(access_of(world, SP1, SP1_MORE), 0);
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(access_of(world, SP1, SP1_MORE), MODEL_R | MODEL_W);
	CONFORMS("I-17");
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
	CONFORMS("I-15");
	op = borrowed(world);
	expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
	CONFORMS("I-16");
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	CONFORMS("I-23");
	op = sent(world, MODEL_DONATE, SP1, SP2, SP1_MORE);
	expect_ok(do_reclaim(world, &op, 0));
	CONFORMS("I-24");
	op = held(world, MODEL_DONATE, SP1, SP2, SP1_MORE);
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
}

static void only_the_sender_reclaims(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("I-18");
	expect_refusal(do_reclaim_as(world, SP2, op.handle, 0), R_NOT_SENDER);
	CONFORMS("I-19");
	expect_refusal(do_reclaim_as(world, SP3, op.handle, 0), R_NOT_SENDER);
	expect_refusal(do_reclaim_as(world, NWD, op.handle, 0), R_NOT_SENDER);
	CONFORMS("I-25");
	expect_refusal(do_reclaim_as(world, SP1, op.handle | 1ull << 63, 0),
		R_HANDLE_UNKNOWN);
}

static void flags_of_a_reclaim_have_their_rules(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("I-20");
	expect_refusal(do_reclaim(world, &op, 1 << 2), R_RECLAIM_FLAGS);
	expect_refusal(do_reclaim(world, &op, 1u << 31), R_RECLAIM_FLAGS);
	CONFORMS("I-21");
	expect_refusal(do_reclaim(world, &op, 1 << 1), R_RECLAIM_FLAGS);
	call_regs(world, SP1, REGS(FFA_MEM_RECLAIM, op.handle, 0, 0, 1));
	assert_int_equal(world->reason, R_RESERVED_REGISTER);
	CONFORMS("M-11");
	expect_ok(do_reclaim(world, &op, 1));
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
	CONFORMS("I-22");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op.desc.receiver[0].permissions = DESC_RO;
	op_range(&op, SP1_RO, 1);
	expect_ok(do_send(world, &op));
	expect_refusal(do_reclaim(world, &op, 1), R_ZERO_NEEDS_WRITE);
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_DEVICE);
	expect_refusal(do_reclaim(world, &op, 1), R_ZERO_DEVICE);
}

static void reclaimed_memory_can_be_sent_again(void **state)
{
	struct world *world = start_mapped(state);
	struct op first = lent(world), second;

	CONFORMS("I-27");
	expect_ok(do_reclaim(world, &first, 0));
	second = lent(world);
	assert_int_not_equal(first.handle, second.handle);
}

/* The thread of 2020: exactly what the owner had, page by page. */
static void every_page_comes_back_as_its_owner_had_it(void **state)
{
	static const uint64_t bases[] = {SP1_RW, SP1_RO, SP1_RX, SP1_IMAGE,
		SP1_NS, SP1_DEVICE, SP1_BLOCK};
	struct world *world = start_mapped(state);
	uint64_t digest = oracle_digest(world);

	CONFORMS("L-04");
	CONFORMS("L-05");
	for (unsigned i = 0; i < ARRAY_COUNT(bases); i++)
		for (int func = MODEL_SHARE; func <= MODEL_LEND; func++) {
			struct op op =
				op_of(world, (enum model_func)func, SP1, SP2);

			op.desc.receiver[0].permissions = DESC_RO;
			if (func == MODEL_SHARE)
				op.desc.attributes = 0;
			op_range(&op, bases[i], 3);
			expect_ok(do_send(world, &op));
			expect_ok(do_retrieve(world, &op));
			expect_ok(do_relinquish(world, &op, 0));
			expect_ok(do_reclaim(world, &op, 0));
			assert_int_equal(oracle_digest(world), digest);
		}
}

/* --- J: states --------------------------------------------------------- */

static void expect_not_sendable(struct world *world, uint64_t base)
{
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op = op_of(world, (enum model_func)func, SP1, SP3);

		op_range(&op, base, 1);
		expect_refusal(do_send(world, &op), R_NOT_EXCLUSIVE);
	}
}

static void a_page_is_in_one_transaction_at_a_time(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("J-01");
	sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	expect_not_sendable(world, SP1_MORE);
	held(world, MODEL_LEND, SP1, SP2, SP1_MORE + 4 * PAGE_SIZE);
	expect_not_sendable(world, SP1_MORE + 4 * PAGE_SIZE);
	CONFORMS("J-02");
	sent(world, MODEL_SHARE, SP1, SP2, SP1_RW);
	expect_not_sendable(world, SP1_RW);
	held(world, MODEL_SHARE, SP1, SP2, SP1_RW + 4 * PAGE_SIZE);
	expect_not_sendable(world, SP1_RW + 4 * PAGE_SIZE);
	CONFORMS("J-03");
	sent(world, MODEL_DONATE, SP1, SP2, SP1_BLOCK);
	expect_not_sendable(world, SP1_BLOCK);
}

static void a_send_is_all_or_nothing(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("J-04");
	sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	op = op_of(world, MODEL_SHARE, SP1, SP3);
	op_range(&op, SP1_MORE + PAGE_SIZE, 2);
	expect_refusal(do_send(world, &op), R_NOT_EXCLUSIVE);
	op = op_of(world, MODEL_LEND, SP1, SP3);
	op_range(&op, SP1_MORE + 2 * PAGE_SIZE, 1);
	expect_ok(do_send(world, &op));
	CONFORMS("J-13");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_RW, 4);
	op_range(&op, SP1_BLOCK + 5 * PAGE_SIZE, 3);
	op_range(&op, SP1_MORE, 1);
	expect_refusal(do_send(world, &op), R_NOT_EXCLUSIVE);
	assert_int_equal(access_of(world, SP1, SP1_RW), MODEL_R | MODEL_W);
}

static void a_sharing_owner_keeps_its_access(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("J-06");
	held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	assert_int_equal(access_of(world, SP1, SP1_MORE), MODEL_R | MODEL_W);
	assert_int_equal(access_of(world, SP2, SP1_MORE), MODEL_R | MODEL_W);
}

static void a_donee_is_the_owner_and_the_donor_is_not(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	held(world, MODEL_DONATE, SP1, SP2, SP1_MORE);
	CONFORMS("J-08");
	op = op_of(world, MODEL_LEND, SP1, SP3);
	op_range(&op, SP1_MORE, 1);
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
	CONFORMS("J-07");
	op = held(world, MODEL_LEND, SP2, SP3, SP1_MORE);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	CONFORMS("J-09");
	held(world, MODEL_DONATE, SP2, SP1, SP1_MORE);
	assert_int_equal(access_of(world, SP1, SP1_MORE), MODEL_R | MODEL_W);
	assert_int_equal(access_of(world, SP2, SP1_MORE), 0);
}

static void a_donation_there_and_back_leaves_one_title(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t digest = oracle_digest(world);

	held(world, MODEL_DONATE, SP1, SP2, SP1_MORE);
	held(world, MODEL_DONATE, SP2, SP1, SP1_MORE);
	assert_int_equal(oracle_digest(world), digest);
}

static void a_borrower_lends_nothing(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP2, SP3);

	CONFORMS("J-10");
	borrowed(world);
	op_range(&op, SP1_MORE, 1);
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
}

static void memory_is_retrieved_as_often_as_it_is_relinquished(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = borrowed(world);

	CONFORMS("J-11");
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

static void two_handles_do_not_know_each_other(void **state)
{
	struct world *world = start_mapped(state);
	struct op a = lent(world);
	struct op b = sent(world, MODEL_SHARE, SP2, SP1, SP2_RW);

	CONFORMS("J-12");
	expect_ok(do_retrieve(world, &b));
	expect_ok(do_retrieve(world, &a));
	expect_refusal(do_reclaim(world, &b, 0), R_STILL_HELD);
	expect_ok(do_relinquish(world, &a, 0));
	expect_refusal(do_reclaim(world, &b, 0), R_STILL_HELD);
	expect_ok(do_reclaim(world, &a, 0));
	expect_ok(do_relinquish(world, &b, 0));
	expect_ok(do_reclaim(world, &b, 0));
}

static void a_retrieval_without_memory_can_be_repeated(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("J-14");
	world->injecting = true;
	world->spm.pool.fail_after = 1;
	expect_refusal(do_retrieve(world, &op), R_NO_TABLES);
	world->injecting = false;
	expect_ok(do_retrieve(world, &op));
}

static void device_memory_goes_to_nobody_it_does_not_belong_to(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP2, SP1);

	CONFORMS("J-15");
	op_range(&op, SP1_DEVICE, 1);
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
}

static void a_part_of_a_block_leaves_the_rest_alone(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("L-10");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_BLOCK + 17 * PAGE_SIZE, 1);
	expect_ok(do_send(world, &op));
	assert_int_equal(access_of(world, SP1, SP1_BLOCK + 17 * PAGE_SIZE), 0);
	assert_int_equal(access_of(world, SP1, SP1_BLOCK + 16 * PAGE_SIZE),
		MODEL_R | MODEL_W);
	assert_int_equal(access_of(world, SP1, SP1_BLOCK + 18 * PAGE_SIZE),
		MODEL_R | MODEL_W);
	/* One invalidation for the split and the removal together. */
	assert_int_equal(host_count(HOST_TLB), 1);
}

static void normal_world_memory_goes_the_same_ways(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	for (int func = MODEL_SHARE; func <= MODEL_LEND; func++) {
		op = held(world, (enum model_func)func, NWD, SP2, NWD_RAM);
		expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
		expect_ok(do_relinquish(world, &op, 0));
		expect_ok(do_reclaim(world, &op, 0));
	}
	op = held(world, MODEL_DONATE, NWD, SP2, NWD_RAM);
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
	op = held(world, MODEL_LEND, SP2, SP3, NWD_RAM);
	assert_int_equal(op.response.attributes, 0x6f);
	op = held(world, MODEL_SHARE, NWD, SP1, NWD_BLOCK);
	expect_ok(do_relinquish(world, &op, 0));
}

/* --- A limit on what one call zeroes ------------------------------------ */

static struct world *with_zero_limit(void **state, uint32_t pages)
{
	struct world *world = start_mapped(state);

	world->engine.policy.zero_pages_max = pages;
	world->model.zero_pages_max = pages;
	return world;
}

static void a_send_zeroes_no_more_than_one_call_may(void **state)
{
	struct world *world = with_zero_limit(state, 2);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);
	struct op parts = short_op(world, MODEL_LEND, SP1);

	op.desc.flags = 1;
	op_range(&op, SP1_MORE, 1);
	op_range(&op, SP1_MORE + 8 * PAGE_SIZE, 2);
	expect_refusal(do_send(world, &op), R_ZERO_TOO_LONG);
	op.desc.flags = 0;
	expect_ok(do_send(world, &op));
	expect_ok(do_reclaim(world, &op, 0));
	/* The first fragment says how long the whole will be. */
	parts.desc.flags = 1;
	expect_refusal(do_send_first(world, &parts), R_ZERO_TOO_LONG);
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op.desc.flags = 1;
	op_range(&op, SP1_MORE, 2);
	expect_ok(do_send(world, &op));
	assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
}

/* Whoever is refused can give back without the flag. */
static void memory_too_large_to_zero_can_be_given_back(void **state)
{
	struct world *world = with_zero_limit(state, 1);
	struct op op = lent(world);

	op.asked_flags = 4;
	expect_refusal(do_retrieve(world, &op), R_ZERO_TOO_LONG);
	op.asked_flags = 0;
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_relinquish(world, &op, 1), R_ZERO_TOO_LONG);
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_reclaim(world, &op, 1), R_ZERO_TOO_LONG);
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(host_zeroed_bytes(), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(relinquished_memory_cannot_be_reached_any_more),
		TEST(malformed_relinquishes_are_refused),
		TEST(only_a_holder_relinquishes),
		TEST(zero_at_relinquish_has_its_rules),
		TEST(zero_after_relinquish_is_remembered_from_the_request),
		TEST(memory_nobody_holds_is_reclaimed),
		TEST(only_the_sender_reclaims),
		TEST(flags_of_a_reclaim_have_their_rules),
		TEST(reclaimed_memory_can_be_sent_again),
		TEST(every_page_comes_back_as_its_owner_had_it),
		TEST(a_page_is_in_one_transaction_at_a_time),
		TEST(a_send_is_all_or_nothing),
		TEST(a_sharing_owner_keeps_its_access),
		TEST(a_donee_is_the_owner_and_the_donor_is_not),
		TEST(a_donation_there_and_back_leaves_one_title),
		TEST(a_borrower_lends_nothing),
		TEST(memory_is_retrieved_as_often_as_it_is_relinquished),
		TEST(two_handles_do_not_know_each_other),
		TEST(a_retrieval_without_memory_can_be_repeated),
		TEST(device_memory_goes_to_nobody_it_does_not_belong_to),
		TEST(a_part_of_a_block_leaves_the_rest_alone),
		TEST(normal_world_memory_goes_the_same_ways),
		TEST(a_send_zeroes_no_more_than_one_call_may),
		TEST(memory_too_large_to_zero_can_be_given_back),
	};

	return SUITE_RUN("test-giveback", tests);
}
