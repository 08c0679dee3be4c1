/* See ns_gic.h. Source: IHI0069 §12.9 to §12.11; BSA: PPI 26. */
#include "ns_gic.h"

#include "lib/guest.h"

#define GICD_CTLR 0x08000000ul
#define GICR_BASE 0x080a0000ul
#define GICR_STRIDE 0x20000ul
#define GICR_SGI_FRAME 0x10000ul
#define GICR_ISENABLER 0x100ul
#define GICR_ISPENDR 0x200ul
#define GICR_ICPENDR 0x280ul
#define GICR_IPRIORITYR 0x400ul
#define GICR_WAKER 0x14ul

#define GICD_ENABLE_ARE 0x12u /* group 1, affinity routing */
#define GICR_WAKER_SLEEP (1u << 1)
#define TIMER_INTID 26u
#define PRIORITY 0xa0u

#define NS_PER_S 1000000000ull

static volatile uint32_t *reg(uintptr_t at)
{
	return (volatile uint32_t *)at;
}

void ns_gic_init(void)
{
	uintptr_t frame = GICR_BASE + guest_cpu() * GICR_STRIDE;

	*reg(GICD_CTLR) |= GICD_ENABLE_ARE;
	*reg(frame + GICR_WAKER) &= ~GICR_WAKER_SLEEP;
	frame += GICR_SGI_FRAME;
	*(volatile uint8_t *)(frame + GICR_IPRIORITYR + TIMER_INTID) = PRIORITY;
	*reg(frame + GICR_ISENABLER) = 1u << TIMER_INTID;
	__asm__ volatile("dsb sy\n isb");
	__asm__ volatile("msr icc_sre_el2, %0" : : "r"(0xful));
	__asm__ volatile("isb");
	__asm__ volatile("msr icc_pmr_el1, %0" : : "r"(0xf0ul));
	__asm__ volatile("msr icc_igrpen1_el1, %0" : : "r"(1ul));
	__asm__ volatile("isb");
}

void ns_timer_arm(uint64_t nanoseconds)
{
	uint64_t frequency;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
	__asm__ volatile("msr cnthp_tval_el2, %0"
			 :
			 : "r"(nanoseconds * frequency / NS_PER_S));
	__asm__ volatile("msr cnthp_ctl_el2, %0" : : "r"(1ul));
	__asm__ volatile("isb");
}

bool ns_timer_has_fired(void)
{
	uint64_t control;

	__asm__ volatile("mrs %0, cnthp_ctl_el2" : "=r"(control));
	return (control & 4) != 0;
}

bool ns_timer_take(void)
{
	uint64_t intid;

	__asm__ volatile("mrs %0, icc_iar1_el1" : "=r"(intid));
	__asm__ volatile("msr cnthp_ctl_el2, %0" : : "r"(0ul));
	__asm__ volatile("isb");
	if (intid >= 1020)
		return false;
	__asm__ volatile("msr icc_eoir1_el1, %0" : : "r"(intid));
	__asm__ volatile("isb");
	return intid == TIMER_INTID;
}

bool ns_sgi_was_pending(unsigned intid)
{
	uintptr_t frame =
		GICR_BASE + guest_cpu() * GICR_STRIDE + GICR_SGI_FRAME;
	bool pending = (*reg(frame + GICR_ISPENDR) & 1u << intid) != 0;

	*reg(frame + GICR_ICPENDR) = 1u << intid;
	return pending;
}
