/*
 * Every state of a page, every call, every party: the reason that
 * expected.def says, and nothing changed where it is a refusal. Calls that
 * change something begin with a new world each; the others share one.
 */
#include <stdio.h>

#include "lib/oracle.h"
#include "matrix/matrix.h"

static unsigned cells, successes, wrong;

static void expect_cell(struct cell cell, enum reason got)
{
	enum reason wanted = cell_expected(cell);

	suite_reached(got);
	cells++;
	successes += wanted == R_NONE;
	if (got == wanted)
		return;
	wrong++;
	print_error("%s: %s, expected %s\n", cell_name(cell),
		got == R_NONE ? "done" : reason_name(got),
		wanted == R_NONE ? "done" : reason_name(wanted));
}

/* --- The table --------------------------------------------------------- */

static void expect_one_row(void *context, struct cell cell)
{
	(void)context;
	if (cell_rows(cell) != 1)
		fail_msg("%s: %u rows", cell_name(cell), cell_rows(cell));
}

static void rows_of_scene(enum matrix_state state, enum matrix_kind kind)
{
	cell_each(state, kind, expect_one_row, NULL);
}

static void every_cell_is_in_one_row(void **state)
{
	(void)state;
	scene_each(rows_of_scene);
}

/* --- States in which no call is in progress ---------------------------- */

/* A sum of what the caller would find in RX. */
static uint64_t rx_sum(const struct scene *scene, struct cell cell)
{
	int party = scene_party(scene, cell.caller);
	const uint64_t *word =
		host_memory(paddr(scene->world->model.party[party].rx.base.v));
	uint64_t sum = 0;

	for (unsigned i = 0; i < PAGE_SIZE / sizeof(*word); i++)
		sum = (sum ^ word[i]) * 0x100000001b3ull;
	return sum;
}

/* What was RX for a while is its owner's; a dead caller reads no RX. */
static bool leaves_rx(struct cell cell)
{
	return cell.call != DO_MAP && cell.call != DO_UNMAP &&
	       cell_expected(cell) != R_BORROWER_DEAD;
}

static void try_here(void *context, struct cell cell)
{
	struct scene *scene = context;
	uint64_t digest, sum;

	if (!cell_stays(cell))
		return;
	digest = oracle_digest(scene->world);
	sum = rx_sum(scene, cell);
	expect_cell(cell, cell_do(scene, cell));
	if (oracle_digest(scene->world) != digest)
		fail_msg("%s: changed something", cell_name(cell));
	if (leaves_rx(cell) && rx_sum(scene, cell) != sum)
		fail_msg("%s: wrote to RX", cell_name(cell));
}

static void try_alone(void *context, struct cell cell)
{
	struct scene *scene;

	(void)context;
	if (cell_stays(cell))
		return;
	scene = scene_make(cell.state, cell.kind);
	expect_cell(cell, cell_do(scene, cell));
	scene_free(scene);
}

static void calls_of_scene(enum matrix_state state, enum matrix_kind kind)
{
	struct scene *scene;

	if (state_is_claim(state))
		return;
	scene = scene_make(state, kind);
	cell_each(state, kind, try_here, scene);
	scene_free(scene);
	cell_each(state, kind, try_alone, NULL);
}

static void every_call_in_every_state_gets_its_answer(void **state)
{
	(void)state;
	CONFORMS("Z-02");
	CONFORMS("Z-12");
	scene_each(calls_of_scene);
	assert_int_equal(wrong, 0);
}

/* --- States in the middle of a call ------------------------------------ */

struct meeting {
	struct scene *scene;
	host_checker *what; /* what happens in the gap */
	struct cell cell;
	bool happened;
};

static void on_event(void *context, const struct host_event *event)
{
	struct meeting *meeting = context;
	const struct world *world = meeting->scene->world;

	if (meeting->happened || event->kind != meeting->scene->moment)
		return;
	assert_false(lock_is_held(&world->spm.engine_lock));
	assert_false(lock_is_held(&world->spm.chain_lock));
	meeting->happened = true;
	meeting->what(context, event);
}

/* A new scene, and the claim's call with `what` in its gap; the digest then. */
static uint64_t meet(struct cell cell, host_checker *what)
{
	struct meeting meeting = {
		scene_make(cell.state, cell.kind), what, cell, false};
	uint64_t digest;

	host_checker_set(on_event, &meeting);
	expect_reason(claim_play(meeting.scene), R_NONE);
	host_checker_set(NULL, NULL);
	assert_true(meeting.happened);
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	digest = oracle_digest(meeting.scene->world);
	scene_free(meeting.scene);
	return digest;
}

enum order {
	CELL_FIRST,
	CLAIM_FIRST,
};

/* One call behind the other; 0 where that is not possible. */
static uint64_t in_order(struct cell cell, enum order order)
{
	struct scene *scene = scene_make(cell.state, cell.kind);
	uint64_t digest = 0;
	bool done = true;

	if (order == CELL_FIRST)
		done = cell_do_on(scene, 1, cell) == R_NONE;
	done = done && claim_play(scene) == R_NONE;
	if (order == CLAIM_FIRST)
		done = done && cell_do_on(scene, 1, cell) == R_NONE;
	if (done)
		digest = oracle_digest(scene->world);
	scene_free(scene);
	return digest;
}

static void try_in_gap(void *context, struct cell cell)
{
	struct meeting *meeting = context;
	uint64_t digest = oracle_digest(meeting->scene->world);

	if (!cell_stays(cell))
		return;
	expect_cell(cell, cell_do_on(meeting->scene, 1, cell));
	if (oracle_digest(meeting->scene->world) != digest)
		fail_msg("%s: changed something", cell_name(cell));
}

static void all_that_stay(void *context, const struct host_event *event)
{
	const struct scene *scene = ((struct meeting *)context)->scene;

	(void)event;
	cell_each(scene->state, scene->kind, try_in_gap, context);
}

static void one_alone(void *context, const struct host_event *event)
{
	struct meeting *meeting = context;

	(void)event;
	expect_cell(
		meeting->cell, cell_do_on(meeting->scene, 1, meeting->cell));
}

static void nothing(void *context, const struct host_event *event)
{
	(void)context;
	(void)event;
}

/* Afterwards it is as if nobody had called meanwhile. */
static void meet_all(struct cell cell)
{
	if (meet(cell, nothing) != meet(cell, all_that_stay))
		fail_msg("%s: something left a trace", cell_name(cell));
}

/* As if one of the two calls had come behind the other. */
static void try_alone_in_gap(void *context, struct cell cell)
{
	uint64_t digest;

	(void)context;
	if (cell_stays(cell))
		return;
	digest = meet(cell, one_alone);
	if (digest != in_order(cell, CLAIM_FIRST) &&
		digest != in_order(cell, CELL_FIRST))
		fail_msg("%s: not as if one had come later", cell_name(cell));
}

static void claims_of_scene(enum matrix_state state, enum matrix_kind kind)
{
	if (!state_is_claim(state))
		return;
	meet_all((struct cell){.state = state, .kind = kind});
	cell_each(state, kind, try_alone_in_gap, NULL);
}

static void whoever_meets_a_claim_gets_its_answer(void **state)
{
	(void)state;
	wrong = 0;
	scene_each(claims_of_scene);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_in_one_row),
		cmocka_unit_test(every_call_in_every_state_gets_its_answer),
		cmocka_unit_test(whoever_meets_a_claim_gets_its_answer),
	};
	int failed = SUITE_RUN("test-matrix", tests);

	printf("# matrix: %u cells, %u of them succeed\n", cells, successes);
	return failed;
}
