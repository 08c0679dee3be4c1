/*
 * Area G of the conformance catalogue: the ranges of a send.
 */
#include <string.h>

#include "unit/call/damage.h"

/* --- G: ranges --------------------------------------------------------- */

static void malformed_ranges_are_refused(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("G-01");
	expect_damaged_in_all(world, COMPOSITE + 4, 0, R_RANGE_NONE);
	CONFORMS("G-02");
	expect_damaged_in_all(world, COMPOSITE, 4, R_RANGE_SUM);
	expect_damaged_in_all(world, COMPOSITE, 2, R_RANGE_SUM);
	CONFORMS("G-04");
	expect_damaged_in_all(world, RANGE + 8, 0, R_RANGE_EMPTY);
	CONFORMS("G-05");
	expect_damaged_in_all(
		world, RANGE, (uint32_t)SP1_MORE + 0x800, R_RANGE_ALIGNMENT);
	CONFORMS("G-19");
	expect_damaged_in_all(world, COMPOSITE + 4, 1, R_RANGE_LENGTH);
	expect_damaged_in_all(world, COMPOSITE + 4, 3, R_RANGE_LENGTH);
	CONFORMS("G-23");
	expect_damaged_in_all(world, RANGE + 12, 1, R_RANGE_RESERVED);
	expect_damaged_in_all(world, RANGE + 28, 1u << 31, R_RANGE_RESERVED);
	expect_damaged_in_all(world, COMPOSITE + 8, 1, R_RANGE_RESERVED);
}

/* Ranges given in full, for every function. */
static void expect_ranges(struct world *world, const struct desc_range *ranges,
	uint32_t count, enum reason reason)
{
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op = op_of(world, (enum model_func)func, SP1, SP2);

		for (uint32_t i = 0; i < count; i++)
			op_range(&op, ranges[i].base, ranges[i].pages);
		expect_reason(do_send(world, &op), reason);
		if (reason == R_NONE)
			expect_ok(do_reclaim(world, &op, 0));
	}
}

#define EXPECT_RANGES(world, reason, ...)                                      \
	expect_ranges(world, (const struct desc_range[]){__VA_ARGS__},         \
		sizeof((const struct desc_range[]){__VA_ARGS__}) /             \
			sizeof(struct desc_range),                             \
		reason)

static void no_pages_at_all_is_no_region(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	CONFORMS("G-03");
	op_range(&op, SP1_MORE, 0);
	expect_refusal(raw_send(world, &op), R_RANGE_NONE);
}

static void ranges_end_inside_the_address_space(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("G-06");
	EXPECT_RANGES(world, R_RANGE_WRAPS, {0xfffffffffffff000ull, 1, 0});
	EXPECT_RANGES(world, R_RANGE_WRAPS, {0xfffffffffffff000ull, 2, 0});
	CONFORMS("G-07");
	EXPECT_RANGES(world, R_RANGE_WRAPS, {1ull << 52, 1, 0});
	EXPECT_RANGES(world, R_NO_TITLE, {1ull << 40, 1, 0});
	EXPECT_RANGES(world, R_NO_TITLE, {(1ull << 52) - 4096, 1, 0});
	CONFORMS("G-22");
	EXPECT_RANGES(
		world, R_RANGE_SUM, {SP1_MORE, 0xffffffff, 0}, {SP1_RW, 3, 0});
}

static void ranges_of_a_region_do_not_overlap(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("G-08");
	EXPECT_RANGES(
		world, R_RANGE_OVERLAP, {SP1_MORE, 2, 0}, {SP1_MORE, 2, 0});
	CONFORMS("G-09");
	EXPECT_RANGES(world, R_RANGE_OVERLAP, {SP1_MORE, 4, 0},
		{SP1_MORE + 3 * PAGE_SIZE, 4, 0});
	EXPECT_RANGES(world, R_RANGE_OVERLAP, {SP1_MORE + PAGE_SIZE, 1, 0},
		{SP1_RW, 1, 0}, {SP1_MORE, 4, 0});
}

static void ranges_come_in_any_order_and_may_touch(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	CONFORMS("G-10");
	CONFORMS("H-42");
	op_range(&op, SP1_MORE + 9 * PAGE_SIZE, 1);
	op_range(&op, SP1_MORE + 8 * PAGE_SIZE, 1);
	op_range(&op, SP1_RW, 3);
	op_range(&op, SP1_BLOCK, 513);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

static void every_page_must_be_the_senders(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("G-11");
	EXPECT_RANGES(world, R_NO_TITLE, {NOWHERE, 1, 0});
	CONFORMS("G-12");
	EXPECT_RANGES(world, R_NO_TITLE, {SP1_MORE + 30 * PAGE_SIZE, 4, 0});
	CONFORMS("G-20");
	EXPECT_RANGES(world, R_NONE, {SP1_MORE, 1, 0});
	EXPECT_RANGES(world, R_NONE, {SP1_MORE + 31 * PAGE_SIZE, 1, 0});
	EXPECT_RANGES(world, R_NONE, {SP1_MORE, MORE_PAGES, 0});
	CONFORMS("G-21");
	EXPECT_RANGES(
		world, R_NO_TITLE, {SP1_MORE + MORE_PAGES * PAGE_SIZE, 1, 0});
	EXPECT_RANGES(world, R_NOT_OWNER, {SP2_RW, 1, 0});
	CONFORMS("G-24");
	EXPECT_RANGES(world, R_NOT_OWNER, {MANAGER_PAGE, 1, 0});
	EXPECT_RANGES(world, R_NO_TITLE, {POOL_BASE, 1, 0});
	EXPECT_RANGES(world, R_NOT_OWNER, {NWD_RAM, 1, 0});
}

static void the_normal_world_sends_only_its_own_memory(void **state)
{
	static const struct {
		uint64_t base;
		enum reason reason;
	} cases[] = {
		{SP1_RW, R_NOT_OWNER},
		{SP1_NS, R_NOT_OWNER},
		{MANAGER_PAGE, R_NOT_OWNER},
		{POOL_BASE, R_NO_TITLE},
		{NOWHERE, R_NO_TITLE},
	};
	struct world *world = start_mapped(state);

	CONFORMS("Q-03");
	CONFORMS("Q-04");
	for (unsigned i = 0; i < ARRAY_COUNT(cases); i++)
		for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
			struct op op =
				op_of(world, (enum model_func)func, NWD, SP2);

			op_range(&op, cases[i].base, 1);
			expect_refusal(do_send(world, &op), cases[i].reason);
		}
}

/* DESIGN §4: each page is checked by itself, the weakest bounds the grant. */
static void permissions_may_be_mixed_in_one_region(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	CONFORMS("G-13");
	op_range(&op, SP1_MORE, 1);
	op_range(&op, SP1_RO, 1);
	expect_refusal(do_send(world, &op), R_SENDER_LACKS_ACCESS);
	op.desc.receiver[0].permissions = DESC_RO;
	expect_ok(do_send(world, &op));
	op.asked = DESC_RW;
	expect_refusal(do_retrieve(world, &op), R_DATA_EXCEEDS);
	op.asked = 0;
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(access_of(world, SP1, SP1_MORE), MODEL_R | MODEL_W);
	assert_int_equal(access_of(world, SP1, SP1_RO), MODEL_R);
}

static void kinds_of_memory_may_not_be_mixed(void **state)
{
	struct world *world = start_mapped(state);

	CONFORMS("G-14");
	EXPECT_RANGES(
		world, R_MIXED_MEMORY, {SP1_MORE, 1, 0}, {SP1_DEVICE, 1, 0});
	CONFORMS("G-15");
	EXPECT_RANGES(world, R_MIXED_MEMORY, {SP1_MORE, 1, 0}, {SP1_NS, 1, 0});
}

static void what_is_lent_or_borrowed_or_a_buffer_is_not_sent(void **state)
{
	struct world *world = start_mapped(state);
	struct op op;

	CONFORMS("G-16");
	sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	EXPECT_RANGES(world, R_NOT_EXCLUSIVE, {SP1_MORE, 1, 0});
	CONFORMS("G-17");
	held(world, MODEL_LEND, SP1, SP2, SP1_RW);
	op = op_of(world, MODEL_LEND, SP2, SP3);
	op_range(&op, SP1_RW, 1);
	expect_refusal(do_send(world, &op), R_NOT_OWNER);
	CONFORMS("G-18");
	EXPECT_RANGES(world, R_NOT_EXCLUSIVE, {world_rx(SP1), 1, 0});
	CONFORMS("D-16");
	EXPECT_RANGES(world, R_NOT_EXCLUSIVE, {world_tx(SP1), 1, 0});
	CONFORMS("D-29");
	op = op_of(world, MODEL_LEND, NWD, SP2);
	op_range(&op, world_rx(NWD), 1);
	expect_refusal(do_send(world, &op), R_NOT_EXCLUSIVE);
}

/* A region that the manifests of SP1 and SP2 call escrow,shared. */
static void memory_that_manifests_share_is_nobodys_to_send(void **state)
{
	struct world *world = start_mapped(state);
	struct range range = {paddr(0x48000000), 4};
	const struct model_access rw = {MODEL_R | MODEL_W, ATTR_NORMAL_WB};
	const struct model_access ro = {MODEL_R, ATTR_NORMAL_WB};

	world_extend(world, MODEL_SPM, range.base.v, 4);
	world_fix(world, SP1, range, rw);
	world_fix(world, SP2, range, ro);
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		for (int party = NWD; party <= SP3; party++) {
			struct op op = op_of(world, (enum model_func)func,
				party, party == SP3 ? SP1 : SP3);

			op_range(&op, range.base.v + PAGE_SIZE, 1);
			expect_refusal(do_send(world, &op), R_NOT_OWNER);
		}
	expect_ok(do_unmap(world, SP1));
	expect_refusal(do_map(world, SP1, range.base.v, world_rx(SP1)),
		R_BUFFER_NOT_OWNED);
	/* The survivor keeps its access, and no more than that. */
	do_kill(world, SP1);
	assert_int_equal(access_of(world, SP2, range.base.v), MODEL_R);
}

static void zeroing_needs_write_access_and_normal_memory(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	CONFORMS("M-03");
	op.desc.receiver[0].permissions = DESC_RO;
	op.desc.flags = 1;
	op_range(&op, SP1_RO, 1);
	expect_refusal(do_send(world, &op), R_ZERO_NEEDS_WRITE);
	CONFORMS("M-16");
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op.desc.flags = 1;
	op_range(&op, SP1_DEVICE, 1);
	expect_refusal(do_send(world, &op), R_ZERO_DEVICE);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(malformed_ranges_are_refused),
		TEST(no_pages_at_all_is_no_region),
		TEST(ranges_end_inside_the_address_space),
		TEST(ranges_of_a_region_do_not_overlap),
		TEST(ranges_come_in_any_order_and_may_touch),
		TEST(every_page_must_be_the_senders),
		TEST(the_normal_world_sends_only_its_own_memory),
		TEST(permissions_may_be_mixed_in_one_region),
		TEST(kinds_of_memory_may_not_be_mixed),
		TEST(what_is_lent_or_borrowed_or_a_buffer_is_not_sent),
		TEST(memory_that_manifests_share_is_nobodys_to_send),
		TEST(zeroing_needs_write_access_and_normal_memory),
	};

	return SUITE_RUN("test-ranges", tests);
}
