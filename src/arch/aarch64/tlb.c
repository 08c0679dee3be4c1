/*
 * Invalidation of partitions' translations on all processors.
 *
 * Stage-2 entries are invalidated by address where that is cheap, else for
 * the whole VMID; combined entries only go with the stage-1 part that follows.
 *
 * Source: Arm ARM D8.17 (TLB maintenance), D8.17.6 (range operations).
 */
#include "arch.h"

#define VTTBR_VMID_SHIFT 48
#define ISAR0_TLB_SHIFT 56
#define ISAR0_TLB_RANGE 2u

/* Operand of an operation by IPA: page number, and the NS space. */
#define OPERAND_NS (1ull << 63)
#define OPERAND_PAGE 0xfffffffffull

/* Operand of a range operation: granule, scale and number of units less 1. */
#define OPERAND_4K (1ull << 46)
#define OPERAND_SCALE_SHIFT 44
#define OPERAND_NUM_SHIFT 39
#define SCALE_MAX 3
#define UNITS_MAX 32u

/* More single operations than this cost more than refilling the TLB does. */
#define SINGLE_MAX 32u

#define MIDR_PART_SHIFT 4
#define MIDR_PART_MASK 0xfffull
#define MIDR_IMPLEMENTER_SHIFT 24

/*
 * CVE-2025-10263: TLBI and DSB may complete before other processors' accesses
 * through the removed entry are observed; doing both once more is enough.
 * Implementer and part number. Source: Arm security bulletin 112137.
 */
static const struct {
	uint8_t implementer;
	uint16_t part;
} slow_observers[] = {
	{0x41, 0xd0b}, /* Cortex-A76 */
	{0x41, 0xd0e}, /* Cortex-A76AE */
	{0x41, 0xd0d}, /* Cortex-A77 */
	{0x41, 0xd41}, /* Cortex-A78 */
	{0x41, 0xd42}, /* Cortex-A78AE */
	{0x41, 0xd4b}, /* Cortex-A78C */
	{0x41, 0xd47}, /* Cortex-A710 */
	{0x41, 0xd44}, /* Cortex-X1 */
	{0x41, 0xd4c}, /* Cortex-X1C */
	{0x41, 0xd48}, /* Cortex-X2 */
	{0x41, 0xd4e}, /* Cortex-X3 */
	{0x41, 0xd82}, /* Cortex-X4 */
	{0x41, 0xd85}, /* Cortex-X925 */
	{0x41, 0xd8c}, /* C1-Ultra */
	{0x41, 0xd90}, /* C1-Premium */
	{0x41, 0xd0c}, /* Neoverse N1 */
	{0x41, 0xd49}, /* Neoverse N2 */
	{0x41, 0xd40}, /* Neoverse V1 */
	{0x41, 0xd4f}, /* Neoverse V2 */
	{0x41, 0xd84}, /* Neoverse V3 */
	{0x41, 0xd83}, /* Neoverse V3AE */
	{0x4e, 0x010}, /* NVIDIA Olympus */
	{0x6d, 0xd49}, /* Azure Cobalt 100 */
};

/* What this machine needs; set once, by the first processor. */
static bool has_range;
static unsigned repeats = 1;

void tlb_init(void)
{
	uint64_t midr = sysreg_read(midr_el1);

	has_range = (sysreg_read(id_aa64isar0_el1) >> ISAR0_TLB_SHIFT & 0xf) >=
		    ISAR0_TLB_RANGE;
	for (size_t i = 0; i < ARRAY_COUNT(slow_observers); i++) {
		if ((midr >> MIDR_IMPLEMENTER_SHIFT & 0xff) ==
				slow_observers[i].implementer &&
			(midr >> MIDR_PART_SHIFT & MIDR_PART_MASK) ==
				slow_observers[i].part)
			repeats = 2;
	}
}

static void invalidate_page(uint64_t operand)
{
	__asm__ volatile("tlbi ipas2e1is, %0" : : "r"(operand) : "memory");
}

static void invalidate_pages(uint64_t operand)
{
	/* TLBI RIPAS2E1IS; assemblers want an architecture option for it. */
	__asm__ volatile("sys #4, c8, c0, #2, %0" : : "r"(operand) : "memory");
}

/* Units of 2, 64, 2048 and 65536 pages; an odd page by itself. */
static void invalidate_by_range(struct range range, uint64_t space)
{
	uint64_t page = range.base.v >> PAGE_SHIFT;
	uint64_t left = range.pages;

	if ((left & 1) != 0) {
		invalidate_page(space | (page++ & OPERAND_PAGE));
		left--;
	}
	for (int scale = SCALE_MAX; left != 0;) {
		unsigned shift = 5 * (unsigned)scale + 1;
		uint64_t units = left >> shift;

		if (units == 0) {
			scale--;
			continue;
		}
		if (units > UNITS_MAX)
			units = UNITS_MAX;
		invalidate_pages(space | OPERAND_4K |
				 (uint64_t)scale << OPERAND_SCALE_SHIFT |
				 (units - 1) << OPERAND_NUM_SHIFT |
				 (page & OPERAND_PAGE));
		page += units << shift;
		left -= units << shift;
	}
}

static bool is_cheap(const struct tlb_range *ranges, size_t count)
{
	uint64_t pages = 0;

	if (count == 0 || count > SINGLE_MAX)
		return false;
	for (size_t i = 0; i < count && !has_range; i++)
		pages += ranges[i].range.pages;
	return pages <= SINGLE_MAX;
}

static void invalidate_range(const struct tlb_range *r)
{
	uint64_t space = r->ns ? OPERAND_NS : 0;
	uint64_t page = r->range.base.v >> PAGE_SHIFT;

	if (has_range) {
		invalidate_by_range(r->range, space);
		return;
	}
	for (uint64_t i = 0; i < r->range.pages; i++)
		invalidate_page(space | ((page + i) & OPERAND_PAGE));
}

/* For the current VMID. */
static void invalidate(const struct tlb_range *ranges, size_t count)
{
	if (is_cheap(ranges, count)) {
		for (size_t i = 0; i < count; i++)
			invalidate_range(&ranges[i]);
		dsb(ish);
		__asm__ volatile("tlbi vmalle1is" : : : "memory");
	} else {
		__asm__ volatile("tlbi vmalls12e1is" : : : "memory");
	}
	dsb(ish);
}

void port_tlb_invalidate(
	uint16_t vmid, const struct tlb_range *ranges, size_t count)
{
	uint64_t current = sysreg_read(vttbr_el2);
	bool other = current >> VTTBR_VMID_SHIFT != vmid;

	dsb(ishst);
	if (other) {
		sysreg_write(vttbr_el2, (uint64_t)vmid << VTTBR_VMID_SHIFT);
		isb();
	}
	for (unsigned i = 0; i < repeats; i++)
		invalidate(ranges, count);
	if (other) {
		sysreg_write(vttbr_el2, current);
		isb();
	}
}
