/*
 * Area H of the conformance catalogue: retrieval.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define TYPE(func) ((uint32_t)(func) << 3)

static struct op lent(struct world *world)
{
	return sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
}

static struct op shared(struct world *world)
{
	return sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
}

/* The good request with something changed by the test. */
static enum reason ask(
	struct world *world, struct op *op, const struct desc *desc)
{
	return do_retrieve_desc(world, op, desc);
}

static void a_retrieval_answers_in_rx_and_leaves_it_full(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("H-01");
	op.keep_rx = true;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(world->partition[SP2].mailbox.rx, RX_FULL);
	expect_ok(do_release_rx(world, SP2));
}

static void only_a_live_handle_is_retrieved(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	uint64_t handle = op.handle;

	CONFORMS("H-02");
	op.handle = handle + 1;
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	CONFORMS("H-03");
	op.handle = handle | 1ull << 63;
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	CONFORMS("H-04");
	op.handle = ~0ull;
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	CONFORMS("H-33");
	op.handle = handle;
	expect_ok(do_reclaim(world, &op, 0));
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	CONFORMS("H-34");
	op = held(world, MODEL_DONATE, SP1, SP2, SP1_MORE);
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
}

static void a_stale_handle_does_not_reach_a_later_share(void **state)
{
	struct world *world = start_mapped(state);
	struct op old = lent(world), new;

	CONFORMS("Z-08");
	expect_ok(do_reclaim(world, &old, 0));
	new = lent(world);
	expect_refusal(do_retrieve(world, &old), R_HANDLE_UNKNOWN);
	expect_refusal(do_relinquish(world, &old, 0), R_HANDLE_UNKNOWN);
	expect_refusal(do_reclaim(world, &old, 0), R_HANDLE_UNKNOWN);
	expect_ok(do_retrieve(world, &new));
}

static void tag_and_sender_are_the_senders(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);

	CONFORMS("H-05");
	desc.tag++;
	expect_refusal(ask(world, &op, &desc), R_RETRIEVE_TAG);
	CONFORMS("H-06");
	desc.tag--;
	desc.sender = ID_SP3;
	expect_refusal(ask(world, &op, &desc), R_RETRIEVE_SENDER);
	desc.sender = ID_SP2;
	expect_refusal(ask(world, &op, &desc), R_RETRIEVE_SENDER);
}

static void only_the_receiver_retrieves(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);

	CONFORMS("H-07");
	op.receiver = SP3;
	desc.receiver[0].id = ID_SP3;
	expect_refusal(ask(world, &op, &desc), R_NOT_RECEIVER);
	CONFORMS("H-08");
	desc.receiver[0].id = ID_SP2;
	expect_refusal(ask(world, &op, &desc), R_NOT_RECEIVER);
	op.receiver = SP2;
	desc.receiver[0].id = ID_SP3;
	expect_refusal(ask(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	/* The owner and the normal world are no receivers either. */
	op.receiver = SP1;
	desc.receiver[0].id = ID_SP1;
	expect_refusal(ask(world, &op, &desc), R_NOT_RECEIVER);
	op.receiver = NWD;
	desc.receiver[0].id = 0;
	expect_refusal(ask(world, &op, &desc), R_NOT_RECEIVER);
}

static void the_type_is_right_or_left_out(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);

	CONFORMS("H-09");
	desc.flags = TYPE(MODEL_SHARE);
	expect_refusal(ask(world, &op, &desc), R_RETRIEVE_TYPE);
	desc.flags = TYPE(MODEL_DONATE);
	expect_refusal(ask(world, &op, &desc), R_RETRIEVE_TYPE);
	CONFORMS("H-10");
	desc.flags = 0;
	expect_ok(ask(world, &op, &desc));
	assert_int_equal(op.response.flags, TYPE(MODEL_LEND));
}

static void reserved_and_unsupported_flags_are_refused(void **state)
{
	static const uint32_t flags[] = {1u << 1, 1u << 5, 1u << 8, 1u << 9,
		1u << 9 | 3u << 5, 1u << 10, 1u << 11, 1u << 31};
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);

	CONFORMS("H-11");
	CONFORMS("H-12");
	CONFORMS("H-13");
	CONFORMS("H-40");
	for (unsigned i = 0; i < ARRAY_COUNT(flags); i++) {
		desc.flags = TYPE(MODEL_LEND) | flags[i];
		expect_refusal(ask(world, &op, &desc), R_RETRIEVE_FLAGS);
	}
}

static void receivers_do_not_choose_addresses(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);

	CONFORMS("H-14");
	desc.receiver[0].composite = 80;
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RANGES_CHOSEN);
	CONFORMS("H-15");
	desc.flags |= 1u << 9;
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RETRIEVE_FLAGS);
}

static void a_request_has_the_length_of_its_receivers(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);
	uint32_t length = desc.length;
	struct ffa_regs regs;

	CONFORMS("H-16");
	desc.length = length + 16;
	expect_refusal(raw_retrieve(world, SP2, &desc), R_REQUEST_LENGTH);
	CONFORMS("H-17");
	regs = call_regs(
		world, SP2, REGS(FFA_MEM_RETRIEVE_REQ_64, length + 16, length));
	assert_int_equal(regs.x[0], FFA_ERROR);
	assert_int_equal(world->reason, R_FRAGMENT_LENGTH);
	regs = call_regs(world, SP2,
		REGS(FFA_MEM_RETRIEVE_REQ_64, length, length, 0, 0, 1));
	assert_int_equal(world->reason, R_RESERVED_REGISTER);
	regs = call_regs(world, SP2,
		REGS(FFA_MEM_RETRIEVE_REQ_64, length, length, SP2_RW, 1));
	assert_int_equal(world->reason, R_DYNAMIC_BUFFER);
}

static void malformed_requests_are_refused(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);
	struct desc desc = retrieve_desc(world, &op);

	CONFORMS("H-18");
	desc.attributes = 0x40;
	expect_refusal(ask(world, &op, &desc), R_ATTRIBUTE_NS);
	desc.attributes = 0;
	CONFORMS("H-22");
	desc.receiver[0].permissions = 0x03;
	expect_refusal(ask(world, &op, &desc), R_PERMISSION_RESERVED);
	desc.receiver[0].permissions = 0x0c;
	expect_refusal(ask(world, &op, &desc), R_PERMISSION_RESERVED);
	desc.receiver[0].permissions = 0;
	CONFORMS("H-35");
	desc.receiver_count = 0;
	desc_settle(&desc);
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RECEIVER_NONE);
	desc.receiver_count = 1;
	desc_settle(&desc);
	CONFORMS("H-38");
	for (unsigned i = 0; i < 3; i++) {
		desc.reserved[i] = 1;
		expect_refusal(
			raw_retrieve(world, SP2, &desc), R_HEADER_RESERVED);
		desc.reserved[i] = 0;
	}
	desc.receiver[0].reserved = 1;
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RECEIVER_RESERVED);
	desc.receiver[0].reserved = 0;
	desc.receiver[0].flags = 1;
	expect_refusal(raw_retrieve(world, SP2, &desc), R_RECEIVER_FLAGS);
}

/* --- Permissions ------------------------------------------------------- */

static void no_more_data_access_than_was_lent(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	CONFORMS("H-19");
	op.desc.receiver[0].permissions = DESC_RO;
	op_range(&op, SP1_MORE, 1);
	expect_ok(do_send(world, &op));
	op.asked = DESC_RW;
	expect_refusal(do_retrieve(world, &op), R_DATA_EXCEEDS);
	CONFORMS("L-02");
	op.asked = DESC_RO;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(access_of(world, SP2, SP1_MORE), MODEL_R);
}

static void less_or_unstated_access_is_granted(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("H-20");
	op.asked = DESC_RO;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(access_of(world, SP2, SP1_MORE), MODEL_R);
	assert_int_equal(op.response.receiver[0].permissions, 0x05);
	expect_ok(do_relinquish(world, &op, 0));
	CONFORMS("H-21");
	op.asked = 0;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.receiver[0].permissions, 0x06);
	CONFORMS("L-01");
	assert_int_equal(access_of(world, SP2, SP1_MORE), MODEL_R | MODEL_W);
}

static struct op read_only_send(
	struct world *world, enum model_func func, uint64_t base)
{
	struct op op = op_of(world, func, SP1, SP2);

	op.desc.receiver[0].permissions = func == MODEL_DONATE ? 0 : DESC_RO;
	op_range(&op, base, 1);
	expect_ok(do_send(world, &op));
	return op;
}

/* DESIGN §4: 00 is execute-never; strict managers want it stated. */
static void unstated_execution_is_never_execution(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = read_only_send(world, MODEL_LEND, SP1_RX);
	struct desc desc;

	CONFORMS("H-23");
	world->engine.policy.strict_instruction = true;
	op.asked = DESC_RO;
	desc = retrieve_desc(world, &op);
	expect_refusal(raw_retrieve(world, SP2, &desc), R_INSTRUCTION_MISSING);
	world->engine.policy.strict_instruction = false;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.receiver[0].permissions, 0x05);
}

static void execute_never_may_be_stated(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("H-24");
	op.asked = DESC_RW | DESC_XN;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.receiver[0].permissions, 0x06);
}

static void execution_comes_from_an_owner_that_had_it(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("H-25");
	CONFORMS("L-03");
	op = read_only_send(world, MODEL_DONATE, SP1_RX);
	op.asked = DESC_RO | DESC_X;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.receiver[0].permissions, 0x09);
	assert_int_equal(access_of(world, SP2, SP1_RX), MODEL_R | MODEL_X);
	CONFORMS("H-26");
	op = read_only_send(world, MODEL_DONATE, SP1_RO);
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_OWNER_LACKS_EXECUTE);
	op = read_only_send(world, MODEL_LEND, SP1_MORE);
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_OWNER_LACKS_EXECUTE);
	CONFORMS("H-37");
	op = read_only_send(world, MODEL_DONATE, SP1_RO + PAGE_SIZE);
	op.asked = DESC_RW;
	expect_refusal(do_retrieve(world, &op), R_OWNER_LACKS_WRITE);
}

static void shared_memory_is_execute_never_without_asking(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = shared(world);

	CONFORMS("H-27");
	op.asked = DESC_RW | DESC_XN;
	expect_refusal(do_retrieve(world, &op), R_INSTRUCTION_STATED);
	op.asked = DESC_RW | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_INSTRUCTION_STATED);
	CONFORMS("H-28");
	op.asked = DESC_RW;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.receiver[0].permissions, 0x06);
}

static void write_and_execute_together_need_the_policy(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = sent(world, MODEL_LEND, SP1, SP2, SP1_IMAGE);

	CONFORMS("L-11");
	op.asked = DESC_RW | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_WRITE_AND_EXECUTE);
}

static void non_secure_memory_is_never_executed(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = sent(world, MODEL_LEND, NWD, SP2, NWD_RAM);

	CONFORMS("N-18");
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_EXECUTE_NON_SECURE);
	op = sent(world, MODEL_DONATE, SP1, SP2, SP1_NS);
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_EXECUTE_NON_SECURE);
}

static void device_memory_is_never_executed(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = sent(world, MODEL_LEND, SP1, SP2, SP1_DEVICE);

	CONFORMS("N-09");
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_EXECUTE_DEVICE);
	CONFORMS("H-41");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_IMAGE);
	op.asked = DESC_RO | DESC_X;
	op.asked_attr = 0x1f;
	expect_refusal(do_retrieve(world, &op), R_EXECUTE_DEVICE);
	op = sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	op.asked = DESC_RO | DESC_X;
	op.asked_attr = 0x10;
	expect_refusal(do_retrieve(world, &op), R_EXECUTE_DEVICE);
}

/* --- Words, RX, versions ----------------------------------------------- */

static void the_senders_words_must_be_repeated(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);
	struct desc desc;

	CONFORMS("H-29");
	op.desc.receiver[0].impdef[0] = 1;
	op.desc.receiver[0].impdef[1] = 2;
	op_range(&op, SP1_MORE, 1);
	expect_ok(do_send(world, &op));
	desc = retrieve_desc(world, &op);
	desc.receiver[0].impdef[1] = 3;
	expect_refusal(ask(world, &op, &desc), R_IMPDEF_DIFFERS);
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	/* A 1.1 receiver has no such words. */
	CONFORMS("P-07");
	world->partition[SP2].version = FFA_VERSION_1_1;
	expect_ok(do_retrieve(world, &op));
}

static void rx_must_be_empty(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world), other;

	CONFORMS("H-30");
	op.keep_rx = true;
	expect_ok(do_retrieve(world, &op));
	other = sent(world, MODEL_LEND, SP1, SP2, SP1_RW);
	expect_refusal(do_retrieve(world, &other), R_RX_FULL);
	CONFORMS("H-39");
	expect_ok(do_release_rx(world, SP2));
	expect_ok(do_unmap(world, SP2));
	expect_refusal(do_retrieve(world, &other), R_BUFFERS_NOT_MAPPED);
}

static void memory_is_held_once_and_can_be_had_again(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = lent(world);

	CONFORMS("H-31");
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_retrieve(world, &op), R_ALREADY_RETRIEVED);
	CONFORMS("H-32");
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_retrieve(world, &op));
}

/* All fields are compared with the model's at every retrieval. */
static void every_version_talks_to_every_other(void **state)
{
	static const uint32_t versions[] = {FFA_VERSION_1_0, FFA_VERSION_1_1,
		FFA_VERSION_1_2, FFA_VERSION_1_3};
	struct world *world = start_mapped(state);

	CONFORMS("H-36");
	CONFORMS("P-01");
	CONFORMS("P-02");
	CONFORMS("P-03");
	CONFORMS("P-05");
	CONFORMS("P-06");
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 3; k++) {
			struct op op;

			world->partition[SP1].version = versions[i];
			world->partition[SP2].version = versions[k];
			op = held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
			expect_ok(do_relinquish(world, &op, 0));
			expect_ok(do_reclaim(world, &op, 0));
		}
}

static void a_1_0_sender_leaves_its_reserved_words_zero(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("P-04");
	world->partition[SP1].version = FFA_VERSION_1_0;
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_MORE, 1);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	op.desc.emad_size = 16;
	expect_refusal(raw_send(world, &op), R_HEADER_RESERVED);
}

static void a_short_response_leaves_no_tail_of_a_long_one(void **state)
{
	struct world *world = start_mapped(state);
	struct op many = op_of(world, MODEL_LEND, SP1, SP2), one;
	const uint8_t *rx = host_memory(paddr(world_rx(SP2)));

	CONFORMS("D-30");
	for (unsigned i = 0; i < 100; i++)
		op_range(&many, SP1_BLOCK + 2 * i * PAGE_SIZE, 1);
	expect_ok(do_send(world, &many));
	expect_ok(do_retrieve(world, &many));
	one = held(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	for (unsigned i = one.response.length; i < PAGE_SIZE; i++)
		assert_int_equal(rx[i], 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_retrieval_answers_in_rx_and_leaves_it_full),
		TEST(only_a_live_handle_is_retrieved),
		TEST(a_stale_handle_does_not_reach_a_later_share),
		TEST(tag_and_sender_are_the_senders),
		TEST(only_the_receiver_retrieves),
		TEST(the_type_is_right_or_left_out),
		TEST(reserved_and_unsupported_flags_are_refused),
		TEST(receivers_do_not_choose_addresses),
		TEST(a_request_has_the_length_of_its_receivers),
		TEST(malformed_requests_are_refused),
		TEST(no_more_data_access_than_was_lent),
		TEST(less_or_unstated_access_is_granted),
		TEST(unstated_execution_is_never_execution),
		TEST(execute_never_may_be_stated),
		TEST(execution_comes_from_an_owner_that_had_it),
		TEST(shared_memory_is_execute_never_without_asking),
		TEST(write_and_execute_together_need_the_policy),
		TEST(non_secure_memory_is_never_executed),
		TEST(device_memory_is_never_executed),
		TEST(the_senders_words_must_be_repeated),
		TEST(rx_must_be_empty),
		TEST(memory_is_held_once_and_can_be_had_again),
		TEST(every_version_talks_to_every_other),
		TEST(a_1_0_sender_leaves_its_reserved_words_zero),
		TEST(a_short_response_leaves_no_tail_of_a_long_one),
	};

	return SUITE_RUN("test-retrieve", tests);
}
