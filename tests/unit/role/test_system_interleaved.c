/*
 * Another CPU calls, or a party dies, in the middle of a call of a virtual
 * machine: at each moment when the locks that it needs are free, in either
 * manager. Afterwards both ledgers, the tables and each other fit together;
 * what can be given back leaves no trace.
 */
#include <stdlib.h>
#include <string.h>

#include "call/teardown.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/system.h"

#define BASE (VM1_BLOCK + 5 * PAGE_SIZE)
#define RANGES 4u
#define MOMENTS_MAX 40

enum first {
	FIRST_SEND,     /* VM1 */
	FIRST_FRAGMENT, /* VM1: the first of two */
	FIRST_LAST,     /* VM1: the second */
	FIRST_RETRIEVE, /* VM2, a share with SP2 */
	FIRST_RELINQUISH,
	FIRST_RECLAIM, /* VM1 */
};

enum second {
	SECOND_SEND, /* VM1, the same pages, to VM3 */
	SECOND_FRAGMENT,
	SECOND_RECLAIM,
	SECOND_UNMAP_SENDER,
	SECOND_VM_RETRIEVE,
	SECOND_VM_RELINQUISH,
	SECOND_UNMAP_BORROWER,
	SECOND_SP_RETRIEVE,
	SECOND_SP_RELINQUISH,
	SECOND_KILL_SENDER,
	SECOND_KILL_VM,
	SECOND_KILL_SP,
	SECONDS,
};

struct scene {
	struct world *world;
	enum model_func func;
	bool mixed; /* VM2 beside SP2 */
	enum first first;
	enum second second;
	unsigned moment; /* counts down to the second call */
	unsigned played; /* the same, for the report */
	bool fired;
	uint64_t handle;
	uint64_t second_handle;
	uint64_t digest;
};

/* --- The calls --------------------------------------------------------- */

static void write_tx(int party, const struct desc *desc, uint32_t from)
{
	desc_write_part(
		desc, from, host_memory(paddr(world_tx(party))), PAGE_SIZE);
}

static void settle(struct op *op)
{
	op_scatter(op, BASE, RANGES);
	op->desc.range = op->range;
	desc_settle(&op->desc);
}

static struct op scene_op(struct scene *scene)
{
	struct op op = op_of(scene->world, scene->func, VM1, SP2);

	if (scene->mixed)
		op_receiver(scene->world, &op, VM2, DESC_RW);
	settle(&op);
	return op;
}

static struct ffa_regs send_on(struct scene *scene, unsigned cpu, bool whole)
{
	struct op op = scene_op(scene);
	uint32_t here = op.desc.length - (whole ? 0 : 32);

	write_tx(VM1, &op.desc, 0);
	return call_on(scene->world, cpu, VM1,
		REGS(send_function(scene->func, true), op.desc.length, here));
}

static struct ffa_regs send_local_on(struct scene *scene, unsigned cpu)
{
	struct op op = op_of(scene->world, scene->func, VM1, VM3);

	settle(&op);
	write_tx(VM1, &op.desc, 0);
	return call_on(scene->world, cpu, VM1,
		REGS(send_function(scene->func, true), op.desc.length,
			op.desc.length));
}

static struct ffa_regs rest_on(struct scene *scene, unsigned cpu)
{
	struct op op = scene_op(scene);

	write_tx(VM1, &op.desc, op.desc.length - 32);
	return call_on(scene->world, cpu, VM1,
		REGS(FFA_MEM_FRAG_TX, (uint32_t)scene->handle,
			scene->handle >> 32, 32));
}

static struct ffa_regs retrieve_on(struct scene *scene, unsigned cpu, int party)
{
	struct op op = scene_op(scene);
	struct desc desc;

	op.receiver = party;
	op.handle = scene->handle;
	desc = retrieve_desc(scene->world, &op);
	write_tx(party, &desc, 0);
	return call_on(scene->world, cpu, party,
		REGS(FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length));
}

static struct ffa_regs relinquish_on(
	struct scene *scene, unsigned cpu, int party)
{
	struct desc_relinquish give = {
		scene->handle, 0, 1, {scene->world->partition[party].ep.id}};

	desc_write_relinquish(
		&give, host_memory(paddr(world_tx(party))), PAGE_SIZE);
	return call_on(scene->world, cpu, party, REGS(FFA_MEM_RELINQUISH));
}

static struct ffa_regs reclaim_on(
	struct scene *scene, unsigned cpu, uint64_t handle)
{
	return call_on(scene->world, cpu, VM1,
		REGS(FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, 0));
}

static void kill(struct world *world, int party)
{
	world->partition[party].ep.aborted = true;
	teardown(world_cpu(world, party, 1)->spm, &world->partition[party]);
}

static void play_second(struct scene *scene)
{
	struct world *world = scene->world;
	struct ffa_regs out;

	switch (scene->second) {
	case SECOND_SEND:
		out = send_local_on(scene, 1);
		if (out.x[0] == FFA_SUCCESS)
			scene->second_handle = out.x[2] | out.x[3] << 32;
		return;
	case SECOND_FRAGMENT:
		rest_on(scene, 1);
		return;
	case SECOND_RECLAIM:
		reclaim_on(scene, 1, scene->handle);
		return;
	case SECOND_UNMAP_SENDER:
		call_on(world, 1, VM1, REGS(FFA_RXTX_UNMAP));
		return;
	case SECOND_VM_RETRIEVE:
		retrieve_on(scene, 1, VM2);
		return;
	case SECOND_VM_RELINQUISH:
		relinquish_on(scene, 1, VM2);
		return;
	case SECOND_UNMAP_BORROWER:
		call_on(world, 1, VM2, REGS(FFA_RXTX_UNMAP));
		return;
	case SECOND_SP_RETRIEVE:
		retrieve_on(scene, 1, SP2);
		return;
	case SECOND_SP_RELINQUISH:
		relinquish_on(scene, 1, SP2);
		return;
	case SECOND_KILL_SENDER:
		kill(world, VM1);
		return;
	case SECOND_KILL_VM:
		kill(world, VM2);
		return;
	default:
		kill(world, SP2);
		return;
	}
}

static bool is_unlocked(const struct spm *spm)
{
	return !lock_is_held(&spm->engine_lock) &&
	       !lock_is_held(&spm->chain_lock);
}

/*
 * Who would wait for a lock on this CPU would wait for ever. The way to the
 * SPMC may be in use: whoever meets the claim that goes with it is refused
 * before it asks for that lock, or the rank checker stops us.
 */
static bool may_play(const struct scene *scene)
{
	return is_unlocked(&scene->world->spm) &&
	       is_unlocked(&scene->world->hypervisor.spm);
}

static void on_moment(void *context, const struct host_event *event)
{
	struct scene *scene = context;

	(void)event;
	if (scene->fired || !may_play(scene) || scene->moment-- > 0)
		return;
	scene->fired = true;
	play_second(scene);
}

/* --- What must hold afterwards ----------------------------------------- */

static struct engine *engine_of(struct world *world, int party)
{
	return world_cpu(world, party, 0)->spm->engine;
}

/* What `party`'s own manager says that it may do with the page. */
static uint8_t perm_of(struct world *world, int party, uint64_t at)
{
	const struct ledger *ledger = &engine_of(world, party)->ledger;
	const struct endpoint *ep = world_endpoint(world, party);
	const struct ledger_node *title = ledger_title(ledger, paddr(at));
	const struct ledger_node *loan = ledger_loan(ledger, paddr(at));
	const struct txn *txn = loan ? loan->loan.txn : NULL;
	const struct borrower *borrower =
		txn ? txn_borrower(txn, ep, ep->id) : NULL;

	if (title && title->title.owner == ep)
		return txn && txn_takes_access(txn) &&
				       txn->phase != TXN_DRAINING
			       ? 0
			       : title->title.access.perm;
	return borrower && borrower->phase == BORROWER_HELD
		       ? borrower->access.perm
		       : 0;
}

/* What a partition reaches its owner's manager knows to be there. */
static void expect_known(struct world *world, uint64_t at)
{
	const struct ledger *ledger = &world->hypervisor.engine.ledger;
	const struct ledger_node *loan = ledger_loan(ledger, paddr(at));
	const struct ledger_node *title = ledger_title(ledger, paddr(at));

	if (!access_of(world, SP2, at))
		return;
	if (title->title.owner == &world->hypervisor.relay.peer)
		return;
	assert_non_null(loan);
	assert_true(loan->loan.txn->foreign);
	if (loan->loan.txn->func != MEM_SHARE)
		assert_int_equal(access_of(world, VM1, at), 0);
}

/* Every foreign transaction is known to both, or was a donation. */
static void expect_same_txns(struct world *world)
{
	struct engine *ours = &world->hypervisor.engine;
	const struct tree_node *node = ours->txns.first;

	for (; node; node = node->next) {
		const struct txn *txn = (const void *)node;

		if (txn->foreign && txn->func != MEM_DONATE)
			assert_non_null(txn_find(&world->engine, node->key));
	}
	for (node = world->engine.txns.first; node; node = node->next) {
		const struct txn *txn = (const void *)node;

		if (txn->owner == world_endpoint(world, NWD))
			assert_non_null(txn_find(ours, node->key));
	}
}

static void expect_sound(struct world *world)
{
	assert_null(ledger_check(&world->engine));
	assert_null(ledger_check(&world->hypervisor.engine));
	for (uint32_t i = 0; i < world->model.page_count; i++) {
		uint64_t at = world->model.page[i].at;

		if (!system_is_vm_page(world, at))
			continue;
		for (int party = SP1; party < SYSTEM_PARTIES; party++)
			assert_int_equal(access_of(world, party, at),
				perm_of(world, party, at));
		expect_known(world, at);
	}
	expect_same_txns(world);
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
	map_again(scene->world, VM1);
	map_again(scene->world, VM2);
	call_on(scene->world, 0, SP2, REGS(FFA_RX_RELEASE));
	relinquish_on(scene, 0, SP2);
	relinquish_on(scene, 0, VM2);
	reclaim_on(scene, 0, scene->handle);
	if (scene->second_handle)
		reclaim_on(scene, 0, scene->second_handle);
}

static void prepare(struct scene *scene)
{
	struct ffa_regs out;

	scene->digest = oracle_digest(scene->world);
	/* The SPMC's handles are numbers that rise by one. */
	scene->handle = 1;
	if (scene->first == FIRST_SEND || scene->first == FIRST_FRAGMENT)
		return;
	out = send_on(scene, 0, scene->first != FIRST_LAST);
	assert_int_not_equal(out.x[0], FFA_ERROR);
	if (scene->first != FIRST_RELINQUISH)
		return;
	out = retrieve_on(scene, 0, VM2);
	assert_int_equal(out.x[0], FFA_MEM_RETRIEVE_RESP);
	call_on(scene->world, 0, VM2, REGS(FFA_RX_RELEASE));
}

/* A second call may have changed TX: whatever was sent has this handle. */
static void note_handle(struct scene *scene, struct ffa_regs out)
{
	if (out.x[0] == FFA_SUCCESS)
		scene->handle = out.x[2] | out.x[3] << 32;
	if (out.x[0] == FFA_MEM_FRAG_RX)
		scene->handle = out.x[1] | out.x[2] << 32;
}

static void play_first(struct scene *scene)
{
	switch (scene->first) {
	case FIRST_SEND:
	case FIRST_FRAGMENT:
		note_handle(
			scene, send_on(scene, 0, scene->first == FIRST_SEND));
		return;
	case FIRST_LAST:
		rest_on(scene, 0);
		return;
	case FIRST_RETRIEVE:
		retrieve_on(scene, 0, VM2);
		return;
	case FIRST_RELINQUISH:
		relinquish_on(scene, 0, VM2);
		return;
	default:
		reclaim_on(scene, 0, scene->handle);
		return;
	}
}

/* False: the first call has no such moment. */
static bool play(struct scene *scene)
{
	bool taken;

	scene->world = system_make();
	prepare(scene);
	host_checker_set(on_moment, scene);
	play_first(scene);
	host_checker_set(NULL, NULL);
	expect_sound(scene->world);
	taken = scene->func == MODEL_DONATE &&
		scene->second == SECOND_SP_RETRIEVE;
	if (scene->second < SECOND_KILL_SENDER && !taken) {
		clean_up(scene);
		expect_sound(scene->world);
		if (oracle_digest(scene->world) != scene->digest)
			fail_msg(
				"func %d first %d second %d moment %u: a trace",
				scene->func, scene->first, scene->second,
				scene->played);
	}
	free(scene->world);
	return scene->fired;
}

/* All moments of all pairs of calls; how many there were. */
static unsigned play_all(const struct scene *like)
{
	unsigned played = 0;

	for (int second = 0; second < SECONDS; second++)
		for (unsigned moment = 0; moment < MOMENTS_MAX; moment++) {
			struct scene scene = *like;

			scene.second = (enum second)second;
			scene.moment = moment;
			scene.played = moment;
			if (!play(&scene))
				break;
			played++;
		}
	return played;
}

static void sender_is_met(enum first first)
{
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++) {
		struct scene scene = {
			.func = (enum model_func)func, .first = first};

		assert_true(play_all(&scene) >= SECONDS);
	}
}

static void a_send_can_be_met_at_every_moment(void **state)
{
	(void)state;
	sender_is_met(FIRST_SEND);
}

static void a_first_fragment_can_be_met_at_every_moment(void **state)
{
	(void)state;
	sender_is_met(FIRST_FRAGMENT);
}

static void a_last_fragment_can_be_met_at_every_moment(void **state)
{
	(void)state;
	sender_is_met(FIRST_LAST);
}

static void a_reclaim_can_be_met_at_every_moment(void **state)
{
	(void)state;
	sender_is_met(FIRST_RECLAIM);
}

static void a_retrieval_can_be_met_at_every_moment(void **state)
{
	struct scene scene = {
		.func = MODEL_SHARE, .mixed = true, .first = FIRST_RETRIEVE};

	(void)state;
	assert_true(play_all(&scene) >= SECONDS);
}

static void a_relinquish_can_be_met_at_every_moment(void **state)
{
	struct scene scene = {
		.func = MODEL_SHARE, .mixed = true, .first = FIRST_RELINQUISH};

	(void)state;
	assert_true(play_all(&scene) >= SECONDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_send_can_be_met_at_every_moment),
		cmocka_unit_test(a_first_fragment_can_be_met_at_every_moment),
		cmocka_unit_test(a_last_fragment_can_be_met_at_every_moment),
		cmocka_unit_test(a_reclaim_can_be_met_at_every_moment),
		cmocka_unit_test(a_retrieval_can_be_met_at_every_moment),
		cmocka_unit_test(a_relinquish_can_be_met_at_every_moment),
	};

	return SUITE_RUN("test-system-interleaved", tests);
}
