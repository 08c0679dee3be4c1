/*
 * What the processors have, and what the firmware lets the secure world use
 * of it. Found out once, on the first processor: all are taken to be alike.
 *
 * Pointer-authentication keys and TPIDR2_EL0 are tried: the firmware answers an
 * access that it traps with an UNDEFINED exception. SIMD, SVE and SME cannot be
 * tried: TF-A 2.12 stops the machine at an instruction that it traps, and it
 * traps all of them for the secure world where the processor has SVE or SME,
 * unless it was built otherwise. So the manifest must say that it was; until
 * then such registers are the normal world's, and nobody here touches them.
 *
 * Source: Arm ARM D19.2 (ID registers).
 */
#include "arch.h"

#define FIELD(value, shift) ((value) >> (shift)&0xf)
#define PFR0_FP 16
#define PFR0_RAS 28
#define PFR0_SVE 32
#define PFR1_SME 24
#define FP_NONE 0xfu
#define SMFR0_FA64 (1ull << 63)

/* Any of APA, API, GPA, GPI; and of APA3, GPA3. */
#define ISAR1_KEYS 0xff000ff0ull
#define ISAR2_KEYS 0x0000ff00ull

struct features features;

static bool may_use_keys(void)
{
	if ((sysreg_read(id_aa64isar1_el1) & ISAR1_KEYS) == 0 &&
		(sysreg_read(SYSREG_ID_AA64ISAR2_EL1) & ISAR2_KEYS) == 0)
		return false;
	return guarded_read_key() == 0;
}

void features_init(bool firmware_sve)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1);
	bool sve = FIELD(pfr0, PFR0_SVE) != 0;
	bool sme = FIELD(sysreg_read(id_aa64pfr1_el1), PFR1_SME) != 0;

	features.keys = may_use_keys();
	features.tpidr2 = sme && guarded_read_tpidr2() == 0;
	features.ras = FIELD(pfr0, PFR0_RAS) != 0;
	if (FIELD(pfr0, PFR0_FP) == FP_NONE)
		return;
	if ((sve || sme) && !firmware_sve) {
		early_print("Escrow: no SIMD for partitions: there is SVE or "
			    "SME, and the manifest has no "
			    "escrow,firmware-sve\n");
		return;
	}
	features.simd = true;
	features.sve = sve;
	features.sme = sme;
	features.fa64 =
		sme && (sysreg_read(SYSREG_ID_AA64SMFR0_EL1) & SMFR0_FA64) != 0;
}
