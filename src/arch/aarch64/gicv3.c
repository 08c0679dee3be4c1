/*
 * The processor's interrupt interface as S-EL2 sees it: secure group 1
 * arrives as IRQ, the normal world's as FIQ. The distributor is the
 * firmware's; nothing is routed or configured here.
 *
 * Source: GICv3 architecture, IHI0069 §4.6 (groups and security), §12.1.
 */
#include "arch.h"

#include "port/port.h"

#define SRE_ENABLE_NO_BYPASS 0xfull

/*
 * The normal world's priorities are 0x80 to 0xff as we see them: this mask
 * lets none of them through, and all of ours.
 */
#define PRIORITY_SECURE_ONLY 0x80ull

#define INTID_SPECIAL_FIRST 1020u

#define SGI_INTID_SHIFT 24

void gic_init(void)
{
	sysreg_write(icc_sre_el2, SRE_ENABLE_NO_BYPASS);
	isb();
	sysreg_write(icc_igrpen1_el1, 1);
	isb();
}

uint32_t gic_take(void)
{
	uint32_t intid = (uint32_t)sysreg_read(icc_iar1_el1);

	dsb(sy);
	if (intid >= INTID_SPECIAL_FIRST)
		return GIC_NONE;
	sysreg_write(icc_eoir1_el1, intid);
	isb();
	return intid;
}

/* To this processor, in the other security state. Source: §12.2.3. */
void port_schedule_receiver(void)
{
	uint64_t self = sysreg_read(mpidr_el1);
	uint64_t target = 1ull << (self & 0xf) | (self >> 8 & 0xff) << 16 |
			  (self >> 16 & 0xff) << 32 | (self >> 32 & 0xff) << 48;

	sysreg_write(icc_asgi1r_el1,
		target | (uint64_t)GIC_SCHEDULE_RECEIVER << SGI_INTID_SHIFT);
	isb();
}

void gic_mask_ns(struct cpu_local *local, bool masked)
{
	if (masked == local->ns_masked)
		return;
	if (masked)
		local->ns_priority = sysreg_read(icc_pmr_el1);
	sysreg_write(icc_pmr_el1,
		masked ? PRIORITY_SECURE_ONLY : local->ns_priority);
	local->ns_masked = masked;
}
