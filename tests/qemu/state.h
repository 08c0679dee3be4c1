/*
 * The protocol of the tests of who sees whose registers: a direct request
 * (64-bit) to a partition with a command in x3 and arguments in x4 and x5;
 * the response has a result in x3.
 */
#ifndef TEST_STATE_H
#define TEST_STATE_H

#include "base/types.h"

enum state_command {
	STATE_FILL = 1, /* x4 seed: a pattern in every register */
	STATE_WRONG,    /* x4 seed -> registers that do not hold it */
	STATE_FIRST,    /* -> registers that were not zero at entry */
	STATE_ASK,  /* x4 id, x5 seed: fills, has the other one fill -> wrong */
	STATE_SPIN, /* x4 nanoseconds, x5 seed: fills, waits -> wrong */
	STATE_SPIN_OTHER, /* x4 nanoseconds, x5 id: has the other one wait */
	STATE_TRY,        /* -> a bit for each STATE_HAS_* that it may use */
	STATE_MEDDLE, /* writes debug and PMU registers -> what it reads there
		       */
	STATE_DIE,    /* never responds */
};

/* STATE_TRY */
#define STATE_HAS_SIMD 1u
#define STATE_HAS_KEYS 2u
#define STATE_HAS_SVE 4u
#define STATE_HAS_SME 8u
#define STATE_HAS_TPIDR2 16u

#define STATE_SP1 0x8001u
#define STATE_SP2 0x8002u
#define STATE_SP3 0x8003u

/*
 * state_asm.S. Makes the call with a pattern in x19 to x30; returns how many
 * of them came back with something else.
 */
uint64_t state_call(uint64_t x[18], uint64_t seed);

/* For guest_execute(): one instruction that may be UNDEFINED, and a return. */
void state_try_simd(void);
void state_try_keys(void);
void state_try_tpidr2(void);
void state_try_sve(void);
void state_try_zcr(void);
void state_try_sme(void);
void state_try_svcr(void);

/* What z0 to z31, p0 to p15 and FFR hold, packed at the vector length. */
struct state_vectors {
	uint8_t z[32 * 256] __attribute__((aligned(16)));
	uint8_t p[17 * 32] __attribute__((aligned(16)));
};

void state_load_vectors(const struct state_vectors *from, bool ffr);
void state_save_vectors(struct state_vectors *to, bool ffr);
uint64_t state_vector_bytes(void);
void state_load_za(const uint8_t *from, uint64_t rows);
void state_save_za(uint8_t *to, uint64_t rows);

#endif
