/*
 * Area K of the conformance catalogue: sends of which fragments are missing,
 * and how they end. Their form is test_fragments.c's subject.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define VM_2 0x0002

static void expect_dead(struct world *world, struct op *op)
{
	expect_refusal(do_fragment(world, op, 16), R_HANDLE_UNKNOWN);
	expect_refusal(do_reclaim(world, op, 0), R_HANDLE_UNKNOWN);
	expect_refusal(do_retrieve(world, op), R_HANDLE_UNKNOWN);
}

/* --- An unfinished send ------------------------------------------------ */

static void an_unfinished_send_is_nobodys_to_use(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);
	struct more more;

	CONFORMS("K-13");
	expect_refusal(do_retrieve(world, &op), R_HANDLE_BUSY);
	CONFORMS("K-15");
	expect_refusal(do_relinquish(world, &op, 0), R_HANDLE_BUSY);
	expect_refusal(do_reclaim_as(world, SP2, op.handle, 0), R_NOT_SENDER);
	expect_refusal(
		do_reclaim_as(world, SP1, op.handle, 4), R_RECLAIM_FLAGS);
	more = more_of(world, &op);
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	/* Nothing has changed hands. */
	assert_int_equal(access_of(world, SP1, SP1_MORE), MODEL_R | MODEL_W);
	expect_ok(do_rest(world, &op));
	assert_int_equal(access_of(world, SP1, SP1_MORE), 0);
}

static void a_reclaim_aborts_an_unfinished_send(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t digest = oracle_digest(world);
	struct op op = begun(world, MODEL_DONATE, SP1);

	CONFORMS("K-14");
	expect_ok(do_fragment(world, &op, 32));
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(oracle_digest(world), digest);
	expect_dead(world, &op);
	op = begun(world, MODEL_SHARE, SP1);
	expect_ok(do_reclaim(world, &op, 0));
	op = begun(world, MODEL_SHARE, SP1);
	expect_ok(do_rest(world, &op));
}

static void without_buffers_there_is_no_unfinished_send(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t digest = oracle_digest(world);
	struct op op = begun(world, MODEL_LEND, SP1);
	struct op vms = begun(world, MODEL_SHARE, NWD);

	expect_ok(do_unmap(world, SP1));
	expect_refusal(do_fragment(world, &op, 16), R_BUFFERS_NOT_MAPPED);
	expect_ok(do_map(world, SP1, world_tx(SP1), world_rx(SP1)));
	expect_dead(world, &op);
	expect_ok(do_rest(world, &vms));
	expect_ok(do_reclaim(world, &vms, 0));
	assert_int_equal(oracle_digest(world), digest);
}

static void the_death_of_its_sender_ends_an_unfinished_send(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t count = world->engine.txns.count;
	uint32_t charged =
		world_endpoint(world, SP1)->quota.used.of[QUOTA_NODES];
	struct op op = begun(world, MODEL_LEND, SP1);
	struct op vms = begun(world, MODEL_SHARE, NWD);

	CONFORMS("K-29");
	do_kill(world, SP1);
	assert_int_equal(world->engine.txns.count, count + 1);
	/* Its buffers are gone, too. */
	assert_int_equal(world_endpoint(world, SP1)->quota.used.of[QUOTA_NODES],
		charged - 2);
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	expect_ok(do_rest(world, &vms));
}

/* A receiver that dies in between is as one that dies afterwards. */
static void the_death_of_a_receiver_leaves_memory_to_reclaim(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);

	do_kill(world, SP2);
	expect_ok(do_rest(world, &op));
	expect_ok(do_reclaim(world, &op, 0));
}

static void two_senders_send_side_by_side(void **state)
{
	struct world *world = start_mapped(state);
	struct op one = begun(world, MODEL_LEND, SP1);
	struct op two = begun(world, MODEL_SHARE, SP2);
	struct op vm = begun(world, MODEL_SHARE, NWD);

	CONFORMS("K-28");
	while (one.done < one.desc.length) {
		expect_ok(do_fragment(world, &one, 16));
		expect_ok(do_fragment(world, &two, 16));
		expect_ok(do_fragment(world, &vm, 16));
	}
	expect_ok(do_reclaim(world, &two, 0));
	expect_ok(do_reclaim(world, &one, 0));
	expect_ok(do_reclaim(world, &vm, 0));
}

static void a_sender_finishes_one_send_before_the_next(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, SP1);
	struct op next = op_of(world, MODEL_LEND, SP1, SP2);
	struct op vm, other;

	op_range(&next, SP1_RW, 1);
	expect_refusal(do_send(world, &next), R_SEND_UNFINISHED);
	expect_ok(do_rest(world, &op));
	expect_ok(do_send(world, &next));
	/* Each VM is a sender of its own. */
	vm = begun(world, MODEL_SHARE, NWD);
	other = short_op(world, MODEL_SHARE, NWD);
	expect_refusal(do_send_first(world, &other), R_SEND_UNFINISHED);
	other = short_op(world, MODEL_SHARE, NWD);
	other.desc.sender = VM_2;
	for (unsigned i = 0; i < SHORT_RANGES; i++)
		other.range[i].base += PAGE_SIZE;
	expect_ok(do_send_first(world, &other));
	expect_ok(do_rest(world, &vm));
	expect_ok(do_rest(world, &other));
}

/* The sender may use its TX, and everything else, in between. */
static void other_calls_come_between_fragments(void **state)
{
	struct world *world = start_mapped(state);
	struct op held_op = held(world, MODEL_LEND, SP2, SP1, SP2_RW);
	struct op op = begun(world, MODEL_LEND, SP1);

	expect_ok(do_relinquish(world, &held_op, 0));
	expect_ok(do_fragment(world, &op, 32));
	expect_ok(do_retrieve(world, &held_op));
	expect_ok(do_rest(world, &op));
}

/* --- The end of it ----------------------------------------------------- */

enum spoil {
	SPOIL_ALIGNMENT,
	SPOIL_EMPTY,
	SPOIL_WRAPS,
	SPOIL_RESERVED,
	SPOIL_NOWHERE,
	SPOIL_NOT_OWNER,
	SPOIL_READ_ONLY,
	SPOIL_MIXED,
	SPOIL_TWICE,
	SPOIL_OVERLAP,
	SPOIL_SUM,
	SPOILS,
};

static const enum reason spoil_reasons[SPOILS] = {
	[SPOIL_ALIGNMENT] = R_RANGE_ALIGNMENT,
	[SPOIL_EMPTY] = R_RANGE_EMPTY,
	[SPOIL_WRAPS] = R_RANGE_WRAPS,
	[SPOIL_RESERVED] = R_RANGE_RESERVED,
	[SPOIL_NOWHERE] = R_NO_TITLE,
	[SPOIL_NOT_OWNER] = R_NOT_OWNER,
	[SPOIL_READ_ONLY] = R_SENDER_LACKS_ACCESS,
	[SPOIL_MIXED] = R_MIXED_MEMORY,
	[SPOIL_TWICE] = R_RANGE_OVERLAP,
	[SPOIL_OVERLAP] = R_RANGE_OVERLAP,
	[SPOIL_SUM] = R_RANGE_SUM,
};

static void spoil(struct op *op, enum spoil how, unsigned index)
{
	struct desc_range *range = &op->range[index];

	switch (how) {
	case SPOIL_ALIGNMENT:
		range->base += 0x800;
		return;
	case SPOIL_EMPTY:
		range->pages = 0;
		return;
	case SPOIL_WRAPS:
		range->base = ~0ull << 12;
		return;
	case SPOIL_RESERVED:
		range->reserved = 0x80000000u;
		return;
	case SPOIL_NOWHERE:
		range->base = NOWHERE;
		return;
	case SPOIL_NOT_OWNER:
		range->base = SP2_RW;
		return;
	case SPOIL_READ_ONLY:
		range->base = SP1_RO;
		return;
	case SPOIL_MIXED:
		range->base = SP1_NS;
		return;
	case SPOIL_TWICE:
		range->base = op->range[0].base;
		return;
	case SPOIL_OVERLAP:
		range->base = op->range[3].base - PAGE_SIZE;
		range->pages = 2;
		op->desc.page_total++;
		return;
	default:
		op->desc.page_total++;
		return;
	}
}

/* The n-th fragment of one range each is refused, if not only the last. */
static void a_bad_range_is_the_end_of_the_send(void **state)
{
	struct world *world = start_mapped(state);
	uint64_t digest = oracle_digest(world);

	CONFORMS("K-16");
	CONFORMS("K-27");
	for (int how = 0; how < SPOILS; how++)
		for (unsigned index = 2; index < SHORT_RANGES; index += 3) {
			struct op op = short_op(world, MODEL_LEND, SP1);
			bool late = how >= SPOIL_NOWHERE;

			if (index == 3)
				continue;
			spoil(&op, (enum spoil)how, index);
			op.fragment = 16;
			expect_ok(do_send_first(world, &op));
			expect_refusal(do_rest(world, &op), spoil_reasons[how]);
			assert_int_equal(
				op.done, late ? op.desc.length - 16
					      : op.first + (index - 2) * 16);
			assert_int_equal(oracle_digest(world), digest);
			expect_dead(world, &op);
		}
}

static void what_is_sent_meanwhile_is_missing_at_the_end(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_LEND, NWD);
	struct op vm = op_of(world, MODEL_DONATE, NWD, SP3);

	vm.desc.sender = VM_2;
	op_range(&vm, op.range[0].base, 1);
	expect_ok(do_send(world, &vm));
	expect_refusal(do_rest(world, &op), R_NOT_EXCLUSIVE);
	expect_dead(world, &op);
	op = short_op(world, MODEL_LEND, NWD);
	expect_ok(do_send_first(world, &op));
	expect_ok(do_retrieve(world, &vm));
	expect_refusal(do_rest(world, &op), R_NOT_OWNER);
}

static void a_buffer_mapped_meanwhile_is_not_sent(void **state)
{
	struct world *world = *state;
	struct op op;

	expect_ok(do_map(world, NWD, world_tx(NWD), world_rx(NWD)));
	expect_ok(do_map(world, SP1, world_tx(SP1), world_rx(SP1)));
	expect_ok(do_unmap(world, SP1));
	expect_ok(do_map(world, SP1, SP1_RW, SP1_RW + PAGE_SIZE));
	op = op_of(world, MODEL_LEND, SP1, SP2);
	op_range(&op, SP1_MORE, 1);
	op_range(&op, SP1_RW + PAGE_SIZE, 1);
	op.first = 96 + 16;
	expect_ok(do_send_first(world, &op));
	expect_refusal(do_rest(world, &op), R_NOT_EXCLUSIVE);
}

/* --- Memory ------------------------------------------------------------ */

static void ranges_are_charged_as_they_come(void **state)
{
	struct world *world = start_mapped(state);
	struct quota *quota = &world_endpoint(world, SP1)->quota;
	uint64_t digest = oracle_digest(world);
	struct op op = begun(world, MODEL_LEND, SP1);
	uint32_t before = quota->used.of[QUOTA_NODES];

	CONFORMS("K-17");
	expect_ok(do_fragment(world, &op, 32));
	assert_int_equal(quota->used.of[QUOTA_NODES], before + 2);
	world_limit(world, SP1, MODEL_NODES, before + 5);
	expect_ok(do_fragment(world, &op, 48));
	expect_refusal(do_fragment(world, &op, 16), R_QUOTA_NODES);
	assert_int_equal(oracle_digest(world), digest);
	expect_dead(world, &op);
}

static void what_is_promised_is_not_paid_for(void **state)
{
	struct world *world = start_mapped(state);
	struct quota *quota = &world_endpoint(world, SP1)->quota;
	uint32_t before = quota->used.of[QUOTA_NODES];
	struct op op = short_op(world, MODEL_LEND, SP1);
	uint32_t *tx = host_memory(paddr(world_tx(SP1)));
	struct ffa_regs out;

	/* Says 2^28 - 8 ranges; two of them come. */
	op.desc.range = op.range; /* the op was copied */
	desc_write(&op.desc, tx, PAGE_SIZE);
	tx[op.desc.composite_at / 4 + 1] = 0x0ffffff0;
	out = call_plain(world, SP1,
		REGS(FFA_MEM_LEND_64, op.desc.composite_at + 16 + 0xffffff00u,
			op.first));
	assert_int_equal(out.x[0], FFA_MEM_FRAG_RX);
	assert_in_range(quota->used.of[QUOTA_NODES], before + 2, before + 16);
	out = call_plain(world, SP1, REGS(FFA_MEM_RECLAIM, out.x[1], out.x[2]));
	assert_int_equal(out.x[0], FFA_SUCCESS);
	assert_int_equal(quota->used.of[QUOTA_NODES], before);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unfinished_send_is_nobodys_to_use),
		TEST(a_reclaim_aborts_an_unfinished_send),
		TEST(without_buffers_there_is_no_unfinished_send),
		TEST(the_death_of_its_sender_ends_an_unfinished_send),
		TEST(the_death_of_a_receiver_leaves_memory_to_reclaim),
		TEST(two_senders_send_side_by_side),
		TEST(a_sender_finishes_one_send_before_the_next),
		TEST(other_calls_come_between_fragments),
		TEST(a_bad_range_is_the_end_of_the_send),
		TEST(what_is_sent_meanwhile_is_missing_at_the_end),
		TEST(a_buffer_mapped_meanwhile_is_not_sent),
		TEST(ranges_are_charged_as_they_come),
		TEST(what_is_promised_is_not_paid_for),
	};

	return SUITE_RUN("test-unfinished", tests);
}
