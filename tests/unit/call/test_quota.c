/*
 * Quotas: what a party may hold of the manager's memory, who pays for what,
 * and that nobody's use is at another's cost.
 */
#include <stdlib.h>
#include <string.h>

#include "boot/quotas.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x41000000ull /* more of SP1's */
#define MANY 300u         /* ranges: two fragments in RX */

static uint32_t used(struct world *world, int party, enum quota_kind kind)
{
	return world_endpoint(world, party)->quota.used.of[kind];
}

/* --- Senders ----------------------------------------------------------- */

static enum reason share_of_vm(
	struct world *world, uint16_t vm, uint32_t page, struct op *op)
{
	*op = op_of(world, MODEL_SHARE, NWD, SP1);
	op->desc.sender = vm;
	op_range(op, NWD_BLOCK + page * PAGE_SIZE, 1);
	return do_send(world, op);
}

static void no_vm_uses_up_the_normal_worlds_share(void **state)
{
	struct world *world = start_mapped(state);
	struct op first, op;

	world_limit_vms(world, MODEL_TXNS, 2);
	expect_ok(share_of_vm(world, 1, 0, &first));
	expect_ok(share_of_vm(world, 1, 1, &op));
	expect_refusal(share_of_vm(world, 1, 2, &op), R_QUOTA_SENDER);
	expect_ok(share_of_vm(world, 2, 3, &op));
	/* Ids 64 apart share a cap; id 0 has none. */
	expect_refusal(share_of_vm(world, 65, 4, &op), R_QUOTA_SENDER);
	expect_ok(share_of_vm(world, 0, 5, &op));
	expect_ok(share_of_vm(world, 0, 6, &op));
	expect_ok(share_of_vm(world, 0, 7, &op));
	expect_ok(do_reclaim(world, &first, 0));
	expect_ok(share_of_vm(world, 65, 4, &op));
	/* And the total stands above all caps. */
	world_limit(world, NWD, MODEL_TXNS, used(world, NWD, QUOTA_TXNS));
	expect_refusal(share_of_vm(world, 3, 8, &op), R_QUOTA_TXNS);
}

static void receivers_are_charged_to_their_sender(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_SHARE, SP1, SP2);

	op_receiver(world, &op, SP3, DESC_RW);
	op_range(&op, SP1_MORE, 1);
	world_limit(world, SP1, MODEL_BORROWERS, 1);
	expect_refusal(do_send(world, &op), R_QUOTA_TXNS);
	world_limit(world, SP1, MODEL_BORROWERS, 2);
	expect_ok(do_send(world, &op));
	assert_int_equal(used(world, SP1, QUOTA_BORROWERS), 2);
}

/* A fragment more than the limit ends the send, and costs nothing. */
static void a_vms_cap_holds_for_fragments_too(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = begun(world, MODEL_SHARE, NWD);
	uint16_t vm = op.desc.sender;

	if (vm == 0) {
		expect_ok(do_reclaim(world, &op, 0));
		op = short_op(world, MODEL_SHARE, NWD);
		op.desc.sender = ID_VM;
		expect_ok(do_send_first(world, &op));
	}
	world_limit_vms(world, MODEL_NODES, 3);
	expect_refusal(do_fragment(world, &op, 32), R_QUOTA_SENDER);
	assert_int_equal(world->engine.vm[ID_VM].used.of[QUOTA_NODES], 0);
	assert_int_equal(used(world, NWD, QUOTA_TXNS), 0);
}

static void a_buffer_pair_is_charged_to_its_owner(void **state)
{
	struct world *world = *state;
	uint32_t before = used(world, SP1, QUOTA_NODES);
	uint64_t digest = oracle_digest(world);

	world_limit(world, SP1, MODEL_NODES, before + 1);
	expect_refusal(do_map(world, SP1, world_tx(SP1), world_rx(SP1)),
		R_QUOTA_NODES);
	world_limit(world, SP1, MODEL_NODES, before + 2);
	expect_ok(do_map(world, SP1, world_tx(SP1), world_rx(SP1)));
	assert_int_equal(used(world, SP1, QUOTA_NODES), before + 2);
	expect_ok(do_unmap(world, SP1));
	assert_int_equal(oracle_digest(world), digest);
}

/* --- Tables ------------------------------------------------------------ */

static void a_lender_pays_for_the_tables_of_its_split_blocks(void **state)
{
	struct world *world = start_mapped(state);
	struct space *space = world_endpoint(world, SP1)->space;
	uint32_t before = space->table_count;
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	op_range(&op, SP1_BLOCK + PAGE_SIZE, 1);
	space->table_limit = before;
	world->injecting = true;
	expect_refusal(do_send(world, &op), R_QUOTA_TABLES);
	world->injecting = false;
	assert_int_equal(space->table_count, before);
	space->table_limit = before + 1;
	expect_ok(do_send(world, &op));
	assert_int_equal(space->table_count, before + 1);
	/* Giving back never needs one, however few are left. */
	space->table_limit = 0;
	expect_ok(do_retrieve(world, &op));
	expect_ok(do_relinquish(world, &op, 0));
	expect_ok(do_reclaim(world, &op, 0));
	assert_int_equal(space->table_count, before);
}

static void a_borrower_pays_for_its_tables(void **state)
{
	struct world *world = start_mapped(state);
	struct space *space = world_endpoint(world, SP2)->space;
	uint32_t before = space->table_count;
	struct op op = sent(world, MODEL_SHARE, SP1, SP2, SP1_BLOCK);

	space->table_limit = before;
	world->injecting = true;
	expect_refusal(do_retrieve(world, &op), R_QUOTA_TABLES);
	world->injecting = false;
	assert_int_equal(space->table_count, before);
	space->table_limit = before + 1;
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(space->table_count, before + 1);
	space->table_limit = 0;
	expect_ok(do_relinquish(world, &op, 0));
	assert_int_equal(space->table_count, before);
}

/* --- Donations --------------------------------------------------------- */

static void a_donee_pays_for_the_titles_it_gets(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_DONATE, SP1, SP2);
	uint32_t donor = used(world, SP1, QUOTA_NODES);
	uint32_t donee = used(world, SP2, QUOTA_NODES);

	op_range(&op, SP1_MORE + PAGE_SIZE, 1);
	op_range(&op, SP1_MORE + 4 * PAGE_SIZE, 1);
	expect_ok(do_send(world, &op));
	world_limit(world, SP2, MODEL_NODES, donee + 3);
	expect_refusal(do_retrieve(world, &op), R_QUOTA_NODES);
	world_limit(world, SP2, MODEL_NODES, donee + 4);
	world_limit(world, SP2, MODEL_TXNS, 0);
	expect_refusal(do_retrieve(world, &op), R_QUOTA_TXNS);
	world_limit(world, SP2, MODEL_TXNS, 1);
	expect_ok(do_retrieve(world, &op));
	/* One title was cut into three; two new ones are the donee's. */
	assert_int_equal(used(world, SP1, QUOTA_NODES), donor + 2);
	assert_int_equal(used(world, SP2, QUOTA_NODES), donee + 2);
}

/* What the donor was charged for its donation covers what is left of it. */
static void a_donor_at_its_limit_can_be_left_with_two_titles(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_DONATE, SP1, SP2);

	op_range(&op, SP1_MORE + PAGE_SIZE, 1);
	world_limit(world, SP1, MODEL_NODES, used(world, SP1, QUOTA_NODES) + 3);
	expect_ok(do_send(world, &op));
	expect_ok(do_retrieve(world, &op));
	assert_in_range(used(world, SP1, QUOTA_NODES), 0,
		world_endpoint(world, SP1)->quota.limit.of[QUOTA_NODES]);
}

static void a_donee_pays_until_it_has_read_the_response(void **state)
{
	struct world *world = start_mapped(state);
	struct op op = op_of(world, MODEL_DONATE, SP1, SP2);
	uint32_t donee = used(world, SP2, QUOTA_NODES);

	world_extend(world, SP1, FAR, 2 * MANY);
	op_scatter(&op, FAR, MANY);
	expect_ok(do_send(world, &op));
	op.keep_rest = true;
	world_limit(world, SP2, MODEL_NODES, donee + 2 * MANY - 1);
	expect_refusal(do_retrieve(world, &op), R_QUOTA_NODES);
	world_limit(world, SP2, MODEL_NODES, donee + 2 * MANY);
	expect_ok(do_retrieve(world, &op));
	assert_int_equal(used(world, SP2, QUOTA_NODES), donee + 2 * MANY);
	assert_int_equal(used(world, SP2, QUOTA_TXNS), 1);
	expect_ok(do_more(world, &op));
	assert_int_equal(used(world, SP2, QUOTA_NODES), donee + MANY);
	assert_int_equal(used(world, SP2, QUOTA_TXNS), 0);
}

/* --- Giving back ------------------------------------------------------- */

static void no_quota_keeps_anybody_from_giving_back(void **state)
{
	struct world *world = start_mapped(state);
	struct op lent = held(world, MODEL_LEND, SP1, SP2, SP1_BLOCK);
	struct op shared = held(world, MODEL_SHARE, NWD, SP2, NWD_BLOCK);
	struct op unfinished = begun(world, MODEL_LEND, SP1);

	for (int party = NWD; party < WORLD_PARTIES; party++) {
		for (int kind = 0; kind < MODEL_KINDS; kind++)
			world_limit(world, party, (enum model_kind)kind, 0);
		if (party != NWD)
			world_endpoint(world, party)->space->table_limit = 0;
	}
	for (int kind = 0; kind < MODEL_KINDS; kind++)
		world_limit_vms(world, (enum model_kind)kind, 0);
	expect_ok(do_relinquish(world, &lent, 0));
	expect_ok(do_reclaim(world, &lent, 0));
	expect_ok(do_relinquish(world, &shared, 0));
	expect_ok(do_reclaim(world, &shared, 0));
	expect_ok(do_reclaim(world, &unfinished, 0));
	for (int party = NWD; party < WORLD_PARTIES; party++)
		expect_ok(do_unmap(world, party));
}

/* --- All of them together ---------------------------------------------- */

#define POOL_LEFT 100u /* pages that are divided: 50, and 16 a partition */

static void take_objects(struct slab *slab, uint32_t count)
{
	while (count-- > 0)
		assert_non_null(slab_take(slab));
}

/* As if the party had done everything that it may. */
static void go_to_the_limit(struct world *world, int party)
{
	struct endpoint *ep = world_endpoint(world, party);
	const struct quota *quota = &ep->quota;
	struct slab *slabs[QUOTA_KINDS] = {
		[QUOTA_NODES] = &world->engine.ledger.nodes,
		[QUOTA_TXNS] = &world->engine.txn_slab,
		[QUOTA_BORROWERS] = &world->engine.borrower_slab,
	};
	struct paddr page;

	for (int kind = 0; kind < QUOTA_KINDS; kind++)
		take_objects(slabs[kind],
			quota->limit.of[kind] - quota->used.of[kind]);
	if (ep->space == NULL)
		return;
	for (uint32_t i = ep->space->table_count; i < ep->space->table_limit;
		i++)
		assert_true(page_pool_take(&world->spm.pool, &page));
}

static void divide_what_is_left(struct world *world)
{
	struct paddr page;

	while (world->spm.pool.free_count > POOL_LEFT)
		assert_true(page_pool_take(&world->spm.pool, &page));
	quotas_set(&world->spm);
}

static enum reason send_plain(struct world *world, struct op *op)
{
	uint32_t function = send_function(op->func, true);
	struct ffa_regs out;

	op->desc.range = op->range;
	desc_settle(&op->desc);
	desc_write(&op->desc, host_memory(paddr(world_tx(op->who))), PAGE_SIZE);
	out = call_on(world, 0, op->who,
		REGS(function, op->desc.length, op->desc.length));
	return out.x[0] == FFA_ERROR ? (enum reason)world->cpu[0].last->reason
				     : R_NONE;
}

/* Sends until it is refused; how often that went well. */
static unsigned sends_of(struct world *world, int party, uint64_t base,
	uint32_t ranges, enum reason *refusal)
{
	for (unsigned count = 0;; count++) {
		struct op op = op_of(
			world, MODEL_SHARE, party, party == SP1 ? SP2 : SP1);

		op.desc.sender = party == NWD ? 0 : op.desc.sender;
		for (uint32_t i = 0; i < ranges; i++, base += PAGE_SIZE)
			op_range(&op, base, 1);
		*refusal = send_plain(world, &op);
		if (*refusal != R_NONE)
			return count;
	}
}

static void all_but(struct world *world, int party)
{
	for (int other = NWD; other < WORLD_PARTIES; other++)
		if (other != party)
			go_to_the_limit(world, other);
}

static void a_party_gets_its_share_whatever_the_others_do(void **state)
{
	static const uint64_t base[] = {NWD_BLOCK, SP1_BLOCK, SP2_RW, SP3_RW};
	enum reason refusal;

	for (int party = NWD; party < WORLD_PARTIES; party++) {
		struct world *world = start_mapped(state);
		const struct quota *quota =
			&world_endpoint(world, party)->quota;
		uint32_t promised;

		divide_what_is_left(world);
		promised = quota->limit.of[QUOTA_TXNS] -
			   quota->used.of[QUOTA_TXNS];
		assert_in_range(promised, 15, 1000);
		all_but(world, party);
		assert_int_equal(
			sends_of(world, party, base[party], 1, &refusal),
			promised);
		expect_reason(refusal, R_QUOTA_TXNS);
		free(world);
		*state = world_make();
	}
}

static void ranges_and_tables_are_there_too(void **state)
{
	struct world *world = start_mapped(state);
	const struct quota *quota = &world_endpoint(world, SP1)->quota;
	struct space *space = world_endpoint(world, SP1)->space;
	uint32_t promised;
	enum reason refusal;
	struct op op = op_of(world, MODEL_LEND, SP1, SP2);

	divide_what_is_left(world);
	all_but(world, SP1);
	assert_in_range(space->table_limit - space->table_count, 8, 100);
	op_range(&op, SP1_BLOCK + 514 * PAGE_SIZE, 1);
	op_range(&op, SP1_BLOCK + 511 * PAGE_SIZE, 1);
	expect_reason(send_plain(world, &op), R_NONE);
	promised = quota->limit.of[QUOTA_NODES] - quota->used.of[QUOTA_NODES];
	assert_in_range(promised, 4 * 63, 1000);
	assert_int_equal(
		sends_of(world, SP1, SP1_BLOCK, 40, &refusal), promised / 40);
	expect_reason(refusal, R_QUOTA_NODES);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_vm_uses_up_the_normal_worlds_share),
		TEST(receivers_are_charged_to_their_sender),
		TEST(a_vms_cap_holds_for_fragments_too),
		TEST(a_buffer_pair_is_charged_to_its_owner),
		TEST(a_lender_pays_for_the_tables_of_its_split_blocks),
		TEST(a_borrower_pays_for_its_tables),
		TEST(a_donee_pays_for_the_titles_it_gets),
		TEST(a_donor_at_its_limit_can_be_left_with_two_titles),
		TEST(a_donee_pays_until_it_has_read_the_response),
		TEST(no_quota_keeps_anybody_from_giving_back),
		TEST(a_party_gets_its_share_whatever_the_others_do),
		TEST(ranges_and_tables_are_there_too),
	};

	return SUITE_RUN("test-quota", tests);
}
