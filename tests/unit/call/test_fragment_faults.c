/*
 * Faults injected into sends and responses in fragments, at every step: the
 * n-th page of the pool is missing, the n-th copy faults, for every n; the
 * quota ends at every range. Whatever fails has changed nothing, or ended
 * the send without a trace.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define MANY 300u
#define FRAGMENT (40 * 16)
#define TRIES_MAX 60u

static void arm_pool(struct world *world, uint32_t n)
{
	world->injecting = n > 0;
	world->spm.pool.fail_after = n;
}

static void arm_copy(struct world *world, uint32_t n)
{
	world->injecting = n > 0;
	host_fail_copy(n);
}

/* Ranges that split blocks of the sender and need tables of its receivers. */
static struct op hard_op(struct world *world, enum model_func func, int who)
{
	struct op op = op_of(world, func, who, SP2);

	if (func != MODEL_DONATE)
		op_receiver(world, &op, SP3, DESC_RO);
	op_scatter(&op, FAR, MANY);
	op.fragment = FRAGMENT;
	return op;
}

static struct world *start(void **state, int who)
{
	struct world *world = *state;

	world_extend(world, who, FAR, 2 * MANY);
	map_buffers(world);
	return world;
}

/* A page is missing: the send ends, and can be made again. */
static uint32_t send_without_pages(struct world *world, struct op *op)
{
	uint64_t digest = oracle_digest(world);
	uint32_t n;

	for (n = 1; n < TRIES_MAX; n++) {
		enum reason reason;

		arm_pool(world, n);
		reason = do_send(world, op);
		arm_pool(world, 0);
		if (reason == R_NONE)
			return n - 1;
		assert_true(reason == R_NO_NODES || reason == R_NO_TABLES);
		assert_int_equal(oracle_digest(world), digest);
	}
	fail_msg("no end of failures");
	return n;
}

static uint32_t retrieve_without_pages(struct world *world, struct op *op)
{
	uint64_t digest = oracle_digest(world);
	uint32_t n;

	for (n = 1; n < TRIES_MAX; n++) {
		enum reason reason;

		arm_pool(world, n);
		reason = do_retrieve(world, op);
		arm_pool(world, 0);
		if (reason == R_NONE)
			return n - 1;
		assert_int_equal(reason, R_NO_TABLES);
		assert_int_equal(oracle_digest(world), digest);
	}
	fail_msg("no end of failures");
	return n;
}

static void give_back(struct world *world, struct op *op)
{
	arm_pool(world, 1);
	for (int party = SP2; party <= SP3; party++) {
		op->receiver = party;
		expect_ok(do_relinquish(world, op, 0));
	}
	expect_ok(do_reclaim(world, op, 0));
	/* Giving back takes nothing: the first page never was asked for. */
	assert_int_equal(world->spm.pool.fail_after, 1);
	arm_pool(world, 0);
}

static void expect_pool_failures(void **state, int who)
{
	struct world *world = start(state, who);
	uint64_t digest = oracle_digest(world);

	for (int func = MODEL_SHARE; func <= MODEL_LEND; func++) {
		struct op op = hard_op(world, (enum model_func)func, who);

		assert_true(send_without_pages(world, &op) > 3);
		for (int party = SP2; party <= SP3; party++) {
			op.receiver = party;
			assert_true(retrieve_without_pages(world, &op) > 1);
		}
		give_back(world, &op);
		assert_int_equal(oracle_digest(world), digest);
	}
}

static void no_fragment_of_a_partition_leaves_a_trace(void **state)
{
	expect_pool_failures(state, SP1);
}

static void no_fragment_of_the_normal_world_leaves_a_trace(void **state)
{
	expect_pool_failures(state, NWD);
}

static void no_fragment_of_a_donation_leaves_a_trace(void **state)
{
	struct world *world = start(state, SP1);
	struct op op = hard_op(world, MODEL_DONATE, SP1);

	assert_true(send_without_pages(world, &op) > 10);
	op.receiver = SP2;
	assert_true(retrieve_without_pages(world, &op) > 0);
}

/* --- Copies ------------------------------------------------------------ */

static enum reason read_rest(struct world *world, struct op *op)
{
	while (op->received < op->response.length) {
		enum reason reason = do_more(world, op);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

/* TX faults: that fragment is missing, and may come again. */
static void a_fragment_that_cannot_be_read_may_come_again(void **state)
{
	struct world *world = start(state, SP1);
	uint64_t digest = oracle_digest(world);
	uint32_t n;

	for (n = 1; n < TRIES_MAX; n++) {
		struct op op = hard_op(world, MODEL_LEND, SP1);
		enum reason reason;

		arm_copy(world, n);
		reason = do_send(world, &op);
		arm_copy(world, 0);
		if (reason != R_NONE)
			expect_refusal(reason, R_BUFFER_FAULT);
		if (reason != R_NONE && n == 1)
			continue; /* nothing was begun */
		expect_ok(do_rest(world, &op));
		expect_ok(do_reclaim(world, &op, 0));
		assert_int_equal(oracle_digest(world), digest);
		if (reason == R_NONE)
			break;
	}
	/* The first fragment, and the others. */
	assert_int_equal(
		n, 2 + (112 + 16 + MANY * 16 - 4096 + FRAGMENT - 1) / FRAGMENT);
}

static void spoil_tx(void *context, const struct host_event *event)
{
	(void)context;
	if (event->kind == HOST_COPIED_IN)
		memset(host_memory(paddr(event->address)), 0xff, event->size);
}

/* what is stored behind the copy comes too late. */
static void a_fragment_is_read_once(void **state)
{
	struct world *world = start(state, SP1);
	struct op op = hard_op(world, MODEL_SHARE, SP1);

	CONFORMS("Q-20");
	world->also = spoil_tx;
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	world->also = NULL;
}

/* RX faults: that fragment is still the next one. */
static void expect_copy_failures(
	struct world *world, struct op *op, enum model_func func)
{
	uint32_t n;

	for (n = 1; n < TRIES_MAX; n++) {
		enum reason reason;

		arm_copy(world, n);
		reason = do_retrieve(world, op);
		arm_copy(world, 0);
		if (reason != R_NONE)
			expect_refusal(reason, R_BUFFER_FAULT);
		/* The request, and the first fragment: nothing was begun. */
		if (n <= 2)
			continue;
		expect_ok(read_rest(world, op));
		if (reason == R_NONE || func == MODEL_DONATE)
			break;
		expect_ok(do_relinquish(world, op, 0));
	}
	/* The last: zeroes behind the second fragment. */
	assert_int_equal(n, func == MODEL_DONATE ? 3 : 5);
}

static void a_fragment_that_cannot_be_written_comes_again(void **state)
{
	struct world *world = start(state, SP1);

	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct op op = hard_op(world, (enum model_func)func, SP1);

		expect_ok(do_send(world, &op));
		expect_copy_failures(world, &op, (enum model_func)func);
		if (func == MODEL_DONATE)
			return;
		expect_ok(do_relinquish(world, &op, 0));
		expect_ok(do_reclaim(world, &op, 0));
	}
}

static void the_hypervisor_may_ask_again_after_a_fault(void **state)
{
	struct world *world = start(state, NWD);
	struct op op = hard_op(world, MODEL_SHARE, NWD);
	uint64_t digest;
	uint32_t n;

	expect_ok(do_send(world, &op));
	digest = oracle_digest(world);
	for (n = 1; n < 3; n++) {
		arm_copy(world, n);
		expect_refusal(
			do_hypervisor_retrieve(world, &op), R_BUFFER_FAULT);
		arm_copy(world, 0);
		assert_int_equal(oracle_digest(world), digest);
	}
	arm_copy(world, 3);
	expect_refusal(do_hypervisor_retrieve(world, &op), R_BUFFER_FAULT);
	arm_copy(world, 0);
	expect_ok(do_more_as(
		world, &(struct more){NWD, op.handle, op.received, 0, false}));
	assert_int_equal(oracle_digest(world), digest);
}

/* --- Quota, zeroing ---------------------------------------------------- */

static void the_quota_may_end_at_any_range(void **state)
{
	struct world *world = start(state, SP1);
	struct quota *quota = &world_endpoint(world, SP1)->quota;
	uint64_t digest = oracle_digest(world);
	uint32_t least = quota->used.of[QUOTA_NODES], room;

	for (room = 0; room < MANY + TRIES_MAX; room += room % 40 ? 1 : 39) {
		struct op op = hard_op(world, MODEL_SHARE, SP1);
		enum reason reason;

		world_limit(world, SP1, MODEL_NODES, least + room);
		reason = do_send(world, &op);
		if (reason == R_NONE) {
			expect_ok(do_reclaim(world, &op, 0));
			break;
		}
		expect_refusal(reason, R_QUOTA_NODES);
		assert_int_equal(oracle_digest(world), digest);
	}
	assert_in_range(room, MANY, MANY + 40);
	assert_int_equal(quota->used.of[QUOTA_NODES], least);
}

/* What has been zeroed in part is undefined: no model, no oracle. */
static void a_last_fragment_that_cannot_zero_ends_the_send(void **state)
{
	struct world *world = start(state, SP1);
	uint64_t digest = oracle_digest(world);
	uint8_t *tx = host_memory(paddr(world_tx(SP1)));
	struct op op = hard_op(world, MODEL_LEND, SP1);
	struct ffa_regs out;
	uint64_t handle;

	op.desc.range = op.range;
	op.desc.flags = 1;
	desc_settle(&op.desc);
	desc_write(&op.desc, tx, PAGE_SIZE);
	out = call_plain(
		world, SP1, REGS(FFA_MEM_LEND_64, op.desc.length, PAGE_SIZE));
	assert_int_equal(out.x[0], FFA_MEM_FRAG_RX);
	handle = out.x[1];
	desc_write_part(&op.desc, PAGE_SIZE, tx, PAGE_SIZE);
	host_fail_zero(200);
	call_plain(world, SP1,
		REGS(FFA_MEM_FRAG_TX, handle, 0, op.desc.length - PAGE_SIZE));
	expect_reason(world->reason, R_ZERO_FAULT);
	assert_int_equal(oracle_digest(world), digest);
	call_plain(world, SP1, REGS(FFA_MEM_RECLAIM, handle));
	expect_reason(world->reason, R_HANDLE_UNKNOWN);
	assert_int_equal(access_of(world, SP1, FAR), MODEL_R | MODEL_W);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_fragment_of_a_partition_leaves_a_trace),
		TEST(no_fragment_of_the_normal_world_leaves_a_trace),
		TEST(no_fragment_of_a_donation_leaves_a_trace),
		TEST(a_fragment_that_cannot_be_read_may_come_again),
		TEST(a_fragment_is_read_once),
		TEST(a_fragment_that_cannot_be_written_comes_again),
		TEST(the_hypervisor_may_ask_again_after_a_fault),
		TEST(the_quota_may_end_at_any_range),
		TEST(a_last_fragment_that_cannot_zero_ends_the_send),
	};

	return SUITE_RUN("test-fragment-faults", tests);
}
