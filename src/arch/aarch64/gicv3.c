/*
 * The processor's interrupt interface as S-EL2 sees it: secure group 1
 * arrives as IRQ, the normal world's as FIQ. Of the distributor, those
 * interrupts that a partition owns; all else there is the firmware's.
 *
 * An acknowledged interrupt is dropped in priority at once and stays active,
 * so that a level that is still up does not come again, until it is ended.
 *
 * Source: GICv3 architecture, IHI0069 §4.6 (groups and security), §12.1
 * (processor's registers), §12.9 (distributor), §12.11 (redistributor).
 */
#include "arch.h"

#include "abi/ffa_func.h"
#include "base/assert.h"
#include "partition/partition.h"
#include "platform.h"
#include "port/port.h"

#define SRE_ENABLE_NO_BYPASS 0xfull
#define CTLR_EOIMODE (1ull << 1)

/*
 * The normal world's priorities are 0x80 to 0xff as we see them: this mask
 * lets none of them through, and all of ours.
 */
#define PRIORITY_SECURE_ONLY 0x80ull
#define PRIORITY_SECURE_LAST 0x7fu
#define PRIORITY_NS_MIDDLE 0xc0u

#define INTID_SPECIAL_FIRST 1020u
#define INTID_SPI_FIRST 32u

#define SGI_INTID_SHIFT 24

/* Distributor and, for what is private to a processor, redistributor. */
#define GICD_CTLR 0x0u
#define GICD_CTLR_SECURE_GROUP1 (1u << 2)
#define GIC_IGROUPR 0x80u
#define GIC_ISENABLER 0x100u
#define GIC_ICENABLER 0x180u
#define GIC_ICACTIVER 0x380u
#define GIC_IPRIORITYR 0x400u
#define GIC_ICFGR 0xc00u
#define GIC_IGRPMODR 0xd00u
#define GICD_IROUTER 0x6000u

#define GICR_TYPER 0x8u
#define GICR_TYPER_LAST (1ull << 4)
#define GICR_TYPER_AFFINITY_SHIFT 32
#define GICR_FRAMES 0x20000u
#define GICR_PRIVATE 0x10000u

#define MPIDR_AFFINITY_0_TO_2 0xffffffull
#define MPIDR_AFFINITY_3 (0xffull << 32)

static volatile uint32_t *word(uintptr_t base, uint32_t offset)
{
	return (volatile uint32_t *)(base + offset);
}

/* The frame of this processor's private interrupts. */
static uintptr_t private_frame(void)
{
	uint64_t self = sysreg_read(mpidr_el1);
	uint64_t affinity =
		(self & MPIDR_AFFINITY_0_TO_2) | (self & MPIDR_AFFINITY_3) >> 8;
	uintptr_t frame = PLATFORM_GICR_BASE;
	uint64_t typer;

	for (;;) {
		typer = *(volatile uint64_t *)(frame + GICR_TYPER);
		if (typer >> GICR_TYPER_AFFINITY_SHIFT == affinity)
			return frame + GICR_PRIVATE;
		if ((typer & GICR_TYPER_LAST) != 0 ||
			frame + GICR_FRAMES >= PLATFORM_GICR_END)
			return 0;
		frame += GICR_FRAMES;
	}
}

static uintptr_t registers_of(uint32_t intid)
{
	const struct cpu_local *local = this_cpu()->arch;

	return intid < INTID_SPI_FIRST ? local->gicr : PLATFORM_GICD_BASE;
}

static void set_field(volatile uint32_t *at, uint32_t mask, uint32_t value)
{
	*at = (*at & ~mask) | value;
}

/* The bit of an interrupt in an array of them. */
static void set_bit(uintptr_t base, uint32_t array, uint32_t intid, bool on)
{
	uint32_t bit = 1u << intid % 32;

	set_field(word(base, array + intid / 32 * 4), bit, on ? bit : 0);
}

static void set_priority(uintptr_t base, uint32_t intid, uint32_t priority)
{
	uint32_t shift = intid % 4 * 8;

	set_field(word(base, GIC_IPRIORITYR + intid / 4 * 4), 0xffu << shift,
		priority << shift);
}

/*
 * The interrupt that tells a scheduler of a receiver is the normal world's
 * from now on: its group and its priority are, or no mask would hold it back.
 */
static void donate_schedule_receiver(uintptr_t gicr)
{
	set_priority(gicr, FFA_SCHEDULE_RECEIVER, PRIORITY_NS_MIDDLE);
	set_bit(gicr, GIC_IGROUPR, FFA_SCHEDULE_RECEIVER, true);
	set_bit(gicr, GIC_IGRPMODR, FFA_SCHEDULE_RECEIVER, false);
}

/*
 * The normal world writes this register, too: only where the firmware has not
 * done it, which is before there is a normal world.
 */
static void enable_secure_group(void)
{
	volatile uint32_t *control = word(PLATFORM_GICD_BASE, GICD_CTLR);

	if ((*control & GICD_CTLR_SECURE_GROUP1) == 0)
		set_field(control, 0, GICD_CTLR_SECURE_GROUP1);
}

void gic_init(struct cpu_local *local)
{
	sysreg_write(icc_sre_el2, SRE_ENABLE_NO_BYPASS);
	isb();
	sysreg_write(icc_ctlr_el1, sysreg_read(icc_ctlr_el1) | CTLR_EOIMODE);
	sysreg_write(icc_igrpen1_el1, 1);
	isb();
	local->gicr = private_frame();
	if (local->gicr == 0)
		PANIC("the interrupt controller does not know this processor");
	donate_schedule_receiver(local->gicr);
	enable_secure_group();
}

static uint32_t take(void)
{
	uint32_t intid = (uint32_t)sysreg_read(icc_iar1_el1);

	dsb(sy);
	if (intid >= INTID_SPECIAL_FIRST)
		return intid;
	sysreg_write(icc_eoir1_el1, intid);
	isb();
	return intid;
}

bool gic_describe(struct vcpu_exit *why)
{
	why->intid = take();
	if (why->intid >= INTID_SPECIAL_FIRST)
		return false;
	why->kind = VCPU_EXIT_SECURE_INTERRUPT;
	if (why->intid == GIC_KICK) {
		why->kind = VCPU_EXIT_KICK;
		port_interrupt_end(GIC_KICK);
	}
	if (why->intid == GIC_TIMER) {
		why->kind = VCPU_EXIT_TIMER;
		(void)port_timer_set(UINT64_MAX);
		port_interrupt_end(GIC_TIMER);
	}
	return true;
}

/* --- Between processors ------------------------------------------------- */

static uint64_t sgi_to(uint64_t mpidr, uint32_t intid)
{
	return 1ull << (mpidr & 0xf) | (mpidr >> 8 & 0xff) << 16 |
	       (mpidr >> 16 & 0xff) << 32 | (mpidr >> 32 & 0xff) << 48 |
	       (uint64_t)intid << SGI_INTID_SHIFT;
}

/* To this processor, in the other security state. */
void port_schedule_receiver(void)
{
	sysreg_write(icc_asgi1r_el1,
		sgi_to(sysreg_read(mpidr_el1), FFA_SCHEDULE_RECEIVER));
	isb();
}

void port_cpu_kick(uint64_t mpidr)
{
	dsb(ishst);
	sysreg_write(icc_sgi1r_el1, sgi_to(mpidr, GIC_KICK));
	isb();
}

/* --- Devices ------------------------------------------------------------ */

/* QEMU ignores ICC_DIR_EL1 at S-EL2: this does the same everywhere. */
void port_interrupt_end(uint32_t intid)
{
	*word(registers_of(intid), GIC_ICACTIVER + intid / 32 * 4) =
		1u << intid % 32;
	dsb(sy);
}

void port_interrupt_enable(uint32_t intid, bool on)
{
	uintptr_t base = registers_of(intid);

	*word(base, (on ? GIC_ISENABLER : GIC_ICENABLER) + intid / 32 * 4) =
		1u << intid % 32;
	dsb(sy);
}

void port_interrupt_route(uint32_t intid, uint64_t mpidr)
{
	if (intid < INTID_SPI_FIRST)
		return;
	*(volatile uint64_t *)(PLATFORM_GICD_BASE + GICD_IROUTER +
			       (uintptr_t)intid * 8) =
		mpidr & (MPIDR_AFFINITY_0_TO_2 | MPIDR_AFFINITY_3);
	dsb(sy);
}

void port_interrupt_configure(const struct partition_interrupt *interrupt)
{
	uint32_t intid = interrupt->intid;
	uintptr_t base = registers_of(intid);
	uint32_t edge = 2u << intid % 16 * 2;
	uint64_t target = interrupt->target;

	port_interrupt_enable(intid, false);
	set_bit(base, GIC_IGROUPR, intid, false);
	set_bit(base, GIC_IGRPMODR, intid, true);
	set_priority(base, intid, interrupt->attributes & PRIORITY_SECURE_LAST);
	set_field(word(base, GIC_ICFGR + intid / 16 * 4), edge,
		(interrupt->attributes & INTERRUPT_LEVEL) != 0 ? 0 : edge);
	if (target == INTERRUPT_ANY_CPU)
		target = sysreg_read(mpidr_el1);
	port_interrupt_route(intid, target);
}

void gic_timer_enable(void)
{
	const struct partition_interrupt timer = {
		.intid = GIC_TIMER, .attributes = INTERRUPT_LEVEL};

	port_interrupt_configure(&timer);
	port_interrupt_enable(GIC_TIMER, true);
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
