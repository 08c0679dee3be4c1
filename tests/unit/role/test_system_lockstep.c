/*
 * Random calls of three virtual machines and three partitions, two managers
 * and the model in lockstep, as test_lockstep.c does for one manager; peers
 * refuse now and then. The calls come from tapes: see lib/tape.h.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/oracle.h"
#include "lib/tape.h"
#include "unit/call/steps.h"

#define WORLDS 8
#define STEPS 300

static void step_vm_buffers(struct world *world)
{
	int party = any_party(world);

	if (world->model.party[party].buffers && one_in(world, 8)) {
		do_unmap(world, party);
		return;
	}
	/* Mostly mapped, so that most calls get further. */
	do_map(world, party, world_tx(party), world_rx(party));
}

typedef void step_action(struct world *world);

/* As often as they are named. */
static step_action *const steps_of[] = {step_send, step_send, step_send,
	step_send, step_fragment, step_fragment, step_fragment, step_fragment,
	step_retrieve, step_retrieve, step_retrieve, step_retrieve, step_more,
	step_more, step_more, step_relinquish, step_relinquish, step_relinquish,
	step_reclaim, step_reclaim, step_reclaim, step_vm_buffers, step_release,
	step_release, step_release, step_release};

/* Three of the six stay alive. */
static void step_kill(struct world *world)
{
	int alive = 0;

	for (int party = SP1; party < SYSTEM_PARTIES; party++)
		alive += !is_dead(world, party);
	if (alive > 3)
		do_kill(world, any_party(world));
}

static void step(struct world *world)
{
	uint32_t number = world_random(world, 4096);

	if (number < 8)
		step_kill(world);
	else
		steps_of[number % ARRAY_COUNT(steps_of)](world);
}

static void begin(struct world *world, struct tape *tape)
{
	world->tape = tape;
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++)
		slots[i].receiver = SP2;
	for (int party = SP1; party < SYSTEM_PARTIES; party++)
		world->partition[party].version =
			FFA_VERSION_1_0 + world_random(world, 3);
	system_extend(world, SP1, SCATTER_BASE, 2 * SCATTER_RANGES);
	system_extend(world, VM1,
		SCATTER_BASE + 2ull * SCATTER_RANGES * PAGE_SIZE,
		2 * SCATTER_RANGES);
	world_tell(world, tape_is_told());
}

static void play(struct tape *tape)
{
	struct world *world = system_make();

	if (tape_step(tape))
		begin(world, tape);
	while (tape_step(tape))
		step(world);
	free(world);
}

static const struct tape_test system_lockstep = {"system", play, WORLDS, STEPS};

static void two_managers_and_the_model_agree_on_random_calls(void **state)
{
	(void)state;
	tape_run(&system_lockstep);
}

static void what_two_managers_differed_on_agrees(void **state)
{
	(void)state;
	tape_replay(&system_lockstep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_two_managers_differed_on_agrees),
		cmocka_unit_test(
			two_managers_and_the_model_agree_on_random_calls),
	};

	return SUITE_RUN("test-system-lockstep", tests);
}
