/*
 * State kept apart: the normal world and three partitions on one processor,
 * each with its own pattern in every register that it may write, call and
 * interrupt each other in all directions, and one dies. Everybody finds its
 * own and nobody sees another's.
 *
 * The same program runs where there is neither SVE nor SME, where there is
 * both, and where the firmware keeps SIMD from the secure world.
 */
#include "state.h"

#include "ns_gic.h"
#include "registers.h"
#include "state_idle.h"

#include "base/mem.h"
#include "lib/ffa.h"
#include "lib/guest.h"
#include "lib/tap.h"

#define SEED_NWD 0x1111u
#define SEED_SP1 0x2222u
#define SEED_SP2 0x3333u
#define SEED_SP3 0x4444u

#define MILLISECOND 1000000ull

/* QEMU fires a timer late on a busy host: the turn must be much longer. */
#define TIMER_TIME (2 * MILLISECOND)
#define TURN_TIME (100 * MILLISECOND)
#define ATTEMPTS 10u
#define NS_PER_S 1000000000ull

#define SVE_HINT 0x10000u
#define STREAMING 1ull
#define ZA_ON 2ull

#define READ_(name)                                                            \
	__extension__({                                                        \
		uint64_t value_;                                               \
		__asm__ volatile("mrs %0, " #name : "=r"(value_));             \
		value_;                                                        \
	})
#define WRITE_(name, value)                                                    \
	__asm__ volatile("msr " #name ", %0\n isb" : : "r"((uint64_t)(value)))

#define READ(name) READ_(name)
#define WRITE(name, value) WRITE_(name, value)

#define ID_AA64SMFR0_EL1 s3_0_c0_c4_5
#define SMFR0_FA64 (1ull << 63)
#define ZCR_EL1 s3_0_c1_c2_0
#define ZCR_EL2 s3_4_c1_c2_0
#define SMCR_EL1 s3_0_c1_c2_6
#define SMCR_EL2 s3_4_c1_c2_6
#define SVCR s3_3_c4_c2_2
/* By number: no name without floating point for the compiler (Clang 19). */
#define FPSR s3_3_c4_c4_1

static struct tap tap;
static bool has_sve, has_sme, has_keys;
static bool has_fa64;       /* FFR in streaming mode */
static uint64_t high_wrong; /* of x19 to x30, over all calls */

/* --- The normal world's vectors ---------------------------------------- */

enum mode { PLAIN, SVE, SME_STREAMING };

static const char *const mode_name[] = {"q0 to q31", "SVE", "streaming mode"};

/* Not always the longest. */
static uint64_t zcr_of(enum mode mode)
{
	return mode == PLAIN ? 7 : 15;
}

#define SMCR_FA64 0x80000000ull

static uint64_t smcr_of(enum mode mode)
{
	return (has_fa64 ? SMCR_FA64 : 0) | (mode == PLAIN ? 7 : 15);
}

static uint64_t svcr_of(enum mode mode)
{
	if (mode == PLAIN)
		return 0;
	return mode == SVE ? ZA_ON : ZA_ON | STREAMING;
}

static struct {
	struct state_vectors vectors, found;
	uint8_t za[256 * 256];
	uint8_t za_found[256 * 256];
} mine;

static uint64_t bytes_differ(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;
	uint64_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += x[i] != y[i];
	return count;
}

static void bytes_pattern(void *to, size_t size, uint64_t seed)
{
	uint8_t *at = to;

	for (size_t i = 0; i < size; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		at[i] = (uint8_t)(seed >> 33);
	}
}

static bool has_ffr(enum mode mode)
{
	return mode != SME_STREAMING || has_fa64;
}

/* FFR is a run of ones from its low end on. */
static void fill_vectors(enum mode mode, uint64_t seed)
{
	uint64_t bytes = state_vector_bytes();
	uint8_t *ffr = &mine.vectors.p[16 * bytes / 8];

	bytes_pattern(&mine.vectors, sizeof(mine.vectors), seed);
	memset(ffr, 0, bytes / 8);
	memset(ffr, 0xff, bytes / 16);
	ffr[bytes / 16] = 0x07;
	state_load_vectors(&mine.vectors, has_ffr(mode));
}

static uint64_t vectors_wrong(enum mode mode)
{
	uint64_t bytes = state_vector_bytes();

	memset(&mine.found, 0, sizeof(mine.found));
	state_save_vectors(&mine.found, has_ffr(mode));
	return bytes_differ(mine.vectors.z, mine.found.z, 32 * bytes) +
	       bytes_differ(mine.vectors.p, mine.found.p,
		       (has_ffr(mode) ? 17 : 16) * bytes / 8);
}

static void leave(void)
{
	if (has_sme)
		WRITE(SVCR, 0);
}

static void fill(enum mode mode)
{
	leave();
	registers_fill(SEED_NWD);
	idle_fill(SEED_NWD);
	if (has_sve) {
		WRITE(ZCR_EL1, 3);
		WRITE(ZCR_EL2, zcr_of(mode));
	}
	if (has_sme) {
		WRITE(SMCR_EL1, 2);
		WRITE(SMCR_EL2, smcr_of(mode));
		WRITE(SVCR, svcr_of(mode));
	}
	/* FPSR changes with the mode. */
	WRITE(FPSR, SEED_NWD & 0x1f);
	if (mode != PLAIN)
		fill_vectors(mode, SEED_NWD);
	if (mode != PLAIN && has_sme) {
		bytes_pattern(mine.za, sizeof(mine.za), SEED_NWD + 1);
		state_load_za(mine.za, 256);
	}
}

static uint64_t registers_of_mode_wrong(enum mode mode)
{
	uint64_t count = 0;

	if (has_sve) {
		count += READ(ZCR_EL1) != 3;
		count += READ(ZCR_EL2) != zcr_of(mode);
	}
	if (has_sme) {
		count += READ(SMCR_EL1) != 2;
		count += READ(SMCR_EL2) != smcr_of(mode);
		count += READ(SVCR) != svcr_of(mode);
	}
	return count;
}

/* Not q0 to q31 in the other modes: those have their own pattern. */
static uint64_t wrong(enum mode mode)
{
	uint64_t count;

	registers_there.simd = mode == PLAIN;
	count = registers_wrong(SEED_NWD) + idle_wrong(SEED_NWD) +
		registers_of_mode_wrong(mode) + high_wrong;
	registers_there.simd = true;
	count += READ(FPSR) != (SEED_NWD & 0x1f);
	if (mode == PLAIN)
		return count;
	count += vectors_wrong(mode);
	if (has_sme) {
		state_save_za(mine.za_found, 256);
		count += bytes_differ(mine.za, mine.za_found, sizeof(mine.za));
	}
	return count;
}

/* --- Calls ---------------------------------------------------------------- */

static struct ffa_regs ask(
	uint16_t sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = {
		{FFA_MSG_SEND_DIRECT_REQ_64, sp, 0, command, x4, x5}};

	high_wrong += state_call(regs.x, 0x5eed);
	return regs;
}

static bool is_response(const struct ffa_regs *regs)
{
	return (uint32_t)regs->x[0] == FFA_MSG_SEND_DIRECT_RESP_64;
}

/* x3 of the response; all ones where there is none. */
static uint64_t answer(uint16_t sp, uint64_t command, uint64_t x4, uint64_t x5)
{
	struct ffa_regs regs = ask(sp, command, x4, x5);

	return is_response(&regs) ? regs.x[3] : ~0ull;
}

static void test_calls(enum mode mode)
{
	fill(mode);
	tap_is(&tap, wrong(mode), 0, mode_name[mode]);
	answer(STATE_SP1, STATE_FILL, SEED_SP1, 0);
	tap_is(&tap, wrong(mode), 0,
		"the first partition fills its registers: none of ours "
		"changes");
	answer(STATE_SP2, STATE_FILL, SEED_SP2, 0);
	tap_is(&tap, wrong(mode), 0, "nor when the second one does");
	tap_is(&tap, answer(STATE_SP1, STATE_WRONG, SEED_SP1, 0), 0,
		"the first partition finds its own");
	tap_is(&tap, answer(STATE_SP2, STATE_WRONG, SEED_SP2, 0), 0,
		"the second one, too");
	tap_is(&tap, answer(STATE_SP1, STATE_ASK, STATE_SP2, SEED_SP1 + 8), 0,
		"one that calls another finds its own, and the other does");
	tap_is(&tap, answer(STATE_SP2, STATE_ASK, STATE_SP1, SEED_SP2 + 8), 0,
		"in the other direction as well");
	tap_is(&tap, wrong(mode), 0, "none of ours has changed");
}

/* Until something else than an interrupt comes. */
static void resume(struct ffa_regs *regs)
{
	for (unsigned i = 0; i < 100 && (uint32_t)regs->x[0] == FFA_INTERRUPT;
		i++) {
		uint64_t who = regs->x[1];

		ns_timer_take();
		*regs = (struct ffa_regs){{FFA_RUN, who}};
		high_wrong += state_call(regs->x, 0x5eed);
	}
}

/*
 * The second partition, called by the first. On a busy host the interrupt may
 * come before the call: again, then.
 */
static struct ffa_regs interrupt_inner(void)
{
	struct ffa_regs regs;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		ns_timer_arm((i + 1) * TIMER_TIME);
		regs = ask(STATE_SP1, STATE_SPIN_OTHER, TURN_TIME, STATE_SP2);
		if (regs.x[1] >> 16 == STATE_SP2)
			break;
		resume(&regs);
	}
	return regs;
}

static void test_preemption(enum mode mode)
{
	struct ffa_regs regs;

	fill(mode);
	answer(STATE_SP2, STATE_FILL, SEED_SP2, 0);
	ns_timer_arm(TIMER_TIME);
	regs = ask(STATE_SP1, STATE_SPIN, TURN_TIME, SEED_SP1);
	tap_is(&tap, (uint32_t)regs.x[0], FFA_INTERRUPT,
		"an interrupt ends a partition's turn");
	ns_timer_take();
	tap_is(&tap, wrong(mode), 0, "our registers are ours");
	tap_is(&tap, answer(STATE_SP2, STATE_WRONG, SEED_SP2, 0), 0,
		"another partition finds its own meanwhile");
	answer(STATE_SP2, STATE_FILL, SEED_SP2 + 1, 0);
	tap_is(&tap, wrong(mode), 0, "ours have not changed");
	resume(&regs);
	tap_is(&tap, regs.x[3], 0, "the interrupted one finds its own");
	tap_is(&tap, wrong(mode), 0, "and we ours");

	regs = interrupt_inner();
	tap_is(&tap, regs.x[1] >> 16, STATE_SP2,
		"one that another had called is interrupted");
	tap_is(&tap, wrong(mode), 0, "our registers are ours");
	resume(&regs);
	tap_is(&tap, regs.x[3], 0, "both find their own");
	tap_is(&tap, wrong(mode), 0, "and we ours");
}

/* The manager needs FFR; whether we may use it is not for it to change. */
static void test_ffr(void)
{
	uint64_t smcr = smcr_of(SME_STREAMING);

	fill(SME_STREAMING);
	WRITE(SMCR_EL2, smcr & ~SMCR_FA64);
	answer(STATE_SP1, STATE_FILL, SEED_SP1, 0);
	tap_is(&tap, READ(SMCR_EL2), smcr & ~SMCR_FA64,
		"FFR may not be used in streaming mode, and still may not");
	WRITE(SMCR_EL2, smcr);
	tap_is(&tap, wrong(SME_STREAMING), 0, "but is what it was");
	leave();
}

/* --- What is not a partition's ---------------------------------------------
 */

static void test_meddling(void)
{
	fill(PLAIN);
	tap_is(&tap, answer(STATE_SP1, STATE_MEDDLE, 0, 0), 0,
		"a partition sees nothing in debug and PMU registers");
	tap_is(&tap, wrong(PLAIN), 0, "and changes none of ours");
}

/* Loads and stores of EL1 in either world, in the partition's MiB. */
#define WATCHED 0x0e300000ull
#define DBGWCR_MIB (20ull << 24 | 1 << 13 | 0xff << 5 | 3 << 3 | 3 << 1 | 1)
#define MDSCR_ON (1ull << 15 | 1 << 13)

/* The firmware forbids it; we keep our hands off the registers. */
static void test_watchpoint(void)
{
	WRITE(oslar_el1, 0);
	WRITE(dbgwvr0_el1, WATCHED);
	WRITE(dbgwcr0_el1, DBGWCR_MIB);
	WRITE(mdscr_el1, MDSCR_ON);
	tap_is(&tap, answer(STATE_SP1, STATE_SPIN, MILLISECOND, SEED_SP1), 0,
		"our watchpoint does not stop a partition");
	tap_is(&tap, READ(dbgwcr0_el1), DBGWCR_MIB, "and is still set");
	WRITE(mdscr_el1, 0);
	WRITE(dbgwcr0_el1, 0);
}

/* At EL2; and in the secure world, if that is let us. */
#define PMCCFILTR_EL2 0x08000000ull
#define PMCR_RUN 0x45ull
#define CYCLES (1ull << 31)

static void test_cycles(void)
{
	uint64_t hz = READ(cntfrq_el0);
	uint64_t ticks, cycles, own;

	WRITE(pmccfiltr_el0, PMCCFILTR_EL2);
	WRITE(pmcntenset_el0, CYCLES);
	WRITE(pmcr_el0, PMCR_RUN);
	ticks = READ(cntpct_el0);
	while ((READ(cntpct_el0) - ticks) * NS_PER_S / hz < TURN_TIME / 10)
		;
	own = READ(pmccntr_el0);
	answer(STATE_SP1, STATE_SPIN, TURN_TIME, SEED_SP1);
	cycles = READ(pmccntr_el0) - own;
	tap_ok(&tap, own > 0, "our cycle counter counts");
	tap_ok(&tap, cycles < own,
		"it stands still during a turn that is ten times as long");
	WRITE(pmcr_el0, 0);
	WRITE(pmcntenclr_el0, CYCLES);
}

static void test_hint(void)
{
	struct ffa_regs regs = {{FFA_MSG_SEND_DIRECT_REQ_64 | SVE_HINT,
		STATE_SP1, 0, STATE_FILL, SEED_SP1}};

	guest_call(&regs);
	tap_ok(&tap, is_response(&regs),
		"a call that says \"no SVE state\" is the same call");
}

/* By the machine that the .flash file asks for. */
static uint64_t what_partitions_get(void)
{
	if (!has_sve)
		return STATE_HAS_SIMD;
	return has_sme ? STATE_HAS_SIMD | STATE_HAS_KEYS : 0;
}

static void test_features(void)
{
	uint64_t has = answer(STATE_SP1, STATE_TRY, 0, 0);

	tap_is(&tap, has & (STATE_HAS_SVE | STATE_HAS_SME), 0,
		"a partition has neither SVE nor SME");
	tap_is(&tap, has & (STATE_HAS_SIMD | STATE_HAS_KEYS),
		what_partitions_get(),
		"and SIMD and keys where the firmware permits");
	/* A fault of tests/selftest needs it. */
	tap_note_value("TPIDR2 of a partition", (has & STATE_HAS_TPIDR2) != 0);
}

static volatile uint64_t first_seen;

/* A context that nobody has entered yet, where we have been before. */
static void other_cpu(uint64_t argument)
{
	(void)argument;
	if (has_sve)
		WRITE(cptr_el2, 0x22ffull);
	registers_fill(SEED_NWD + 1);
	first_seen = answer(STATE_SP1, STATE_FIRST, 0, 0) +
		     registers_wrong(SEED_NWD + 1);
}

static void test_first(void)
{
	bool started;

	tap_is(&tap, answer(STATE_SP1, STATE_FIRST, 0, 0), 0,
		"a partition starts with registers of zero");
	first_seen = ~0ull;
	started = guest_cpu_on(1, other_cpu, 0);
	while (started && !guest_cpu_is_off(1))
		guest_pause();
	tap_is(&tap, first_seen, 0,
		"on another CPU, too, whatever we had in them");
}

static void test_death(void)
{
	enum mode mode = has_sme ? SME_STREAMING : has_sve ? SVE : PLAIN;
	struct ffa_regs regs;

	answer(STATE_SP1, STATE_FILL, SEED_SP1, 0);
	fill(mode);
	regs = ask(STATE_SP3, STATE_DIE, SEED_SP3, 0);
	tap_ok(&tap, ffa_status(&regs) == FFA_ABORTED, "a partition dies");
	tap_is(&tap, wrong(mode), 0, "our registers are as they were");
	tap_is(&tap, answer(STATE_SP1, STATE_WRONG, SEED_SP1, 0), 0,
		"another partition's as well");
	tap_is(&tap, wrong(mode), 0, "and ours still");
	leave();
}

/* --- The run -------------------------------------------------------------- */

static void find_features(void)
{
	uint64_t isar1 = READ(id_aa64isar1_el1);

	has_sve = (READ(id_aa64pfr0_el1) >> 32 & 0xf) != 0;
	has_sme = (READ(id_aa64pfr1_el1) >> 24 & 0xf) != 0;
	has_fa64 = has_sme && (READ(ID_AA64SMFR0_EL1) & SMFR0_FA64) != 0;
	has_keys = (isar1 & 0xff000ff0) != 0;
	registers_there.keys = has_keys;
	registers_there.tpidr2 = has_sme;
	if (has_sve)
		WRITE(cptr_el2, has_sme ? 0x22ffull : 0x32ffull);
	tap_note_value("SVE", has_sve);
	tap_note_value("SME", has_sme);
	tap_note_value("keys", has_keys);
}

void guest_main(void)
{
	enum mode last;

	find_features();
	last = has_sme ? SME_STREAMING : has_sve ? SVE : PLAIN;
	ns_gic_init();
	test_first();
	test_features();
	for (enum mode mode = PLAIN; mode <= last; mode++) {
		test_calls(mode);
		test_preemption(mode);
		leave();
	}
	if (has_sme)
		test_ffr();
	test_meddling();
	test_watchpoint();
	test_cycles();
	test_hint();
	test_death();
	tap_done(&tap);
}
