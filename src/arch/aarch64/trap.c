/*
 * Why a partition came back, told as the portable code wants to know it; and
 * what needs no decision of anyone: trapped registers, spurious interrupts.
 *
 * Not responsible for what a call means, nor for whether a fault was one.
 *
 * Source: Arm ARM D19.2.37 (ESR_EL2), D1.3 (exception entry).
 */
#include "arch.h"

#include "asm.h"

#define EC_SIMD 0x07u
#define EC_SYSREG 0x18u
#define EC_INSTRUCTION_ABORT 0x20u
#define EC_DATA_ABORT 0x24u

#define ISS_FSC 0x3fu
#define ISS_WRITE (1u << 6)
#define ISS_S1PTW (1u << 7)
#define ISS_CACHE_OPERATION (1u << 8)
#define ISS_SYSREG_READ (1u << 0)
#define FSC_PERMISSION_FIRST 0x0cu
#define FSC_PERMISSION_LAST 0x0fu
#define FSC_EXTERNAL 0x10u

#define ESR_IL (1u << 25)
#define ESR_EC(ec) ((uint32_t)(ec) << ESR_EC_SHIFT)
#define EC_UNKNOWN 0x00u
#define EC_SAME_LEVEL 1u /* added to an abort's class */

#define PSTATE_MODE 0xfull
#define PSTATE_EL0 0x0ull
#define PSTATE_EL1T 0x4ull
#define PSTATE_EL1H 0x5ull
#define PSTATE_AARCH32 (1ull << 4)
#define PSTATE_DAIF 0x3c0ull
#define PSTATE_PAN (1ull << 22)

#define HPFAR_PAGE 0x00000ffffffffff0ull
#define HPFAR_SHIFT 8
#define PAR_FAILED 1ull
#define PAR_NS (1ull << 9)
#define PAR_PAGE 0x0000fffffffff000ull

/* Where an exception to EL1 from `pstate` enters, from VBAR_EL1. */
static uint64_t vector_offset(uint64_t pstate)
{
	if ((pstate & PSTATE_AARCH32) != 0)
		return 0x600;
	if ((pstate & PSTATE_MODE) == PSTATE_EL0)
		return 0x400;
	return (pstate & PSTATE_MODE) == PSTATE_EL1T ? 0x000 : 0x200;
}

static bool is_loaded(const struct vcpu *vcpu)
{
	const struct cpu_local *local = this_cpu()->arch;

	return local->loaded == vcpu;
}

/* What the exception tells EL1, in the registers or in the saved ones. */
struct exception {
	uint64_t esr;
	uint64_t far;
	bool has_far;
};

static uint64_t deliver(struct vcpu *vcpu, const struct exception *e)
{
	struct context *c = vcpu->arch;

	if (!is_loaded(vcpu)) {
		c->esr_el1 = e->esr;
		c->elr_el1 = vcpu->pc;
		c->spsr_el1 = vcpu->pstate;
		if (e->has_far)
			c->far_el1 = e->far;
		return c->vbar_el1;
	}
	sysreg_write(esr_el1, e->esr);
	sysreg_write(elr_el1, vcpu->pc);
	sysreg_write(spsr_el1, vcpu->pstate);
	if (e->has_far)
		sysreg_write(far_el1, e->far);
	return sysreg_read(vbar_el1);
}

static void inject(struct vcpu *vcpu, const struct exception *e)
{
	uint64_t vbar = deliver(vcpu, e);

	vcpu->pc = vbar + vector_offset(vcpu->pstate);
	vcpu->pstate = (vcpu->pstate & PSTATE_PAN) | PSTATE_DAIF | PSTATE_EL1H;
}

void port_vcpu_inject_abort(struct vcpu *vcpu, const struct vcpu_exit *fault)
{
	uint32_t class = fault->execute ? EC_INSTRUCTION_ABORT : EC_DATA_ABORT;
	struct exception e = {.far = fault->far, .has_far = true};

	if ((vcpu->pstate & (PSTATE_MODE | PSTATE_AARCH32)) != PSTATE_EL0 &&
		(vcpu->pstate & PSTATE_AARCH32) == 0)
		class += EC_SAME_LEVEL;
	e.esr = ESR_EC(class) | ESR_IL | FSC_EXTERNAL;
	if (fault->write)
		e.esr |= ISS_WRITE;
	inject(vcpu, &e);
}

/* It does not exist for a partition. At S-EL0 nobody hears of that. */
static bool undefined(struct vcpu *vcpu, struct vcpu_exit *why)
{
	if (vcpu_is_el0(vcpu)) {
		why->kind = VCPU_EXIT_BAD;
		return true;
	}
	inject(vcpu, &(struct exception){.esr = ESR_EC(EC_UNKNOWN) | ESR_IL});
	return false;
}

/*
 * Reads as zero, writes ignored: debug, performance-monitor and error record
 * registers and ACTLR_EL1, which systems probe at start and can do without. Any
 * other trapped register does not exist for a partition.
 */
static bool register_is_ignored(uint32_t iss)
{
	uint32_t op0 = iss >> 20 & 3;
	uint32_t op1 = iss >> 14 & 7;
	uint32_t crn = iss >> 10 & 15;
	uint32_t crm = iss >> 1 & 15;

	if (op0 == 2)
		return true;
	if (op0 != 3)
		return false;
	if (op1 == 0 &&
		((crn == 1 && crm == 0) || (crn == 5 && crm >= 3 && crm <= 5)))
		return true;
	return (crn == 9 && crm >= 12) || (crn == 14 && crm >= 8);
}

static bool emulate_register(
	struct vcpu *vcpu, uint32_t iss, struct vcpu_exit *why)
{
	uint32_t rt = iss >> 5 & 31;

	if (timer_is_register(iss)) {
		why->kind = VCPU_EXIT_TIMER;
		return timer_emulate(vcpu, iss);
	}
	if (!register_is_ignored(iss))
		return undefined(vcpu, why);
	if ((iss & ISS_SYSREG_READ) != 0 && rt < VCPU_REG_COUNT)
		vcpu->x[rt] = 0;
	vcpu->pc += 4;
	return false;
}

/* The partition's own first stage says which space, and for a permission
 * fault (no HPFAR_EL2 then) which address. Fails when it has changed since. */
static uint64_t translate(uint64_t far)
{
	uint64_t saved = sysreg_read(par_el1);
	uint64_t result;

	if (guarded_translate(far, &result) != 0)
		result = PAR_FAILED;
	sysreg_write(par_el1, saved);
	return result;
}

static bool is_permission_fault(uint32_t iss)
{
	uint32_t fsc = iss & ISS_FSC;

	return fsc >= FSC_PERMISSION_FIRST && fsc <= FSC_PERMISSION_LAST;
}

/* False when the vCPU should try again. */
static bool describe_fault(uint64_t esr, struct vcpu_exit *why)
{
	uint32_t iss = (uint32_t)esr;
	uint64_t far = sysreg_read(far_el2);
	uint64_t page = (sysreg_read(hpfar_el2) & HPFAR_PAGE) << HPFAR_SHIFT;
	uint64_t translated;

	why->far = far;
	if ((iss & ISS_FSC) >= FSC_EXTERNAL) {
		why->kind = VCPU_EXIT_BAD;
		return true;
	}
	why->kind = VCPU_EXIT_FAULT;
	why->address = paddr(page | (far & PAGE_MASK));
	/* In the walk of its own tables: a read, and secure unless told. */
	if ((iss & ISS_S1PTW) != 0) {
		why->address = paddr(page);
		return true;
	}
	why->execute = esr >> ESR_EC_SHIFT == EC_INSTRUCTION_ABORT;
	why->write = !why->execute && (iss & ISS_WRITE) != 0 &&
		     (iss & ISS_CACHE_OPERATION) == 0;
	translated = translate(far);
	if ((translated & PAR_FAILED) != 0)
		return !is_permission_fault(iss);
	why->ns = (translated & PAR_NS) != 0;
	if (is_permission_fault(iss))
		why->address =
			paddr((translated & PAR_PAGE) | (far & PAGE_MASK));
	return true;
}

static bool handle_sync(struct vcpu *vcpu, struct vcpu_exit *why)
{
	uint64_t esr = sysreg_read(esr_el2);

	switch (esr >> ESR_EC_SHIFT) {
	case EC_SIMD:
		return !simd_take(this_cpu()->arch) && undefined(vcpu, why);
	case EC_SYSREG:
		return emulate_register(vcpu, (uint32_t)esr, why);
	case EC_INSTRUCTION_ABORT:
	case EC_DATA_ABORT:
		return describe_fault(esr, why);
	default:
		/*
		 * SVE, SME, pointer authentication, ...: not there for it. And
		 * what S-EL0 raised that is no call.
		 */
		return undefined(vcpu, why);
	}
}

bool trap_handle(struct vcpu *vcpu, unsigned trap, struct vcpu_exit *why)
{
	switch (trap) {
	case TRAP_SYNC:
		return handle_sync(vcpu, why);
	case TRAP_IRQ:
		return gic_describe(why);
	case TRAP_FIQ:
		why->kind = timer_take_virtual() ? VCPU_EXIT_OWN_TIMER
						 : VCPU_EXIT_INTERRUPT;
		return true;
	default:
		why->kind = VCPU_EXIT_BAD;
		return true;
	}
}
