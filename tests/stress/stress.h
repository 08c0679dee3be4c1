/* Everything at once: stress.c walks and judges, stress_calls.c makes calls. */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include "lib/calls.h"

/* Device interrupts: party p has FIRST_DEVICE + p; the next one is nobody's. */
#define FIRST_DEVICE 40u

/*
 * Registers of a call of whoever runs on this CPU: any but those of memory,
 * which the model goes along with, and those that end the caller.
 */
struct ffa_regs stress_call(struct world *world, const struct cpu *cpu);

#endif
