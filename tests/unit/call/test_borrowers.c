/*
 * Area O of the conformance catalogue: several borrowers of one transaction;
 * and the rows of other areas that are about several receivers.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/walker.h"

#define AT SP1_MORE

/* SP1 to SP2 (RW) and SP3 (RO), sent. */
static struct op to_two(struct world *world, enum model_func func)
{
	struct op op = op_of(world, func, SP1, SP2);

	op_receiver(world, &op, SP3, DESC_RO);
	op_range(&op, AT, 2);
	expect_ok(do_send(world, &op));
	return op;
}

static enum reason retrieve_as(struct world *world, struct op *op, int party)
{
	op->receiver = party;
	return do_retrieve(world, op);
}

static enum reason relinquish_as(struct world *world, struct op *op, int party)
{
	op->receiver = party;
	return do_relinquish(world, op, 0);
}

static void each_borrower_gets_what_the_lender_gave_it(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("O-01");
	for (int func = MODEL_SHARE; func <= MODEL_LEND; func++) {
		op = to_two(world, (enum model_func)func);
		expect_ok(retrieve_as(world, &op, SP2));
		expect_ok(retrieve_as(world, &op, SP3));
		assert_int_equal(access_of(world, SP2, AT), MODEL_R | MODEL_W);
		assert_int_equal(access_of(world, SP3, AT), MODEL_R);
		expect_ok(relinquish_as(world, &op, SP3));
		expect_ok(relinquish_as(world, &op, SP2));
		expect_ok(do_reclaim(world, &op, 0));
	}
}

/* --- The list of a request --------------------------------------------- */

static struct desc request_of(
	struct world *world, struct op *op, int party, uint8_t asked)
{
	op->receiver = party;
	op->asked = asked;
	return retrieve_desc(world, op);
}

static void every_borrower_must_be_named(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_SHARE);
	struct desc desc = request_of(world, &op, SP2, 0);

	CONFORMS("O-02");
	desc.receiver_count = 1;
	desc_settle(&desc);
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	CONFORMS("O-03");
	desc = request_of(world, &op, SP2, 0);
	desc.receiver[1].id = ID_NOBODY;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	desc.receiver[1].id = ID_VM;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	desc.receiver[1].id = ID_SP1;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	desc = request_of(world, &op, SP2, 0);
	desc_add_receiver(&desc, ID_NOBODY, 0);
	desc_settle(&desc);
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
	CONFORMS("O-13");
	desc = request_of(world, &op, SP2, 0);
	desc.receiver[1].id = ID_SP2;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_RECEIVER_TWICE);
}

static void who_is_no_borrower_gets_nothing_by_naming_them(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_SHARE, NWD, SP2);
	struct desc desc;

	op_receiver(world, &op, SP3, DESC_RO);
	op_range(&op, NWD_RAM, 1);
	expect_ok(do_send(world, &op));
	desc = request_of(world, &op, SP2, 0);
	op.receiver = SP1;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_NOT_RECEIVER);
	expect_refusal(retrieve_as(world, &op, NWD), R_NOT_RECEIVER);
	/* Nor is the sender a borrower. */
	expect_refusal(do_relinquish(world, &op, 0), R_NOT_RECEIVER);
}

static void others_are_described_as_the_lender_did_or_not_at_all(void **state)
{
	static const uint8_t fine[] = {0, DESC_RO, DESC_RO | DESC_XN,
		DESC_RO | DESC_X, DESC_XN, DESC_X};
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_SHARE);
	struct desc desc = request_of(world, &op, SP2, DESC_RW);

	CONFORMS("O-04");
	desc.receiver[1].permissions = DESC_RW;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_DATA_EXCEEDS);
	desc.receiver[1].permissions = 3;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_PERMISSION_RESERVED);
	desc.receiver[1].permissions = 0x0c;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_PERMISSION_RESERVED);
	CONFORMS("O-05");
	for (unsigned i = 0; i < ARRAY_COUNT(fine); i++) {
		desc.receiver[1].permissions = fine[i];
		expect_ok(do_retrieve_desc(world, &op, &desc));
		expect_ok(do_relinquish(world, &op, 0));
	}
	/* Less than the lender gave is not what the lender said, either. */
	desc = request_of(world, &op, SP3, DESC_RO);
	desc.receiver[0].permissions = DESC_RO;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_DATA_EXCEEDS);
}

static void the_bypass_flag_stands_for_the_others(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_LEND);
	struct desc desc;

	CONFORMS("O-06");
	op.asked_flags = DESC_BYPASS;
	desc = request_of(world, &op, SP3, 0);
	assert_int_equal(desc.receiver_count, 1);
	expect_ok(do_retrieve_desc(world, &op, &desc));
	assert_int_equal(access_of(world, SP3, AT), MODEL_R);
	CONFORMS("O-07");
	op.asked_flags = 0;
	desc = request_of(world, &op, SP2, 0);
	desc.flags |= DESC_BYPASS;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_RETRIEVE_FLAGS);
	CONFORMS("O-08");
	op.asked_flags = DESC_BYPASS;
	desc = request_of(world, &op, SP2, 0);
	desc.receiver[0].id = ID_SP3;
	expect_refusal(
		do_retrieve_desc(world, &op, &desc), R_RETRIEVE_RECEIVERS);
}

static void the_bypass_flag_is_for_several_borrowers(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = sent(world, MODEL_SHARE, SP1, SP2, AT);

	CONFORMS("H-40");
	op.asked_flags = DESC_BYPASS;
	expect_refusal(do_retrieve(world, &op), R_RETRIEVE_FLAGS);
}

static void the_order_of_a_list_is_free(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_SHARE);
	struct desc desc = request_of(world, &op, SP3, 0);
	struct desc_receiver first = desc.receiver[0];

	CONFORMS("O-14");
	desc.receiver[0] = desc.receiver[1];
	desc.receiver[1] = first;
	expect_ok(do_retrieve_desc(world, &op, &desc));
	assert_int_equal(access_of(world, SP3, AT), MODEL_R);
	assert_int_equal(access_of(world, SP2, AT), 0);
}

static void an_entry_may_be_marked_as_anothers(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_LEND);
	struct desc desc = request_of(world, &op, SP2, 0);

	CONFORMS("O-16");
	desc.receiver[0].flags = 1;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_RECEIVER_FLAGS);
	CONFORMS("O-15");
	desc.receiver[0].flags = 0;
	desc.receiver[1].flags = 2;
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_RECEIVER_FLAGS);
	desc.receiver[1].flags = 1;
	expect_ok(do_retrieve_desc(world, &op, &desc));
}

static void nobody_executes_what_several_borrow(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	op.desc.receiver[0].permissions = DESC_RO;
	op_receiver(world, &op, SP3, DESC_RO);
	op_range(&op, SP1_RX, 1);
	expect_ok(do_send(world, &op));
	CONFORMS("O-09");
	op.asked = DESC_RO | DESC_XN;
	expect_refusal(do_retrieve(world, &op), R_INSTRUCTION_STATED);
	op.asked = DESC_RO | DESC_X;
	expect_refusal(do_retrieve(world, &op), R_INSTRUCTION_STATED);
	op.asked = 0;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(access_of(world, SP2, SP1_RX), MODEL_R);
	assert_int_equal(
		op.response.receiver[0].permissions, DESC_RO | DESC_XN);
}

static void implementation_defined_words_are_each_borrowers_own(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_SHARE, SP1, SP2);
	struct desc desc;

	op_receiver(world, &op, SP3, DESC_RO);
	op.desc.receiver[0].impdef[0] = 0x22;
	op.desc.receiver[1].impdef[1] = 0x33;
	op_range(&op, AT, 1);
	expect_ok(do_send(world, &op));
	CONFORMS("O-12");
	desc = request_of(world, &op, SP2, 0);
	memcpy(desc.receiver[0].impdef, desc.receiver[1].impdef, 16);
	expect_refusal(do_retrieve_desc(world, &op, &desc), R_IMPDEF_DIFFERS);
	/* What it says of another's does not matter. */
	desc = request_of(world, &op, SP2, 0);
	desc.receiver[1].impdef[0] = 77;
	expect_ok(do_retrieve_desc(world, &op, &desc));
	assert_int_equal(op.response.receiver[0].impdef[0], 0x22);
	expect_ok(retrieve_as(world, &op, SP3));
	assert_int_equal(op.response.receiver[0].impdef[1], 0x33);
}

/* --- Giving back ------------------------------------------------------- */

static void borrowers_come_and_go_one_by_one(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_LEND);

	expect_ok(retrieve_as(world, &op, SP2));
	expect_ok(retrieve_as(world, &op, SP3));
	expect_refusal(retrieve_as(world, &op, SP2), R_ALREADY_RETRIEVED);
	CONFORMS("O-10");
	expect_ok(relinquish_as(world, &op, SP2));
	assert_int_equal(access_of(world, SP2, AT), 0);
	assert_int_equal(access_of(world, SP3, AT), MODEL_R);
	expect_refusal(relinquish_as(world, &op, SP2), R_NOT_RETRIEVED);
	CONFORMS("I-26");
	expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
	/* Who has given it back may come again, while another holds it. */
	expect_ok(retrieve_as(world, &op, SP2));
	expect_ok(relinquish_as(world, &op, SP3));
	expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
	expect_ok(relinquish_as(world, &op, SP2));
	CONFORMS("O-11");
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(access_of(world, SP1, AT), MODEL_R | MODEL_W);
}

static bool is_zero(uint64_t at)
{
	const uint64_t *word = host_memory(paddr(at));

	return word[0] == 0 && word[511] == 0;
}

static void zeroing_waits_for_the_last_holder(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_LEND);

	CONFORMS("M-10");
	expect_ok(retrieve_as(world, &op, SP2));
	expect_ok(retrieve_as(world, &op, SP3));
	op.receiver = SP2;
	expect_ok(do_relinquish(world, &op, 1));
	assert_false(is_zero(AT));
	expect_ok(relinquish_as(world, &op, SP3));
	assert_true(is_zero(AT));
	/* It was done: the next round keeps what is written. */
	world_touch(world, AT);
	expect_ok(retrieve_as(world, &op, SP3));
	expect_ok(relinquish_as(world, &op, SP3));
	assert_false(is_zero(AT));
	expect_ok(do_reclaim(world, &op, 0));
}

static void a_wish_at_retrieval_is_remembered_too(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_LEND);

	op.asked_flags = 4;
	expect_refusal(retrieve_as(world, &op, SP3), R_ZERO_NEEDS_WRITE);
	expect_ok(retrieve_as(world, &op, SP2));
	op.asked_flags = 0;
	expect_ok(retrieve_as(world, &op, SP3));
	expect_ok(relinquish_as(world, &op, SP2));
	/* Comes back without the wish, which stands all the same. */
	expect_ok(retrieve_as(world, &op, SP2));
	expect_ok(relinquish_as(world, &op, SP2));
	assert_false(is_zero(AT));
	op.receiver = SP3;
	expect_refusal(do_relinquish(world, &op, 1), R_ZERO_NEEDS_WRITE);
	expect_ok(relinquish_as(world, &op, SP3));
	assert_true(is_zero(AT));
	expect_ok(do_reclaim(world, &op, 0));
}

/* Each sees zeros only once, the first time. */
static void zeroed_memory_can_be_insisted_on_by_each(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	op_receiver(world, &op, SP3, DESC_RW);
	op.desc.flags = 1;
	op_range(&op, AT, 1);
	expect_ok(do_send(world, &op));
	op.asked_flags = 1;
	expect_ok(retrieve_as(world, &op, SP2));
	assert_int_equal(op.response.flags & 1, 1);
	expect_ok(retrieve_as(world, &op, SP3));
	expect_ok(relinquish_as(world, &op, SP2));
	CONFORMS("M-14");
	expect_refusal(retrieve_as(world, &op, SP2), R_ZERO_AGAIN);
}

static void the_death_of_one_leaves_the_others(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_LEND);

	op.asked_flags = 4;
	expect_ok(retrieve_as(world, &op, SP2));
	op.asked_flags = 0;
	expect_ok(retrieve_as(world, &op, SP3));
	do_kill(world, SP2);
	assert_int_equal(access_of(world, SP2, AT), 0);
	assert_int_equal(access_of(world, SP3, AT), MODEL_R);
	assert_false(is_zero(AT));
	expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
	expect_ok(relinquish_as(world, &op, SP3));
	assert_true(is_zero(AT));
	expect_ok(do_reclaim(world, &op, 0));
}

/* --- Sending to several ------------------------------------------------ */

static struct op range_to_two(
	struct world *world, enum model_func func, uint64_t at, uint8_t second)
{
	struct op op = op_of(world, func, SP1, SP2);

	op.desc.receiver[0].permissions = DESC_RO;
	op_receiver(world, &op, SP3, second);
	op_range(&op, at, 1);
	return op;
}

static void nobody_of_several_gets_more_than_the_owner_has(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = range_to_two(world, MODEL_SHARE, SP1_RO, DESC_RW);

	expect_refusal(do_send(world, &op), R_SENDER_LACKS_ACCESS);
	op = range_to_two(world, MODEL_SHARE, SP1_RO, DESC_RO);
	expect_ok(do_send(world, &op));
	op = range_to_two(world, MODEL_LEND, AT, 0);
	expect_refusal(do_send(world, &op), R_DATA_MISSING);
	op = range_to_two(world, MODEL_LEND, AT, DESC_RO | DESC_XN);
	expect_refusal(do_send(world, &op), R_SENDER_INSTRUCTION);
	op = range_to_two(world, MODEL_LEND, AT, DESC_RO);
	op.desc.receiver[1].flags = 1;
	expect_refusal(do_send(world, &op), R_RECEIVER_FLAGS);
}

static void every_receiver_is_looked_at(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = range_to_two(world, MODEL_SHARE, AT, DESC_RO);

	op.desc.receiver[1].id = ID_SP2;
	expect_refusal(do_send(world, &op), R_RECEIVER_TWICE);
	op = range_to_two(world, MODEL_SHARE, AT, DESC_RO);
	op.desc.receiver[1].id = ID_SP1;
	expect_refusal(do_send(world, &op), R_RECEIVER_SELF);
	op = range_to_two(world, MODEL_SHARE, AT, DESC_RO);
	op.desc.receiver[1].id = ID_NOBODY;
	expect_refusal(do_send(world, &op), R_RECEIVER_UNKNOWN);
	op = range_to_two(world, MODEL_SHARE, AT, DESC_RO);
	op.desc.receiver[1].id = ID_VM;
	expect_refusal(do_send(world, &op), R_RECEIVER_WORLD);
	op = range_to_two(world, MODEL_SHARE, AT, DESC_RO);
	do_kill(world, SP3);
	expect_refusal(do_send(world, &op), R_RECEIVER_DEAD);
}

/* spec/03 §19: Linux leaves the type open in every lend. */
static void a_lend_to_several_may_state_the_type_or_not(void **state)
{
	static const uint16_t fine[] = {0, ATTR_NORMAL_WB, 0x27};
	struct world *world = start_mapped(state);
	struct op op;

	for (unsigned i = 0; i < ARRAY_COUNT(fine); i++) {
		op = range_to_two(world, MODEL_LEND, AT, DESC_RO);
		op.desc.attributes = fine[i];
		expect_ok(do_send(world, &op));
		expect_ok(do_retrieve(world, &op));
		assert_int_equal(op.response.attributes,
			fine[i] ? fine[i] : ATTR_NORMAL_WB);
		expect_ok(do_relinquish(world, &op, 0));
		expect_ok(do_reclaim(world, &op, 0));
	}
	op = range_to_two(world, MODEL_LEND, AT, DESC_RO);
	op.desc.attributes = 0x2e;
	expect_refusal(do_send(world, &op), R_SENDER_ATTRIBUTES);
}

static void each_borrower_chooses_its_own_attributes(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = to_two(world, MODEL_SHARE);

	op.asked_attr = 0x27;
	expect_ok(retrieve_as(world, &op, SP2));
	op.asked_attr = 0x10;
	expect_ok(retrieve_as(world, &op, SP3));
	expect_ok(relinquish_as(world, &op, SP2));
	op.asked_attr = 0x2e;
	expect_refusal(retrieve_as(world, &op, SP2), R_RETRIEVE_ATTRIBUTES);
	expect_ok(relinquish_as(world, &op, SP3));
	expect_ok(do_reclaim(world, &op, 0));
}

/* --- The most there can be --------------------------------------------- */

static void sixteen_receivers_are_supported(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("O-17");
	world_populate(world, WORLD_PARTIES_MAX);
	for (int party = WORLD_PARTIES; party < WORLD_PARTIES_MAX; party++) {
		uint64_t at = 0x80000000ull + (uint64_t)party * 2 * PAGE_SIZE;

		world_extend(world, party, at, 2);
		expect_ok(do_map(world, party, at, at + PAGE_SIZE));
	}
	op = op_of(world, MODEL_SHARE, NWD, SP1);
	for (int party = SP2; party < WORLD_PARTIES_MAX; party++)
		op_receiver(world, &op, party, party & 1 ? DESC_RW : DESC_RO);
	assert_int_equal(op.desc.receiver_count, 16);
	op_range(&op, NWD_RAM, 2);
	expect_ok(do_send(world, &op));
	for (int party = SP1; party < WORLD_PARTIES_MAX; party++)
		expect_ok(retrieve_as(world, &op, party));
	expect_ok(do_hypervisor_retrieve(world, &op));
	for (int party = SP1; party < WORLD_PARTIES_MAX; party++) {
		expect_refusal(do_reclaim(world, &op, 0), R_STILL_HELD);
		expect_ok(relinquish_as(world, &op, party));
	}
	expect_ok(do_reclaim(world, &op, 0));
}

static void seventeen_receivers_are_too_many(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_SHARE, NWD, SP1);
	uint32_t *tx = host_memory(paddr(world_tx(NWD)));
	struct ffa_regs out;

	while (op.desc.receiver_count < 16)
		op_receiver(world, &op, SP2, DESC_RO);
	op_range(&op, NWD_RAM, 2);
	assert_int_not_equal(raw_send(world, &op), R_NONE);
	tx[7] = 17;
	out = call_regs(world, NWD,
		REGS(FFA_MEM_SHARE_64, op.desc.length, op.desc.length));
	assert_int_equal(out.x[0], FFA_ERROR);
	expect_reason(world->reason, R_RECEIVER_COUNT);
}

/* As coherent memory, so that neither needs to clean a cache for the other. */
static void whoever_shares_a_page_writes_to_the_same_one(void **state)
{
	struct world *world = start_mapped(state);
	struct walker_memory all = {host_memory(paddr(0)), HOST_MEMORY_SIZE};
	struct walker_leaf leaf;
	struct op op;

	CONFORMS("L-08");
	op = held(world, MODEL_SHARE, SP1, SP2, AT);
	for (int party = SP1; party <= SP2; party++) {
		uint64_t root = world->partition[party].space.root[S2_SECURE].v;

		assert_true(walker_find(&all, root, AT, &leaf));
		assert_int_equal(leaf.output + (AT - leaf.address), AT);
		assert_true(leaf.read && leaf.write);
		assert_int_equal(leaf.type, WALKER_NORMAL_WB);
		assert_int_equal(leaf.share, WALKER_INNER);
	}
	expect_ok(do_relinquish(world, &op, 0));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_borrower_gets_what_the_lender_gave_it),
		TEST(every_borrower_must_be_named),
		TEST(who_is_no_borrower_gets_nothing_by_naming_them),
		TEST(others_are_described_as_the_lender_did_or_not_at_all),
		TEST(the_bypass_flag_stands_for_the_others),
		TEST(the_bypass_flag_is_for_several_borrowers),
		TEST(the_order_of_a_list_is_free),
		TEST(an_entry_may_be_marked_as_anothers),
		TEST(nobody_executes_what_several_borrow),
		TEST(implementation_defined_words_are_each_borrowers_own),
		TEST(borrowers_come_and_go_one_by_one),
		TEST(zeroing_waits_for_the_last_holder),
		TEST(a_wish_at_retrieval_is_remembered_too),
		TEST(zeroed_memory_can_be_insisted_on_by_each),
		TEST(the_death_of_one_leaves_the_others),
		TEST(nobody_of_several_gets_more_than_the_owner_has),
		TEST(every_receiver_is_looked_at),
		TEST(a_lend_to_several_may_state_the_type_or_not),
		TEST(each_borrower_chooses_its_own_attributes),
		TEST(sixteen_receivers_are_supported),
		TEST(seventeen_receivers_are_too_many),
		TEST(whoever_shares_a_page_writes_to_the_same_one),
	};

	return SUITE_RUN("test-borrowers", tests);
}
