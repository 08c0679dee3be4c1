/*
 * Another CPU calls in the middle of a fragment, in or out, and of one of
 * several borrowers' calls: at each moment when no lock is held. Afterwards
 * ledger and tables must fit together, and what can be given back leaves no
 * trace. The calls on whole descriptors are in test_interleaved.c.
 */
#include <stdlib.h>
#include <string.h>

#include "call/gate.h"
#include "call/teardown.h"
#include "engine/ledger_check.h"
#include "lib/calls.h"
#include "lib/oracle.h"

#define FAR 0x80000000ull
#define MOMENTS_MAX 24

/*
 * RX/TX of one page, and fragments as long as those; or pairs of two, so that
 * the first fragment, the other one, and both parts of the response are copied
 * in two steps.
 */
struct scale {
	uint32_t pages;
	uint32_t ranges;
	uint32_t step; /* from one range to the next, in pages */
};
static const struct scale narrow = {1, 260, 2};
static const struct scale wide = {2, 800, 1};

enum action {
	SEND,
	SEND_OTHER,
	FRAGMENT,
	LAST_FRAGMENT,
	RETRIEVE_2,
	RETRIEVE_3,
	MORE_2,
	RELINQUISH_2,
	RELINQUISH_3,
	RECLAIM,
	UNMAP_1,
	UNMAP_2,
	KILL_1,
	KILL_2,
	KILL_3,
	ACTIONS,
};

struct scene {
	struct world *world;
	const struct scale *scale;
	enum model_func func;
	enum action first, second;
	unsigned moment; /* counts down to the second call */
	unsigned alike;  /* events of one kind in a row */
	enum host_event_kind kind;
	bool fired;
	uint64_t handle;
	uint64_t other;
	uint64_t digest;
};

static uint32_t buffer_bytes(const struct scene *scene)
{
	return (uint32_t)(scene->scale->pages * PAGE_SIZE);
}

/* The last pages of the party's memory: TX, then RX. */
static uint64_t tx_of(const struct scene *scene, int party)
{
	return world_rx(party) + PAGE_SIZE - 2 * buffer_bytes(scene);
}

static uint32_t page_count(const struct scene *scene)
{
	return scene->scale->ranges * scene->scale->step;
}

/* SP1's; to SP2 and SP3, or donated to SP2. */
static struct op *scene_op(const struct scene *scene)
{
	static struct op op;

	op = op_of(scene->world, scene->func, SP1, SP2);
	if (scene->func != MODEL_DONATE)
		op_receiver(scene->world, &op, SP3, DESC_RW);
	op.desc.flags = scene->func != MODEL_SHARE;
	for (uint32_t i = 0; i < page_count(scene); i += scene->scale->step)
		op_range(&op, FAR + i * PAGE_SIZE, 1);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	op.handle = scene->handle;
	return &op;
}

static void send_first(struct scene *scene, unsigned cpu)
{
	const struct op *op = scene_op(scene);
	uint32_t here = buffer_bytes(scene);
	struct ffa_regs out;

	desc_write(&op->desc, host_memory(paddr(tx_of(scene, SP1))), here);
	out = call_on(scene->world, cpu, SP1,
		REGS(send_function(scene->func, true), op->desc.length, here));
	if (out.x[0] == FFA_MEM_FRAG_RX)
		*(cpu == 0 ? &scene->handle : &scene->other) = out.x[1];
}

static uint32_t bytes_received(const struct scene *scene)
{
	const struct txn *txn = txn_find(&scene->world->engine, scene->handle);

	return txn ? txn->bytes_received : buffer_bytes(scene);
}

static void fragment(struct scene *scene, unsigned cpu, uint32_t size)
{
	const struct op *op = scene_op(scene);
	uint32_t at = bytes_received(scene);

	if (size > op->desc.length - at)
		size = op->desc.length - at;
	desc_write_part(
		&op->desc, at, host_memory(paddr(tx_of(scene, SP1))), size);
	call_on(scene->world, cpu, SP1,
		REGS(FFA_MEM_FRAG_TX, scene->handle, 0, size));
}

/* Another transaction with a page of this one. */
static void send_other(struct scene *scene, unsigned cpu)
{
	struct op op = op_of(scene->world, MODEL_LEND, SP1, SP3);
	struct ffa_regs out;

	op_range(&op, FAR + 4 * PAGE_SIZE, 3);
	op.desc.range = op.range;
	desc_settle(&op.desc);
	desc_write(&op.desc, host_memory(paddr(tx_of(scene, SP1))), PAGE_SIZE);
	out = call_on(scene->world, cpu, SP1,
		REGS(FFA_MEM_LEND_64, op.desc.length, op.desc.length));
	if (out.x[0] == FFA_SUCCESS)
		scene->other = out.x[2];
}

static void retrieve(struct scene *scene, unsigned cpu, int party)
{
	struct op *op = scene_op(scene);
	struct desc desc;

	op->receiver = party;
	op->asked_attr = 0x27; /* caches are cleaned */
	desc = retrieve_desc(scene->world, op);
	desc_write(&desc, host_memory(paddr(tx_of(scene, party))), PAGE_SIZE);
	call_on(scene->world, cpu, party,
		REGS(FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length));
}

static void more(struct scene *scene, unsigned cpu)
{
	call_on(scene->world, cpu, SP2,
		REGS(FFA_MEM_FRAG_RX, scene->handle, 0, buffer_bytes(scene)));
}

static void relinquish(struct scene *scene, unsigned cpu, int party)
{
	struct desc_relinquish give = {scene->handle, scene->func == MODEL_LEND,
		1, {world_endpoint(scene->world, party)->id}};

	desc_write_relinquish(
		&give, host_memory(paddr(tx_of(scene, party))), PAGE_SIZE);
	call_on(scene->world, cpu, party, REGS(FFA_MEM_RELINQUISH));
}

static void reclaim(struct scene *scene, unsigned cpu, uint64_t handle)
{
	call_on(scene->world, cpu, SP1,
		REGS(FFA_MEM_RECLAIM, handle, 0, scene->func != MODEL_SHARE));
}

static void kill(struct scene *scene, int party)
{
	world_endpoint(scene->world, party)->aborted = true;
	teardown(&scene->world->spm, &scene->world->partition[party]);
}

static void act_on_calls(struct scene *scene, enum action action, unsigned cpu)
{
	switch (action) {
	case SEND:
		send_first(scene, cpu);
		return;
	case SEND_OTHER:
		send_other(scene, cpu);
		return;
	case FRAGMENT:
		fragment(scene, cpu, 16);
		return;
	case LAST_FRAGMENT:
		fragment(scene, cpu, buffer_bytes(scene));
		return;
	case RETRIEVE_2:
		retrieve(scene, cpu, SP2);
		return;
	case RETRIEVE_3:
		retrieve(scene, cpu, SP3);
		return;
	case MORE_2:
		more(scene, cpu);
		return;
	case RELINQUISH_2:
		relinquish(scene, cpu, SP2);
		return;
	case RELINQUISH_3:
		relinquish(scene, cpu, SP3);
		return;
	default:
		reclaim(scene, cpu, scene->handle);
		return;
	}
}

static void act(struct scene *scene, enum action action, unsigned cpu)
{
	if (action >= KILL_1)
		kill(scene, SP1 + (int)(action - KILL_1));
	else if (action >= UNMAP_1)
		call_on(scene->world, cpu, SP1 + (int)(action - UNMAP_1),
			REGS(FFA_RXTX_UNMAP));
	else
		act_on_calls(scene, action, cpu);
}

/* Ranges are zeroed, or cleaned, one after the other: two of them will do. */
static bool is_one_of_many(struct scene *scene, const struct host_event *event)
{
	scene->alike = event->kind == scene->kind ? scene->alike + 1 : 0;
	scene->kind = event->kind;
	return scene->alike > 1 &&
	       (event->kind == HOST_ZERO || event->kind == HOST_CLEAN);
}

static void on_moment(void *context, const struct host_event *event)
{
	struct scene *scene = context;
	const struct spm *spm = &scene->world->spm;

	if (is_one_of_many(scene, event) || scene->fired ||
		lock_is_held(&spm->engine_lock) ||
		lock_is_held(&spm->chain_lock) || scene->moment-- > 0)
		return;
	scene->fired = true;
	host_cpu_set(1);
	act(scene, scene->second, 1);
	host_cpu_set(0);
}

/* --- What must hold afterwards ----------------------------------------- */

static uint8_t expected_perm(struct world *world, uint64_t at, int party)
{
	const struct endpoint *ep = world_endpoint(world, party);
	const struct ledger_node *title =
		ledger_title(&world->engine.ledger, paddr(at));
	const struct ledger_node *loan =
		ledger_loan(&world->engine.ledger, paddr(at));
	const struct txn *txn = loan ? loan->loan.txn : NULL;
	const struct borrower *borrower;

	if (title->title.owner == ep)
		return txn && txn_takes_access(txn) &&
				       txn->phase != TXN_DRAINING
			       ? 0
			       : title->title.access.perm;
	borrower = txn ? txn_borrower(txn, ep, ep->id) : NULL;
	return borrower && borrower->phase == BORROWER_HELD
		       ? borrower->access.perm
		       : 0;
}

static void expect_sound(const struct scene *scene)
{
	struct world *world = scene->world;
	const char *broken = ledger_check(&world->engine);

	if (broken)
		fail_msg("%s", broken);
	for (uint32_t i = 0; i < page_count(scene); i++)
		for (int party = SP1; party < WORLD_PARTIES; party++) {
			uint64_t at = FAR + i * PAGE_SIZE;

			assert_int_equal(access_of(world, party, at),
				expected_perm(world, at, party));
		}
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

static void map_again(const struct scene *scene)
{
	for (int party = SP1; party < WORLD_PARTIES; party++) {
		uint64_t tx = tx_of(scene, party);

		call_on(scene->world, 0, party,
			REGS(FFA_RXTX_MAP_64, tx, tx + buffer_bytes(scene),
				scene->scale->pages));
		call_on(scene->world, 0, party, REGS(FFA_RX_RELEASE));
	}
}

static bool is_donated(const struct scene *scene)
{
	const struct ledger_node *title =
		ledger_title(&scene->world->engine.ledger, paddr(FAR));

	return title->title.owner != world_endpoint(scene->world, SP1);
}

static void clean_up(struct scene *scene)
{
	map_again(scene);
	relinquish(scene, 0, SP2);
	relinquish(scene, 0, SP3);
	reclaim(scene, 0, scene->handle);
	if (scene->other)
		reclaim(scene, 0, scene->other);
	/* With the buffers mapped again, nodes lie in other slab pages. */
	for (int party = SP1; party < WORLD_PARTIES; party++)
		call_on(scene->world, 0, party, REGS(FFA_RXTX_UNMAP));
	expect_sound(scene);
	assert_int_equal(oracle_digest(scene->world), scene->digest);
}

/* What the donee has not read can be read, or is over with its death. */
static void drain(struct scene *scene)
{
	if (world_endpoint(scene->world, SP2)->aborted == false) {
		map_again(scene);
		more(scene, 0);
	}
	assert_null(txn_find(&scene->world->engine, scene->handle));
	expect_sound(scene);
}

/* --- All of them ------------------------------------------------------- */

/* The steps before the first call, of those that are named in order. */
static void prepare(struct scene *scene)
{
	static const enum action before[] = {
		SEND, LAST_FRAGMENT, RETRIEVE_2, RETRIEVE_3};
	static const unsigned counts[ACTIONS] = {[FRAGMENT] = 1,
		[LAST_FRAGMENT] = 1,
		[RETRIEVE_2] = 2,
		[MORE_2] = 3,
		[RELINQUISH_2] = 4,
		[RECLAIM] = 2};
	struct world *world = scene->world;

	world_extend(world, SP1, FAR, page_count(scene));
	scene->digest = oracle_digest(world);
	map_again(scene);
	scene->handle = 1; /* handles are numbers that rise by one */
	for (unsigned i = 0; i < counts[scene->first]; i++) {
		act(scene, before[i], 0);
		for (int party = SP1; party < WORLD_PARTIES; party++)
			call_on(world, 0, party, REGS(FFA_RX_RELEASE));
	}
}

/* False: the first call has no such moment. */
static bool play(struct scene *scene)
{
	scene->world = world_make();
	prepare(scene);
	host_checker_set(on_moment, scene);
	act(scene, scene->first, 0);
	host_checker_set(NULL, NULL);
	expect_sound(scene);
	if (is_donated(scene))
		drain(scene);
	else if (scene->second < KILL_1)
		clean_up(scene);
	free(scene->world);
	return scene->fired;
}

/* All moments with all second calls; how many there were. */
static unsigned play_all(
	const struct scale *scale, enum model_func func, enum action first)
{
	unsigned played = 0;

	for (int second = 0; second < ACTIONS; second++)
		for (unsigned moment = 0; moment < MOMENTS_MAX; moment++) {
			struct scene scene = {
				.scale = scale,
				.func = func,
				.first = first,
				.second = (enum action)second,
				.moment = moment,
			};

			if (!play(&scene))
				break;
			played++;
			assert_true(moment + 1 < MOMENTS_MAX);
		}
	return played;
}

static void a_fragment_in_can_be_met_at_every_moment(void **state)
{
	(void)state;
	assert_true(play_all(&narrow, MODEL_LEND, SEND) >= ACTIONS);
	assert_true(play_all(&narrow, MODEL_DONATE, FRAGMENT) >= ACTIONS);
}

static void a_last_fragment_can_be_met_at_every_moment(void **state)
{
	(void)state;
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		assert_true(play_all(&narrow, (enum model_func)func,
				    LAST_FRAGMENT) >= ACTIONS);
}

static void a_long_retrieval_can_be_met_at_every_moment(void **state)
{
	(void)state;
	for (int func = MODEL_LEND; func <= MODEL_DONATE; func++)
		assert_true(play_all(&narrow, (enum model_func)func,
				    RETRIEVE_2) >= 2 * ACTIONS);
}

static void a_fragment_out_can_be_met_at_every_moment(void **state)
{
	(void)state;
	assert_true(play_all(&narrow, MODEL_LEND, MORE_2) >= ACTIONS);
	assert_true(play_all(&narrow, MODEL_DONATE, MORE_2) >= ACTIONS);
}

static void one_of_two_borrowers_can_be_met_at_every_moment(void **state)
{
	(void)state;
	assert_true(play_all(&narrow, MODEL_SHARE, RELINQUISH_2) >= ACTIONS);
	assert_true(play_all(&narrow, MODEL_LEND, RELINQUISH_2) >= ACTIONS);
}

/* A moment more where a page ends; and the send or cursor is half way. */
static void a_long_fragment_can_be_met_at_every_page(void **state)
{
	(void)state;
	assert_true(play_all(&wide, MODEL_LEND, SEND) >= 2 * ACTIONS);
	assert_true(play_all(&wide, MODEL_LEND, LAST_FRAGMENT) >= 2 * ACTIONS);
	assert_true(
		play_all(&wide, MODEL_DONATE, LAST_FRAGMENT) >= 2 * ACTIONS);
}

static void a_long_response_can_be_met_at_every_page(void **state)
{
	(void)state;
	assert_true(play_all(&wide, MODEL_LEND, RETRIEVE_2) >= 3 * ACTIONS);
	assert_true(play_all(&wide, MODEL_LEND, MORE_2) >= 2 * ACTIONS);
	assert_true(play_all(&wide, MODEL_DONATE, MORE_2) >= 2 * ACTIONS);
}

/* The last holder's memory is being zeroed: SP3 must not get it yet. */
static void retrieve_while_zeroed(void *context, const struct host_event *event)
{
	struct scene *scene = context;

	if (event->kind != HOST_ZERO || scene->fired)
		return;
	scene->fired = true;
	host_cpu_set(1);
	retrieve(scene, 1, SP3);
	host_cpu_set(0);
	expect_reason((enum reason)scene->world->cpu[1].last->reason,
		R_RETRIEVE_BUSY);
}

static void nobody_retrieves_what_is_being_zeroed(void **state)
{
	struct scene scene = {
		.scale = &narrow, .func = MODEL_LEND, .first = MORE_2};

	(void)state;
	scene.world = world_make();
	prepare(&scene); /* SP2 holds it, SP3 does not */
	host_checker_set(retrieve_while_zeroed, &scene);
	relinquish(&scene, 0, SP2);
	host_checker_set(NULL, NULL);
	assert_true(scene.fired);
	expect_sound(&scene);
	clean_up(&scene);
	free(scene.world);
}

/* While the first page goes to RX, its borrower and owner are done with it. */
static void give_back_meanwhile(void *context, const struct host_event *event)
{
	struct scene *scene = context;

	if (event->kind != HOST_COPY_OUT || scene->fired)
		return;
	scene->fired = true;
	host_cpu_set(1);
	relinquish(scene, 1, SP2);
	reclaim(scene, 1, scene->handle);
	host_cpu_set(0);
	assert_null(txn_find(&scene->world->engine, scene->handle));
}

static void a_response_ends_with_its_transaction(void **state)
{
	struct scene scene = {
		.scale = &wide, .func = MODEL_LEND, .first = MORE_2};

	(void)state;
	scene.world = world_make();
	prepare(&scene);
	host_checker_set(give_back_meanwhile, &scene);
	more(&scene, 0);
	host_checker_set(NULL, NULL);
	expect_reason(
		(enum reason)scene.world->cpu[0].last->reason, R_NO_FRAGMENT);
	assert_int_equal(scene.world->partition[SP2].mailbox.rx, RX_EMPTY);
	clean_up(&scene);
	free(scene.world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fragment_in_can_be_met_at_every_moment),
		cmocka_unit_test(a_last_fragment_can_be_met_at_every_moment),
		cmocka_unit_test(a_long_retrieval_can_be_met_at_every_moment),
		cmocka_unit_test(a_fragment_out_can_be_met_at_every_moment),
		cmocka_unit_test(
			one_of_two_borrowers_can_be_met_at_every_moment),
		cmocka_unit_test(a_long_fragment_can_be_met_at_every_page),
		cmocka_unit_test(a_long_response_can_be_met_at_every_page),
		cmocka_unit_test(nobody_retrieves_what_is_being_zeroed),
		cmocka_unit_test(a_response_ends_with_its_transaction),
	};

	return SUITE_RUN("test-interleaved-fragments", tests);
}
