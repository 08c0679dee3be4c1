/* Free pages of the manager as a list through their metadata. */
#include "stage2/page_pool.h"

#include "base/assert.h"
#include "base/mem.h"
#include "port/port.h"

uint64_t page_pool_meta_pages(struct range span)
{
	uint64_t bytes = span.pages * sizeof(struct page_meta);

	return (bytes + PAGE_MASK) >> PAGE_SHIFT;
}

void page_pool_init(
	struct page_pool *pool, struct range span, struct range meta)
{
	ASSERT(meta.pages >= page_pool_meta_pages(span));
	*pool = (struct page_pool){.span = span};
	pool->meta = port_page(meta.base);
	memset(pool->meta, 0, meta.pages << PAGE_SHIFT);
}

uint32_t page_pool_index(const struct page_pool *pool, struct paddr page)
{
	uint64_t offset = page.v - pool->span.base.v;

	ASSERT(offset >> PAGE_SHIFT < pool->span.pages);
	return (uint32_t)(offset >> PAGE_SHIFT) + 1;
}

struct paddr page_pool_page(const struct page_pool *pool, uint32_t index)
{
	return paddr(pool->span.base.v + ((uint64_t)(index - 1) << PAGE_SHIFT));
}

struct page_meta *page_pool_meta(struct page_pool *pool, struct paddr page)
{
	return &pool->meta[page_pool_index(pool, page) - 1];
}

void page_pool_add(struct page_pool *pool, struct range range)
{
	for (uint64_t i = range.pages; i > 0; i--)
		page_pool_give(
			pool, paddr(range.base.v + ((i - 1) << PAGE_SHIFT)));
	pool->page_count += (uint32_t)range.pages;
}

static bool fails_now(struct page_pool *pool)
{
	return pool->fail_after > 0 && --pool->fail_after == 0;
}

bool page_pool_take_dirty(struct page_pool *pool, struct paddr *page)
{
	struct page_meta *meta;

	if (pool->free_head == 0 || fails_now(pool))
		return false;
	*page = page_pool_page(pool, pool->free_head);
	meta = page_pool_meta(pool, *page);
	pool->free_head = meta->next;
	pool->free_count--;
	*meta = (struct page_meta){0};
	return true;
}

bool page_pool_take(struct page_pool *pool, struct paddr *page)
{
	if (!page_pool_take_dirty(pool, page))
		return false;
	memset(port_page(*page), 0, PAGE_SIZE);
	return true;
}

void page_pool_give(struct page_pool *pool, struct paddr page)
{
	struct page_meta *meta = page_pool_meta(pool, page);

	*meta = (struct page_meta){.next = pool->free_head};
	pool->free_head = page_pool_index(pool, page);
	pool->free_count++;
}
