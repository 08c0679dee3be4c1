/*
 * What the files of this folder say to each other. Nobody else includes it.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include "base/types.h"
#include "partition/partition.h"
#include "spm.h"
#include "sysreg.h"

struct simd_state {
	uint64_t q[32][2];
	uint64_t fpsr;
	uint64_t fpcr;
};

/* What the normal world has in its vectors while a partition uses some. */
struct vectors {
	struct simd_state simd;
	uint64_t svcr; /* 0 without SME */
	uint8_t z[32][256] __attribute__((aligned(16)));
	uint8_t p[17][32]; /* p0 to p15, FFR; in streaming mode only */
};

/* Whose SIMD registers the processor has: simd.c. */
enum simd_owner {
	SIMD_NORMAL_WORLD,
	SIMD_LOADED, /* those of cpu_local.loaded, a partition's */
	SIMD_NOBODY, /* a partition's are saved, the normal world's as well */
};

/* A processor's own state; only it touches it. */
struct cpu_local {
	struct vcpu *loaded;       /* whose EL1 and timer state is live */
	const struct space *space; /* whose tables are installed */
	bool ns_masked;       /* the normal world's interrupts are held back */
	uint64_t ns_priority; /* its priority mask meanwhile */
	uintptr_t gicr;       /* registers of its private interrupts */
	uint64_t lines;       /* HCR_EL2: virtual interrupts, as installed */
	bool has_timer;       /* of the secure world's own */
	enum simd_owner simd;
	struct vectors
		vectors; /* the normal world's, unless SIMD_NORMAL_WORLD */
};

/* EL1 and EL0 registers that the world switch of the firmware leaves alone. */
#define CONTEXT_REGISTERS(X)                                                   \
	X(sctlr_el1)                                                           \
	X(cpacr_el1)                                                           \
	X(ttbr0_el1)                                                           \
	X(ttbr1_el1)                                                           \
	X(tcr_el1)                                                             \
	X(mair_el1)                                                            \
	X(amair_el1)                                                           \
	X(vbar_el1)                                                            \
	X(esr_el1)                                                             \
	X(far_el1)                                                             \
	X(afsr0_el1)                                                           \
	X(afsr1_el1)                                                           \
	X(elr_el1)                                                             \
	X(spsr_el1)                                                            \
	X(sp_el0)                                                              \
	X(sp_el1)                                                              \
	X(par_el1)                                                             \
	X(contextidr_el1)                                                      \
	X(tpidr_el1)                                                           \
	X(tpidr_el0)                                                           \
	X(tpidrro_el0)                                                         \
	X(csselr_el1)                                                          \
	X(cntkctl_el1)                                                         \
	X(cntv_cval_el0)                                                       \
	X(cntv_ctl_el0)

/* Where features.keys; assemblers do not know these names without options. */
#define CONTEXT_KEYS(X)                                                        \
	X(apia_low, s3_0_c2_c1_0)                                              \
	X(apia_high, s3_0_c2_c1_1)                                             \
	X(apib_low, s3_0_c2_c1_2)                                              \
	X(apib_high, s3_0_c2_c1_3)                                             \
	X(apda_low, s3_0_c2_c2_0)                                              \
	X(apda_high, s3_0_c2_c2_1)                                             \
	X(apdb_low, s3_0_c2_c2_2)                                              \
	X(apdb_high, s3_0_c2_c2_3)                                             \
	X(apga_low, s3_0_c2_c3_0)                                              \
	X(apga_high, s3_0_c2_c3_1)

struct context {
	struct simd_state simd; /* a partition's */
#define CONTEXT_MEMBER(name) uint64_t name;
	CONTEXT_REGISTERS(CONTEXT_MEMBER)
#undef CONTEXT_MEMBER
#define CONTEXT_MEMBER(name, code) uint64_t name;
	CONTEXT_KEYS(CONTEXT_MEMBER)
#undef CONTEXT_MEMBER
	uint64_t tpidr2; /* where features.tpidr2 */
	uint64_t vdisr;  /* where features.ras */
	uint32_t live;   /* some processor has it loaded; atomic */
};

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)(uintptr_t)sysreg_read(tpidr_el2);
}

/* --- switch.S, simd.S, guarded.S, start.S, vectors.S -------------------- */

unsigned switch_enter(struct vcpu *vcpu);
void smc_call(uint64_t x[18]);
void simd_save(struct simd_state *to);
void simd_load(const struct simd_state *from);
void sve_save(uint8_t z[32][256]);
void sve_load(const uint8_t z[32][256]);
void sve_save_predicates(uint8_t p[17][32], bool ffr);
void sve_load_predicates(const uint8_t p[17][32], bool ffr);
uint64_t guarded_copy(void *to, const void *from, size_t size);
uint64_t guarded_zero(
	uintptr_t start, uintptr_t end, size_t block, size_t line);
uint64_t guarded_zero_plain(uintptr_t start, uintptr_t end);
uint64_t guarded_clean(uintptr_t start, uintptr_t end, size_t line);
uint64_t guarded_read_cnthps(void);
uint64_t guarded_translate(uint64_t address, uint64_t *par);
uint64_t guarded_read_key(void);
uint64_t guarded_read_tpidr2(void);
void secondary_entry(void);
__attribute__((noreturn)) void secondary_refuse(void);
__attribute__((noreturn)) void stop(void);

/* --- features.c ---------------------------------------------------------- */

/* There, and ours to use. */
struct features {
	bool simd;
	bool sve;
	bool sme;
	bool fa64;   /* all instructions, FFR among them, in streaming mode */
	bool keys;   /* pointer authentication */
	bool tpidr2; /* comes with SME */
	bool ras;    /* DISR_EL1, which is VDISR_EL2 for a partition */
};

extern struct features features;

/* `firmware_sve`: the firmware leaves SIMD, SVE and SME to the secure world. */
void features_init(bool firmware_sve);

/* --- simd.c --------------------------------------------------------------- */

/* CPTR_EL2: bits that are 1 where there is neither SVE nor SME. */
#define CPTR_RES1 0x33ffull
#define CPTR_TZ (1ull << 8)
#define CPTR_TFP (1ull << 10)
#define CPTR_TSM (1ull << 12)
#define CPTR_TTA (1ull << 20) /* trace */
#define CPTR_TAM (1ull << 30) /* activity monitors */

/* SVE, SME, trace and activity monitors trap; SIMD only with CPTR_TFP. */
#define CPTR_VALUE (CPTR_RES1 | CPTR_TTA | CPTR_TAM)

/* The loaded partition has met the trap; false when there is nothing for it. */
bool simd_take(struct cpu_local *local);

/*
 * Another vCPU is about to be loaded, and the registers are not the normal
 * world's.
 */
void simd_end_turn(struct cpu_local *local, bool to_normal_world);

/* --- context.c ----------------------------------------------------------- */

/* Makes `vcpu` the one whose registers are live on this processor. */
void context_load(struct cpu_local *local, struct vcpu *vcpu);

/* --- el0.c --------------------------------------------------------------- */

/* What partitions at S-EL0 share; then non-secure ranges are added. */
void el0_build(void);
void el0_add_ns(struct range range);
/* No range follows: all other addresses are secure ones. */
void el0_complete(void);

/* The reset state of a vCPU at S-EL0. */
void el0_reset(struct vcpu *vcpu);

/*
 * `vcpu` has come from S-EL0 by way of EL1: PC and PSTATE are those of S-EL0
 * again. Was it a call?
 */
bool el0_called(struct vcpu *vcpu);

static inline bool vcpu_is_el0(const struct vcpu *vcpu)
{
	return endpoint_is_el0(&vcpu->partition->ep);
}

/* --- trap.c -------------------------------------------------------------- */

#define ESR_EC_SHIFT 26
#define ESR_EC_SVC64 0x15u
#define ESR_EC_HVC64 0x16u
#define ESR_EC_SMC64 0x17u

/* After a synchronous trap: was it a call? Then PC is behind it. */
static inline bool trap_is_call(struct vcpu *vcpu)
{
	uint32_t class = (uint32_t)sysreg_read(esr_el2) >> ESR_EC_SHIFT;

	/* A trapped SMC has not been stepped over; an HVC has. */
	if (class == ESR_EC_SMC64) {
		vcpu->pc += 4;
		return true;
	}
	if (class != ESR_EC_HVC64)
		return false;
	return !vcpu_is_el0(vcpu) || el0_called(vcpu);
}

/*
 * Why `vcpu` came back otherwise. False when it has been dealt with and the
 * vCPU can go on at once.
 */
bool trap_handle(struct vcpu *vcpu, unsigned trap, struct vcpu_exit *why);

/* --- s2_hw.c ------------------------------------------------------------- */

/* Registers of this processor that never change while partitions run. */
void s2_hw_init(void);

/* Installs the tables of `space` for the next partition. */
void s2_hw_install(const struct space *space);

/* Virtual interrupts that `vcpu` gets, or no longer does. */
void s2_hw_interrupt(struct cpu_local *local, const struct vcpu *vcpu);

/* --- tlb.c, memory.c: what this machine's processors can do -------------- */

void tlb_init(void);
void memory_init(void);

/* --- el2_mmu.c ----------------------------------------------------------- */

/* With the MMU off: the image and the console. */
void el2_mmu_build(void);

/* With it on: adds what is not mapped yet, readable and writable. */
void el2_mmu_add(struct range range, bool ns);

/* --- timer.c ------------------------------------------------------------- */

/* Once a processor, after gic_init(). */
void timer_init(struct cpu_local *local);

/* Whether a trapped access (ISS of ESR_EL2) is to a partition's timer. */
bool timer_is_register(uint32_t iss);

/*
 * The virtual timer is that of whoever runs, its interrupt the normal world's:
 * true when the partition's has expired, which is masked then.
 */
bool timer_take_virtual(void);

/* Does it; true when somebody has to look at the timers. */
bool timer_emulate(struct vcpu *vcpu, uint32_t iss);

/* --- gicv3.c ------------------------------------------------------------- */

/* By which one processor makes another come back to the manager. */
#define GIC_KICK 9u

void gic_init(struct cpu_local *local);

/* The interrupt of the secure timer comes to this processor. */
#define GIC_TIMER 20u
void gic_timer_enable(void);

/* Acknowledges a secure interrupt; false when there is none. */
bool gic_describe(struct vcpu_exit *why);

/* Holds the normal world's interrupts back, or no longer. */
void gic_mask_ns(struct cpu_local *local, bool masked);

/* --- dump.c, start.c ------------------------------------------------------ */

struct dump_frame;
__attribute__((noreturn)) void dump_own_fault(
	const struct dump_frame *frame, unsigned trap);

__attribute__((noreturn)) void start_primary(void);
__attribute__((noreturn)) void start_secondary(unsigned slot);

/* The console before and beside the manager's: no lock, no processor. */
void early_print(const char *text);
void early_print_hex(uint64_t value);
void early_print_decimal(uint64_t value);

#endif
