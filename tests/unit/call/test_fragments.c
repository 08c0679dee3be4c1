/*
 * Area K of the conformance catalogue: sends in fragments. The manager asks
 * with FFA_MEM_FRAG_RX, the sender gives with FFA_MEM_FRAG_TX; the registers
 * of every answer are compared in calls_send.c.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define MANY 600u
#define VM_2 0x0002

/* 600 ranges: three fragments in every version. */
static struct op long_op(struct world *world, enum model_func func, int who)
{
	struct op op;

	world_extend(world, who, FAR, 2 * MANY);
	map_buffers(world);
	op = op_of(world, func, who, who == SP2 ? SP3 : SP2);
	op_scatter(&op, FAR, MANY);
	return op;
}

static void expect_full_cycle(struct world *world, struct op *op)
{
	expect_ok(do_send(world, op));
	if (op->func == MODEL_DONATE) {
		expect_ok(do_reclaim(world, op, 0));
		return;
	}
	expect_ok(do_retrieve(world, op));
	expect_ok(do_relinquish(world, op, 0));
	expect_ok(do_reclaim(world, op, 0));
}

/* --- Well-formed ------------------------------------------------------- */

static void six_hundred_ranges_are_sent_in_three_fragments(void **state)
{
	struct world *world = *state;
	struct op op = long_op(world, MODEL_SHARE, SP1);
	uint64_t digest = oracle_digest(world);

	CONFORMS("K-01");
	expect_ok(do_send_first(world, &op));
	assert_int_equal(op.done, 4096);
	CONFORMS("K-02");
	expect_ok(do_fragment(world, &op, 4096));
	expect_ok(do_fragment(world, &op, op.desc.length - 8192));
	assert_int_equal(op.done, 96 + 16 * MANY);
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(oracle_digest(world), digest);
}

static void every_function_and_world_may_send_in_fragments(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t digest = oracle_digest(world);

	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		for (int who = NWD; who <= SP1; who++) {
			struct op op =
				short_op(world, (enum model_func)func, who);

			op.desc.flags = func != MODEL_SHARE;
			expect_full_cycle(world, &op);
		}
	assert_int_equal(oracle_digest(world), digest);
}

static void fragments_may_be_of_any_whole_number_of_ranges(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("K-03");
	for (uint32_t here = 0; here < SHORT_RANGES; here++)
		for (uint32_t each = 1; each <= SHORT_RANGES;
			each += 1 + here) {
			struct op op = short_op(world, MODEL_LEND, SP1);

			/* With none in the first, too. */
			op.first = op.desc.composite_at + 16 + here * 16;
			op.fragment = each * 16;
			expect_ok(do_send(world, &op));
			expect_ok(do_reclaim(world, &op, 0));
		}
	CONFORMS("K-04");
}

/* FF-A 1.0 aligns the region descriptor to 8 bytes only. */
static void a_1_0_sender_counts_in_its_own_bytes(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("K-24");
	world->partition[SP1].version = FFA_VERSION_1_0;
	op = short_op(world, MODEL_LEND, SP1);
	op.desc.composite_at += 8;
	op.desc.receiver[0].composite += 8;
	op.desc.length += 8;
	op.first = op.desc.composite_at + 16 + 2 * 16;
	op.fragment = 16;
	assert_int_equal(op.first % 16, 8);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

/* spec/08 §9: the registers of every step, as they are on the wire. */
static void the_golden_trace_of_a_fragmented_send(void **state)
{
	struct world *world = *state;
	struct op op;
	struct ffa_regs out;
	uint8_t *tx = host_memory(paddr(world_tx(SP1)));

	world_extend(world, SP1, FAR, 600);
	map_buffers(world);
	world->partition[SP1].version = FFA_VERSION_1_1;
	op = op_of(world, MODEL_SHARE, SP1, SP2);
	op_scatter(&op, FAR, 300);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write_part(&op.desc, 0, tx, PAGE_SIZE);
	out = call_plain(world, SP1, REGS(0xc4000073, 0x1310, 0x1000));
	assert_int_equal(out.x[0], 0x8400007a);
	assert_int_equal(out.x[1], 1);
	assert_int_equal(out.x[2], 0);
	assert_int_equal(out.x[3], 0x1000);
	assert_int_equal(out.x[4], 0);
	desc_write_part(&op.desc, 0x1000, tx, PAGE_SIZE);
	out = call_plain(world, SP1, REGS(0x8400007b, 1, 0, 0x310));
	assert_int_equal(out.x[0], 0x84000061);
	assert_int_equal(out.x[2], 1);
	assert_int_equal(out.x[3], 0);
}

/* --- The first fragment ------------------------------------------------ */

static void the_first_fragment_holds_all_but_ranges(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("K-05");
	for (uint32_t version = FFA_VERSION_1_0; version <= FFA_VERSION_OURS;
		version++) {
		struct op op;
		uint32_t total, composite;

		world->partition[SP1].version = version;
		op = short_op(world, MODEL_LEND, SP1);
		total = op.desc.length;
		composite = op.desc.composite_at;
		expect_refusal(raw_send_part(world, &op, total, composite),
			R_COMPOSITE_OFFSET);
		expect_refusal(raw_send_part(world, &op, total, composite - 16),
			R_RECEIVER_OFFSET);
		expect_refusal(raw_send_part(world, &op, total, 16),
			R_FRAGMENT_LENGTH);
		expect_refusal(
			raw_send_part(world, &op, total, 0), R_FRAGMENT_LENGTH);
		/* Half a range; only 1.0 knows lengths of 8 n bytes. */
		expect_refusal(raw_send_part(world, &op, total, composite + 24),
			version == FFA_VERSION_1_0 ? R_FRAGMENT_LENGTH
						   : R_LENGTH_ALIGNMENT);
		expect_refusal(raw_send_part(world, &op, total, composite + 20),
			R_LENGTH_ALIGNMENT);
	}
}

static void the_total_is_what_the_descriptor_says(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = short_op(world, MODEL_LEND, SP1);
	uint32_t total = op.desc.length, first = op.first;

	expect_refusal(
		raw_send_part(world, &op, total + 16, first), R_RANGE_LENGTH);
	expect_refusal(
		raw_send_part(world, &op, total - 16, first), R_RANGE_LENGTH);
	expect_refusal(raw_send_part(world, &op, total + 8, first),
		R_LENGTH_ALIGNMENT);
	expect_refusal(
		raw_send_part(world, &op, 0xfffffff0u, first), R_RANGE_LENGTH);
	expect_refusal(raw_send_part(world, &op, total, total + 16),
		R_FRAGMENT_LENGTH);
}

/* Errors in header, receivers and the ranges that are there: at once. */
static void the_first_fragment_is_judged_at_once(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = short_op(world, MODEL_LEND, SP1);

	op.desc.receiver[0].id = ID_NOBODY;
	expect_refusal(do_send_first(world, &op), R_RECEIVER_UNKNOWN);
	op = short_op(world, MODEL_SHARE, SP1);
	op.desc.flags = 1;
	expect_refusal(do_send_first(world, &op), R_SHARE_ZERO);
	op = short_op(world, MODEL_LEND, SP1);
	op.range[1].base += 8;
	expect_refusal(do_send_first(world, &op), R_RANGE_ALIGNMENT);
	op = short_op(world, MODEL_LEND, SP1);
	op.range[0].reserved = 1;
	expect_refusal(do_send_first(world, &op), R_RANGE_RESERVED);
	op = short_op(world, MODEL_LEND, SP1);
	op.desc.page_total = 0;
	expect_refusal(do_send_first(world, &op), R_RANGE_NONE);
}

/* --- Manners of FFA_MEM_FRAG_TX: the send stays as it was -------------- */

static void a_fragment_names_an_unfinished_send_of_the_caller(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);
	struct fragment fragment = fragment_of(&op, 16);

	CONFORMS("K-06");
	fragment.handle++;
	expect_refusal(do_fragment_as(world, &op, &fragment), R_HANDLE_UNKNOWN);
	fragment.handle = op.handle | 1ull << 63;
	expect_refusal(do_fragment_as(world, &op, &fragment), R_HANDLE_UNKNOWN);
	CONFORMS("K-07");
	fragment = fragment_of(&op, 16);
	fragment.party = SP2;
	expect_refusal(do_fragment_as(world, &op, &fragment), R_HANDLE_UNKNOWN);
	fragment.party = NWD;
	fragment.word = (uint32_t)ID_SP1 << 16;
	expect_refusal(do_fragment_as(world, &op, &fragment), R_HANDLE_UNKNOWN);
	expect_ok(do_rest(world, &op));
	CONFORMS("K-08");
	expect_refusal(do_fragment(world, &op, 16), R_HANDLE_UNKNOWN);
	expect_ok(do_reclaim(world, &op, 0));
	expect_refusal(do_fragment(world, &op, 16), R_HANDLE_UNKNOWN);
}

static void a_fragment_is_of_whole_ranges_that_are_missing(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);
	uint32_t left = op.desc.length - op.done;

	CONFORMS("K-09");
	expect_refusal(do_fragment(world, &op, 0), R_FRAGMENT_LENGTH);
	expect_refusal(do_fragment(world, &op, 8), R_FRAGMENT_LENGTH);
	expect_refusal(do_fragment(world, &op, 15), R_FRAGMENT_LENGTH);
	expect_refusal(do_fragment(world, &op, 24), R_FRAGMENT_LENGTH);
	CONFORMS("K-10");
	expect_refusal(do_fragment(world, &op, left + 16), R_FRAGMENT_LENGTH);
	expect_refusal(do_fragment(world, &op, 0xfffffff0u), R_FRAGMENT_LENGTH);
	expect_ok(do_rest(world, &op));
}

static void a_fragment_fits_the_buffer(void **state)
{
	struct world *world = *state;
	struct op op = long_op(world, MODEL_SHARE, SP1);

	expect_ok(do_send_first(world, &op));
	CONFORMS("K-11");
	expect_refusal(do_fragment(world, &op, 4112), R_FRAGMENT_LENGTH);
	expect_ok(do_rest(world, &op));
}

static void the_fourth_register_names_the_sender_or_nobody(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);
	struct op vms = short_op(world, MODEL_SHARE, NWD);
	struct fragment fragment = fragment_of(&op, 16);

	CONFORMS("K-12");
	fragment.word = 1;
	expect_refusal(
		do_fragment_as(world, &op, &fragment), R_FRAGMENT_SENDER);
	fragment.word = (uint32_t)ID_SP1 << 16;
	expect_refusal(
		do_fragment_as(world, &op, &fragment), R_FRAGMENT_SENDER);
	expect_ok(do_rest(world, &op));
	vms.desc.sender = VM_2;
	expect_ok(do_send_first(world, &vms));
	fragment = fragment_of(&vms, 16);
	assert_int_equal(fragment.word, VM_2 << 16);
	fragment.word = 0;
	expect_refusal(
		do_fragment_as(world, &vms, &fragment), R_FRAGMENT_SENDER);
	fragment.word = VM_2 << 16 | 1;
	expect_refusal(
		do_fragment_as(world, &vms, &fragment), R_FRAGMENT_SENDER);
	expect_ok(do_rest(world, &vms));
}

static void registers_behind_the_fourth_are_zero(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);

	for (unsigned reg = 5; reg < 8; reg++) {
		struct ffa_regs regs = REGS(FFA_MEM_FRAG_TX, op.handle, 0, 16);

		regs.x[reg] = 1;
		call_regs(world, SP1, regs);
		expect_reason(world->reason, R_RESERVED_REGISTER);
		regs.x[0] = FFA_MEM_FRAG_RX;
		call_regs(world, SP1, regs);
		expect_reason(world->reason, R_RESERVED_REGISTER);
	}
	expect_ok(do_rest(world, &op));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(six_hundred_ranges_are_sent_in_three_fragments),
		TEST(every_function_and_world_may_send_in_fragments),
		TEST(fragments_may_be_of_any_whole_number_of_ranges),
		TEST(a_1_0_sender_counts_in_its_own_bytes),
		TEST(the_golden_trace_of_a_fragmented_send),
		TEST(the_first_fragment_holds_all_but_ranges),
		TEST(the_total_is_what_the_descriptor_says),
		TEST(the_first_fragment_is_judged_at_once),
		TEST(a_fragment_names_an_unfinished_send_of_the_caller),
		TEST(a_fragment_is_of_whole_ranges_that_are_missing),
		TEST(a_fragment_fits_the_buffer),
		TEST(the_fourth_register_names_the_sender_or_nobody),
		TEST(registers_behind_the_fourth_are_zero),
	};

	return SUITE_RUN("test-fragments", tests);
}
