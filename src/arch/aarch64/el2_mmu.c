/*
 * The manager's own address space: EL2, stage 1, identity-mapped. Text can be
 * executed and nothing else; constants are read-only; stacks have a hole
 * below them; of the rest there is exactly what the manifest names. The
 * firmware's own memory is never mapped.
 *
 * Not responsible for how entries are made (stage1.c), nor for partitions'
 * tables (stage2/).
 */
#include "arch.h"

#include "asm.h"
#include "platform.h"
#include "stage1.h"

#define EL2_RW (1ull << 6) /* AP[1] is RES1 here */
#define EL2_RO (3ull << 6)

extern const uint8_t image_start[], rodata_start[], data_start[];
extern const uint8_t stacks_start[], image_end[];

/* In the image's bss; start.S puts it into TTBR0_EL2. */
extern uint64_t el2_root[STAGE1_ENTRIES];
uint64_t el2_root[STAGE1_ENTRIES] __attribute__((aligned(4096)));
static uint64_t tables[PLATFORM_EL2_TABLES][STAGE1_ENTRIES]
	__attribute__((aligned(4096)));
static struct stage1 own = {el2_root, tables, PLATFORM_EL2_TABLES, 0};

static void map(uint64_t start, uint64_t end, uint64_t attributes)
{
	stage1_map(&own, start, end, attributes);
}

static uint64_t address(const uint8_t *symbol)
{
	return (uintptr_t)symbol;
}

void el2_mmu_build(void)
{
	uint64_t stack = address(stacks_start);

	map(address(image_start), address(rodata_start),
		STAGE1_NORMAL | EL2_RO);
	map(address(rodata_start), address(data_start),
		STAGE1_NORMAL | EL2_RO | STAGE1_XN);
	map(address(data_start), address(stacks_start),
		STAGE1_NORMAL | EL2_RW | STAGE1_XN);
	for (; stack < address(image_end); stack += STACK_STRIDE)
		map(stack + STACK_GUARD_SIZE, stack + STACK_STRIDE,
			STAGE1_NORMAL | EL2_RW | STAGE1_XN);
	map(PLATFORM_CONSOLE_BASE, PLATFORM_CONSOLE_BASE + PAGE_SIZE,
		STAGE1_DEVICE | EL2_RW | STAGE1_XN);
	map(PLATFORM_GICD_BASE, PLATFORM_GICD_END,
		STAGE1_DEVICE | EL2_RW | STAGE1_XN);
	map(PLATFORM_GICR_BASE, PLATFORM_GICR_END,
		STAGE1_DEVICE | EL2_RW | STAGE1_XN);
	dsb(sy);
}

static uint64_t min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

void el2_mmu_add(struct range range, bool ns)
{
	uint64_t attributes = STAGE1_NORMAL | EL2_RW | STAGE1_XN;
	uint64_t start = range.base.v;
	uint64_t end = range_end(range);

	if (ns)
		attributes |= STAGE1_NS;
	/* The image has its own permissions, and holes that must stay. */
	map(start, min(end, address(image_start)), attributes);
	map(max(start, address(image_end)), end, attributes);
	dsb(ishst);
	isb();
}
