/*
 * A vCPU's registers beyond x0 to x30: EL1, keys, timers. Whoever is loaded
 * stays loaded until another one is entered on the same processor, so calls
 * that come back to their caller cost nothing here. SIMD is simd.c's.
 *
 * The firmware switches only EL2 registers between the worlds; the normal
 * world's others are ours to keep, and it is a vCPU like the rest here.
 *
 * A partition with one vCPU may come up on another processor while its
 * registers are still live on the one it left: `live` makes the second wait
 * for the first, which saves them before it leaves the manager.
 */
#include "arch.h"

#include "asm.h"

#define SCTLR_EL1_RESET 0x30d00800ull
#define PSTATE_EL1H_MASKED 0x3c5ull
#define VMPIDR_RES1 (1ull << 31)

_Static_assert(offsetof(struct vcpu, x) == VCPU_X, "asm.h");
_Static_assert(offsetof(struct vcpu, pc) == VCPU_PC, "asm.h");
_Static_assert(offsetof(struct vcpu, pstate) == VCPU_PC + 8, "asm.h");
_Static_assert(sizeof(struct context) <= PAGE_SIZE, "one page of the port's");
_Static_assert(offsetof(struct simd_state, fpsr) == 512, "simd.S");

static bool is_normal_world(const struct vcpu *vcpu)
{
	return vcpu->partition->ep.kind == ENDPOINT_NWD;
}

/* Not in every machine: out of the way. */
__attribute__((noinline)) static void save_extensions(struct context *c)
{
#define CONTEXT_SAVE(name, code) c->name = sysreg_read(code);
	if (features.keys) {
		CONTEXT_KEYS(CONTEXT_SAVE)
	}
#undef CONTEXT_SAVE
	if (features.tpidr2)
		c->tpidr2 = sysreg_read(SYSREG_TPIDR2_EL0);
}

__attribute__((noinline)) static void load_extensions(const struct context *c)
{
#define CONTEXT_LOAD(name, code) sysreg_write(code, c->name);
	if (features.keys) {
		CONTEXT_KEYS(CONTEXT_LOAD)
	}
#undef CONTEXT_LOAD
	if (features.tpidr2)
		sysreg_write(SYSREG_TPIDR2_EL0, c->tpidr2);
}

static void save(struct context *c)
{
#define CONTEXT_SAVE(name) c->name = sysreg_read(name);
	CONTEXT_REGISTERS(CONTEXT_SAVE)
#undef CONTEXT_SAVE
	if (features.ras)
		c->vdisr = sysreg_read(SYSREG_VDISR_EL2);
	if (features.keys || features.tpidr2)
		save_extensions(c);
	__atomic_store_n(&c->live, 0, __ATOMIC_RELEASE);
}

static void load(struct context *c)
{
	while (__atomic_load_n(&c->live, __ATOMIC_ACQUIRE) != 0)
		;
	__atomic_store_n(&c->live, 1, __ATOMIC_RELAXED);
#define CONTEXT_LOAD(name) sysreg_write(name, c->name);
	CONTEXT_REGISTERS(CONTEXT_LOAD)
#undef CONTEXT_LOAD
	if (features.ras)
		sysreg_write(SYSREG_VDISR_EL2, c->vdisr);
	if (features.keys || features.tpidr2)
		load_extensions(c);
}

static void install_partition(struct cpu_local *local, const struct vcpu *vcpu)
{
	const struct partition *p = vcpu->partition;

	if (local->space != &p->space) {
		s2_hw_install(&p->space);
		local->space = &p->space;
	}
	sysreg_write(vmpidr_el2, VMPIDR_RES1 | vcpu->index);
}

void context_load(struct cpu_local *local, struct vcpu *vcpu)
{
	if (local->simd != SIMD_NORMAL_WORLD)
		simd_end_turn(local, is_normal_world(vcpu));
	if (local->loaded != NULL)
		save(local->loaded->arch);
	local->loaded = vcpu;
	load(vcpu->arch);
	if (is_normal_world(vcpu))
		gic_mask_ns(local, false);
	else
		install_partition(local, vcpu);
}

void port_vcpu_reset(struct vcpu *vcpu)
{
	struct cpu_local *local = this_cpu()->arch;
	struct context *c = vcpu->arch;

	if (is_normal_world(vcpu))
		return;
	if (local->loaded == vcpu)
		local->loaded = NULL;
	*c = (struct context){.sctlr_el1 = SCTLR_EL1_RESET};
	vcpu->pstate = PSTATE_EL1H_MASKED;
	if (vcpu_is_el0(vcpu))
		el0_reset(vcpu);
}
