/*
 * Faults injected into whole calls: the n-th page of the pool is missing, the
 * n-th copy or zeroing faults, for every n. Each refusal must have changed
 * nothing (calls.c compares a digest of ledger, tables, pool and quotas).
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define TRIES_MAX 200u

enum fault {
	FAULT_POOL,
	FAULT_COPY,
	FAULT_ZERO,
	FAULTS,
};

/* The n-th request of this kind fails from now on; 0: none does. */
static void arm(struct world *world, enum fault fault, uint32_t n)
{
	world->injecting = n > 0;
	world->spm.pool.fail_after = fault == FAULT_POOL ? n : 0;
	host_fail_copy(fault == FAULT_COPY ? n : 0);
	host_fail_zero(fault == FAULT_ZERO ? n : 0);
}

typedef enum reason attempt(struct world *world, struct op *op);

static enum reason attempt_map(struct world *world, struct op *op)
{
	return do_map(world, op->who, SP1_RO - PAGE_SIZE, SP1_RO);
}

static bool may_be_injected(enum reason reason)
{
	return reason == R_NO_NODES || reason == R_NO_TABLES ||
	       reason == R_BUFFER_FAULT || reason == R_ZERO_FAULT;
}

/* Fails for n = 1, 2, … until the call needs no n-th; how often it failed. */
static uint32_t fail_until_done(
	struct world *world, struct op *op, attempt *try, enum fault fault)
{
	uint64_t digest = oracle_digest(world);
	uint32_t n;

	for (n = 1; n < TRIES_MAX; n++) {
		enum reason reason;

		arm(world, fault, n);
		reason = try(world, op);
		arm(world, fault, 0);
		if (reason == R_NONE)
			return n - 1;
		if (!may_be_injected(reason))
			fail_msg("refused with %s", reason_name(reason));
		assert_int_equal(oracle_digest(world), digest);
	}
	fail_msg("no end of failures");
	return n;
}

/* Ranges that split blocks, fill slabs, need tables on both sides. */
static struct op hard_op(struct world *world, enum model_func func, int who)
{
	struct op op = op_of(world, func, who, SP2);
	uint64_t block = who == NWD ? NWD_BLOCK : SP1_BLOCK;

	for (uint32_t i = 0; i < 40; i++)
		op_range(&op, block + (3 + 4 * i) * PAGE_SIZE, 2);
	if (who == SP1)
		op_range(&op, SP1_BLOCK + 511 * PAGE_SIZE, 2);
	if (func != MODEL_SHARE)
		op.desc.flags = 1;
	return op;
}

static void expect_pool_failures(
	struct world *world, enum model_func func, int who)
{
	struct op op = hard_op(world, func, who);

	assert_in_range(
		fail_until_done(world, &op, do_send, FAULT_POOL), 1, TRIES_MAX);
	assert_in_range(fail_until_done(world, &op, do_retrieve, FAULT_POOL), 1,
		TRIES_MAX);
	if (func == MODEL_DONATE)
		return;
	/* Giving back takes nothing: the first page never is asked for. */
	arm(world, FAULT_POOL, 1);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(world->spm.pool.fail_after, 1);
	arm(world, FAULT_POOL, 0);
}

static void no_call_leaves_a_trace_when_a_page_is_missing(void **state)
{
	struct world *world = *state;

	CONFORMS("Z-05");
	map_buffers(world);
	for (int func = MODEL_SHARE; func <= MODEL_LEND; func++) {
		expect_pool_failures(world, (enum model_func)func, SP1);
		expect_pool_failures(world, (enum model_func)func, NWD);
	}
	expect_pool_failures(world, MODEL_DONATE, SP1);
	expect_pool_failures(world, MODEL_DONATE, NWD);
}

static void no_call_leaves_a_trace_when_a_copy_faults(void **state)
{
	struct world *world = *state;

	map_buffers(world);
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op = hard_op(world, (enum model_func)func, SP1);

		assert_int_equal(
			fail_until_done(world, &op, do_send, FAULT_COPY), 1);
		assert_int_equal(
			fail_until_done(world, &op, do_retrieve, FAULT_COPY),
			3); /* the request, the response, zeroes behind it */
		if (func == MODEL_DONATE)
			break;
		arm(world, FAULT_COPY, 1);
		expect_refusal(do_relinquish(world, &op, 0), R_BUFFER_FAULT);
		arm(world, FAULT_COPY, 0);
		expect_ok(do_relinquish(world, &op, 0));
		expect_ok(do_reclaim(world, &op, 0));
	}
}

/* The contents of a send that failed are undefined: zeroed in part. */
static void a_send_that_cannot_be_zeroed_is_undone(void **state)
{
	struct world *world = *state;
	struct op op;
	uint32_t n;

	map_buffers(world);
	op = hard_op(world, MODEL_LEND, SP1);
	for (n = 1; n < TRIES_MAX; n++) {
		uint64_t digest = oracle_digest(world);
		struct ffa_regs out;

		op.desc.range = op.range;
		desc_settle(&op.desc);
		desc_write(
			&op.desc, host_memory(paddr(world_tx(SP1))), PAGE_SIZE);
		host_fail_zero(n);
		out = call_plain(world, SP1,
			REGS(FFA_MEM_LEND_64, op.desc.length, op.desc.length));
		if (out.x[0] == FFA_SUCCESS)
			break;
		assert_int_equal(world->reason, R_ZERO_FAULT);
		assert_int_equal(oracle_digest(world), digest);
		assert_int_equal(
			access_of(world, SP1, SP1_BLOCK + 3 * PAGE_SIZE),
			MODEL_R | MODEL_W);
	}
	assert_int_equal(n, 42); /* 41 ranges */
}

static void a_pair_of_buffers_without_memory_leaves_no_trace(void **state)
{
	struct world *world = *state;
	struct op op = {.who = SP1};

	/* Fewer than two free nodes in the open slab page make it take one. */
	for (unsigned i = 0; i < 200; i++) {
		uint32_t failures =
			fail_until_done(world, &op, attempt_map, FAULT_POOL);

		expect_ok(do_unmap(world, SP1));
		if (failures > 0)
			return;
		assert_non_null(ledger_node_take(&world->engine.ledger));
	}
	fail_msg("mapping never needed a page");
}

static void handles_run_out_with_the_quota_and_come_back(void **state)
{
	struct world *world = *state;
	struct op op[8], more;

	CONFORMS("Z-04");
	map_buffers(world);
	world_limit(world, SP1, MODEL_TXNS, 8);
	for (unsigned i = 0; i < 8; i++)
		op[i] = sent(world, MODEL_LEND, SP1, SP2,
			SP1_BLOCK + 8 * i * PAGE_SIZE);
	more = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&more, SP1_MORE, 1);
	expect_refusal(do_send(world, &more), R_QUOTA_TXNS);
	expect_ok(do_reclaim(world, &op[3], 0));
	expect_ok(do_send(world, &more));
	for (unsigned i = 0; i < 8; i++)
		if (i != 3)
			expect_ok(do_reclaim(world, &op[i], 0));
}

/* One leaked node a call would fill a page of the pool in the end. */
static void refusals_cost_nothing_however_many(void **state)
{
	struct world *world = *state;
	struct op overlap = op_of(world, MODEL_LEND, SP1, SP2), op;
	uint64_t digest;

	map_buffers(world);
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	op_range(&overlap, SP1_RW, 4);
	op_range(&overlap, SP1_RW + 2 * PAGE_SIZE, 4);
	digest = oracle_digest(world);
	for (unsigned i = 0; i < 150; i++) {
		expect_refusal(do_send(world, &overlap), R_RANGE_OVERLAP);
		expect_refusal(
			do_reclaim_as(world, SP2, op.handle, 0), R_NOT_SENDER);
	}
	assert_int_equal(oracle_digest(world), digest);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_call_leaves_a_trace_when_a_page_is_missing),
		TEST(no_call_leaves_a_trace_when_a_copy_faults),
		TEST(a_send_that_cannot_be_zeroed_is_undone),
		TEST(a_pair_of_buffers_without_memory_leaves_no_trace),
		TEST(refusals_cost_nothing_however_many),
		TEST(handles_run_out_with_the_quota_and_come_back),
	};

	return SUITE_RUN("test-faults", tests);
}
