/*
 * RX/TX pairs of 1 to 16 pages, each party its own size: one fragment is then
 * longer than the page through which the manager copies it.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define RANGES_MAX 4096u
#define MANY 1100u
#define TRIES_MAX 20u

static const uint32_t sizes[] = {1, 2, 16}; /* pages */

/* The last pages of the party's RW memory. */
static void map_pages(struct world *world, int party, uint32_t pages)
{
	uint64_t end = world_rx(party) + PAGE_SIZE;

	if (world->partition[party].mailbox.mapped)
		expect_ok(do_unmap(world, party));
	expect_ok(do_map_pages(
		world, party, end - 2ull * pages * PAGE_SIZE, pages));
}

static struct world *start(void **state, int who, uint32_t pages)
{
	struct world *world = *state;

	world_extend(world, who, FAR, RANGES_MAX);
	world_limit(world, who, MODEL_NODES, 8 * RANGES_MAX);
	for (int party = NWD; party < WORLD_PARTIES; party++)
		map_pages(world, party, pages);
	return world;
}

/* Neighbours, page by page. */
static struct op long_op(
	struct world *world, enum model_func func, int who, uint32_t ranges)
{
	struct op op = op_of(world, func, who, SP2);

	for (uint32_t i = 0; i < ranges; i++)
		op_range(&op, FAR + i * PAGE_SIZE, 1);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	return op;
}

static void finish(struct world *world, struct op *op)
{
	expect_ok(do_relinquish(world, op, 0));
	expect_ok(do_reclaim(world, op, 0));
}

/* --- Sizes and versions ------------------------------------------------ */

static void cycle(struct world *world, uint32_t from, uint32_t to)
{
	struct op op;

	world->partition[SP1].version = from;
	world->partition[SP2].version = to;
	op = long_op(world, MODEL_SHARE, SP1, MANY);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	finish(world, &op);
}

static void every_size_and_version_goes_with_every_other(void **state)
{
	struct world *world = start(state, SP1, 1);
	uint64_t digest = 0;

	for (unsigned tx = 0; tx < ARRAY_COUNT(sizes); tx++)
		for (unsigned rx = 0; rx < ARRAY_COUNT(sizes); rx++) {
			map_pages(world, SP1, sizes[tx]);
			map_pages(world, SP2, sizes[rx]);
			digest = oracle_digest(world);
			for (unsigned i = 0; i < 16; i++)
				cycle(world, FFA_VERSION_1_0 + i / 4,
					FFA_VERSION_1_0 + i % 4);
			assert_int_equal(oracle_digest(world), digest);
		}
}

/* Bytes before the first range, in a descriptor with one receiver. */
static uint32_t head_of(uint32_t version)
{
	static const uint32_t heads[] = {64, 80, 96, 96};

	return heads[version - FFA_VERSION_1_0];
}

/* As many ranges as one fragment holds, and one more, in both directions. */
static void fill_to_the_last_range(
	struct world *world, uint32_t pages, uint32_t version)
{
	uint32_t fit = (pages * PAGE_SIZE - head_of(version)) / 16;

	world->partition[SP1].version = version;
	world->partition[SP2].version = version;
	for (uint32_t more = 0; more < 2; more++) {
		struct op op = long_op(world, MODEL_LEND, SP1, fit + more);

		op.keep_rest = true;
		expect_ok(do_send_first(world, &op));
		assert_int_equal(op.desc.length - op.done, more * 16);
		expect_ok(do_rest(world, &op));
		expect_ok(do_retrieve(world, &op));
		assert_int_equal(op.response.length - op.received, more * 16);
		if (more)
			expect_ok(do_more(world, &op));
		finish(world, &op);
	}
}

static void a_fragment_is_filled_to_the_last_range(void **state)
{
	struct world *world = start(state, SP1, 1);

	for (unsigned i = 0; i < ARRAY_COUNT(sizes); i++) {
		map_pages(world, SP1, sizes[i]);
		map_pages(world, SP2, sizes[i]);
		for (uint32_t version = FFA_VERSION_1_0;
			version <= FFA_VERSION_OURS; version++)
			fill_to_the_last_range(world, sizes[i], version);
	}
}

/* FF-A 1.0: each page of the fragment ends with half a range. */
static void ranges_of_a_1_0_sender_may_lie_across_pages(void **state)
{
	struct world *world = start(state, SP1, 16);

	world->partition[SP1].version = FFA_VERSION_1_0;
	for (uint32_t first = 0; first < 2; first++) {
		struct op op = long_op(world, MODEL_LEND, SP1, MANY);

		op.desc.composite_at += 8;
		op.desc.receiver[0].composite += 8;
		op.desc.length += 8;
		if (first)
			op.first = op.desc.composite_at + 16 + 300 * 16;
		expect_ok(do_send(world, &op));
		expect_ok(do_retrieve(world, &op));
		finish(world, &op);
	}
}

static void nothing_fits_that_is_longer_than_the_buffer(void **state)
{
	struct world *world = start(state, SP1, 2);
	struct op op = long_op(world, MODEL_SHARE, SP1, MANY);

	expect_refusal(
		raw_send_part(world, &op, op.desc.length, 2 * PAGE_SIZE + 16),
		R_FRAGMENT_LENGTH);
	expect_ok(do_send_first(world, &op));
	assert_int_equal(op.done, 2 * PAGE_SIZE);
	expect_refusal(
		do_fragment(world, &op, 2 * PAGE_SIZE + 16), R_FRAGMENT_LENGTH);
	expect_ok(do_rest(world, &op));
}

/* All but the ranges is in the first page of a descriptor: LIMITS. */
static void receivers_and_region_descriptor_are_in_the_first_page(void **state)
{
	struct world *world = start(state, SP1, 16);
	struct op op = long_op(world, MODEL_SHARE, SP1, 600);
	struct desc desc;

	op.desc.composite_at = PAGE_SIZE - 16;
	op.desc.receiver[0].composite = PAGE_SIZE - 16;
	op.desc.length = PAGE_SIZE + 600 * 16;
	expect_ok(do_send(world, &op));
	expect_ok(do_reclaim(world, &op, 0));
	op.desc.composite_at += 16;
	op.desc.receiver[0].composite += 16;
	op.desc.length += 16;
	expect_refusal(raw_send(world, &op), R_COMPOSITE_OFFSET);
	op = long_op(world, MODEL_SHARE, SP1, 600);
	op.desc.emad_at += PAGE_SIZE;
	op.desc.emad_offset += PAGE_SIZE;
	expect_refusal(raw_send(world, &op), R_RECEIVER_OFFSET);
	op = sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	desc = retrieve_desc(world, &op);
	desc.length += PAGE_SIZE;
	expect_refusal(raw_retrieve(world, SP2, &desc), R_REQUEST_LENGTH);
}

/* --- What is wrong behind the first page -------------------------------- */

static void a_bad_range_on_any_page_leaves_no_trace(void **state)
{
	struct world *world = start(state, SP1, 16);

	for (uint32_t at = 100; at < MANY; at += 250) {
		struct op op = long_op(world, MODEL_LEND, SP1, MANY);

		op.range[at].base += 8;
		expect_refusal(do_send(world, &op), R_RANGE_ALIGNMENT);
		op.range[at].base = SP2_RW;
		expect_refusal(do_send(world, &op), R_NOT_OWNER);
		op.range[at].base = op.range[0].base;
		expect_refusal(do_send(world, &op), R_RANGE_OVERLAP);
		op.range[at].base = FAR + at * PAGE_SIZE;
		op.range[at].reserved = 1;
		expect_refusal(do_send(world, &op), R_RANGE_RESERVED);
		op.range[at].reserved = 0;
		op.desc.page_total++;
		expect_refusal(do_send(world, &op), R_RANGE_SUM);
	}
}

static void a_bad_range_on_any_page_of_a_fragment_ends_the_send(void **state)
{
	struct world *world = start(state, SP1, 16);
	uint64_t digest = oracle_digest(world);

	for (uint32_t at = 100; at < MANY; at += 250) {
		struct op op = long_op(world, MODEL_DONATE, SP1, MANY);

		op.first = op.desc.composite_at + 16;
		op.range[at].base += 8;
		expect_refusal(do_send(world, &op), R_RANGE_ALIGNMENT);
		assert_int_equal(oracle_digest(world), digest);
		expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
	}
}

static void no_page_of_the_pool_is_lost_with_a_long_send(void **state)
{
	struct world *world = start(state, SP1, 16);
	uint64_t digest = oracle_digest(world);
	uint32_t n;

	for (n = 1;; n++) {
		struct op op = long_op(world, MODEL_DONATE, SP1, MANY);
		enum reason reason;

		world->injecting = true;
		world->spm.pool.fail_after = n;
		reason = do_send(world, &op);
		world->spm.pool.fail_after = 0;
		world->injecting = false;
		if (reason == R_NONE)
			break;
		assert_true(reason == R_NO_NODES || reason == R_NO_TABLES);
		assert_int_equal(oracle_digest(world), digest);
	}
	/* Three nodes a range, and what else there is. */
	assert_in_range(n, 3 * MANY / 64, 3 * MANY / 64 + TRIES_MAX);
}

/* --- Copies that fault -------------------------------------------------- */

static void arm_copy(struct world *world, uint32_t n)
{
	world->injecting = n > 0;
	host_fail_copy(n);
}

/*
 * Every copy of the call faults once, and nothing has changed (the library
 * compares digests); it then succeeds. How often it failed.
 */
typedef enum reason attempt(struct world *world, struct op *op);
static uint32_t fail_each_copy(struct world *world, struct op *op, attempt *try)
{
	for (uint32_t n = 1; n < TRIES_MAX; n++) {
		enum reason reason;

		arm_copy(world, n);
		reason = try(world, op);
		arm_copy(world, 0);
		if (reason == R_NONE)
			return n - 1;
		expect_refusal(reason, R_BUFFER_FAULT);
	}
	fail_msg("no end of failures");
	return 0;
}

static enum reason attempt_rest(struct world *world, struct op *op)
{
	return do_fragment(world, op, op->desc.length - op->done);
}

static void a_long_fragment_that_faults_may_come_again(void **state)
{
	struct world *world = start(state, SP1, 16);
	uint64_t digest = oracle_digest(world);

	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op = long_op(
			world, (enum model_func)func, SP1, RANGES_MAX - 8);

		op.first = 5 * 4096 / 2;
		assert_int_equal(fail_each_copy(world, &op, do_send_first), 3);
		/* In the middle of the send, and of the quota. */
		assert_int_equal(fail_each_copy(world, &op, attempt_rest), 14);
		expect_ok(do_reclaim(world, &op, 0));
		assert_int_equal(oracle_digest(world), digest);
	}
}

static void a_long_response_that_faults_may_be_asked_for_again(void **state)
{
	struct world *world = start(state, SP1, 2);
	struct op op = long_op(world, MODEL_SHARE, SP1, MANY);

	expect_ok(do_send(world, &op));
	op.keep_rest = true;
	/* The request, two pages. */
	assert_int_equal(fail_each_copy(world, &op, do_retrieve), 3);
	assert_int_equal(op.received, 2 * PAGE_SIZE);
	assert_int_equal(fail_each_copy(world, &op, do_more), 2);
	/* What is left, and zeroes to the end of both pages. */
	assert_int_equal(fail_each_copy(world, &op, do_more), 3);
	assert_int_equal(op.received, op.response.length);
	finish(world, &op);
}

static void a_short_response_leaves_nothing_of_a_long_one(void **state)
{
	struct world *world = start(state, SP1, 16);
	struct op op = long_op(world, MODEL_SHARE, SP1, MANY);

	/* The library looks at every byte of RX. */
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	finish(world, &op);
	op = held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	finish(world, &op);
	op = long_op(world, MODEL_SHARE, SP1, MANY);
	expect_ok(do_send(world, &op));
	arm_copy(world, 4);
	expect_refusal(do_retrieve(world, &op), R_BUFFER_FAULT);
	arm_copy(world, 0);
	expect_ok(do_reclaim(world, &op, 0));
	op = held(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
	finish(world, &op);
}

static void a_long_answer_to_the_hypervisor_may_fault(void **state)
{
	struct world *world = start(state, NWD, 2);
	struct op op = long_op(world, MODEL_SHARE, NWD, MANY);

	expect_ok(do_send(world, &op));
	op.keep_rest = true;
	assert_int_equal(fail_each_copy(world, &op, do_hypervisor_retrieve), 3);
	expect_refusal(
		do_hypervisor_retrieve(world, &op), R_HYPERVISOR_RETRIEVES);
	op.receiver = NWD;
	while (op.received < op.response.length)
		assert_in_range(fail_each_copy(world, &op, do_more), 2, 3);
	expect_ok(do_reclaim(world, &op, 0));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_size_and_version_goes_with_every_other),
		TEST(a_fragment_is_filled_to_the_last_range),
		TEST(ranges_of_a_1_0_sender_may_lie_across_pages),
		TEST(nothing_fits_that_is_longer_than_the_buffer),
		TEST(receivers_and_region_descriptor_are_in_the_first_page),
		TEST(a_bad_range_on_any_page_leaves_no_trace),
		TEST(a_bad_range_on_any_page_of_a_fragment_ends_the_send),
		TEST(no_page_of_the_pool_is_lost_with_a_long_send),
		TEST(a_long_fragment_that_faults_may_come_again),
		TEST(a_long_response_that_faults_may_be_asked_for_again),
		TEST(a_short_response_leaves_nothing_of_a_long_one),
		TEST(a_long_answer_to_the_hypervisor_may_fault),
	};

	return SUITE_RUN("test-buffer-sizes", tests);
}
