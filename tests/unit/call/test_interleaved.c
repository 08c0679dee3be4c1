/*
 * Another CPU calls in the middle of a call: at each moment when no lock is
 * held, every call that could meet the claim, and the death of both sides.
 * Afterwards ledger and tables must fit together, and what can be given back
 * leaves no trace.
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "call/teardown.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define BASE (SP1_BLOCK + 5 * PAGE_SIZE)
#define PAGES 3
#define MOMENTS_MAX 8

enum first {
	FIRST_SEND,
	FIRST_RETRIEVE,
	FIRST_RELINQUISH,
	FIRST_RECLAIM,
	FIRSTS,
};

enum second {
	SECOND_SEND,
	SECOND_RETRIEVE,
	SECOND_RELINQUISH,
	SECOND_RECLAIM,
	SECOND_UNMAP_SENDER,
	SECOND_UNMAP_RECEIVER,
	SECOND_KILL_SENDER,
	SECOND_KILL_RECEIVER,
	SECONDS,
};

struct scene {
	struct world *world;
	enum model_func func;
	enum first first;
	enum second second;
	unsigned moment; /* counts down to the second call */
	bool fired;
	uint64_t handle;
	uint64_t second_handle;
	uint64_t digest;
};

static void write_tx(int party, const struct desc *desc)
{
	desc_write(desc, host_memory(paddr(world_tx(party))), PAGE_SIZE);
}

static struct ffa_regs send_on(struct scene *scene, unsigned cpu, int receiver)
{
	struct op op = op_of(scene->world, scene->func, SP1, receiver);

	op_range(&op, BASE, PAGES);
	op.desc.range = op.range;
	op.desc.flags = scene->func != MODEL_SHARE;
	desc_settle(&op.desc);
	write_tx(SP1, &op.desc);
	return call_on(scene->world, cpu, SP1,
		REGS(send_function(scene->func, true), op.desc.length,
			op.desc.length));
}

static struct ffa_regs retrieve_on(struct scene *scene, unsigned cpu)
{
	struct op op = op_of(scene->world, scene->func, SP1, SP2);
	struct desc desc;

	op.handle = scene->handle;
	/* Other attributes than the owner's: caches are cleaned. */
	op.asked_attr = 0x27;
	desc = retrieve_desc(scene->world, &op);
	write_tx(SP2, &desc);
	return call_on(scene->world, cpu, SP2,
		REGS(FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length));
}

static struct ffa_regs relinquish_on(struct scene *scene, unsigned cpu)
{
	struct desc_relinquish give = {
		scene->handle, scene->func == MODEL_LEND, 1, {ID_SP2}};

	desc_write_relinquish(
		&give, host_memory(paddr(world_tx(SP2))), PAGE_SIZE);
	return call_on(scene->world, cpu, SP2, REGS(FFA_MEM_RELINQUISH));
}

static struct ffa_regs reclaim_on(
	struct scene *scene, unsigned cpu, uint64_t handle)
{
	return call_on(scene->world, cpu, SP1,
		REGS(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32,
			scene->func != MODEL_SHARE));
}

static void kill(struct world *world, int party)
{
	world->partition[party].ep.aborted = true;
	teardown(&world->spm, &world->partition[party]);
}

static void play_second(struct scene *scene)
{
	struct world *world = scene->world;
	struct ffa_regs out;

	switch (scene->second) {
	case SECOND_SEND:
		out = send_on(scene, 1, SP3);
		if (out.x[0] == FFA_SUCCESS)
			scene->second_handle = out.x[2];
		return;
	case SECOND_RETRIEVE:
		retrieve_on(scene, 1);
		return;
	case SECOND_RELINQUISH:
		relinquish_on(scene, 1);
		return;
	case SECOND_RECLAIM:
		reclaim_on(scene, 1, scene->handle);
		return;
	case SECOND_UNMAP_SENDER:
		call_on(world, 1, SP1, REGS(FFA_RXTX_UNMAP));
		return;
	case SECOND_UNMAP_RECEIVER:
		call_on(world, 1, SP2, REGS(FFA_RXTX_UNMAP));
		return;
	case SECOND_KILL_SENDER:
		kill(world, SP1);
		return;
	default:
		kill(world, SP2);
		return;
	}
}

static bool is_unlocked(const struct world *world)
{
	return !lock_is_held(&world->spm.engine_lock) &&
	       !lock_is_held(&world->spm.chain_lock);
}

/* Bytes are about to be copied: only from and to what is a buffer. */
static void expect_buffer(struct scene *scene, const struct host_event *event)
{
	const struct ledger_node *loan;

	if (event->kind != HOST_COPY_IN && event->kind != HOST_COPY_OUT)
		return;
	loan = ledger_loan(&scene->world->engine.ledger, paddr(event->address));
	assert_non_null(loan);
	assert_int_equal(loan->node.user8, LOAN_BUFFER);
}

static void on_moment(void *context, const struct host_event *event)
{
	struct scene *scene = context;

	if (scene->fired || !is_unlocked(scene->world) || scene->moment-- > 0)
		return;
	scene->fired = true;
	host_cpu_set(1);
	play_second(scene);
	host_cpu_set(0);
	expect_buffer(scene, event);
}

/* --- What must hold afterwards ----------------------------------------- */

static uint8_t owner_perm(
	const struct ledger_node *title, const struct ledger_node *loan)
{
	bool taken = loan && loan->loan.txn && txn_takes_access(loan->loan.txn);

	return taken ? 0 : title->title.access.perm;
}

static uint8_t borrower_perm(
	struct world *world, const struct ledger_node *loan, int party)
{
	const struct endpoint *ep = world_endpoint(world, party);
	const struct txn *txn = loan ? loan->loan.txn : NULL;
	const struct borrower *borrower =
		txn ? txn_borrower(txn, ep, ep->id) : NULL;

	return borrower && borrower->phase == BORROWER_HELD
		       ? borrower->access.perm
		       : 0;
}

/* The tables say what the ledger says: for every page and partition. */
static void expect_sound(struct world *world)
{
	const char *broken = ledger_check(&world->engine);

	if (broken)
		fail_msg("%s", broken);
	for (uint32_t i = 0; i < world->model.page_count; i++) {
		uint64_t at = world->model.page[i].at;
		const struct ledger_node *title =
			ledger_title(&world->engine.ledger, paddr(at));
		const struct ledger_node *loan =
			ledger_loan(&world->engine.ledger, paddr(at));

		for (int party = SP1; party < WORLD_PARTIES; party++) {
			uint8_t want = borrower_perm(world, loan, party);

			if (title->title.owner == world_endpoint(world, party))
				want = owner_perm(title, loan);
			assert_int_equal(access_of(world, party, at), want);
		}
	}
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

static void map_again(struct world *world, int party)
{
	call_on(world, 0, party,
		REGS(FFA_RXTX_MAP_64, world_tx(party), world_rx(party), 1));
	call_on(world, 0, party, REGS(FFA_RX_RELEASE));
}

/* Gives back what can be given back. */
static void clean_up(struct scene *scene)
{
	map_again(scene->world, SP1);
	map_again(scene->world, SP2);
	relinquish_on(scene, 0);
	reclaim_on(scene, 0, scene->handle);
	if (scene->second_handle)
		reclaim_on(scene, 0, scene->second_handle);
}

static void prepare(struct scene *scene)
{
	struct world *world = scene->world;
	struct ffa_regs out;

	for (int party = SP1; party < WORLD_PARTIES; party++)
		map_again(world, party);
	scene->digest = oracle_digest(world);
	/* Handles are numbers that rise by one. */
	scene->handle = 1;
	if (scene->first == FIRST_SEND)
		return;
	out = send_on(scene, 0, SP2);
	assert_int_equal(out.x[0], FFA_SUCCESS);
	scene->handle = out.x[2];
	if (scene->first != FIRST_RELINQUISH)
		return;
	out = retrieve_on(scene, 0);
	assert_int_equal(out.x[0], FFA_MEM_RETRIEVE_RESP);
	call_on(world, 0, SP2, REGS(FFA_RX_RELEASE));
}

static void play_first(struct scene *scene)
{
	switch (scene->first) {
	case FIRST_SEND:
		send_on(scene, 0, SP2);
		return;
	case FIRST_RETRIEVE:
		retrieve_on(scene, 0);
		return;
	case FIRST_RELINQUISH:
		relinquish_on(scene, 0);
		return;
	default:
		reclaim_on(scene, 0, scene->handle);
		return;
	}
}

/* False: the first call has no such moment. */
static bool play(struct scene *scene)
{
	bool donated;

	scene->world = world_make();
	prepare(scene);
	host_checker_set(on_moment, scene);
	play_first(scene);
	host_checker_set(NULL, NULL);
	expect_sound(scene->world);
	donated = ledger_title(&scene->world->engine.ledger, paddr(BASE))
			  ->title.owner != world_endpoint(scene->world, SP1);
	if (scene->second < SECOND_KILL_SENDER && !donated) {
		clean_up(scene);
		expect_sound(scene->world);
		assert_int_equal(oracle_digest(scene->world), scene->digest);
	}
	free(scene->world);
	return scene->fired;
}

/* All moments of all pairs of calls; how many there were. */
static unsigned play_all(enum model_func func, enum first first)
{
	unsigned played = 0;

	for (int second = 0; second < SECONDS; second++)
		for (unsigned moment = 0; moment < MOMENTS_MAX; moment++) {
			struct scene scene = {
				.func = func,
				.first = first,
				.second = (enum second)second,
				.moment = moment,
			};

			if (!play(&scene))
				break;
			played++;
		}
	return played;
}

static void a_send_can_be_met_at_every_moment(void **state)
{
	(void)state;
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		assert_true(
			play_all((enum model_func)func, FIRST_SEND) >= SECONDS);
}

static void a_retrieval_can_be_met_at_every_moment(void **state)
{
	(void)state;
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		assert_true(play_all((enum model_func)func, FIRST_RETRIEVE) >=
			    2 * SECONDS);
}

static void a_relinquish_can_be_met_at_every_moment(void **state)
{
	(void)state;
	for (int func = MODEL_SHARE; func <= MODEL_LEND; func++)
		assert_true(play_all((enum model_func)func, FIRST_RELINQUISH) >=
			    SECONDS);
}

static void a_reclaim_can_be_met_at_every_moment(void **state)
{
	(void)state;
	for (int func = MODEL_LEND; func <= MODEL_DONATE; func++)
		assert_true(play_all((enum model_func)func, FIRST_RECLAIM) >=
			    SECONDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_send_can_be_met_at_every_moment),
		cmocka_unit_test(a_retrieval_can_be_met_at_every_moment),
		cmocka_unit_test(a_relinquish_can_be_met_at_every_moment),
		cmocka_unit_test(a_reclaim_can_be_met_at_every_moment),
	};

	return SUITE_RUN("test-interleaved", tests);
}
