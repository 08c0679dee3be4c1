/*
 * The manager's own address space: EL2, stage 1, identity-mapped. Text can be
 * executed and nothing else; constants are read-only; stacks have a hole
 * below them; of the rest there is exactly what the manifest names. The
 * firmware's own memory is never mapped.
 *
 * Entries are only added, never changed: no invalidation is ever needed.
 * Not responsible for partitions' tables (stage2/).
 *
 * Source: Arm ARM D8.3 (VMSAv8-64 descriptors).
 */
#include "arch.h"

#include "asm.h"
#include "base/assert.h"
#include "platform.h"

#define ENTRY_COUNT 512u
#define LEVEL_TOP 1u
#define LEVEL_PAGE 3u

#define ENTRY_VALID 1ull
#define ENTRY_TABLE 3ull /* at levels 1 and 2 */
#define ENTRY_PAGE 3ull  /* at level 3 */
#define ENTRY_BLOCK 1ull
#define ENTRY_ADDRESS 0x0000fffffffff000ull

#define EL2_NORMAL (3ull << 8) /* inner-shareable, attribute 0 */
#define EL2_DEVICE (1ull << 2) /* attribute 1 */
#define EL2_NS (1ull << 5)
#define EL2_RW (1ull << 6) /* AP[1] is RES1 here */
#define EL2_RO (3ull << 6)
#define EL2_AF (1ull << 10)
#define EL2_XN (1ull << 54)

extern const uint8_t image_start[], rodata_start[], data_start[];
extern const uint8_t stacks_start[], image_end[];

/* In the image's bss; start.S puts it into TTBR0_EL2. */
extern uint64_t el2_root[ENTRY_COUNT];
uint64_t el2_root[ENTRY_COUNT] __attribute__((aligned(4096)));
static uint64_t tables[PLATFORM_EL2_TABLES][ENTRY_COUNT]
	__attribute__((aligned(4096)));
static unsigned tables_used;

static unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * (LEVEL_PAGE - level);
}

static void store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t *next_table(uint64_t *entry)
{
	if ((*entry & ENTRY_VALID) == 0) {
		if (tables_used == PLATFORM_EL2_TABLES)
			PANIC("the manifest's memory needs too many tables");
		dsb(ishst);
		store(entry, (uintptr_t)tables[tables_used++] | ENTRY_TABLE);
	}
	return (uint64_t *)(uintptr_t)(*entry & ENTRY_ADDRESS);
}

static bool is_block(uint64_t entry, unsigned level)
{
	return level < LEVEL_PAGE && (entry & ENTRY_TABLE) == ENTRY_BLOCK;
}

/* Maps what starts at `at`, as large as fits below `end`; returns its size. */
static uint64_t map_one(uint64_t at, uint64_t end, uint64_t attributes)
{
	uint64_t *table = el2_root;

	for (unsigned level = LEVEL_TOP;; level++) {
		uint64_t size = 1ull << level_shift(level);
		uint64_t *entry =
			&table[(at >> level_shift(level)) % ENTRY_COUNT];
		bool fits = (at & (size - 1)) == 0 && end - at >= size;

		if (is_block(*entry, level))
			return size - (at & (size - 1));
		if (level == LEVEL_PAGE ||
			(fits && (*entry & ENTRY_VALID) == 0)) {
			uint64_t kind =
				level == LEVEL_PAGE ? ENTRY_PAGE : ENTRY_BLOCK;

			if ((*entry & ENTRY_VALID) == 0)
				store(entry, at | attributes | EL2_AF | kind);
			return size;
		}
		table = next_table(entry);
	}
}

static void map(uint64_t start, uint64_t end, uint64_t attributes)
{
	while (start < end)
		start += map_one(start, end, attributes);
}

static uint64_t address(const uint8_t *symbol)
{
	return (uintptr_t)symbol;
}

void el2_mmu_build(void)
{
	uint64_t stack = address(stacks_start);

	map(address(image_start), address(rodata_start), EL2_NORMAL | EL2_RO);
	map(address(rodata_start), address(data_start),
		EL2_NORMAL | EL2_RO | EL2_XN);
	map(address(data_start), address(stacks_start),
		EL2_NORMAL | EL2_RW | EL2_XN);
	for (; stack < address(image_end); stack += STACK_STRIDE)
		map(stack + STACK_GUARD_SIZE, stack + STACK_STRIDE,
			EL2_NORMAL | EL2_RW | EL2_XN);
	map(PLATFORM_CONSOLE_BASE, PLATFORM_CONSOLE_BASE + PAGE_SIZE,
		EL2_DEVICE | EL2_RW | EL2_XN);
	map(PLATFORM_GICD_BASE, PLATFORM_GICD_END,
		EL2_DEVICE | EL2_RW | EL2_XN);
	map(PLATFORM_GICR_BASE, PLATFORM_GICR_END,
		EL2_DEVICE | EL2_RW | EL2_XN);
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
	uint64_t attributes = EL2_NORMAL | EL2_RW | EL2_XN;
	uint64_t start = range.base.v;
	uint64_t end = range_end(range);

	if (ns)
		attributes |= EL2_NS;
	/* The image has its own permissions, and holes that must stay. */
	map(start, min(end, address(image_start)), attributes);
	map(max(start, address(image_end)), end, attributes);
	dsb(ishst);
	isb();
}
