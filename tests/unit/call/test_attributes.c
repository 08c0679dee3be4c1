/*
 * Areas M and N of the conformance catalogue, as far as calls with one
 * borrower reach: attributes and zeroing.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

static struct op lent(struct world *world)
{
	return sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
}

static struct op shared(struct world *world)
{
	return sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
}

/* --- Attributes -------------------------------------------------------- */

static void the_response_tells_the_real_attributes(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("N-01");
	op = held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	assert_int_equal(op.response.attributes, 0x2f);
	CONFORMS("N-10");
	op = held(world, MODEL_LEND, SP1, SP2, SP1_RW);
	assert_int_equal(op.response.attributes, 0x2f);
	CONFORMS("N-11");
	op = held(world, MODEL_SHARE, NWD, SP2, NWD_RAM);
	assert_int_equal(op.response.attributes, 0x6f);
	CONFORMS("N-12");
	op = held(world, MODEL_LEND, SP1, SP2, SP1_NS);
	assert_int_equal(op.response.attributes, 0x6f);
	CONFORMS("N-13");
	world->partition[SP2].version = FFA_VERSION_1_0;
	op = held(world, MODEL_SHARE, NWD, SP2, NWD_RAM + 8 * PAGE_SIZE);
	assert_int_equal(op.response.attributes, 0x2f);
}

static void attributes_may_be_lower_but_not_higher(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = shared(world);

	CONFORMS("N-03");
	op.asked_attr = 0x2e;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
	op.asked_attr = 0x2c;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, 0x2c);
}

static void normal_memory_can_be_mapped_as_device(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("N-05");
	op.asked_attr = 0x10;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, 0x10);
	/* Written back before, and after, other attributes are in use. */
	assert_true(host_count(HOST_CLEAN) == 0);
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(host_count(HOST_CLEAN), 1);
}

static void device_memory_is_never_mapped_as_normal(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("N-06");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_DEVICE);
	CONFORMS("N-08");
	op.asked_attr = 0x2f;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
	op.asked_attr = 0x27;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
	op.asked_attr = 0x14;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
	CONFORMS("N-19");
	op.asked_attr = 0x13;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, 0x10);
	CONFORMS("N-04");
	op = op_of(world, MODEL_SHARE, SP1, SP2);
	op.desc.attributes = 0x10;
	op_range(&op, SP1_MORE, 1);
	expect_ok(do_send(world, &op));
	op.asked_attr = 0x2f;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
}

/* --- Zeroing ----------------------------------------------------------- */

static void zeroed_memory_is_zero_before_anyone_sees_it(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	for (int func = MODEL_LEND; func <= MODEL_DONATE; func++) {
		op = op_of(world, (enum model_func)func, SP1, SP2);
		op.desc.flags = 1;
		op_range(&op, SP1_MORE + (uint64_t)func * 4 * PAGE_SIZE, 2);
		expect_ok(do_send(world, &op));
		assert_int_equal(host_zeroed_bytes(), 2 * PAGE_SIZE);
		op.asked_flags = 1;
		expect_ok(do_retrieve(world, &op));
		assert_int_equal(op.response.flags & 1, 1);
	}
	CONFORMS("M-01");
	CONFORMS("M-02");
	CONFORMS("M-05");
}

static void zero_flags_of_a_request_have_their_rules(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("M-04");
	op.asked_flags = 1;
	expect_refusal(do_retrieve(world, &op), R_ZERO_NOT_SENT);
	CONFORMS("M-07");
	op.asked_flags = 4;
	op.asked = DESC_RO;
	expect_refusal(do_retrieve(world, &op), R_ZERO_NEEDS_WRITE);
	CONFORMS("M-06");
	op = sent(world, MODEL_SHARE, SP1, SP2, SP1_RW);
	op.asked_flags = 1;
	expect_refusal(do_retrieve(world, &op), R_SHARE_ZERO);
	op.asked_flags = 4;
	expect_refusal(do_retrieve(world, &op), R_SHARE_ZERO);
	CONFORMS("M-14");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op.desc.flags = 1;
	op_range(&op, SP1_MORE + 8 * PAGE_SIZE, 1);
	expect_ok(do_send(world, &op));
	op.asked_flags = 1;
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_retrieve(world, &op), R_ZERO_AGAIN);
	/* Zeroed memory that one may only read. */
	expect_ok(do_reclaim(world, &op, 0));
	op.desc.handle = 0;
	expect_ok(do_send(world, &op));
	op.asked = DESC_RO;
	expect_refusal(do_retrieve(world, &op), R_ZERO_NEEDS_WRITE);
}

static void without_a_flag_contents_stay(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = held(world, MODEL_LEND, SP1, SP2, SP1_MORE);

	CONFORMS("M-12");
	CONFORMS("L-07");
	world_touch(world, SP1_MORE);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(host_zeroed_bytes(), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_response_tells_the_real_attributes),
		TEST(attributes_may_be_lower_but_not_higher),
		TEST(normal_memory_can_be_mapped_as_device),
		TEST(device_memory_is_never_mapped_as_normal),
		TEST(zeroed_memory_is_zero_before_anyone_sees_it),
		TEST(zero_flags_of_a_request_have_their_rules),
		TEST(without_a_flag_contents_stay),
	};

	return SUITE_RUN("test-attributes", tests);
}
