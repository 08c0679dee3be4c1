/*
 * Areas E and F of the conformance catalogue: header and receivers of sends,
 * from secure partitions and from the normal world.
 */
#include <string.h>

#include "unit/call/damage.h"

/* --- E: the header ----------------------------------------------------- */

static void every_send_works_in_both_widths_and_gives_a_handle(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("E-01");
	CONFORMS("Q-01");
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		for (int wide = 0; wide < 2; wide++)
			for (int who = NWD; who <= SP1; who++) {
				struct op op = op_of(
					world, (enum model_func)func, who, SP2);

				op.is_64 = wide;
				op_range(&op, who ? SP1_MORE : NWD_RAM, 3);
				expect_ok(do_send(world, &op));
				assert_int_equal(op.handle >> 63, 0);
				assert_int_not_equal(op.handle, 0);
				expect_ok(do_reclaim(world, &op, 0));
			}
}

static void a_buffer_address_in_registers_is_refused(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;
	uint32_t length;

	make_good(&op, world, MODEL_LEND);
	length = op.desc.length;
	CONFORMS("E-02");
	CONFORMS("E-03");
	desc_write(&op.desc, tx_of(world, SP1), PAGE_SIZE);
	expect_refusal(call_send(world, &op,
			       REGS(FFA_MEM_LEND_64, length, length, SP1_RW)),
		R_DYNAMIC_BUFFER);
	expect_refusal(
		call_send(world, &op,
			REGS(FFA_MEM_LEND_64, length, length, SP1_RW, 1)),
		R_DYNAMIC_BUFFER);
	expect_refusal(call_send(world, &op,
			       REGS(FFA_MEM_LEND_64, length, length, 0, 1)),
		R_DYNAMIC_BUFFER);
	expect_refusal(
		call_send(world, &op,
			REGS(FFA_MEM_LEND_64, length, length, 0, 0, 0, 1)),
		R_RESERVED_REGISTER);
}

static void a_send_needs_a_tx_buffer(void **state)
{
	struct world *world = *state;
	struct op op;

	make_good(&op, world, MODEL_LEND);
	CONFORMS("E-04");
	expect_refusal(do_send(world, &op), R_BUFFERS_NOT_MAPPED);
}

static void lengths_must_fit_each_other_and_the_buffer(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;
	uint32_t length;

	make_good(&op, world, MODEL_LEND);
	length = op.desc.length;
	desc_write(&op.desc, tx_of(world, SP1), PAGE_SIZE);
	CONFORMS("E-05");
	expect_refusal(call_send(world, &op,
			       REGS(FFA_MEM_LEND_64, length - 16, length)),
		R_FRAGMENT_LENGTH);
	CONFORMS("E-06");
	expect_refusal(call_send(world, &op, REGS(FFA_MEM_LEND_64, 4112, 4112)),
		R_FRAGMENT_LENGTH);
	CONFORMS("E-07");
	expect_refusal(call_send(world, &op, REGS(FFA_MEM_LEND_64, 32, 32)),
		R_FRAGMENT_LENGTH);
	expect_refusal(call_send(world, &op, REGS(FFA_MEM_LEND_64, 0, 0)),
		R_FRAGMENT_LENGTH);
	CONFORMS("E-08");
	expect_refusal(call_send(world, &op,
			       REGS(FFA_MEM_LEND_64, length + 8, length + 8)),
		R_LENGTH_ALIGNMENT);
	expect_refusal(call_send(world, &op,
			       REGS(FFA_MEM_LEND_64, length + 16, length)),
		R_RANGE_LENGTH);
}

static void nobody_sends_in_anothers_name(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_LEND);
	CONFORMS("E-09");
	op.desc.sender = ID_SP3;
	expect_refusal(do_send(world, &op), R_SENDER_ID);
	CONFORMS("E-10");
	op.desc.sender = ID_VM;
	expect_refusal(do_send(world, &op), R_SENDER_ID);
	CONFORMS("Q-02");
	op = op_of(world, MODEL_LEND, NWD, SP2);
	op_range(&op, NWD_RAM, 1);
	op.desc.sender = ID_SP3;
	expect_refusal(do_send(world, &op), R_SENDER_ID);
	/* Any VM's id is fine from there. */
	op.desc.sender = ID_VM;
	expect_ok(do_send(world, &op));
}

static void malformed_headers_are_refused(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("E-11");
	expect_damaged_in_all(world, 28, 0, R_RECEIVER_NONE);
	CONFORMS("E-12");
	expect_damaged(world, MODEL_LEND, 28, 17, R_RECEIVER_COUNT);
	CONFORMS("E-14");
	expect_damaged_in_all(world, 32, 40, R_RECEIVER_OFFSET);
	expect_damaged_in_all(world, 32, 52, R_RECEIVER_OFFSET);
	expect_damaged_in_all(world, 32, 4096, R_RECEIVER_OFFSET);
	CONFORMS("E-15");
	expect_damaged_in_all(world, 24, 24, R_RECEIVER_SIZE);
	expect_damaged_in_all(world, 24, 0, R_RECEIVER_SIZE);
	expect_damaged_in_all(world, 24, 64, R_RECEIVER_SIZE);
	CONFORMS("E-19");
	for (uint32_t at = 36; at < 48; at += 4)
		expect_damaged_in_all(world, at, 1, R_HEADER_RESERVED);
	CONFORMS("E-20");
	expect_damaged_in_all(world, 8, 1, R_HANDLE_NOT_ZERO);
	CONFORMS("E-21");
	expect_damaged(world, MODEL_LEND, 4, 1 << 2, R_SEND_FLAGS);
	expect_damaged(world, MODEL_LEND, 4, 1 << 3, R_SEND_FLAGS);
	expect_damaged(world, MODEL_LEND, 4, 1u << 31, R_SEND_FLAGS);
	CONFORMS("E-22");
	expect_damaged_in_all(world, 4, 1 << 1, R_SEND_FLAGS);
	CONFORMS("E-23");
	expect_damaged(world, MODEL_SHARE, 4, 1, R_SHARE_ZERO);
}

static void a_donation_has_one_receiver(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_DONATE, SP1, SP2);

	CONFORMS("E-13");
	op_range(&op, SP1_MORE, 1);
	desc_add_receiver(&op.desc, ID_SP3, 0);
	expect_refusal(do_send(world, &op), R_DONATE_RECEIVERS);
}

static void receivers_of_16_bytes_are_for_1_1_and_allowed_at_1_2(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_LEND);
	CONFORMS("E-17");
	op.desc.emad_size = 16;
	op.desc.emad_stride = 16;
	op.desc.composite_at -= 16;
	op.desc.receiver[0].composite -= 16;
	op.desc.length -= 16;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	CONFORMS("E-16");
	world->partition[SP1].version = FFA_VERSION_1_1;
	make_good(&op, world, MODEL_LEND);
	op.desc.emad_size = 32;
	expect_refusal(raw_send(world, &op), R_RECEIVER_SIZE);
}

static void a_gap_before_the_receivers_is_allowed(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_LEND);
	CONFORMS("E-18");
	op.desc.emad_offset = 64;
	op.desc.emad_at = 64;
	op.desc.composite_at += 16;
	op.desc.receiver[0].composite += 16;
	op.desc.length += 16;
	memset(tx_of(world, SP1), 0, PAGE_SIZE);
	expect_ok(do_send(world, &op));
}

static void reserved_attributes_are_refused(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("E-24");
	expect_damaged_in_all(world, 2, 0x40, R_ATTRIBUTE_NS);
	CONFORMS("E-25");
	expect_damaged_in_all(world, 2, 0x80, R_ATTRIBUTE_RESERVED);
	expect_damaged_in_all(world, 2, 0x8000, R_ATTRIBUTE_RESERVED);
	CONFORMS("E-26");
	expect_damaged_in_all(world, 2, 0x3f, R_ATTRIBUTE_RESERVED);
	CONFORMS("E-27");
	expect_damaged(world, MODEL_DONATE, 2, 0x2f, R_ATTRIBUTE_GIVEN);
	CONFORMS("E-28");
	expect_damaged(world, MODEL_LEND, 2, 0x2f, R_ATTRIBUTE_GIVEN);
	CONFORMS("E-31");
	expect_damaged(world, MODEL_SHARE, 2, 0x23, R_ATTRIBUTE_RESERVED);
	expect_damaged(world, MODEL_SHARE, 2, 0x2b, R_ATTRIBUTE_RESERVED);
	CONFORMS("E-32");
	expect_damaged(world, MODEL_SHARE, 2, 0x2d, R_ATTRIBUTE_RESERVED);
}

/* Linux leaves the type out; the owner's attributes stand in (Q9). */
static void a_share_may_leave_its_attributes_out(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_SHARE);
	CONFORMS("E-29");
	op.desc.attributes = 0;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, ATTR_NORMAL_WB);
}

static void a_share_as_non_cacheable_is_one(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_SHARE);
	CONFORMS("E-30");
	CONFORMS("N-02");
	op.desc.attributes = 0x27;
	expect_ok(do_send(world, &op));
	op.asked_attr = ATTR_NORMAL_WB;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_ATTRIBUTES);
	op.asked_attr = 0;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.attributes, 0x27);
}

static void attributes_above_the_owners_are_refused(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_SHARE);
	op.desc.attributes = 0x2e;
	expect_refusal(do_send(world, &op), R_SENDER_ATTRIBUTES);
	op = op_of(world, MODEL_SHARE, SP1, SP2);
	op_range(&op, SP1_DEVICE, 1);
	expect_refusal(do_send(world, &op), R_SENDER_ATTRIBUTES);
}

static void the_tag_comes_back_at_retrieval(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_LEND);
	CONFORMS("E-33");
	op.desc.tag = 0x0123456789abcdefull;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.response.tag, 0x0123456789abcdefull);
}

/* --- F: receivers and permissions -------------------------------------- */

static void expect_receiver(
	struct world *world, uint16_t id, enum reason reason)
{
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op;

		make_good(&op, world, (enum model_func)func);
		op.desc.receiver[0].id = id;
		expect_refusal(do_send(world, &op), reason);
	}
}

static void a_receiver_must_be_another_partition(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("F-01");
	expect_receiver(world, ID_SP1, R_RECEIVER_SELF);
	CONFORMS("F-02");
	expect_receiver(world, ID_NOBODY, R_RECEIVER_UNKNOWN);
	CONFORMS("F-03");
	expect_receiver(world, ID_VM, R_RECEIVER_WORLD);
	expect_receiver(world, 0, R_RECEIVER_WORLD);
	CONFORMS("F-04");
	expect_receiver(world, 0x8000, R_RECEIVER_UNKNOWN);
	world->partition[SP2].ep.aborted = true;
	world->model.party[SP2].dead = true;
	expect_receiver(world, ID_SP2, R_RECEIVER_DEAD);
}

static void the_normal_world_sends_to_partitions_only(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("Q-05");
	CONFORMS("Q-06");
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		op = op_of(world, (enum model_func)func, NWD, SP2);
		op_range(&op, NWD_RAM, 1);
		op.desc.receiver[0].id = ID_VM;
		expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	}
}

static void a_receiver_is_named_once(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_SHARE, SP1, SP2);

	CONFORMS("F-05");
	op_range(&op, SP1_MORE, 1);
	desc_add_receiver(&op.desc, ID_SP2, DESC_RO);
	expect_refusal(do_send(world, &op), R_RECEIVER_TWICE);
}

static void malformed_receivers_are_refused(void **state)
{
	struct world *world = start_mapped(state);
	const uint32_t perm = RECEIVER + 2;

	CONFORMS("F-06");
	expect_damaged(world, MODEL_SHARE, perm, 0x03, R_PERMISSION_RESERVED);
	CONFORMS("F-07");
	expect_damaged(world, MODEL_SHARE, perm, 0x0e, R_PERMISSION_RESERVED);
	CONFORMS("F-08");
	expect_damaged(world, MODEL_LEND, perm, 0x00, R_DATA_MISSING);
	CONFORMS("F-09");
	expect_damaged(world, MODEL_SHARE, perm, 0x00, R_DATA_MISSING);
	CONFORMS("F-10");
	expect_damaged(world, MODEL_DONATE, perm, 0x01, R_DONATE_DATA);
	expect_damaged(world, MODEL_DONATE, perm, 0x02, R_DONATE_DATA);
	CONFORMS("F-11");
	expect_damaged_in_all(world, perm, 0x08, R_SENDER_INSTRUCTION);
	expect_damaged(world, MODEL_LEND, perm, 0x0a, R_SENDER_INSTRUCTION);
	CONFORMS("F-12");
	expect_damaged_in_all(world, perm, 0x04, R_SENDER_INSTRUCTION);
	CONFORMS("F-13");
	expect_damaged_in_all(world, perm, 0x10, R_PERMISSION_RESERVED);
	CONFORMS("F-14");
	expect_damaged_in_all(world, RECEIVER + 3, 1, R_RECEIVER_FLAGS);
	CONFORMS("F-18");
	expect_damaged_in_all(world, RECEIVER + 24, 1, R_RECEIVER_RESERVED);
	CONFORMS("F-20");
	expect_damaged_in_all(world, RECEIVER + 4, 0, R_COMPOSITE_OFFSET);
	CONFORMS("F-21");
	expect_damaged_in_all(world, RECEIVER + 4, 64, R_COMPOSITE_OFFSET);
	CONFORMS("F-22");
	expect_damaged_in_all(world, RECEIVER + 4, 84, R_COMPOSITE_OFFSET);
	expect_damaged_in_all(world, RECEIVER + 4, 88, R_COMPOSITE_OFFSET);
	CONFORMS("F-23");
	expect_damaged_in_all(world, RECEIVER + 4, 128, R_COMPOSITE_OFFSET);
	CONFORMS("F-25");
	expect_damaged_in_all(
		world, RECEIVER + 4, 0xfffffff0, R_COMPOSITE_OFFSET);
	CONFORMS("F-26");
	expect_damaged(world, MODEL_LEND, 28, 0x10000001, R_RECEIVER_COUNT);
}

static void a_reserved_word_of_short_receivers_counts_too(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	world->partition[SP1].version = FFA_VERSION_1_1;
	make_good(&op, world, MODEL_LEND);
	op.desc.receiver[0].reserved = 1;
	expect_refusal(raw_send(world, &op), R_RECEIVER_RESERVED);
}

static void receivers_agree_on_the_region(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_SHARE);
	CONFORMS("F-24");
	desc_add_receiver(&op.desc, ID_SP3, DESC_RO);
	desc_settle(&op.desc);
	op.desc.receiver[1].composite += 16;
	expect_refusal(raw_send(world, &op), R_COMPOSITE_DIFFERS);
}

static void a_lender_gives_no_more_than_it_has(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("F-15");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_RO, 1);
	expect_refusal(do_send(world, &op), R_SENDER_LACKS_ACCESS);
	CONFORMS("F-16");
	op = op_of(world, MODEL_SHARE, SP1, SP2);
	op_range(&op, SP1_RO, 1);
	expect_refusal(do_send(world, &op), R_SENDER_LACKS_ACCESS);
	CONFORMS("F-17");
	op = op_of(world, MODEL_SHARE, SP1, SP2);
	op.desc.receiver[0].permissions = DESC_RO;
	op_range(&op, SP1_RO, 1);
	expect_ok(do_send(world, &op));
}

static void the_senders_own_words_reach_the_receiver(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	make_good(&op, world, MODEL_SHARE);
	CONFORMS("F-19");
	op.desc.receiver[0].impdef[0] = 0x1111222233334444ull;
	op.desc.receiver[0].impdef[1] = 0x5555666677778888ull;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(
		op.response.receiver[0].impdef[1], 0x5555666677778888ull);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_send_works_in_both_widths_and_gives_a_handle),
		TEST(a_buffer_address_in_registers_is_refused),
		TEST(a_send_needs_a_tx_buffer),
		TEST(lengths_must_fit_each_other_and_the_buffer),
		TEST(nobody_sends_in_anothers_name),
		TEST(malformed_headers_are_refused),
		TEST(a_donation_has_one_receiver),
		TEST(receivers_of_16_bytes_are_for_1_1_and_allowed_at_1_2),
		TEST(a_gap_before_the_receivers_is_allowed),
		TEST(reserved_attributes_are_refused),
		TEST(a_share_may_leave_its_attributes_out),
		TEST(a_share_as_non_cacheable_is_one),
		TEST(attributes_above_the_owners_are_refused),
		TEST(the_tag_comes_back_at_retrieval),
		TEST(a_receiver_must_be_another_partition),
		TEST(the_normal_world_sends_to_partitions_only),
		TEST(a_receiver_is_named_once),
		TEST(malformed_receivers_are_refused),
		TEST(a_reserved_word_of_short_receivers_counts_too),
		TEST(receivers_agree_on_the_region),
		TEST(a_lender_gives_no_more_than_it_has),
		TEST(the_senders_own_words_reach_the_receiver),
	};

	return SUITE_RUN("test-send", tests);
}
