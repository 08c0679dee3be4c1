/*
 * Random calls for test_lockstep.c and tests/stress, the same on every machine:
 * sends and fragments (steps_send.c), what borrowers, the hypervisor and owners
 * do (steps_borrow.c, on one of the slots each), and what endpoints do with
 * what is theirs (steps_own.c).
 */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include "lib/calls.h"
#include "lib/system.h"

#define SLOTS 12

/* Pages for sends of many ranges: of SP1, then of the normal world, or VM1. */
#define SCATTER_BASE 0x80000000ull
#define SCATTER_RANGES 262u

extern struct op slots[SLOTS];

/* Who makes all calls; MODEL_NONE: whom the step draws. */
extern int steps_caller;
bool steps_may_call(int party);

struct pick {
	uint64_t base;
	uint32_t pages;
};

/* Where ranges start; few enough that they meet each other. */
const struct pick *steps_pick(struct world *world);

bool one_in(struct world *world, uint32_t n);

#define ANY_OF(world, ...)                                                     \
	any_of(world, (const uint8_t[]){__VA_ARGS__},                          \
		sizeof((const uint8_t[]){__VA_ARGS__}))

uint8_t any_of(struct world *world, const uint8_t *choices, size_t count);

bool is_dead(const struct world *world, int party);
/* The normal world makes no calls of its own where there is a hypervisor. */
int first_party(const struct world *world);
/* One that is alive. */
int any_party(struct world *world);

/* Mostly a slot with a transaction in this phase. */
struct op *slot_in(struct world *world, enum model_phase phase);
/* The same for who has received it. */
struct op *slot_received(struct world *world, enum model_phase phase);

void step_send(struct world *world);
void step_fragment(struct world *world);
void step_retrieve(struct world *world);
void step_more(struct world *world);
void step_hypervisor(struct world *world);
void step_relinquish(struct world *world);
void step_reclaim(struct world *world);
void step_release(struct world *world);
void step_buffers(struct world *world);
void step_write(struct world *world);
void step_perm(struct world *world, int party);

#endif
