/*
 * Area K of the conformance catalogue: responses in fragments. The receiver
 * asks with FFA_MEM_FRAG_RX, the manager gives with FFA_MEM_FRAG_TX; the
 * registers and bytes of every answer are compared in calls_borrow.c. And
 * donations that drain.
 */
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define MANY 600u

/* `count` ranges, so many that RX cannot hold them, sent by `who`. */
static struct op sent_many(
	struct world *world, enum model_func func, int who, uint32_t count)
{
	struct op op;

	world_extend(world, who, FAR, 2 * count);
	map_buffers(world);
	op = op_of(world, func, who, SP2);
	op_receiver(world, &op, SP3, DESC_RO);
	if (func == MODEL_DONATE)
		op.desc.receiver_count = 1;
	op_scatter(&op, FAR, count);
	expect_ok(do_send(world, &op));
	return op;
}

/* The first fragment is out, and RX released. */
static struct op half_read(struct world *world, enum model_func func)
{
	struct op op = sent_many(world, func, SP1, MANY);

	op.keep_rest = true;
	expect_ok(do_retrieve(world, &op));
	return op;
}

static enum reason read_rest(struct world *world, struct op *op)
{
	while (op->received < op->response.length) {
		enum reason reason = do_more(world, op);

		if (reason != R_NONE)
			return reason;
	}
	return R_NONE;
}

/* --- Reading ----------------------------------------------------------- */

static void a_long_response_comes_in_fragments(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_SHARE);

	CONFORMS("K-18");
	assert_int_equal(op.received, 4096);
	assert_int_equal(op.response.range_count, 250);
	expect_ok(do_more(world, &op));
	assert_int_equal(op.received, 8192);
	/* All pages are mapped from the first fragment on. */
	assert_int_equal(
		access_of(world, SP2, FAR + (2 * MANY - 2) * PAGE_SIZE),
		MODEL_R | MODEL_W);
	expect_ok(read_rest(world, &op));
	assert_int_equal(op.received, op.response.length);
	CONFORMS("K-21");
	expect_refusal(do_more(world, &op), R_NO_FRAGMENT);
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

/* Defect 5: 251 ranges of a 1.1 sender, room for 250 in a 1.2 response. */
static void one_range_more_than_rx_holds_is_a_second_fragment(void **state)
{
	struct world *world = *state;
	struct op op;

	world_extend(world, SP1, FAR, 512);
	map_buffers(world);
	world->partition[SP1].version = FFA_VERSION_1_1;
	for (uint32_t count = 250; count <= 252; count++) {
		op = op_of(world, MODEL_SHARE, SP1, SP2);
		op_scatter(&op, FAR, count);
		expect_ok(do_send(world, &op));
		op.keep_rest = true;
		expect_ok(do_retrieve(world, &op));
		assert_int_equal(op.received, 4096);
		assert_int_equal(op.response.length, 96 + 16 * count);
		expect_ok(read_rest(world, &op));
		expect_ok(do_relinquish(world, &op, 0));
		expect_ok(do_reclaim(world, &op, 0));
	}
}

/* spec/08 §10: the registers of every step, as they are on the wire. */
static void the_golden_trace_of_a_fragmented_retrieve(void **state)
{
	struct world *world = *state;
	uint8_t *tx = host_memory(paddr(world_tx(SP2)));
	struct ffa_regs out;
	struct desc desc;
	struct op op;

	world_extend(world, SP1, FAR, 600);
	map_buffers(world);
	world->partition[SP1].version = FFA_VERSION_1_1;
	world->partition[SP2].version = FFA_VERSION_1_0;
	op = op_of(world, MODEL_SHARE, SP1, SP2);
	op_scatter(&op, FAR, 300);
	expect_ok(do_send(world, &op));
	desc = retrieve_desc(world, &op);
	assert_int_equal(desc_write(&desc, tx, PAGE_SIZE), 0x30);
	out = call_plain(world, SP2, REGS(0x84000074, 0x30, 0x30));
	assert_int_equal(out.x[0], 0x84000075);
	assert_int_equal(out.x[1], 0x1300);
	assert_int_equal(out.x[2], 0x1000);
	call_plain(world, SP2, REGS(FFA_RX_RELEASE));
	out = call_plain(world, SP2, REGS(0x8400007a, op.handle, 0, 0x1000));
	assert_int_equal(out.x[0], 0x8400007b);
	assert_int_equal(out.x[1], op.handle);
	assert_int_equal(out.x[2], 0);
	assert_int_equal(out.x[3], 0x300);
	assert_int_equal(out.x[4], 0);
	out = call_plain(world, SP2, REGS(FFA_RX_RELEASE));
	assert_int_equal(out.x[0], FFA_SUCCESS);
}

static void rx_must_be_released_for_the_next_fragment(void **state)
{
	struct world *world = *state;
	struct op op = sent_many(world, MODEL_LEND, SP1, MANY);

	op.keep_rx = true;
	expect_ok(do_retrieve(world, &op));
	CONFORMS("K-19");
	expect_refusal(do_more(world, &op), R_RX_FULL);
	expect_ok(do_release_rx(world, SP2));
	expect_ok(do_more(world, &op));
	expect_refusal(do_more(world, &op), R_RX_FULL);
	expect_ok(do_release_rx(world, SP2));
	expect_ok(do_more(world, &op));
}

static void a_fragment_is_asked_for_at_its_offset(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_SHARE);
	static const int wrong[] = {-4096, -16, -1, 1, 16, 4096, 1 << 30};

	CONFORMS("K-20");
	for (unsigned i = 0; i < ARRAY_COUNT(wrong); i++) {
		struct more more = more_of(world, &op);

		more.offset += (uint32_t)wrong[i];
		expect_refusal(do_more_as(world, &more), R_FRAGMENT_OFFSET);
	}
	expect_ok(read_rest(world, &op));
}

static void a_fragment_is_for_who_retrieved(void **state)
{
	struct world *world = *state;
	struct op op = sent_many(world, MODEL_SHARE, SP1, MANY);
	struct more more = more_of(world, &op);

	CONFORMS("K-22");
	more.offset = 4096;
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	op.keep_rest = true;
	expect_ok(do_retrieve(world, &op));
	CONFORMS("K-23");
	more.party = SP3; /* a receiver that has not retrieved */
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	more.party = SP1;
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	more.party = NWD;
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	more.party = SP2;
	more.handle++;
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	more.handle = op.handle | 1ull << 63;
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	more.handle = op.handle;
	more.word = 1;
	expect_refusal(do_more_as(world, &more), R_FRAGMENT_SENDER);
	more.word = (uint32_t)ID_SP2 << 16;
	expect_refusal(do_more_as(world, &more), R_FRAGMENT_SENDER);
	expect_ok(read_rest(world, &op));
}

static void without_buffers_there_is_no_fragment(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_SHARE);

	expect_ok(do_unmap(world, SP2));
	expect_refusal(do_more(world, &op), R_BUFFERS_NOT_MAPPED);
	expect_ok(do_map(world, SP2, world_tx(SP2), world_rx(SP2)));
	expect_ok(read_rest(world, &op));
}

static void two_borrowers_read_side_by_side(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_LEND);
	struct op other = op;

	world->partition[SP3].version = FFA_VERSION_1_0;
	other.receiver = SP3;
	expect_ok(do_retrieve(world, &other));
	assert_int_equal(other.response.range_count, 252);
	while (op.received < op.response.length) {
		expect_ok(do_more(world, &op));
		expect_ok(do_more(world, &other));
	}
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_relinquish(world, &other, 0));
	expect_ok(do_reclaim(world, &op, 0));
}

/* --- Not reading on ---------------------------------------------------- */

static void a_relinquish_ends_the_response(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_LEND);

	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_more(world, &op), R_NO_FRAGMENT);
	/* The next one begins again. */
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(op.received, 4096);
	expect_ok(do_more(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	expect_refusal(do_more(world, &op), R_NO_FRAGMENT);
}

static void a_borrower_that_dies_while_it_reads_gives_back(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_LEND);

	do_kill(world, SP2);
	assert_int_equal(access_of(world, SP2, FAR), 0);
	expect_ok(do_reclaim(world, &op, 0));
}

static void a_response_goes_on_after_the_lender_has_died(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_LEND);

	do_kill(world, SP1);
	expect_ok(read_rest(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
}

/* --- Donations --------------------------------------------------------- */

static struct op onwards(struct world *world)
{
	struct op op = op_of(world, MODEL_LEND, SP2, SP3);

	op_range(&op, FAR + 2 * PAGE_SIZE, 1);
	return op;
}

static void a_donation_drains_until_it_has_been_read(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_DONATE);
	struct op next = onwards(world);

	/* The title has changed hands. */
	assert_int_equal(access_of(world, SP2, FAR), MODEL_R | MODEL_W);
	assert_int_equal(access_of(world, SP1, FAR), 0);
	expect_refusal(do_send(world, &next), R_NOT_EXCLUSIVE);
	expect_refusal(
		do_map(world, SP2, FAR, FAR + 2 * PAGE_SIZE), R_BUFFERS_MAPPED);
	expect_ok(do_more(world, &op));
	next = onwards(world);
	expect_refusal(do_send(world, &next), R_NOT_EXCLUSIVE);
	CONFORMS("K-26");
	expect_ok(do_more(world, &op));
	expect_refusal(do_more(world, &op), R_NO_FRAGMENT);
	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	next = onwards(world);
	expect_ok(do_send(world, &next));
}

static void a_handle_that_drains_is_for_fragments_only(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_DONATE);
	struct op back = op_of(world, MODEL_DONATE, SP1, SP3);

	expect_refusal(do_retrieve(world, &op), R_HANDLE_UNKNOWN);
	expect_refusal(do_relinquish(world, &op, 0), R_HANDLE_UNKNOWN);
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
	expect_refusal(
		do_reclaim_as(world, SP2, op.handle, 0), R_HANDLE_UNKNOWN);
	expect_refusal(do_fragment(world, &op, 16), R_HANDLE_UNKNOWN);
	op_range(&back, FAR, 1);
	expect_refusal(do_send(world, &back), R_NOT_OWNER);
	/* The page is no buffer, either, while it drains. */
	expect_ok(do_unmap(world, SP2));
	expect_refusal(
		do_map(world, SP2, FAR, FAR + 2 * PAGE_SIZE), R_BUFFER_IN_USE);
	expect_ok(do_map(world, SP2, world_tx(SP2), world_rx(SP2)));
	expect_ok(read_rest(world, &op));
}

static void a_donee_that_dies_while_it_reads_owns_the_memory(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_DONATE);

	do_kill(world, SP2);
	assert_null(ledger_loan(&world->engine.ledger, paddr(FAR)));
	expect_refusal(do_reclaim(world, &op, 0), R_HANDLE_UNKNOWN);
}

static void a_donor_that_dies_takes_nothing_with_it(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_DONATE);
	struct op next = onwards(world);

	do_kill(world, SP1);
	expect_ok(read_rest(world, &op));
	expect_ok(do_send(world, &next));
}

/* The donor has done with it: its quota is its own again. */
static void a_donation_that_drains_is_not_charged_to_the_donor(void **state)
{
	struct world *world = *state;
	struct op op = sent_many(world, MODEL_DONATE, SP1, MANY);
	const struct quota *quota = &world_endpoint(world, SP1)->quota;
	uint32_t charged = quota->used.of[QUOTA_NODES];

	op.keep_rest = true;
	expect_ok(do_retrieve(world, &op));
	assert_true(quota->used.of[QUOTA_NODES] + MANY <= charged);
	expect_ok(read_rest(world, &op));
}

static void the_hypervisor_is_told_nothing_of_what_drains(void **state)
{
	struct world *world = *state;
	struct op op = sent_many(world, MODEL_DONATE, NWD, MANY);

	op.keep_rest = true;
	expect_ok(do_hypervisor_retrieve(world, &op));
	expect_ok(do_retrieve(world, &op));
	expect_refusal(do_hypervisor_retrieve(world, &op), R_HANDLE_UNKNOWN);
	expect_refusal(do_more_as(world,
			       &(struct more){NWD, op.handle, 4096, 0, false}),
		R_NO_FRAGMENT);
	expect_ok(read_rest(world, &op));
}

/* --- Faults ------------------------------------------------------------ */

static void a_fragment_that_faults_can_be_asked_for_again(void **state)
{
	struct world *world = *state;
	struct op op = half_read(world, MODEL_DONATE);

	while (op.received < op.response.length) {
		world->injecting = true;
		host_fail_copy(1);
		expect_refusal(do_more(world, &op), R_BUFFER_FAULT);
		world->injecting = false;
		expect_ok(do_more(world, &op));
	}
	expect_refusal(do_more(world, &op), R_NO_FRAGMENT);
}

static void a_first_fragment_that_faults_begins_nothing(void **state)
{
	struct world *world = *state;
	struct op op = sent_many(world, MODEL_LEND, SP1, MANY);
	struct more more = more_of(world, &op);

	world->injecting = true;
	host_fail_copy(2); /* the first reads the request */
	expect_refusal(do_retrieve(world, &op), R_BUFFER_FAULT);
	world->injecting = false;
	assert_int_equal(access_of(world, SP2, FAR), 0);
	more.offset = 4096;
	expect_refusal(do_more_as(world, &more), R_NO_FRAGMENT);
	expect_ok(do_retrieve(world, &op));
}

/* --- Versions (areas K and P) ------------------------------------------ */

static void every_version_reads_what_every_version_sent(void **state)
{
	struct world *world = *state;

	world_extend(world, SP1, FAR, 2 * MANY);
	map_buffers(world);
	CONFORMS("K-24");
	CONFORMS("K-25");
	CONFORMS("P-01");
	CONFORMS("P-02");
	CONFORMS("P-03");
	CONFORMS("P-06");
	for (uint32_t i = 0; i < 18; i++) {
		struct op op;

		world->partition[SP1].version = FFA_VERSION_1_0 + i % 3;
		world->partition[SP2].version = FFA_VERSION_1_0 + i / 3 % 3;
		op = op_of(world, MODEL_SHARE, SP1, SP2);
		op_receiver(world, &op, SP3, DESC_RO);
		op_scatter(&op, FAR, i < 9 ? 3 : MANY);
		expect_ok(do_send(world, &op));
		expect_ok(do_retrieve(world, &op));
		assert_int_equal(
			op.response.composite_at, 48 + 16 * (i / 3 % 3));
		expect_ok(do_relinquish(world, &op, 0));
		expect_ok(do_reclaim(world, &op, 0));
	}
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_long_response_comes_in_fragments),
		TEST(one_range_more_than_rx_holds_is_a_second_fragment),
		TEST(the_golden_trace_of_a_fragmented_retrieve),
		TEST(rx_must_be_released_for_the_next_fragment),
		TEST(a_fragment_is_asked_for_at_its_offset),
		TEST(a_fragment_is_for_who_retrieved),
		TEST(without_buffers_there_is_no_fragment),
		TEST(two_borrowers_read_side_by_side),
		TEST(a_relinquish_ends_the_response),
		TEST(a_borrower_that_dies_while_it_reads_gives_back),
		TEST(a_response_goes_on_after_the_lender_has_died),
		TEST(a_donation_drains_until_it_has_been_read),
		TEST(a_handle_that_drains_is_for_fragments_only),
		TEST(a_donee_that_dies_while_it_reads_owns_the_memory),
		TEST(a_donor_that_dies_takes_nothing_with_it),
		TEST(a_donation_that_drains_is_not_charged_to_the_donor),
		TEST(the_hypervisor_is_told_nothing_of_what_drains),
		TEST(a_fragment_that_faults_can_be_asked_for_again),
		TEST(a_first_fragment_that_faults_begins_nothing),
		TEST(every_version_reads_what_every_version_sent),
	};

	return SUITE_RUN("test-handout", tests);
}
