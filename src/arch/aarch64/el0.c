/*
 * Partitions at S-EL0. Nothing of anybody's runs at EL1 above them: every
 * vector there is an HVC, so what they raise comes to the manager at once, and
 * it returns to S-EL0 directly.
 *
 * Stage 1 is on because only it can tell a secure from a non-secure address:
 * one constant, identity-mapped table for all of them, in which S-EL0 may do
 * everything. What it may really do, stage 2 says as for any partition
 * (docs/adr/0022).
 *
 * Source: Arm ARM D1.3 (exception entry), D8.3 (descriptors), D8.4.1
 * (permissions), D19.2 (SCTLR_EL1, TCR_EL1, CNTKCTL_EL1, CPACR_EL1).
 */
#include "arch.h"

#include "platform.h"
#include "port/port.h"
#include "stage1.h"
#include "stage2/s2_space.h"

#define INSTRUCTION_HVC 0xd4000002u

#define PXN (1ull << 53)
#define AP_EL0 (1ull << 6)       /* read and write, EL1 too */
#define AP_READ_ONLY (1ull << 7) /* for EL1 */
#define MEMORY (STAGE1_NORMAL | AP_EL0 | PXN)
#define MEMORY_EL1 (STAGE1_NORMAL | AP_READ_ONLY | STAGE1_XN)

/*
 * RES1 bits; M, C, SA, SA0, I; DZE, UCT, UCI: its caches are its own affair;
 * nTWI, nTWE: it may wait for events.
 */
#define SCTLR_VALUE                                                            \
	(0x30d00800ull | 1ull << 0 | 1ull << 2 | 1ull << 3 | 1ull << 4 |       \
		1ull << 12 | 1ull << 14 | 1ull << 15 | 1ull << 16 |            \
		1ull << 18 | 1ull << 26)

/* Write-back walks, inner-shareable; EPD1: nothing by TTBR1. */
#define TCR_VALUE                                                              \
	((64u - S2_ADDRESS_BITS) | 1ull << 8 | 1ull << 10 | 3ull << 12 |       \
		1ull << 23)
#define TCR_IPS_SHIFT 32
#define TCR_IPS_MAX 5ull
#define MAIR_VALUE 0xffull
#define CPACR_SIMD (3ull << 20)
#define CNTKCTL_COUNTERS 3ull /* may be read; there are no timers */
#define PSTATE_EL0T_MASKED 0x3c0ull

/* Mapped in every such partition's stage 2. */
static struct {
	uint32_t vectors[PAGE_SIZE / sizeof(uint32_t)];
	uint64_t root[STAGE1_ENTRIES];
	uint64_t tables[PLATFORM_EL0_TABLES][STAGE1_ENTRIES];
} shared __attribute__((aligned(4096)));

static struct stage1 map = {shared.root, shared.tables, PLATFORM_EL0_TABLES, 0};

struct range port_el0_support(void)
{
	return (struct range){
		paddr((uintptr_t)&shared), sizeof(shared) >> PAGE_SHIFT};
}

void el0_build(void)
{
	struct range own = port_el0_support();

	for (unsigned i = 0; i < ARRAY_COUNT(shared.vectors); i++)
		shared.vectors[i] = INSTRUCTION_HVC;
	port_code_publish(own);
	stage1_map(&map, own.base.v, range_end(own), MEMORY_EL1);
}

void el0_add_ns(struct range range)
{
	stage1_map(&map, range.base.v, range_end(range), MEMORY | STAGE1_NS);
}

void el0_complete(void)
{
	stage1_map(&map, 0, S2_ADDRESS_END, MEMORY);
	dsb(ishst);
}

static uint64_t address_size(void)
{
	uint64_t size = sysreg_read(id_aa64mmfr0_el1) & 0xf;

	return size < TCR_IPS_MAX ? size : TCR_IPS_MAX;
}

void el0_reset(struct vcpu *vcpu)
{
	struct context *c = vcpu->arch;

	c->sctlr_el1 = SCTLR_VALUE;
	c->cpacr_el1 = CPACR_SIMD;
	c->ttbr0_el1 = (uintptr_t)shared.root;
	c->tcr_el1 = TCR_VALUE | address_size() << TCR_IPS_SHIFT;
	c->mair_el1 = MAIR_VALUE;
	c->vbar_el1 = (uintptr_t)shared.vectors;
	c->cntkctl_el1 = CNTKCTL_COUNTERS;
	vcpu->pstate = PSTATE_EL0T_MASKED;
}

bool el0_called(struct vcpu *vcpu)
{
	vcpu->pc = sysreg_read(elr_el1);
	vcpu->pstate = sysreg_read(spsr_el1);
	return sysreg_read(esr_el1) >> ESR_EC_SHIFT == ESR_EC_SVC64;
}
