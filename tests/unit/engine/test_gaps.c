/*
 * Claim, work, publish: what others meet while the lock is dropped between
 * them, and that a call undone in the gap leaves everything as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "abi/ffa_func.h"
#include "abi/mem_decode.h"
#include "engine/giveback.h"
#include "engine/retrieve.h"
#include "engine/send.h"
#include "lib/desc.h"
#include "lib/oracle.h"
#include "lib/suite.h"
#include "lib/walker.h"

#define TAG 0x7a6ull
#define WINDOW_PAGES 3u

/* A transaction as these tests use it: SP1 sends to SP2, with tag TAG. */
struct op {
	enum mem_func func;
	uint64_t base;
	uint32_t pages;
	uint32_t flags;
	struct txn *txn;
	uint64_t handle;
};

static uint8_t bytes[4096] __attribute__((aligned(16)));
static struct mem_desc decoded;

/* The claim that is open; a test has one of a kind. */
static struct retrieval retrieving;
static struct release releasing;

static void build_send(const struct op *op, uint32_t range_count)
{
	static struct desc_range range[64];
	struct mem_input in = {.bytes = bytes, .version = FFA_VERSION_1_2};
	struct desc desc;

	desc_init(&desc, FFA_VERSION_1_2);
	desc.sender = ID_SP1;
	desc.flags = op->flags;
	desc.tag = TAG;
	desc_add_receiver(&desc, ID_SP2, op->func == MEM_DONATE ? 0 : DESC_RW);
	for (uint32_t i = 0; i < range_count; i++)
		range[i] = (struct desc_range){
			op->base + i * 2 * op->pages * PAGE_SIZE, op->pages, 0};
	desc.range = range;
	desc.range_count = range_count;
	desc_settle(&desc);
	in.size = desc_write(&desc, bytes, sizeof(bytes));
	in.total = in.size;
	assert_int_equal(mem_decode_send(&in, op->func, &decoded), R_NONE);
}

static enum reason open_ranges(
	struct world *world, struct op *op, uint32_t range_count)
{
	struct send_request request = {
		.owner = world_endpoint(world, SP1),
		.receiver = {world_endpoint(world, SP2)},
		.func = op->func,
		.desc = &decoded,
	};

	build_send(op, range_count);
	return send_open(&world->engine, &request, &op->txn);
}

static enum reason open_send(struct world *world, struct op *op)
{
	return open_ranges(world, op, 1);
}

static void send_all(struct world *world, struct op *op)
{
	assert_int_equal(open_send(world, op), R_NONE);
	assert_int_equal(send_work(op->txn), R_NONE);
	op->handle = txn_handle(op->txn);
	assert_int_equal(send_publish(&world->engine, op->txn, R_NONE), R_NONE);
}

static enum reason open_retrieve(
	struct world *world, const struct op *op, struct txn **txn)
{
	struct mem_desc request = {
		.sender = ID_SP1,
		.handle = op->handle,
		.tag = TAG,
		.receiver_count = 1,
		.receiver = {{.id = ID_SP2, .data = MEM_DATA_RW}},
	};
	struct retrieval open;
	enum reason reason;

	reason = retrieve_open(
		&world->engine, world_endpoint(world, SP2), &request, &open);
	if (reason != R_NONE)
		return reason;
	retrieving = open;
	*txn = open.txn;
	return R_NONE;
}

/* With a response that RX holds completely. */
static enum reason publish_retrieve(struct world *world, enum reason outcome)
{
	return retrieve_publish(
		&world->engine, &retrieving, outcome, (struct mem_cursor){0});
}

static void retrieve_all(struct world *world, const struct op *op)
{
	struct txn *txn;

	assert_int_equal(open_retrieve(world, op, &txn), R_NONE);
	assert_int_equal(publish_retrieve(world, R_NONE), R_NONE);
}

static enum reason open_relinquish(struct world *world, const struct op *op,
	uint32_t flags, struct txn **txn)
{
	struct mem_relinquish request = {op->handle, flags, 1, ID_SP2};
	struct release open;
	enum reason reason;

	reason = relinquish_open(
		&world->engine, world_endpoint(world, SP2), &request, &open);
	if (reason != R_NONE)
		return reason;
	releasing = open;
	*txn = open.txn;
	return R_NONE;
}

static enum reason open_reclaim(struct world *world, const struct op *op,
	uint32_t flags, struct txn **txn)
{
	return reclaim_open(&world->engine, world_endpoint(world, SP1),
		op->handle, flags, txn);
}

static void expect_as_modelled(struct world *world)
{
	if (!oracle_end(world))
		fail_msg("%s", world->wrong);
}

static struct op lend(uint32_t flags)
{
	return (struct op){
		.func = MEM_LEND,
		.base = SP1_MORE,
		.pages = WINDOW_PAGES,
		.flags = flags,
	};
}

/* --- Send -------------------------------------------------------------- */

static void a_send_that_the_peer_refuses_leaves_no_trace(void **state)
{
	static const enum mem_func funcs[] = {MEM_SHARE, MEM_LEND, MEM_DONATE};
	static const uint64_t bases[] = {
		SP1_MORE, SP1_BLOCK + 5 * PAGE_SIZE, SP1_BLOCK, SP1_NS};
	struct world *world = *state;
	uint64_t digest = oracle_digest(world);

	oracle_begin(world);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < ARRAY_COUNT(bases); k++) {
			struct op op = {.func = funcs[i],
				.base = bases[k],
				.pages = WINDOW_PAGES};

			assert_int_equal(open_send(world, &op), R_NONE);
			expect_reason(send_publish(&world->engine, op.txn,
					      R_ZERO_FAULT),
				R_ZERO_FAULT);
			assert_int_equal(oracle_digest(world), digest);
		}
	/* Access came and went, which the event judge may not see as one. */
	world->wrong[0] = '\0';
	expect_as_modelled(world);
}

static void a_sender_killed_in_the_gap_has_sent_nothing(void **state)
{
	struct world *world = *state;
	struct endpoint *owner = world_endpoint(world, SP1);
	uint64_t digest = oracle_digest(world);
	struct op op = lend(0);

	assert_int_equal(open_send(world, &op), R_NONE);
	owner->aborted = true;
	expect_reason(
		send_publish(&world->engine, op.txn, R_NONE), R_SENDER_DEAD);
	owner->aborted = false;
	assert_int_equal(oracle_digest(world), digest);
}

static void nobody_can_use_a_send_in_its_gap(void **state)
{
	struct world *world = *state;
	struct op op = lend(0), again = lend(0);
	struct txn *txn;

	assert_int_equal(open_send(world, &op), R_NONE);
	op.handle = txn_handle(op.txn);
	expect_reason(open_retrieve(world, &op, &txn), R_HANDLE_BUSY);
	expect_reason(open_relinquish(world, &op, 0, &txn), R_HANDLE_BUSY);
	expect_reason(open_reclaim(world, &op, 0, &txn), R_HANDLE_BUSY);
	expect_reason(open_send(world, &again), R_NOT_EXCLUSIVE);
	assert_int_equal(send_publish(&world->engine, op.txn, R_NONE), R_NONE);
	retrieve_all(world, &op);
}

static void no_page_is_reachable_in_the_gap_of_a_lend(void **state)
{
	struct world *world = *state;
	const struct space *space = &world->partition[SP1].space;
	struct walker_memory all = {host_memory(paddr(0)), HOST_MEMORY_SIZE};
	struct walker_leaf leaf;
	struct op op = lend(0);

	assert_int_equal(open_send(world, &op), R_NONE);
	for (uint32_t i = 0; i < WINDOW_PAGES; i++)
		assert_false(walker_find(&all, space->root[S2_SECURE].v,
			SP1_MORE + i * PAGE_SIZE, &leaf));
	assert_true(host_ghost_is_empty());
	assert_int_equal(send_publish(&world->engine, op.txn, R_NONE), R_NONE);
}

static void a_page_that_cannot_be_zeroed_stays_with_its_owner(void **state)
{
	struct world *world = *state;
	uint64_t digest = oracle_digest(world);
	struct op op = lend(MEM_FLAG_ZERO);

	assert_int_equal(open_send(world, &op), R_NONE);
	host_fail_zero(1);
	expect_reason(send_work(op.txn), R_ZERO_FAULT);
	expect_reason(send_publish(&world->engine, op.txn, R_ZERO_FAULT),
		R_ZERO_FAULT);
	assert_int_equal(oracle_digest(world), digest);
}

/* --- Retrieve ---------------------------------------------------------- */

static void others_wait_while_a_retrieval_is_in_its_gap(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	struct txn *txn, *other;

	send_all(world, &op);
	assert_int_equal(open_retrieve(world, &op, &txn), R_NONE);
	expect_reason(open_retrieve(world, &op, &other), R_RETRIEVE_BUSY);
	expect_reason(
		open_relinquish(world, &op, 0, &other), R_CALL_IN_PROGRESS);
	expect_reason(open_reclaim(world, &op, 0, &other), R_CALL_IN_PROGRESS);
	assert_int_equal(publish_retrieve(world, R_NONE), R_NONE);
	expect_reason(open_retrieve(world, &op, &other), R_ALREADY_RETRIEVED);
}

static void a_retrieval_undone_in_its_gap_can_be_repeated(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	uint64_t digest;
	struct txn *txn;

	send_all(world, &op);
	digest = oracle_digest(world);
	assert_int_equal(open_retrieve(world, &op, &txn), R_NONE);
	expect_reason(publish_retrieve(world, R_BUFFER_FAULT), R_BUFFER_FAULT);
	assert_int_equal(oracle_digest(world), digest);
	retrieve_all(world, &op);
}

/* The tables that a retrieval has reserved are not its neighbour's to free. */
static void a_neighbour_may_leave_while_a_retrieval_is_in_its_gap(void **state)
{
	struct world *world = *state;
	struct op held = lend(0), op = lend(0);
	struct txn *txn, *other;

	op.base += WINDOW_PAGES * PAGE_SIZE;
	send_all(world, &held);
	send_all(world, &op);
	retrieve_all(world, &held);
	assert_int_equal(open_retrieve(world, &op, &txn), R_NONE);
	assert_int_equal(open_relinquish(world, &held, 0, &other), R_NONE);
	assert_int_equal(relinquish_publish(&releasing, R_NONE), R_NONE);
	assert_int_equal(publish_retrieve(world, R_NONE), R_NONE);
	assert_int_equal(open_relinquish(world, &op, 0, &txn), R_NONE);
	assert_int_equal(relinquish_publish(&releasing, R_NONE), R_NONE);
}

/* Nor are they free for the taking when one of two retrievals is undone. */
static void of_two_retrievals_in_their_gaps_one_may_be_undone(void **state)
{
	struct world *world = *state;
	struct op first = lend(0), second = lend(0);
	struct retrieval one, two;
	struct txn *txn;

	second.base += WINDOW_PAGES * PAGE_SIZE;
	send_all(world, &first);
	send_all(world, &second);
	assert_int_equal(open_retrieve(world, &first, &txn), R_NONE);
	one = retrieving;
	assert_int_equal(open_retrieve(world, &second, &txn), R_NONE);
	two = retrieving;
	retrieving = one;
	assert_int_equal(
		publish_retrieve(world, R_BUFFER_FAULT), R_BUFFER_FAULT);
	retrieving = two;
	assert_int_equal(publish_retrieve(world, R_NONE), R_NONE);
}

static void a_borrower_killed_in_the_gap_gets_nothing(void **state)
{
	struct world *world = *state;
	struct endpoint *borrower = world_endpoint(world, SP2);
	struct op op = lend(0);
	uint64_t digest;
	struct txn *txn;

	send_all(world, &op);
	digest = oracle_digest(world);
	assert_int_equal(open_retrieve(world, &op, &txn), R_NONE);
	borrower->aborted = true;
	expect_reason(publish_retrieve(world, R_NONE), R_BORROWER_DEAD);
	borrower->aborted = false;
	assert_int_equal(oracle_digest(world), digest);
}

static void memory_of_a_dead_owner_is_not_retrieved(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	struct txn *txn;

	send_all(world, &op);
	world_endpoint(world, SP1)->aborted = true;
	expect_reason(open_retrieve(world, &op, &txn), R_OWNER_DEAD);
}

/* --- Relinquish, reclaim ----------------------------------------------- */

static void a_borrower_that_is_releasing_still_counts(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	struct txn *txn, *other;

	send_all(world, &op);
	retrieve_all(world, &op);
	expect_reason(open_reclaim(world, &op, 0, &other), R_STILL_HELD);
	assert_int_equal(open_relinquish(world, &op, 0, &txn), R_NONE);
	expect_reason(open_reclaim(world, &op, 0, &other), R_STILL_HELD);
	expect_reason(open_retrieve(world, &op, &other), R_RETRIEVE_BUSY);
	expect_reason(
		open_relinquish(world, &op, 0, &other), R_CALL_IN_PROGRESS);
	assert_int_equal(relinquish_publish(&releasing, R_NONE), R_NONE);
	assert_int_equal(open_reclaim(world, &op, 0, &txn), R_NONE);
	assert_int_equal(reclaim_publish(&world->engine, txn, R_NONE), R_NONE);
}

static void a_page_not_zeroed_at_relinquish_is_withheld(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	struct txn *txn;

	send_all(world, &op);
	retrieve_all(world, &op);
	assert_int_equal(
		open_relinquish(world, &op, MEM_FLAG_ZERO, &txn), R_NONE);
	host_fail_zero(1);
	expect_reason(relinquish_work(&releasing), R_ZERO_FAULT);
	expect_reason(
		relinquish_publish(&releasing, R_ZERO_FAULT), R_ZERO_FAULT);
	expect_reason(open_retrieve(world, &op, &txn), R_MEMORY_QUARANTINED);
	expect_reason(open_reclaim(world, &op, 0, &txn), R_MEMORY_QUARANTINED);
}

static void a_page_not_zeroed_at_reclaim_is_withheld(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	struct txn *txn;

	send_all(world, &op);
	assert_int_equal(open_reclaim(world, &op, MEM_FLAG_ZERO, &txn), R_NONE);
	host_fail_zero(1);
	expect_reason(reclaim_work(txn, MEM_FLAG_ZERO), R_ZERO_FAULT);
	expect_reason(reclaim_publish(&world->engine, txn, R_ZERO_FAULT),
		R_ZERO_FAULT);
	expect_reason(open_reclaim(world, &op, 0, &txn), R_MEMORY_QUARANTINED);
	expect_reason(open_retrieve(world, &op, &txn), R_MEMORY_QUARANTINED);
}

static void two_reclaims_of_one_handle_cannot_both_go_on(void **state)
{
	struct world *world = *state;
	struct op op = lend(0);
	struct txn *txn, *other;

	send_all(world, &op);
	assert_int_equal(open_reclaim(world, &op, 0, &txn), R_NONE);
	expect_reason(open_reclaim(world, &op, 0, &other), R_CALL_IN_PROGRESS);
	expect_reason(open_retrieve(world, &op, &other), R_RETRIEVE_BUSY);
	assert_int_equal(reclaim_publish(&world->engine, txn, R_NONE), R_NONE);
	expect_reason(open_reclaim(world, &op, 0, &other), R_HANDLE_UNKNOWN);
}

/* --- Resources --------------------------------------------------------- */

/* The n-th page of the pool is missing, for every n. */
static void expect_send_fails_cleanly(
	struct world *world, enum mem_func func, uint64_t base, uint32_t ranges)
{
	uint64_t digest = oracle_digest(world);
	struct op op = {.func = func, .base = base, .pages = 1};
	enum reason reason;
	uint32_t n;

	for (n = 1; n < 100; n++) {
		world->spm.pool.fail_after = n;
		reason = open_ranges(world, &op, ranges);
		if (reason == R_NONE)
			break;
		assert_int_equal(reason_status(reason), FFA_NO_MEMORY);
		suite_reached(reason);
		assert_int_equal(oracle_digest(world), digest);
	}
	world->spm.pool.fail_after = 0;
	assert_in_range(n, 2, 99);
	assert_int_equal(send_publish(&world->engine, op.txn, R_ZERO_FAULT),
		R_ZERO_FAULT);
	assert_int_equal(oracle_digest(world), digest);
}

static void a_send_without_memory_leaves_no_trace_at_any_step(void **state)
{
	struct world *world = *state;

	expect_send_fails_cleanly(world, MEM_SHARE, SP1_BLOCK, 40);
	expect_send_fails_cleanly(world, MEM_LEND, SP1_BLOCK + PAGE_SIZE, 40);
	expect_send_fails_cleanly(world, MEM_DONATE, SP1_BLOCK, 60);
	/* The last range of 60 goes over the block's end. */
	expect_send_fails_cleanly(
		world, MEM_LEND, SP1_BLOCK + 400 * PAGE_SIZE, 58);
}

static void expect_retrieval_fails_cleanly(
	struct world *world, enum mem_func func, uint64_t base)
{
	struct op op = {.func = func, .base = base, .pages = 2};
	enum reason reason;
	uint64_t digest;
	struct txn *txn;
	uint32_t n;

	send_all(world, &op);
	digest = oracle_digest(world);
	for (n = 1; n < 100; n++) {
		world->spm.pool.fail_after = n;
		reason = open_retrieve(world, &op, &txn);
		if (reason == R_NONE)
			break;
		expect_reason(reason, R_NO_TABLES);
		assert_int_equal(oracle_digest(world), digest);
	}
	world->spm.pool.fail_after = 0;
	assert_in_range(n, 2, 99);
	assert_int_equal(publish_retrieve(world, R_NONE), R_NONE);
}

static void a_retrieval_without_memory_leaves_no_trace(void **state)
{
	struct world *world = *state;

	expect_retrieval_fails_cleanly(world, MEM_SHARE, SP1_BLOCK);
	expect_retrieval_fails_cleanly(world, MEM_LEND, SP1_NS);
}

static void empty_the_pool(struct world *world)
{
	struct paddr page;

	while (page_pool_take(&world->spm.pool, &page))
		;
	assert_int_equal(world->spm.pool.free_count, 0);
}

static void giving_back_works_with_an_empty_pool(void **state)
{
	struct world *world = *state;
	struct op lent = {.func = MEM_LEND, .base = SP1_BLOCK, .pages = 7};
	struct op pending = {
		.func = MEM_DONATE, .base = SP1_BLOCK + 0x100000, .pages = 3};
	struct txn *txn;

	oracle_begin(world);
	send_all(world, &lent);
	send_all(world, &pending);
	retrieve_all(world, &lent);
	empty_the_pool(world);
	assert_int_equal(open_relinquish(world, &lent, 0, &txn), R_NONE);
	assert_int_equal(relinquish_publish(&releasing, R_NONE), R_NONE);
	assert_int_equal(open_reclaim(world, &lent, 0, &txn), R_NONE);
	assert_int_equal(reclaim_publish(&world->engine, txn, R_NONE), R_NONE);
	assert_int_equal(open_reclaim(world, &pending, 0, &txn), R_NONE);
	assert_int_equal(reclaim_publish(&world->engine, txn, R_NONE), R_NONE);
	world->wrong[0] = '\0';
	expect_as_modelled(world);
}

static void a_party_cannot_use_up_more_than_its_quota(void **state)
{
	struct world *world = *state;
	struct quota *quota = &world_endpoint(world, SP1)->quota;
	struct op op = {.func = MEM_SHARE, .base = SP1_BLOCK, .pages = 1};
	struct op more = {.func = MEM_SHARE, .base = SP1_MORE, .pages = 1};
	uint64_t digest = oracle_digest(world);
	struct txn *txn;

	quota->limit.of[QUOTA_NODES] = quota->used.of[QUOTA_NODES] + 4;
	expect_reason(open_ranges(world, &op, 5), R_QUOTA_NODES);
	assert_int_equal(oracle_digest(world), digest);
	assert_int_equal(open_ranges(world, &op, 4), R_NONE);
	op.handle = txn_handle(op.txn);
	assert_int_equal(send_publish(&world->engine, op.txn, R_NONE), R_NONE);
	expect_reason(open_ranges(world, &more, 1), R_QUOTA_NODES);
	/* What is given back can be used again. */
	assert_int_equal(open_reclaim(world, &op, 0, &txn), R_NONE);
	assert_int_equal(reclaim_publish(&world->engine, txn, R_NONE), R_NONE);
	assert_int_equal(oracle_digest(world), digest);
	assert_int_equal(open_ranges(world, &op, 4), R_NONE);
}

static void a_handle_is_never_used_twice(void **state)
{
	struct world *world = *state;
	uint64_t last = 0;
	struct txn *txn;

	for (unsigned i = 0; i < 2000; i++) {
		struct op op = lend(0);

		send_all(world, &op);
		assert_true(op.handle > last);
		assert_int_equal(op.handle >> 63, 0);
		last = op.handle;
		assert_int_equal(open_reclaim(world, &op, 0, &txn), R_NONE);
		assert_int_equal(
			reclaim_publish(&world->engine, txn, R_NONE), R_NONE);
		expect_reason(
			open_retrieve(world, &op, &txn), R_HANDLE_UNKNOWN);
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_send_that_the_peer_refuses_leaves_no_trace),
		TEST(a_sender_killed_in_the_gap_has_sent_nothing),
		TEST(nobody_can_use_a_send_in_its_gap),
		TEST(no_page_is_reachable_in_the_gap_of_a_lend),
		TEST(a_page_that_cannot_be_zeroed_stays_with_its_owner),
		TEST(others_wait_while_a_retrieval_is_in_its_gap),
		TEST(a_retrieval_undone_in_its_gap_can_be_repeated),
		TEST(a_neighbour_may_leave_while_a_retrieval_is_in_its_gap),
		TEST(of_two_retrievals_in_their_gaps_one_may_be_undone),
		TEST(a_borrower_killed_in_the_gap_gets_nothing),
		TEST(memory_of_a_dead_owner_is_not_retrieved),
		TEST(a_borrower_that_is_releasing_still_counts),
		TEST(a_page_not_zeroed_at_relinquish_is_withheld),
		TEST(a_page_not_zeroed_at_reclaim_is_withheld),
		TEST(two_reclaims_of_one_handle_cannot_both_go_on),
		TEST(a_send_without_memory_leaves_no_trace_at_any_step),
		TEST(a_retrieval_without_memory_leaves_no_trace),
		TEST(giving_back_works_with_an_empty_pool),
		TEST(a_party_cannot_use_up_more_than_its_quota),
		TEST(a_handle_is_never_used_twice),
	};

	return SUITE_RUN("test-gaps", tests);
}
