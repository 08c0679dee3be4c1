/* See registers.h. */
#include "registers.h"

#define MIX 0x9e3779b97f4a7c15ull
#define STEP 0x0101010101010101ull

/*
 * Register and the bits of it that may hold anything while the program runs:
 * attributes that no entry of its tables uses, a timer that cannot interrupt.
 */
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
	X(cntv_cval_el0, 0xffffffffull)

#define READ(name)                                                             \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));             \
		value_;                                                        \
	})
#define WRITE(name, value)                                                     \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

#define TIMER_MASKED 2ull
#define TIMER_BITS 3ull

static uint64_t pattern(uint64_t seed, uint64_t index)
{
	return seed * MIX + index * STEP;
}

void registers_fill(uint64_t seed)
{
	uint64_t index = 0;

#define FILL(name, mask) WRITE(name, pattern(seed, index++) & (mask));
	REGISTERS(FILL)
#undef FILL
	WRITE(cntv_ctl_el0, (seed & 1) | TIMER_MASKED);
	__asm__ volatile("isb");
	simd_fill(seed);
}

uint64_t registers_wrong(uint64_t seed)
{
	uint64_t index = 0;
	uint64_t wrong = simd_wrong(seed);

#define CHECK(name, mask)                                                      \
	if (((READ(name) ^ pattern(seed, index++)) & (mask)) != 0)             \
		wrong += 1ull << (8 + index);
	REGISTERS(CHECK)
#undef CHECK
	if ((READ(cntv_ctl_el0) & TIMER_BITS) != ((seed & 1) | TIMER_MASKED))
		wrong += 1ull << 40;
	return wrong;
}
