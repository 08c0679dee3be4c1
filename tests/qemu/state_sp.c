/*
 * The partition of the tests of registers: fills all of its own, does what the
 * request says, and looks at them again.
 */
#include "state.h"

#include "registers.h"

#include "abi/ffa_func.h"
#include "lib/guest.h"

#define CPUS 4

static struct {
	uint64_t first; /* not zero at entry */
	uint64_t high;  /* of x19 to x30: not what they were before a call */
} context[CPUS];

#define READ(name)                                                             \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));             \
		value_;                                                        \
	})
#define WRITE(name, value)                                                     \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)))

/* Nothing that traps to ourselves: SIMD, SVE, SME. */
#define CPACR_ALL (3ul << 20 | 3ul << 16 | 3ul << 24)

static bool can(void (*instruction)(void))
{
	return guest_execute(paddr((uintptr_t)instruction), false);
}

static uint64_t what_there_is(void)
{
	uint64_t has = 0;

	if (can(state_try_simd))
		has |= STATE_HAS_SIMD;
	if (can(state_try_keys))
		has |= STATE_HAS_KEYS;
	if (can(state_try_sve) || can(state_try_zcr))
		has |= STATE_HAS_SVE;
	if (can(state_try_sme) || can(state_try_svcr))
		has |= STATE_HAS_SME;
	if (can(state_try_tpidr2))
		has |= STATE_HAS_TPIDR2;
	return has;
}

/* Changes what is not a partition's; returns what is to be seen of it. */
#define NOT_OURS(X)                                                            \
	X(mdscr_el1)                                                           \
	X(dbgbvr0_el1)                                                         \
	X(dbgbcr0_el1)                                                         \
	X(dbgwvr0_el1)                                                         \
	X(dbgwcr0_el1)                                                         \
	X(pmcr_el0)                                                            \
	X(pmccntr_el0)                                                         \
	X(pmccfiltr_el0)                                                       \
	X(pmcntenset_el0)                                                      \
	X(pmintenset_el1)                                                      \
	X(pmselr_el0)                                                          \
	X(pmuserenr_el0)                                                       \
	X(pmevcntr0_el0)                                                       \
	X(pmevtyper0_el0)

static uint64_t meddle(void)
{
	uint64_t seen = 0;

#define MEDDLE(name)                                                           \
	seen |= READ(name);                                                    \
	WRITE(name, ~0ull);                                                    \
	seen |= READ(name);
	NOT_OURS(MEDDLE)
#undef MEDDLE
	WRITE(pmcntenclr_el0, ~0ull);
	WRITE(pmintenclr_el1, ~0ull);
	return seen;
}

static uint64_t call(struct ffa_regs *regs)
{
	uint64_t changed = state_call(regs->x, (uintptr_t)regs);

	context[guest_cpu()].high += changed;
	return changed;
}

static uint64_t request(const struct ffa_regs *asked, uint64_t to,
	uint64_t command, uint64_t x4)
{
	struct ffa_regs regs = {{FFA_MSG_SEND_DIRECT_REQ_64,
		(asked->x[1] & 0xffff) << 16 | to, 0, command, x4}};

	call(&regs);
	return (uint32_t)regs.x[0] == FFA_MSG_SEND_DIRECT_RESP_64 ? regs.x[3]
								  : ~0ull;
}

static uint64_t ask(const struct ffa_regs *regs)
{
	uint64_t seed = regs->x[5];

	registers_fill(seed);
	if (request(regs, regs->x[4], STATE_FILL, seed + 1) == ~0ull)
		return ~0ull;
	return registers_wrong(seed) +
	       request(regs, regs->x[4], STATE_WRONG, seed + 1) +
	       registers_wrong(seed);
}

/* With debug exceptions on: there should be none. */
static void wait(uint64_t nanoseconds)
{
	uint64_t start = guest_time_ns();
	volatile uint64_t turns = 0;

	__asm__ volatile("msr daifclr, #8");
	while (guest_time_ns() - start < nanoseconds)
		turns++;
	__asm__ volatile("msr daifset, #8");
}

static uint64_t serve(const struct ffa_regs *regs)
{
	uint64_t seed = regs->x[5];

	switch (regs->x[3]) {
	case STATE_FILL:
		registers_fill(regs->x[4]);
		return 0;
	case STATE_WRONG:
		return registers_wrong(regs->x[4]) + context[guest_cpu()].high;
	case STATE_FIRST:
		return context[guest_cpu()].first;
	case STATE_ASK:
		return ask(regs);
	case STATE_SPIN:
		registers_fill(seed);
		wait(regs->x[4]);
		return registers_wrong(seed);
	case STATE_SPIN_OTHER:
		registers_fill(regs->x[4]);
		return request(regs, seed, STATE_SPIN, regs->x[4]) +
		       registers_wrong(regs->x[4]);
	case STATE_TRY:
		return what_there_is();
	case STATE_MEDDLE:
		return meddle();
	case STATE_DIE:
		/* No vectors: the abort's handler cannot be fetched. */
		registers_fill(regs->x[4]);
		WRITE(vbar_el1, 0x20000000);
		__asm__ volatile("isb");
		guest_read(paddr(0x20000000), false, &(uint8_t){0});
		return ~0ull;
	default:
		return ~0ull;
	}
}

void guest_main(void)
{
	struct ffa_regs regs = {{FFA_MSG_WAIT}};
	uint64_t has;

	context[guest_cpu()].first = registers_not_zero();
	WRITE(cpacr_el1, CPACR_ALL);
	__asm__ volatile("isb");
	has = what_there_is();
	registers_there.simd = (has & STATE_HAS_SIMD) != 0;
	registers_there.keys = (has & STATE_HAS_KEYS) != 0;
	registers_there.tpidr2 = (has & STATE_HAS_TPIDR2) != 0;
	context[guest_cpu()].first += registers_more_not_zero();
	for (;;) {
		uint64_t from;

		call(&regs);
		from = regs.x[1] >> 16 & 0xffff;
		if ((uint32_t)regs.x[0] != FFA_MSG_SEND_DIRECT_REQ_64) {
			regs = (struct ffa_regs){{FFA_MSG_WAIT}};
			continue;
		}
		regs.x[3] = serve(&regs);
		regs.x[0] = FFA_MSG_SEND_DIRECT_RESP_64;
		regs.x[1] = (regs.x[1] & 0xffff) << 16 | from;
		regs.x[2] = 0;
		for (unsigned i = 4; i < FFA_REG_COUNT; i++)
			regs.x[i] = 0;
	}
}
