/* See registers.h. */
#include "registers.h"

#define MIX 0x9e3779b97f4a7c15ull
#define STEP 0x0101010101010101ull

/*
 * Register and the bits of it that may hold anything while the program runs:
 * attributes that no entry of its tables uses, a timer that cannot interrupt.
 */
#define DISR_EL1 s3_0_c12_c1_1
#define REGISTERS(X)                                                           \
	X(tpidr_el1, ~0ull)                                                    \
	X(tpidr_el0, ~0ull)                                                    \
	X(tpidrro_el0, ~0ull)                                                  \
	X(sp_el0, ~0ull)                                                       \
	X(contextidr_el1, 0xffffffffull)                                       \
	X(ttbr1_el1, 0x0000fffffffff000ull)                                    \
	X(par_el1, 0x0000fffffffff000ull)                                      \
	X(elr_el1, ~0ull)                                                      \
	X(far_el1, ~0ull)                                                      \
	X(esr_el1, 0x02ffffffull)                                              \
	X(spsr_el1, 0xf0000000ull)                                             \
	X(csselr_el1, 1ull)                                                    \
	X(cntkctl_el1, 3ull)                                                   \
	X(DISR_EL1, 0x80ffffffull)                                             \
	X(cntv_cval_el0, 0xffffffffull)

/* Pointer authentication: APIA, APIB, APDA, APDB, APGA; low, high. */
#define KEYS(X)                                                                \
	X(s3_0_c2_c1_0)                                                        \
	X(s3_0_c2_c1_1)                                                        \
	X(s3_0_c2_c1_2)                                                        \
	X(s3_0_c2_c1_3)                                                        \
	X(s3_0_c2_c2_0)                                                        \
	X(s3_0_c2_c2_1)                                                        \
	X(s3_0_c2_c2_2)                                                        \
	X(s3_0_c2_c2_3)                                                        \
	X(s3_0_c2_c3_0)                                                        \
	X(s3_0_c2_c3_1)

#define KEY_FIRST 100u /* pattern number */

#define TPIDR2_EL0 s3_3_c13_c0_5

struct registers_there registers_there = {.simd = true};

#define READ_(name)                                                            \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));             \
		value_;                                                        \
	})
#define WRITE_(name, value)                                                    \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

/* One more level, so that names that are macros are expanded. */
#define READ(name) READ_(name)
#define WRITE(name, value) WRITE_(name, value)

#define TIMER_MASKED 2ull
#define TIMER_BITS 3ull

static uint64_t pattern(uint64_t seed, uint64_t index)
{
	return seed * MIX + index * STEP;
}

static void keys_fill(uint64_t seed)
{
	uint64_t index = KEY_FIRST;

#define FILL(name) WRITE(name, pattern(seed, index++));
	KEYS(FILL)
#undef FILL
}

static uint64_t keys_wrong(uint64_t seed)
{
	uint64_t index = KEY_FIRST;
	uint64_t wrong = 0;

#define CHECK(name) wrong += READ(name) != pattern(seed, index++);
	KEYS(CHECK)
#undef CHECK
	return wrong;
}

static uint64_t keys_not_zero(void)
{
	uint64_t seen = 0;

#define LOOK(name) seen += READ(name) != 0;
	KEYS(LOOK)
#undef LOOK
	return seen;
}

void registers_fill(uint64_t seed)
{
	uint64_t index = 0;

#define FILL(name, mask) WRITE(name, pattern(seed, index++) & (mask));
	REGISTERS(FILL)
#undef FILL
	WRITE(cntv_ctl_el0, (seed & 1) | TIMER_MASKED);
	if (registers_there.keys)
		keys_fill(seed);
	if (registers_there.tpidr2)
		WRITE(TPIDR2_EL0, seed * MIX);
	__asm__ volatile("isb");
	if (registers_there.simd)
		simd_fill(seed);
}

uint64_t registers_wrong(uint64_t seed)
{
	uint64_t index = 0;
	uint64_t wrong = registers_there.simd ? simd_wrong(seed) : 0;

#define CHECK(name, mask)                                                      \
	if (((READ(name) ^ pattern(seed, index++)) & (mask)) != 0)             \
		wrong += 1ull << (8 + index);
	REGISTERS(CHECK)
#undef CHECK
	if ((READ(cntv_ctl_el0) & TIMER_BITS) != ((seed & 1) | TIMER_MASKED))
		wrong += 1ull << 40;
	if (registers_there.keys)
		wrong += keys_wrong(seed) << 41;
	if (registers_there.tpidr2)
		wrong += (uint64_t)(READ(TPIDR2_EL0) != seed * MIX) << 45;
	return wrong;
}

uint64_t registers_not_zero(void)
{
	uint64_t index = 0;
	uint64_t seen = 0;

#define LOOK(name, mask) seen |= (uint64_t)(READ(name) != 0) << index++;
	REGISTERS(LOOK)
#undef LOOK
	return seen;
}

uint64_t registers_more_not_zero(void)
{
	return (registers_there.simd ? simd_not_zero() << 32 : 0) +
	       (registers_there.keys ? keys_not_zero() << 40 : 0) +
	       (registers_there.tpidr2 ? READ(TPIDR2_EL0) : 0);
}
