/* See growth_port.h. */
#include "growth_port.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "port/port.h"

static uint8_t pool[GROWTH_POOL_PAGES][PAGE_SIZE]
	__attribute__((aligned(PAGE_SIZE)));
static struct growth_zeroed zeroed;

struct growth_zeroed growth_zeroed(void)
{
	struct growth_zeroed all = zeroed;

	zeroed = (struct growth_zeroed){0};
	return all;
}

void *port_page(struct paddr page)
{
	return pool[(page.v - GROWTH_POOL_BASE) >> PAGE_SHIFT];
}

void port_entry_store(uint64_t *entry, uint64_t value)
{
	*(volatile uint64_t *)entry = value;
}

void port_entry_sync(void)
{
}

void port_tlb_invalidate(
	uint16_t vmid, const struct tlb_range *ranges, size_t count)
{
	(void)vmid;
	(void)ranges;
	(void)count;
}

bool port_zero(struct range range, bool ns)
{
	(void)ns;
	zeroed.calls++;
	zeroed.bytes += range.pages << PAGE_SHIFT;
	return true;
}

void port_cache_clean(struct range range, bool ns)
{
	(void)range;
	(void)ns;
}

void panic(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}
