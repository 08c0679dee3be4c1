/*
 * Whose SIMD registers the processor holds. A partition's turn begins with
 * them trapped, and the normal world's in them; its first use of one saves
 * those and loads the partition's, which are saved again when its turn ends.
 * So a partition that uses none costs nothing (docs/adr/0023).
 *
 * Partitions have q0 to q31. The normal world may have SVE and SME, too: a
 * write to q0 zeroes the rest of z0, and streaming mode changes what an
 * instruction does. All of z0 to z31 is kept, and in streaming mode, which
 * ends for the partition's turn and clears them, the predicates. What no
 * instruction of the secure world can change is left where it is: predicates
 * outside of streaming mode, ZA, ZT0, the registers of EL1. ZCR_EL2 and
 * SMCR_EL2 are the normal world's here, too, so the length of a vector is what
 * it can see of it; what is beyond may be zero when it makes them longer.
 *
 * Source: Arm ARM B1.4 (SVE, SME state), D19.2 (CPTR_EL2, SMCR_EL2).
 */
#include "arch.h"

#define SVCR_STREAMING 1ull
#define SMCR_FA64 (1ull << 31)

static bool is_streaming(const struct vectors *v)
{
	return (v->svcr & SVCR_STREAMING) != 0;
}

/* Instructions on FFR, in streaming mode, too; returns SMCR_EL2 of before. */
static uint64_t permit_ffr(void)
{
	uint64_t smcr = sysreg_read(SYSREG_SMCR_EL2);

	if (features.fa64)
		sysreg_write(SYSREG_SMCR_EL2, smcr | SMCR_FA64);
	isb();
	return smcr;
}

static void save_scalable(struct vectors *v)
{
	uint64_t smcr;

	if (features.sme)
		v->svcr = sysreg_read(SYSREG_SVCR);
	if (features.sve || is_streaming(v))
		sve_save(v->z);
	if (!is_streaming(v))
		return;
	smcr = permit_ffr();
	sve_save_predicates(v->p, features.fa64);
	sysreg_write(SYSREG_SMCR_EL2, smcr);
	sysreg_write(SYSREG_SVCR, v->svcr & ~SVCR_STREAMING);
}

static void load_scalable(const struct vectors *v)
{
	uint64_t smcr;

	if (features.sve || is_streaming(v))
		sve_load(v->z);
	if (!is_streaming(v))
		return;
	smcr = permit_ffr();
	sve_load_predicates(v->p, features.fa64);
	sysreg_write(SYSREG_SMCR_EL2, smcr);
}

static void save_normal_world(struct vectors *v)
{
	simd_save(&v->simd);
	if (features.sve || features.sme)
		save_scalable(v);
}

/*
 * In this order: entering streaming mode clears all vectors and FPSR; a write
 * to q0 clears the rest of z0.
 */
static void load_normal_world(const struct vectors *v)
{
	if (is_streaming(v))
		sysreg_write(SYSREG_SVCR, v->svcr);
	simd_load(&v->simd);
	if (features.sve || features.sme)
		load_scalable(v);
}

/* Nothing that is there traps when we use it. */
static void untrap(void)
{
	uint64_t cptr = CPTR_VALUE;

	if (features.sve)
		cptr &= ~CPTR_TZ;
	if (features.sme)
		cptr &= ~CPTR_TSM;
	sysreg_write(cptr_el2, cptr);
	isb();
}

bool simd_take(struct cpu_local *local)
{
	const struct context *c = local->loaded->arch;

	if (!features.simd)
		return false;
	untrap();
	if (local->simd == SIMD_NORMAL_WORLD)
		save_normal_world(&local->vectors);
	simd_load(&c->simd);
	local->simd = SIMD_LOADED;
	sysreg_write(cptr_el2, CPTR_VALUE);
	return true;
}

void simd_end_turn(struct cpu_local *local, bool to_normal_world)
{
	if (local->simd == SIMD_LOADED && local->loaded != NULL) {
		struct context *c = local->loaded->arch;

		simd_save(&c->simd);
	}
	local->simd = SIMD_NOBODY;
	if (to_normal_world) {
		untrap();
		load_normal_world(&local->vectors);
		local->simd = SIMD_NORMAL_WORLD;
	}
	sysreg_write(cptr_el2, CPTR_VALUE | CPTR_TFP);
}
