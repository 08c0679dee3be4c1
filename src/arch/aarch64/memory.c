/*
 * Pages of others: copied, zeroed and cleaned through the manager's own
 * identity map. A fault is the result "false", not ours to die of.
 *
 * Source: Arm ARM D7.5 (cache maintenance, DC ZVA).
 */
#include "arch.h"

#define CTR_LINE_SHIFT 16
#define CTR_LINE_MASK 0xfull
#define DCZID_PROHIBITED (1ull << 4)
#define DCZID_SIZE_MASK 0xfull

/* Blocks that guarded.S zeroes before it looks whether it is done. */
#define ZERO_UNROLL 4

/* Set once, by the first processor; bytes. Block 0: DC ZVA is not allowed. */
static size_t line_size;
static size_t block_size;

void memory_init(void)
{
	uint64_t dczid = sysreg_read(dczid_el0);

	line_size =
		4ul << (sysreg_read(ctr_el0) >> CTR_LINE_SHIFT & CTR_LINE_MASK);
	block_size = 4ul << (dczid & DCZID_SIZE_MASK);
	if ((dczid & DCZID_PROHIBITED) != 0 || block_size < line_size ||
		block_size > PAGE_SIZE / ZERO_UNROLL)
		block_size = 0;
}

void *port_page(struct paddr page)
{
	return (void *)(uintptr_t)page.v;
}

void port_entry_store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELAXED);
}

void port_entry_sync(void)
{
	dsb(ishst);
}

/* Addresses name one page only: secure and non-secure memory never share one,
 * and el2_mmu.c has given each its security state. */
bool port_copy_in(void *to, struct paddr from, bool ns, size_t size)
{
	(void)ns;
	return guarded_copy(to, (const void *)(uintptr_t)from.v, size) == 0;
}

bool port_copy_out(struct paddr to, bool ns, const void *from, size_t size)
{
	(void)ns;
	return guarded_copy((void *)(uintptr_t)to.v, from, size) == 0;
}

bool port_zero(struct range range, bool ns)
{
	uintptr_t start = range.base.v;
	uintptr_t end = range_end(range);

	(void)ns;
	if (range.pages == 0)
		return true;
	if (block_size != 0)
		return guarded_zero(start, end, block_size, line_size) == 0;
	return guarded_zero_plain(start, end) == 0 &&
	       guarded_clean(start, end, line_size) == 0;
}

void port_code_publish(struct range range)
{
	port_cache_clean(range, false);
	__asm__ volatile("ic ialluis" : : : "memory");
	dsb(ish);
	isb();
}

void port_cache_clean(struct range range, bool ns)
{
	(void)ns;
	/* A page that faults has no lines of ours. */
	if (range.pages != 0)
		(void)guarded_clean(range.base.v, range_end(range), line_size);
}
