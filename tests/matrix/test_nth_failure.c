/*
 * Every call of the matrix that succeeds, with its n-th page of the pool, its
 * n-th copy or its n-th zeroing failing, for every n until it needs no n-th.
 * A failure leaves everything as it was, and the call succeeds afterwards;
 * but a fragment that fails ends its send, and what could not be zeroed when
 * it was given back is withheld.
 */
#include <stdio.h>

#include "lib/oracle.h"
#include "matrix/matrix.h"

#define TRIES_MAX 100u
/* Free objects that the slabs are left with: each may be the last. */
#define OBJECTS_MAX 4u
#define SLAB_PAGE_MAX 64u

enum fault {
	FAULT_POOL,
	FAULT_COPY,
	FAULT_ZERO,
	FAULTS,
};

static unsigned failures[FAULTS];

static void arm(struct world *world, enum fault fault, uint32_t n)
{
	world->injecting = n > 0;
	world->spm.pool.fail_after = fault == FAULT_POOL ? n : 0;
	host_fail_copy(fault == FAULT_COPY ? n : 0);
	host_fail_zero(fault == FAULT_ZERO ? n : 0);
}

static bool may_come(enum fault fault, enum reason reason)
{
	switch (fault) {
	case FAULT_POOL:
		return reason == R_NO_NODES || reason == R_NO_TABLES;
	case FAULT_COPY:
		return reason == R_BUFFER_FAULT;
	default:
		return reason == R_ZERO_FAULT;
	}
}

/* Takes all objects but the last few: the next one needs a page. */
static void leave_objects(struct slab *slab, uint32_t count)
{
	void *taken[SLAB_PAGE_MAX];
	uint32_t have = 0;

	do {
		taken[have % SLAB_PAGE_MAX] = slab_take(slab);
		assert_non_null(taken[have++ % SLAB_PAGE_MAX]);
	} while (slab->partial != 0);
	assert_true(have >= count);
	while (count-- > 0)
		slab_give(slab, taken[--have % SLAB_PAGE_MAX]);
}

static struct scene *scene_with(struct cell cell, uint32_t objects)
{
	struct scene *scene = scene_make(cell.state, cell.kind);
	struct engine *engine = &scene->world->engine;

	leave_objects(&engine->txn_slab, objects);
	leave_objects(&engine->borrower_slab, objects);
	leave_objects(&engine->ledger.nodes, objects);
	return scene;
}

/* The unfinished send is over, and can be made again from the start. */
static void expect_ended(struct scene *scene)
{
	expect_refusal(
		do_reclaim(scene->world, &scene->op, 0), R_HANDLE_UNKNOWN);
	expect_ok(do_send(scene->world, &scene->op));
}

struct trial {
	struct cell cell;
	enum fault fault;
	uint32_t objects;
};

/* False: the call needed no n-th. */
static bool fails_at(struct scene *scene, const struct trial *trial, uint32_t n)
{
	struct world *world = scene->world;
	uint64_t digest = oracle_digest(world);
	enum reason reason;
	bool undelivered;

	arm(world, trial->fault, n);
	reason = cell_do(scene, trial->cell);
	undelivered = world->spm.pool.fail_after > 0;
	arm(world, trial->fault, 0);
	if (reason == R_NONE) {
		assert_true(trial->fault != FAULT_POOL || undelivered);
		return false;
	}
	suite_reached(reason);
	if (!may_come(trial->fault, reason))
		fail_msg("%s: %s", cell_name(trial->cell), reason_name(reason));
	failures[trial->fault]++;
	if (trial->cell.call == DO_FRAG_TX && trial->fault != FAULT_COPY)
		expect_ended(scene);
	else if (oracle_digest(world) != digest)
		fail_msg("%s: changed something", cell_name(trial->cell));
	return true;
}

/* A fragment's send is over when it has failed: that needs another scene. */
static void fail_until_done(const struct trial *trial)
{
	bool again = trial->cell.call == DO_FRAG_TX;
	struct scene *scene = scene_with(trial->cell, trial->objects);
	uint32_t n = 1;

	while (fails_at(scene, trial, n)) {
		if (++n == TRIES_MAX)
			fail_msg("%s: no end", cell_name(trial->cell));
		if (!again)
			continue;
		scene_free(scene);
		scene = scene_with(trial->cell, trial->objects);
	}
	scene_free(scene);
}

/* --- What is given back ------------------------------------------------ */

/* It has been zeroed in part; nobody is to see what is there. */
static void expect_withheld(struct scene *scene)
{
	struct world *world = scene->world;
	struct op op = scene->op;

	for (uint32_t i = 0; i < op.desc.range_count; i++)
		world_touch(world, op.range[i].base);
	oracle_begin(world);
	model_withhold(&world->model, op.handle);
	if (!oracle_end(world))
		fail_msg("withheld: %s", world->wrong);
	if (world->model.party[SP2].dead || world->model.party[op.who].dead)
		return;
	op.receiver = SP2;
	expect_refusal(do_retrieve(world, &op), R_MEMORY_QUARANTINED);
	expect_refusal(do_reclaim(world, &op, 0), R_MEMORY_QUARANTINED);
}

static bool is_withheld_at(struct cell cell, uint32_t n)
{
	struct scene *scene = scene_make(cell.state, cell.kind);
	enum reason reason;

	host_fail_zero(n);
	reason = cell_do_on(scene, 0, cell);
	host_fail_zero(0);
	if (reason != R_NONE) {
		expect_reason(reason, R_ZERO_FAULT);
		failures[FAULT_ZERO]++;
		expect_withheld(scene);
	}
	scene_free(scene);
	return reason != R_NONE;
}

/* Some states have hundreds of ranges: not each of those is tried. */
static void withhold_until_done(struct cell cell)
{
	for (uint32_t n = 1; is_withheld_at(cell, n); n += 1 + n / 3)
		if (n > 1000)
			fail_msg("%s: no end", cell_name(cell));
}

/* --- All of them ------------------------------------------------------- */

static enum fault fault_now;

static bool gives_back(enum matrix_call call)
{
	return call == DO_RELINQUISH_WITH_ZERO || call == DO_RECLAIM_WITH_ZERO;
}

/* Any of the objects that it takes may be the one for which a page lacks. */
static bool takes_objects(enum matrix_call call)
{
	return call <= DO_FRAG_TX || call == DO_MAP;
}

static void try_cell(void *context, struct cell cell)
{
	struct trial trial = {cell, fault_now, 0};
	bool is_taker = fault_now == FAULT_POOL && takes_objects(cell.call);
	uint32_t most = is_taker ? OBJECTS_MAX : 1;

	(void)context;
	if (cell_expected(cell) != R_NONE || cell_stays(cell))
		return;
	if (fault_now == FAULT_ZERO && gives_back(cell.call)) {
		withhold_until_done(cell);
		return;
	}
	for (; trial.objects < most; trial.objects++)
		fail_until_done(&trial);
}

static void try_scene(enum matrix_state state, enum matrix_kind kind)
{
	if (!state_is_claim(state))
		cell_each(state, kind, try_cell, NULL);
}

static void try_all(enum fault fault, unsigned at_least)
{
	fault_now = fault;
	scene_each(try_scene);
	assert_true(failures[fault] >= at_least);
}

static void the_nth_page_may_be_missing(void **state)
{
	(void)state;
	CONFORMS("Z-05");
	CONFORMS("J-14");
	try_all(FAULT_POOL, 500);
}

static void the_nth_copy_may_fault(void **state)
{
	(void)state;
	try_all(FAULT_COPY, 200);
}

static void the_nth_zeroing_may_fault(void **state)
{
	(void)state;
	try_all(FAULT_ZERO, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nth_page_may_be_missing),
		cmocka_unit_test(the_nth_copy_may_fault),
		cmocka_unit_test(the_nth_zeroing_may_fault),
	};
	int failed = SUITE_RUN("test-nth-failure", tests);

	printf("# failed: %u pages, %u copies, %u zeroings\n",
		failures[FAULT_POOL], failures[FAULT_COPY],
		failures[FAULT_ZERO]);
	return failed;
}
