/*
 * Random calls of three virtual machines and three partitions, two managers
 * and the model in lockstep, as test_lockstep.c does for one manager; peers
 * refuse now and then. ESCROW_SEED and ESCROW_STEPS make other runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/oracle.h"
#include "unit/call/steps.h"

#define WORLDS 8
#define STEPS 300

static void step_release(struct world *world)
{
	do_release_rx(world, any_party(world));
}

static void step_buffers(struct world *world)
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
	step_reclaim, step_reclaim, step_reclaim, step_buffers, step_release,
	step_release, step_release, step_release};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static struct world *make(uint64_t seed)
{
	struct world *world = system_make();

	world->random ^= seed * 0x9e3779b97f4a7c15ull;
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
	return world;
}

/* When a test fails in here, ESCROW_SEED repeats its world. */
static void run_world(uint64_t seed, uint64_t steps)
{
	struct world *world = make(seed);

	for (uint64_t i = 0; i < steps; i++) {
		if (i == steps - steps / 5)
			do_kill(world, any_party(world));
		steps_of[world_random(world, ARRAY_COUNT(steps_of))](world);
	}
	free(world);
}

static void two_managers_and_the_model_agree_on_random_calls(void **state)
{
	uint64_t steps = number("ESCROW_STEPS", STEPS);
	uint64_t seed = number("ESCROW_SEED", 0);

	(void)state;
	if (seed) {
		run_world(seed, steps);
		return;
	}
	for (seed = 1; seed <= WORLDS; seed++) {
		printf("# seed %llu\n", (unsigned long long)seed);
		run_world(seed, steps);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			two_managers_and_the_model_agree_on_random_calls),
	};

	return SUITE_RUN("test-system-lockstep", tests);
}
