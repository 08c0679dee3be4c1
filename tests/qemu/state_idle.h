/*
 * Registers that only a program at EL2 can fill with patterns, for nothing of
 * it depends on them: those of an EL1 that does not run, debug, PMU.
 */
#ifndef TEST_STATE_IDLE_H
#define TEST_STATE_IDLE_H

#include "base/types.h"

void idle_fill(uint64_t seed);

/* How many do not hold what idle_fill(seed) left there. */
uint64_t idle_wrong(uint64_t seed);

#endif
