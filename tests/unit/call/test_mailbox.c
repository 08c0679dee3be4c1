/*
 * Area D of the conformance catalogue: RX/TX buffers.
 */
#include <string.h>

#include "lib/calls.h"
#include "partition/mailbox.h"
#include "lib/oracle.h"

#define MAP(tx, rx, pages) REGS(FFA_RXTX_MAP_64, tx, rx, pages)

static void a_pair_is_mapped_once_and_can_be_given_back(void **state)
{
	struct world *world = *state;

	CONFORMS("D-01");
	expect_ok(do_map(world, SP1, SP1_RW, SP1_RW + PAGE_SIZE));
	CONFORMS("D-02");
	expect_refusal(do_map(world, SP1, SP1_MORE, SP1_MORE + PAGE_SIZE),
		R_BUFFERS_MAPPED);
	CONFORMS("D-13");
	expect_ok(do_unmap(world, SP1));
	expect_ok(do_map(world, SP1, SP1_MORE, SP1_MORE + PAGE_SIZE));
	expect_ok(do_unmap(world, SP1));
	CONFORMS("D-14");
	expect_refusal(do_unmap(world, SP1), R_BUFFERS_NOT_MAPPED);
}

static void addresses_and_count_are_checked(void **state)
{
	struct world *world = *state;

	CONFORMS("D-03");
	expect_refusal(do_map(world, SP1, SP1_RW + 8, SP1_RW + PAGE_SIZE),
		R_BUFFER_ALIGNMENT);
	CONFORMS("D-04");
	expect_refusal(do_map(world, SP1, SP1_RW, SP1_RW + PAGE_SIZE + 8),
		R_BUFFER_ALIGNMENT);
	CONFORMS("D-05");
	expect_refusal(do_map(world, SP1, SP1_RW, SP1_RW), R_BUFFER_OVERLAP);
	CONFORMS("D-06");
	expect_error(world, SP1, MAP(SP1_RW, SP1_RW + PAGE_SIZE, 2),
		R_BUFFER_OVERLAP);
	CONFORMS("D-07");
	expect_error(world, SP1, MAP(SP1_RW, SP1_MORE, 0), R_BUFFER_COUNT);
	CONFORMS("D-08");
	expect_error(world, SP1, MAP(SP1_RW, SP1_MORE, 17), R_BUFFER_COUNT);
	expect_error(world, SP1, MAP(SP1_RW, SP1_MORE, 64), R_BUFFER_COUNT);
	expect_error(world, SP1, MAP(SP1_RW, SP1_MORE, 0x41), R_BUFFER_COUNT);
}

static void buffers_are_the_callers_own_normal_memory(void **state)
{
	struct world *world = *state;

	CONFORMS("D-09");
	expect_refusal(do_map(world, SP1, SP2_RW, SP1_RW), R_BUFFER_NOT_OWNED);
	expect_refusal(do_map(world, SP1, SP1_RW, SP2_RW), R_BUFFER_NOT_OWNED);
	expect_refusal(do_map(world, SP1, NOWHERE, SP1_RW), R_BUFFER_NOT_OWNED);
	expect_refusal(
		do_map(world, SP1, SP1_RW, 1ull << 40), R_BUFFER_NOT_OWNED);
	expect_refusal(
		do_map(world, SP1, MANAGER_PAGE, SP1_RW), R_BUFFER_NOT_OWNED);
	CONFORMS("D-10");
	expect_refusal(do_map(world, SP1, SP1_DEVICE, SP1_DEVICE + PAGE_SIZE),
		R_BUFFER_DEVICE);
	CONFORMS("D-11");
	expect_refusal(do_map(world, SP1, SP1_RO, SP1_RW), R_BUFFER_ACCESS);
	CONFORMS("D-28");
	expect_refusal(do_map(world, NWD, SP1_RW, NWD_RAM), R_BUFFER_NOT_OWNED);
	expect_refusal(
		do_map(world, NWD, NWD_RAM, NOWHERE), R_BUFFER_NOT_OWNED);
	/* RX may be memory that the partition only reads. */
	expect_ok(do_map(world, SP1, SP1_RW, SP1_RO));
	expect_ok(do_map(world, NWD, NWD_RAM, NWD_ROM));
}

static void a_page_in_a_transaction_is_no_buffer(void **state)
{
	struct world *world = *state;

	CONFORMS("D-12");
	expect_ok(do_map(world, SP1, world_tx(SP1), world_rx(SP1)));
	sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE + 8 * PAGE_SIZE);
	expect_ok(do_unmap(world, SP1));
	expect_refusal(do_map(world, SP1, SP1_MORE, SP1_RW), R_BUFFER_IN_USE);
	expect_refusal(do_map(world, SP1, SP1_RW, SP1_MORE + 8 * PAGE_SIZE),
		R_BUFFER_IN_USE);
	expect_ok(do_map(world, SP1, SP1_RW, SP1_RW + PAGE_SIZE));
}

static void a_former_buffer_can_be_shared(void **state)
{
	struct world *world = *state;

	CONFORMS("D-17");
	expect_ok(do_map(world, SP1, SP1_MORE, SP1_MORE + PAGE_SIZE));
	expect_ok(do_unmap(world, SP1));
	expect_ok(do_map(world, SP1, world_tx(SP1), world_rx(SP1)));
	sent(world, MODEL_SHARE, SP1, SP2, SP1_MORE);
}

static void ids_in_buffer_calls_are_zero(void **state)
{
	struct world *world = *state;

	map_buffers(world);
	CONFORMS("D-15");
	expect_error(world, SP1, REGS(FFA_RXTX_UNMAP, (uint32_t)ID_SP1 << 16),
		R_BUFFER_ENDPOINT);
	CONFORMS("D-26");
	expect_error(world, SP1, REGS(FFA_RX_RELEASE, 1), R_BUFFER_ENDPOINT);
}

static void rx_is_released_by_who_owns_it(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	CONFORMS("D-18");
	expect_refusal(do_release_rx(world, SP2), R_RX_NOT_OWNED);
	CONFORMS("D-19");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	op.keep_rx = true;
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_release_rx(world, SP2));
	expect_refusal(do_release_rx(world, SP2), R_RX_NOT_OWNED);
}

/* The normal world runs SP2, which fills its RX and waits. */
static void fill_rx_and_wait(
	struct world *world, struct op *op, uint64_t wait_flags)
{
	struct vcpu *nwd = &world->vcpu[NWD][0];
	struct vcpu *sp2 = &world->vcpu[SP2][0];

	op->keep_rx = true;
	expect_ok(do_retrieve(world, op));
	sp2->caller = nwd;
	nwd->state = VCPU_BLOCKED;
	call_plain(world, SP2, REGS(FFA_MSG_WAIT, 0, wait_flags));
	assert_int_equal(sp2->state, VCPU_WAITING);
	assert_ptr_equal(world->cpu[0].current, nwd);
	assert_int_equal(nwd->x[0], FFA_MSG_WAIT);
}

static void waiting_releases_rx_unless_told_to_retain_it(void **state)
{
	struct world *world = *state;
	struct op op;

	map_buffers(world);
	CONFORMS("D-20");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_MORE);
	fill_rx_and_wait(world, &op, 0);
	assert_int_equal(world->partition[SP2].mailbox.rx, RX_EMPTY);
	CONFORMS("D-21");
	op = sent(world, MODEL_LEND, SP1, SP2, SP1_RW);
	fill_rx_and_wait(world, &op, 1);
	assert_int_equal(world->partition[SP2].mailbox.rx, RX_FULL);
}

/* A call on another CPU has RX, or reads TX: the pages must stay put. */
static void a_pair_that_a_call_uses_is_not_unmapped(void **state)
{
	struct world *world = *state;
	struct partition *sp1 = &world->partition[SP1];

	map_buffers(world);
	expect_reason(mailbox_take_rx(&world->spm, &sp1->mailbox), R_NONE);
	expect_error(world, SP1, REGS(FFA_RXTX_UNMAP), R_BUFFERS_BUSY);
	expect_error(world, SP1, REGS(FFA_RX_RELEASE), R_RX_NOT_OWNED);
	mailbox_end_rx(&world->spm, &sp1->mailbox, false);
	sp1->mailbox.tx_readers = 1;
	expect_error(world, SP1, REGS(FFA_RXTX_UNMAP), R_BUFFERS_BUSY);
	sp1->mailbox.tx_readers = 0;
	expect_ok(do_unmap(world, SP1));
}

static void a_pair_without_a_node_leaves_no_trace(void **state)
{
	struct world *world = *state;
	struct paddr page;

	/* Nodes that fill the open page of the slab, then none. */
	while (page_pool_take(&world->spm.pool, &page))
		;
	world->injecting = true;
	for (unsigned i = 0; i < 64; i++) {
		struct ledger_node *node =
			ledger_node_take(&world->engine.ledger);

		if (!node)
			break;
	}
	expect_refusal(do_map(world, SP1, SP1_RW, SP1_MORE), R_NO_NODES);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pair_is_mapped_once_and_can_be_given_back),
		TEST(addresses_and_count_are_checked),
		TEST(buffers_are_the_callers_own_normal_memory),
		TEST(a_page_in_a_transaction_is_no_buffer),
		TEST(a_former_buffer_can_be_shared),
		TEST(ids_in_buffer_calls_are_zero),
		TEST(rx_is_released_by_who_owns_it),
		TEST(waiting_releases_rx_unless_told_to_retain_it),
		TEST(a_pair_that_a_call_uses_is_not_unmapped),
		TEST(a_pair_without_a_node_leaves_no_trace),
	};

	return SUITE_RUN("test-mailbox", tests);
}
