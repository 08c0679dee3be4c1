/*
 * The stage-2 and trap registers of S-EL2: two roots per partition, one for
 * secure and one for non-secure addresses, and what a partition may not do
 * without us.
 *
 * The firmware's world switch keeps these registers, but for VSTTBR_EL2 and
 * VSTCR_EL2, which the normal world does not have.
 *
 * Source: Arm ARM D8.2.12, D19.2 (HCR_EL2, VTCR_EL2, VSTCR_EL2, CPTR_EL2,
 * MDCR_EL2, CNTHCTL_EL2).
 */
#include "arch.h"

#include "partition/virq.h"
#include "stage2/s2_space.h"

/*
 * Stage 2 on; physical interrupts and SError come to us; EL1 is AArch64; a
 * partition's SMCs, and its accesses to auxiliary, implementation-defined, LOR
 * and error record registers trap; its local TLB and barrier operations are
 * broadcast, for a vCPU moves between processors. ATA and EnSCXT stay 0: no
 * tags or SCXTNUM; APK and API, too, where we cannot switch keys.
 */
#define HCR_VM (1ull << 0)
#define HCR_SWIO (1ull << 1)
#define HCR_FMO (1ull << 3)
#define HCR_IMO (1ull << 4)
#define HCR_AMO (1ull << 5)
#define HCR_FB (1ull << 9)
#define HCR_VF (1ull << 6)
#define HCR_VI (1ull << 7)
#define HCR_BSU_INNER (1ull << 10)
#define HCR_TSC (1ull << 19)
#define HCR_TIDCP (1ull << 20)
#define HCR_TACR (1ull << 21)
#define HCR_RW (1ull << 31)
#define HCR_TLOR (1ull << 35)
#define HCR_TERR (1ull << 36)
#define HCR_APK (1ull << 40)
#define HCR_API (1ull << 41)
#define HCR_VALUE                                                              \
	(HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB |            \
		HCR_BSU_INNER | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_RW |      \
		HCR_TLOR | HCR_TERR)

/* Debug, performance-monitor, profiling and trace filter registers trap: they
 * are not switched. */
#define MDCR_TPMCR (1ull << 5)
#define MDCR_TPM (1ull << 6)
#define MDCR_TDA (1ull << 9)
#define MDCR_TDOSA (1ull << 10)
#define MDCR_TDRA (1ull << 11)
#define MDCR_TPMS (1ull << 14)
#define MDCR_TTRF (1ull << 19)
#define MDCR_VALUE                                                             \
	(MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA |           \
		MDCR_TPMS | MDCR_TTRF)
#define PMCR_COUNT_SHIFT 11
#define PMCR_COUNT_MASK 0x1full

/*
 * The counter may be read; the physical timer traps. So the normal world's
 * stays armed while a partition runs, and ends its turn in time.
 */
#define CNTHCTL_VALUE 1ull

/* 39 bits from level 1, inner-shareable write-back walks; bit 31 is RES1. */
#define VTCR_T0SZ (64u - S2_ADDRESS_BITS)
#define VTCR_SL0_LEVEL_1 (1ull << 6)
#define VTCR_WALKS ((1ull << 8) | (1ull << 10) | (3ull << 12))
#define VTCR_PS_SHIFT 16
#define VTCR_PS_MAX 5ull
#define VTCR_NSA (1ull << 30)  /* non-secure addresses lead to NS memory ... */
#define VTCR_RES1 (1ull << 31) /* ... by tables in secure memory (NSW = 0) */
#define VTCR_VALUE                                                             \
	(VTCR_T0SZ | VTCR_SL0_LEVEL_1 | VTCR_WALKS | VTCR_NSA | VTCR_RES1)
#define VSTCR_VALUE (VTCR_T0SZ | VTCR_SL0_LEVEL_1 | VTCR_RES1)

#define VTTBR_VMID_SHIFT 48

void s2_hw_init(void)
{
	uint64_t ps = sysreg_read(id_aa64mmfr0_el1) & 0xf;
	uint64_t counters =
		sysreg_read(pmcr_el0) >> PMCR_COUNT_SHIFT & PMCR_COUNT_MASK;

	if (ps > VTCR_PS_MAX)
		ps = VTCR_PS_MAX;
	sysreg_write(
		hcr_el2, HCR_VALUE | (features.keys ? HCR_APK | HCR_API : 0));
	sysreg_write(cptr_el2, CPTR_VALUE | CPTR_TFP);
	sysreg_write(mdcr_el2, MDCR_VALUE | counters);
	sysreg_write(hstr_el2, 0);
	sysreg_write(cnthctl_el2, CNTHCTL_VALUE);
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(vtcr_el2, VTCR_VALUE | ps << VTCR_PS_SHIFT);
	sysreg_write(SYSREG_VSTCR_EL2, VSTCR_VALUE);
	isb();
}

void s2_hw_install(const struct space *space)
{
	sysreg_write(SYSREG_VSTTBR_EL2, space->root[S2_SECURE].v);
	sysreg_write(
		vttbr_el2, space->root[S2_NS].v | (uint64_t)space->vmid
							  << VTTBR_VMID_SHIFT);
}

/* An S-EL0 partition has nobody at EL1 to take one. */
void s2_hw_interrupt(struct cpu_local *local, const struct vcpu *vcpu)
{
	uint32_t ready = virq_ready(vcpu);
	uint32_t fiq = __atomic_load_n(&vcpu->virq.fiq, __ATOMIC_RELAXED);
	uint64_t lines = 0;

	if (endpoint_is_el0(&vcpu->partition->ep))
		ready = 0;
	if ((ready & ~fiq) != 0)
		lines |= HCR_VI;
	if ((ready & fiq) != 0)
		lines |= HCR_VF;
	if (lines == local->lines)
		return;
	local->lines = lines;
	sysreg_write(hcr_el2, HCR_VALUE | lines);
	isb();
}
