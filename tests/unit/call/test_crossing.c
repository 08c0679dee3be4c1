/*
 * Two CPUs with several transactions of neighbouring pages: random calls, each
 * met by another at a random moment when no lock is held. Whatever happens,
 * ledger and tables fit together, and all can be given back.
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "call/teardown.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define SLOTS 4
#define PAGES 40u /* that are looked at */
#define ROUNDS 80
#define STEPS 250

/* Where a slot's pages lie: all in one 2 MiB, at both sides. */
static uint64_t slot_base(unsigned slot)
{
	return SP1_BLOCK + (4 * slot + 1) * PAGE_SIZE;
}

struct crossing {
	struct world *world;
	uint64_t handle[SLOTS];
	unsigned depth;  /* 0: nobody calls; 1: CPU 0 does; 2: CPU 1, too */
	unsigned moment; /* counts down to the call in between */
	unsigned met;
	unsigned death; /* counts down to SP2's; 0: it lives for ever */
};

static struct ffa_regs call_of(
	struct crossing *c, int party, struct ffa_regs regs)
{
	unsigned index = c->depth - 1;

	/* The dead make no calls. */
	if (c->world->partition[party].ep.aborted)
		return REGS(FFA_ERROR);
	host_cpu_set(index);
	return call_on(c->world, index, party, regs);
}

/* Donations move pages to and fro: who may send them now. */
static int owner_of(struct crossing *c, uint64_t at)
{
	const struct ledger_node *title =
		ledger_title(&c->world->engine.ledger, paddr(at));

	return title->title.owner->id - ID_SP1 + SP1;
}

static struct ffa_regs send_range(struct crossing *c, struct op *op)
{
	op->desc.range = op->range;
	desc_settle(&op->desc);
	desc_write(&op->desc, host_memory(paddr(world_tx(op->who))), PAGE_SIZE);
	return call_of(c, op->who,
		REGS(send_function(op->func, false), op->desc.length,
			op->desc.length));
}

static void send(struct crossing *c, unsigned slot)
{
	enum model_func func = MODEL_SHARE + world_random(c->world, 3);
	int who = owner_of(c, slot_base(slot));
	struct op op = op_of(c->world, func, who, who == SP1 ? SP2 : SP1);
	struct ffa_regs out;

	op_range(&op, slot_base(slot), 1 + world_random(c->world, 3));
	op.desc.flags = func != MODEL_SHARE && world_random(c->world, 2);
	out = send_range(c, &op);
	if (out.x[0] == FFA_SUCCESS)
		c->handle[slot] = out.x[2];
}

/* The receiver's party; SP2 where there is no such transaction. */
static int receiver_of(struct crossing *c, uint64_t handle)
{
	const struct txn *txn = txn_find(&c->world->engine, handle);

	return txn ? txn->borrowers->endpoint->id - ID_SP1 + SP1 : SP2;
}

static void retrieve(struct crossing *c, uint64_t handle)
{
	const struct txn *txn = txn_find(&c->world->engine, handle);
	int who = receiver_of(c, handle);
	struct op op = op_of(c->world, MODEL_LEND, who == SP1 ? SP2 : SP1, who);
	struct ffa_regs out;
	struct desc desc;

	op.handle = handle;
	op.asked_untyped = true;
	/* A donation with other attributes could not be undone. */
	if (txn && txn->func != MEM_DONATE && world_random(c->world, 2))
		op.asked_attr = 0x27;
	desc = retrieve_desc(c->world, &op);
	desc_write(&desc, host_memory(paddr(world_tx(who))), PAGE_SIZE);
	out = call_of(
		c, who, REGS(FFA_MEM_RETRIEVE_REQ, desc.length, desc.length));
	if (out.x[0] == FFA_MEM_RETRIEVE_RESP)
		call_of(c, who, REGS(FFA_RX_RELEASE));
}

static void relinquish(struct crossing *c, uint64_t handle)
{
	int who = receiver_of(c, handle);
	struct desc_relinquish give = {
		handle, 0, 1, {c->world->partition[who].ep.id}};

	desc_write_relinquish(
		&give, host_memory(paddr(world_tx(who))), PAGE_SIZE);
	call_of(c, who, REGS(FFA_MEM_RELINQUISH));
}

static void reclaim(struct crossing *c, uint64_t handle)
{
	int who = receiver_of(c, handle) == SP1 ? SP2 : SP1;

	call_of(c, who, REGS(FFA_MEM_RECLAIM, handle, handle >> 32));
}

static void maybe_die(struct crossing *c)
{
	struct partition *sp2 = &c->world->partition[SP2];

	if (c->death == 0 || --c->death > 0)
		return;
	sp2->ep.aborted = true;
	teardown(&c->world->spm, sp2);
}

static void random_call(struct crossing *c)
{
	unsigned slot = world_random(c->world, SLOTS);

	maybe_die(c);
	c->depth++;
	switch (world_random(c->world, 4)) {
	case 0:
		send(c, slot);
		break;
	case 1:
		retrieve(c, c->handle[slot]);
		break;
	case 2:
		relinquish(c, c->handle[slot]);
		break;
	default:
		reclaim(c, c->handle[slot]);
		break;
	}
	c->depth--;
	host_cpu_set(0);
}

static void on_moment(void *context, const struct host_event *event)
{
	struct crossing *c = context;
	struct world *world = c->world;

	(void)event;
	if (c->depth != 1 || lock_is_held(&world->spm.engine_lock) ||
		lock_is_held(&world->spm.chain_lock) || c->moment-- > 0)
		return;
	c->met++;
	for (unsigned i = world_random(world, 3); i < 3; i++)
		random_call(c);
	c->moment = 100;
}

static uint8_t expected_perm(struct world *world, uint64_t at, int party)
{
	const struct ledger_node *title =
		ledger_title(&world->engine.ledger, paddr(at));
	const struct ledger_node *loan =
		ledger_loan(&world->engine.ledger, paddr(at));
	const struct txn *txn = loan ? loan->loan.txn : NULL;

	if (title->title.owner == world_endpoint(world, party))
		return txn && txn_takes_access(txn) ? 0
						    : title->title.access.perm;
	if (!txn || txn->borrowers->phase != BORROWER_HELD ||
		txn->borrowers->endpoint != world_endpoint(world, party))
		return 0;
	return txn->borrowers->access.perm;
}

static void expect_sound(struct world *world)
{
	const char *broken = ledger_check(&world->engine);

	if (broken)
		fail_msg("%s", broken);
	for (unsigned page = 0; page < PAGES; page++)
		for (int party = SP1; party < WORLD_PARTIES; party++) {
			uint64_t at = SP1_BLOCK + page * PAGE_SIZE;

			assert_int_equal(access_of(world, party, at),
				expected_perm(world, at, party));
		}
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

static void give_back_all(struct crossing *c)
{
	const struct tree *txns = &c->world->engine.txns;

	c->depth = 1;
	while (txns->first) {
		uint64_t handle = txns->first->key;

		relinquish(c, handle);
		reclaim(c, handle);
		assert_true(!txns->first || txns->first->key != handle);
	}
	c->depth = 0;
}

/* What SP2 was given goes back to SP1, page by page. */
static void donate_back(struct crossing *c)
{
	c->depth = 1;
	for (unsigned page = 0; page < PAGES; page++) {
		uint64_t at = SP1_BLOCK + page * PAGE_SIZE;
		struct op op = op_of(c->world, MODEL_DONATE, SP2, SP1);
		struct ffa_regs out;

		if (owner_of(c, at) == SP1)
			continue;
		op_range(&op, at, 1);
		out = send_range(c, &op);
		assert_int_equal(out.x[0], FFA_SUCCESS);
		retrieve(c, out.x[2]);
	}
	c->depth = 0;
}

/* A reclaim merges the block; a donation that completes it does not yet. */
static void mend_block(struct crossing *c)
{
	struct op op = op_of(c->world, MODEL_LEND, SP1, SP2);
	struct ffa_regs out;

	c->depth = 1;
	op_range(&op, SP1_BLOCK, 1);
	out = send_range(c, &op);
	assert_int_equal(out.x[0], FFA_SUCCESS);
	reclaim(c, out.x[2]);
	c->depth = 0;
}

static unsigned play_round(uint64_t seed)
{
	struct crossing c = {.world = world_make()};
	uint64_t digest;

	map_buffers(c.world);
	c.world->random += seed * 0x9e3779b97f4a7c15ull;
	digest = oracle_digest(c.world);
	for (unsigned i = 0; i < STEPS; i++) {
		c.moment = world_random(c.world, 5);
		host_checker_set(on_moment, &c);
		random_call(&c);
		host_checker_set(NULL, NULL);
		expect_sound(c.world);
	}
	give_back_all(&c);
	donate_back(&c);
	mend_block(&c);
	expect_sound(c.world);
	assert_int_equal(oracle_digest(c.world), digest);
	free(c.world);
	return c.met;
}

static void neighbours_do_not_disturb_each_other(void **state)
{
	unsigned met = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		met += play_round(seed);
	/* The moments must come, or this tests nothing. */
	assert_true(met > ROUNDS * STEPS / 10);
}

/* What SP1 lent to a partition that died can be had back, all of it. */
static void play_death(uint64_t seed)
{
	struct crossing c = {.world = world_make()};
	const struct tree_node *node;

	map_buffers(c.world);
	c.world->random += seed * 0x9e3779b97f4a7c15ull;
	c.death = 1 + world_random(c.world, 100);
	for (unsigned i = 0; i < STEPS; i++) {
		c.moment = world_random(c.world, 5);
		host_checker_set(on_moment, &c);
		random_call(&c);
		host_checker_set(NULL, NULL);
		expect_sound(c.world);
	}
	assert_true(c.world->partition[SP2].ep.aborted);
	c.depth = 1;
	for (uint64_t handle = 1; handle <= c.world->engine.last_handle;
		handle++)
		call_of(&c, SP1, REGS(FFA_MEM_RECLAIM, handle));
	expect_sound(c.world);
	node = c.world->engine.txns.first;
	for (; node; node = node->next)
		assert_ptr_equal(((const struct txn *)node)->owner,
			world_endpoint(c.world, SP2));
	free(c.world);
}

static void a_death_in_the_crowd_takes_nothing_from_the_living(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= ROUNDS; seed++)
		play_death(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(neighbours_do_not_disturb_each_other),
		cmocka_unit_test(
			a_death_in_the_crowd_takes_nothing_from_the_living),
	};

	return SUITE_RUN("test-crossing", tests);
}
