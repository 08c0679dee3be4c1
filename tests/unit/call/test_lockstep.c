/*
 * Random calls of four endpoints, manager and model in lockstep: statuses,
 * ledger, tables, ghost TLB and contents are compared after every call, and a
 * refusal must have changed nothing. Sends have one to four receivers, come
 * whole or in fragments, and so do the responses. They come from tapes: see
 * lib/tape.h for runs of other seeds and for what happens when one fails.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/oracle.h"
#include "lib/tape.h"
#include "unit/call/steps.h"

#define WORLDS 8
#define STEPS 350

static void step_kill(struct world *world)
{
	int party = SP1 + (int)world_random(world, 3);

	if (!is_dead(world, party))
		do_kill(world, party);
}

/* Mostly with the pair of the one before it. */
static void step_follow(struct world *world)
{
	uint32_t version = FFA_VERSION_1_0 + world_random(world, 4);
	uint64_t tx = world_tx(NWD);

	if (one_in(world, 4))
		tx = steps_pick(world)->base;
	do_follow(world, version, tx, tx + PAGE_SIZE);
}

/* SP3 is at S-EL0, and never done with its initialisation. */
static void step_perm_of_sp3(struct world *world)
{
	step_perm(world, SP3);
}

typedef void step_action(struct world *world);

/* As often as they are named. */
static step_action *const steps_of[] = {step_send, step_send, step_send,
	step_send, step_fragment, step_fragment, step_fragment, step_fragment,
	step_retrieve, step_retrieve, step_retrieve, step_retrieve, step_more,
	step_more, step_more, step_more, step_relinquish, step_relinquish,
	step_relinquish, step_reclaim, step_reclaim, step_reclaim,
	step_hypervisor, step_perm_of_sp3, step_perm_of_sp3, step_write,
	step_buffers, step_release, step_release, step_release, step_release};

static void step(struct world *world)
{
	uint32_t number = world_random(world, 4096);

	if (number < 8)
		step_kill(world);
	else if (number < 40)
		step_follow(world);
	else
		steps_of[number % ARRAY_COUNT(steps_of)](world);
}

/* Limits that are met now and then. */
static void tighten(struct world *world)
{
	for (int party = 0; party < WORLD_PARTIES; party++) {
		const struct quota *quota =
			&world_endpoint(world, party)->quota;

		world_limit(world, party, MODEL_NODES,
			quota->used.of[QUOTA_NODES] + 20 +
				world_random(world, 1200));
		world_limit(
			world, party, MODEL_TXNS, 1 + world_random(world, 3));
		world_limit(world, party, MODEL_BORROWERS,
			2 + world_random(world, 6));
	}
	world_limit_vms(world, MODEL_TXNS, 1);
}

static void begin(struct world *world, struct tape *tape)
{
	world->tape = tape;
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++)
		slots[i].receiver = SP2;
	world_endpoint(world, SP3)->kind = ENDPOINT_SP_EL0;
	world->vcpu[SP3][0].model = RTM_INIT;
	for (int party = 0; party < WORLD_PARTIES; party++)
		world->partition[party].version =
			FFA_VERSION_1_0 + world_random(world, 4);
	world_extend(world, SP1, SCATTER_BASE, 2 * SCATTER_RANGES);
	world_extend(world, NWD,
		SCATTER_BASE + 2ull * SCATTER_RANGES * PAGE_SIZE,
		2 * SCATTER_RANGES);
	map_buffers(world);
	if (world_random(world, 2) == 1)
		tighten(world);
	world_tell(world, tape_is_told());
}

/* Where it may be asked: what does the secure world have? */
static void look(struct world *world)
{
	const struct partition *nwd = &world->partition[NWD];

	if (nwd->version >= FFA_VERSION_1_3 && nwd->mailbox.mapped &&
		nwd->mailbox.rx == RX_EMPTY)
		expect_ok(do_ns_list(world, NWD, NULL));
}

static void play(struct tape *tape)
{
	struct world *world = world_make();
	unsigned steps = 0;

	if (tape_step(tape))
		begin(world, tape);
	while (tape_step(tape)) {
		step(world);
		if (++steps % 8 == 0)
			look(world);
	}
	free(world);
}

static const struct tape_test lockstep = {"lockstep", play, WORLDS, STEPS};

static void manager_and_model_agree_on_random_calls(void **state)
{
	(void)state;
	CONFORMS("Z-02");
	/* The oracle looks for these after every call. */
	CONFORMS("Z-14");
	CONFORMS("Z-15");
	tape_run(&lockstep);
}

static void what_once_differed_agrees(void **state)
{
	(void)state;
	tape_replay(&lockstep);
}

static void relinquish_all(struct world *world, struct model_txn *txn)
{
	for (uint32_t i = 0; i < txn->borrower_count; i++) {
		struct desc_relinquish relinquish = {
			.handle = txn->handle,
			.endpoint_count = 1,
			.endpoint = {txn->borrower[i].sent.id},
		};

		if (txn->borrower[i].held)
			expect_ok(do_relinquish_as(
				world, txn->borrower[i].party, &relinquish));
	}
}

/* Every handle of every party is given back; the ledger is as at boot. */
static void give_everything_back(struct world *world)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++) {
		struct model_txn *txn = &world->model.txn[i];

		if (!txn->live)
			continue;
		relinquish_all(world, txn);
		expect_ok(do_reclaim_as(world, txn->owner, txn->handle, 0));
	}
}

/* Donations are not retrieved: they would move titles for good. */
static void forget_donations(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (slots[i].func == MODEL_DONATE)
			slots[i].handle = 0;
}

static void send_and_retrieve(struct world *world)
{
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++) {
		slots[i].receiver = SP2;
		step_send(world);
		forget_donations();
		step_retrieve(world);
	}
}

static void all_reclaimed_is_as_before(void **state)
{
	struct world *world = world_make();
	uint64_t digest;

	(void)state;
	map_buffers(world);
	digest = oracle_digest(world);
	for (unsigned round = 0; round < 10; round++) {
		send_and_retrieve(world);
		for (int party = 0; party < WORLD_PARTIES; party++)
			do_release_rx(world, party);
		give_everything_back(world);
		assert_int_equal(oracle_digest(world), digest);
	}
	CONFORMS("Z-03");
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_once_differed_agrees),
		cmocka_unit_test(manager_and_model_agree_on_random_calls),
		cmocka_unit_test(all_reclaimed_is_as_before),
	};

	return SUITE_RUN("test-lockstep", tests);
}
