/* See state_idle.h. */
#include "state_idle.h"

#define MIX 0xd1342543de82ef95ull
#define STEP 0x1010101010101010ull

/*
 * Bits that hold what is written, and nothing that starts anything: no
 * breakpoint is enabled, no counter runs, no cycle is counted at EL1.
 */
#define VDISR_EL2 s3_4_c12_c1_1
#define IDLE(X)                                                                \
	X(sctlr_el1, 0x0000000000001005ull)                                    \
	X(cpacr_el1, 0x0000000000300000ull)                                    \
	X(ttbr0_el1, 0x0000fffffffff000ull)                                    \
	X(tcr_el1, 0x000000000000003full)                                      \
	X(mair_el1, ~0ull)                                                     \
	X(vbar_el1, 0x0000fffffffff800ull)                                     \
	X(VDISR_EL2, 0x80ffffffull)                                            \
	X(sp_el1, ~0ull)                                                       \
	X(mdscr_el1, 0x0000000000001000ull)                                    \
	X(dbgbvr0_el1, 0x00007ffffffffffcull)                                  \
	X(dbgbcr0_el1, 0x00000000000f0006ull)                                  \
	X(dbgwvr0_el1, 0x00007ffffffffffcull)                                  \
	X(dbgwcr0_el1, 0x0000000000001fe0ull)                                  \
	X(pmccfiltr_el0, 0x00000000f0000000ull)                                \
	X(pmselr_el0, 0x0000000000000001ull)                                   \
	X(pmuserenr_el0, 0x000000000000000full)                                \
	X(pmevcntr0_el0, 0x00000000ffffffffull)                                \
	X(pmevtyper0_el0, 0x00000000f0000000ull)                               \
	X(pmccntr_el0, ~0ull)

#define READ_(name)                                                            \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));             \
		value_;                                                        \
	})
#define WRITE_(name, value)                                                    \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

#define READ(name) READ_(name)
#define WRITE(name, value) WRITE_(name, value)

static uint64_t pattern(uint64_t seed, uint64_t index)
{
	return seed * MIX + index * STEP;
}

void idle_fill(uint64_t seed)
{
	uint64_t index = 0;

	WRITE(pmcr_el0, 0);
#define FILL(name, mask) WRITE(name, pattern(seed, index++) & (mask));
	IDLE(FILL)
#undef FILL
	WRITE(pmcntenclr_el0, ~0ull);
	WRITE(pmcntenset_el0, 1 + (seed & 1));
	WRITE(pmintenclr_el1, ~0ull);
	WRITE(pmintenset_el1, 2 - (seed & 1));
	__asm__ volatile("isb");
}

uint64_t idle_wrong(uint64_t seed)
{
	uint64_t index = 0;
	uint64_t wrong = 0;

#define CHECK(name, mask)                                                      \
	wrong |= (uint64_t)(((READ(name) ^ pattern(seed, index)) & (mask)) !=  \
			    0)                                                 \
		 << index;                                                     \
	index++;
	IDLE(CHECK)
#undef CHECK
	wrong |= (uint64_t)(READ(pmcntenset_el0) != 1 + (seed & 1)) << 32;
	wrong |= (uint64_t)(READ(pmintenset_el1) != 2 - (seed & 1)) << 33;
	return wrong;
}
