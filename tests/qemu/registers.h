/*
 * Patterns in every register that the world switch of the firmware leaves
 * alone: q0 to q31, FPSR, FPCR, EL1 and EL0 system registers, the virtual
 * timer. For a program that uses none of them by itself.
 */
#ifndef TEST_REGISTERS_H
#define TEST_REGISTERS_H

#include "base/types.h"

/* What the program may use. */
struct registers_there {
	bool simd;
	bool keys;
	bool tpidr2; /* comes with SME */
};

extern struct registers_there registers_there;

void registers_fill(uint64_t seed);

/* Registers that do not hold what registers_fill(seed) put there. */
uint64_t registers_wrong(uint64_t seed);

/* For a program that has just been entered: SIMD and keys are the second. */
uint64_t registers_not_zero(void);
uint64_t registers_more_not_zero(void);

/* registers_simd.S: low halves are seed + n, high halves their complement. */
void simd_fill(uint64_t seed);
uint64_t simd_wrong(uint64_t seed);
uint64_t simd_not_zero(void);

#endif
