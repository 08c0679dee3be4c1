/*
 * FFA_NS_RES_INFO_GET: the normal world reads which of its memory, and of
 * non-secure memory at all, the secure world can access. The library compares
 * every answer with the model, region by region.
 */
#include <string.h>

#include "base/cursor.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define PART_RECORDS 255u /* of a page, behind the header */
#define MANY 600u

static struct world *start(void **state)
{
	struct world *world = start_mapped(state);

	for (int party = NWD; party < WORLD_PARTIES; party++)
		world->partition[party].version = FFA_VERSION_1_3;
	return world;
}

/* SP2 holds every second page of so many. */
static struct op scattered(struct world *world, uint32_t ranges)
{
	struct op op = op_of(world, MODEL_SHARE, NWD, SP2);

	world_extend(world, NWD, FAR, 2 * ranges);
	op_scatter(&op, FAR, ranges);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	return op;
}

static void expect_parts(struct world *world, int target, uint32_t wanted)
{
	uint32_t parts;

	expect_ok(do_ns_list(world, target, &parts));
	assert_int_equal(parts, wanted);
}

/* By the last answer, if that had one part. */
static uint32_t regions_told(struct world *world)
{
	return get32(host_memory(paddr(world->model.party[NWD].rx.base.v + 4)));
}

/* --- What is told ------------------------------------------------------ */

static void everything_that_is_mapped_is_told(void **state)
{
	struct world *world = start(state);
	struct op op;

	/* Own non-secure memory and buffers. */
	expect_parts(world, NWD, 1);
	held(world, MODEL_SHARE, NWD, SP1, NWD_RAM);
	held(world, MODEL_LEND, NWD, SP2, NWD_RAM + 2 * PAGE_SIZE);
	held(world, MODEL_DONATE, NWD, SP3, NWD_RAM + 4 * PAGE_SIZE);
	op = op_of(world, MODEL_SHARE, NWD, SP1);
	op.desc.receiver[0].permissions = DESC_RO;
	op_range(&op, NWD_RAM + 6 * PAGE_SIZE, 3);
	expect_ok(do_send(world, &op));
	/* Sent, but not there yet. */
	expect_parts(world, NWD, 1);
	expect_ok(do_retrieve(world, &op));
	expect_parts(world, NWD, 1);
	/* Lent away by the one who owns it. */
	held(world, MODEL_LEND, SP1, SP2, SP1_NS + PAGE_SIZE);
	expect_parts(world, NWD, 1);
	do_kill(world, SP2);
	expect_parts(world, NWD, 1);
}

static void a_partition_at_s_el0_has_no_privileged_access(void **state)
{
	struct world *world = start(state);

	world_endpoint(world, SP1)->kind = ENDPOINT_SP_EL0;
	held(world, MODEL_SHARE, NWD, SP1, NWD_RAM);
	expect_parts(world, NWD, 1);
	expect_parts(world, SP1, 1);
}

static void one_partition_is_asked_for(void **state)
{
	struct world *world = start(state);

	held(world, MODEL_SHARE, NWD, SP1, NWD_RAM);
	held(world, MODEL_SHARE, NWD, SP2, NWD_RAM + 2 * PAGE_SIZE);
	expect_parts(world, SP1, 1);
	expect_parts(world, SP2, 1);
	expect_parts(world, SP3, 1);
}

/* Pages of a table, a block, pages of a table; and pages of another share. */
static void a_region_is_one_in_however_many_tables(void **state)
{
	struct world *world = start(state);
	struct op op = op_of(world, MODEL_SHARE, NWD, SP3);

	world_extend(world, NWD, FAR, 3 * 512);
	op_range(&op, FAR + 256 * PAGE_SIZE, 2 * 512);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	held(world, MODEL_SHARE, NWD, SP3, FAR + 254 * PAGE_SIZE);
	expect_parts(world, SP3, 1);
	/* One region and two buffers. */
	assert_int_equal(regions_told(world), 3);
	held(world, MODEL_LEND, NWD, SP3, FAR + 200 * PAGE_SIZE);
	expect_parts(world, SP3, 1);
	assert_int_equal(regions_told(world), 4);
}

/* --- Long answers ------------------------------------------------------ */

static void a_long_answer_comes_in_parts(void **state)
{
	struct world *world = start(state);

	scattered(world, MANY);
	expect_parts(world, NWD, 1 + MANY / PART_RECORDS);
	expect_parts(world, SP2, 1 + MANY / PART_RECORDS);
	expect_parts(world, SP1, 1);
	expect_ok(do_unmap(world, NWD));
	expect_ok(do_map_pages(world, NWD, NWD_RAM + 16 * PAGE_SIZE, 3));
	expect_parts(world, NWD, 1);
}

/* As many as a part holds, and one more. */
static void a_part_is_filled_to_the_last_record(void **state)
{
	struct world *world = start(state);
	struct op op;

	scattered(world, PART_RECORDS - 2);
	expect_parts(world, SP2, 1);
	op = op_of(world, MODEL_SHARE, NWD, SP2);
	op_range(&op, NWD_RAM, 1);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_parts(world, SP2, 2);
}

static struct ffa_regs first_part(struct world *world, int target)
{
	struct ffa_regs out =
		call_regs(world, NWD, ns_regs(world, target, false));

	assert_int_equal(out.x[0], FFA_SUCCESS_64);
	assert_int_equal(out.x[2] >> 32, PAGE_SIZE);
	expect_ok(do_release_rx(world, NWD));
	return out;
}

static void expect_nothing_in_progress(struct world *world)
{
	struct ffa_regs out = call_regs(world, NWD, ns_regs(world, NWD, true));

	assert_int_equal(out.x[0], FFA_SUCCESS_64);
	assert_int_equal(out.x[2], 0);
	/* RX is still the manager's. */
	expect_refusal(do_release_rx(world, NWD), R_RX_NOT_OWNED);
}

static void without_a_first_part_there_is_no_next(void **state)
{
	struct world *world = start(state);

	expect_nothing_in_progress(world);
	expect_parts(world, NWD, 1);
	expect_nothing_in_progress(world);
}

static void an_answer_ends_when_memory_changes(void **state)
{
	struct world *world = start(state);
	struct op op = scattered(world, MANY);
	struct op other;

	first_part(world, NWD);
	other = sent(world, MODEL_SHARE, NWD, SP1, NWD_RAM);
	/* Nobody has got anything yet. */
	call_regs(world, NWD, ns_regs(world, NWD, true));
	expect_reason(world->reason, R_NONE);
	expect_ok(do_release_rx(world, NWD));
	expect_ok(do_retrieve(world, &other));
	expect_error(world, NWD, ns_regs(world, NWD, true), R_NS_RES_CHANGED);
	expect_nothing_in_progress(world);
	first_part(world, NWD);
	expect_ok(do_relinquish(world, &op, 0));
	expect_error(world, NWD, ns_regs(world, NWD, true), R_NS_RES_CHANGED);
	expect_parts(world, NWD, 1);
}

static void an_answer_goes_on_about_the_same_partition(void **state)
{
	struct world *world = start(state);

	scattered(world, MANY);
	first_part(world, NWD);
	expect_error(world, NWD, ns_regs(world, SP2, true), R_NS_RES_TARGET);
	call_regs(world, NWD, ns_regs(world, NWD, true));
	expect_reason(world->reason, R_NONE);
	expect_ok(do_release_rx(world, NWD));
	first_part(world, SP2);
	expect_error(world, NWD, ns_regs(world, SP1, true), R_NS_RES_TARGET);
	expect_error(world, NWD, ns_regs(world, NWD, true), R_NS_RES_TARGET);
	/* A new beginning forgets the old one. */
	expect_parts(world, SP1, 1);
	expect_nothing_in_progress(world);
}

/* --- Another CPU meanwhile --------------------------------------------- */

struct meeting {
	struct world *world;
	uint64_t handle;
	bool over;
};

/* While the first page is on its way, SP2 gives everything back. */
static void give_back(void *context, const struct host_event *event)
{
	struct meeting *meeting = context;
	struct desc_relinquish give = {meeting->handle, 0, 1, {ID_SP2}};

	if (event->kind != HOST_COPY_OUT || meeting->over)
		return;
	meeting->over = true;
	desc_write_relinquish(
		&give, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	call_on(meeting->world, 1, SP2, REGS(FFA_MEM_RELINQUISH));
	assert_int_equal(meeting->world->cpu[1].last->reason, R_NONE);
}

static enum reason ask_while_given_back(
	struct world *world, uint64_t handle, bool continues)
{
	struct meeting meeting = {.world = world, .handle = handle};

	host_checker_set(give_back, &meeting);
	call_on(world, 0, NWD, ns_regs(world, NWD, continues));
	host_checker_set(NULL, NULL);
	assert_true(meeting.over);
	return (enum reason)world->cpu[0].last->reason;
}

static void what_changes_during_a_call_is_not_told(void **state)
{
	struct world *world = start(state);
	struct op op = scattered(world, 3);

	expect_refusal(ask_while_given_back(world, op.handle, false),
		R_NS_RES_CHANGING);
	/* RX is the manager's again. */
	assert_int_equal(world->partition[NWD].mailbox.rx, RX_EMPTY);
	assert_int_equal(
		call_on(world, 0, NWD, ns_regs(world, NWD, true)).x[2], 0);
}

static void records_that_vanish_are_not_made_up(void **state)
{
	struct world *world = start(state);
	struct op op = scattered(world, MANY);

	expect_ok(do_unmap(world, NWD));
	expect_ok(do_map_pages(world, NWD, NWD_RAM + 16 * PAGE_SIZE, 3));
	expect_refusal(ask_while_given_back(world, op.handle, false),
		R_NS_RES_CHANGING);
}

static void the_last_part_can_be_too_late(void **state)
{
	struct world *world = start(state);
	struct op op = scattered(world, MANY);

	first_part(world, NWD);
	expect_refusal(
		ask_while_given_back(world, op.handle, true), R_NS_RES_CHANGED);
}

/* --- Refusals ---------------------------------------------------------- */

static void only_a_normal_world_of_1_3_may_ask(void **state)
{
	struct world *world = start(state);

	expect_error(world, SP1, REGS(FFA_NS_RES_INFO_GET), R_NOT_FOR_CALLER);
	expect_error(world, NWD, REGS(FFA_NS_RES_INFO_GET & ~FFA_64),
		R_UNKNOWN_FUNCTION);
	call_regs(world, NWD, REGS(FFA_FEATURES, FFA_NS_RES_INFO_GET));
	expect_reason(world->reason, R_NONE);
	world->partition[NWD].version = FFA_VERSION_1_2;
	expect_error(world, NWD, REGS(FFA_NS_RES_INFO_GET), R_NOT_FOR_CALLER);
	expect_error(world, NWD, REGS(FFA_FEATURES, FFA_NS_RES_INFO_GET),
		R_FEATURE_UNKNOWN);
}

static void registers_are_checked(void **state)
{
	static const uint64_t flags[] = {
		2, 4, 8, 0xc, 0x20, 0x80000000, 1ull << 32, 1ull << 63};
	static const uint64_t targets[] = {0, ID_NOBODY, 0x8000, ID_VM, 0xffff,
		0x10000 | ID_SP1, 1ull << 32 | ID_SP1};
	struct world *world = start(state);

	for (unsigned i = 0; i < ARRAY_COUNT(flags); i++)
		expect_error(world, NWD, REGS(FFA_NS_RES_INFO_GET, 0, flags[i]),
			R_NS_RES_FLAGS);
	for (unsigned i = 0; i < ARRAY_COUNT(targets); i++)
		expect_error(world, NWD,
			REGS(FFA_NS_RES_INFO_GET, targets[i], 1),
			R_NS_RES_TARGET);
	expect_error(world, NWD, REGS(FFA_NS_RES_INFO_GET, ID_SP1, 0),
		R_NS_RES_TARGET);
	for (unsigned i = 3; i < FFA_REG_COUNT; i++) {
		struct ffa_regs regs = REGS(FFA_NS_RES_INFO_GET);

		regs.x[i] = 1ull << 40;
		expect_error(world, NWD, regs, R_RESERVED_REGISTER);
	}
}

static void without_rx_there_is_no_answer(void **state)
{
	struct world *world = start(state);

	scattered(world, MANY);
	call_regs(world, NWD, ns_regs(world, NWD, false));
	expect_reason(world->reason, R_NONE);
	expect_error(world, NWD, ns_regs(world, NWD, true), R_NS_RES_BUFFER);
	expect_error(world, NWD, ns_regs(world, NWD, false), R_NS_RES_BUFFER);
	expect_ok(do_unmap(world, NWD));
	expect_error(world, NWD, ns_regs(world, NWD, false), R_NS_RES_BUFFER);
}

static void an_answer_that_cannot_be_written_ends(void **state)
{
	struct world *world = start(state);

	scattered(world, MANY);
	first_part(world, NWD);
	host_fail_copy(1);
	expect_error(world, NWD, ns_regs(world, NWD, true), R_BUFFER_FAULT);
	expect_nothing_in_progress(world);
	/* Copies of the first page, of the second, and of the zeroes. */
	for (uint32_t n = 1; n <= 2; n++) {
		host_fail_copy(n);
		expect_error(
			world, NWD, ns_regs(world, SP1, false), R_BUFFER_FAULT);
		expect_nothing_in_progress(world);
	}
	host_fail_copy(0);
	expect_parts(world, NWD, 3);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_that_is_mapped_is_told),
		TEST(a_partition_at_s_el0_has_no_privileged_access),
		TEST(one_partition_is_asked_for),
		TEST(a_region_is_one_in_however_many_tables),
		TEST(a_long_answer_comes_in_parts),
		TEST(a_part_is_filled_to_the_last_record),
		TEST(without_a_first_part_there_is_no_next),
		TEST(an_answer_ends_when_memory_changes),
		TEST(an_answer_goes_on_about_the_same_partition),
		TEST(what_changes_during_a_call_is_not_told),
		TEST(records_that_vanish_are_not_made_up),
		TEST(the_last_part_can_be_too_late),
		TEST(only_a_normal_world_of_1_3_may_ask),
		TEST(registers_are_checked),
		TEST(without_rx_there_is_no_answer),
		TEST(an_answer_that_cannot_be_written_ends),
	};

	return SUITE_RUN("test-ns-res", tests);
}
