/*
 * Slabs: a page begins with its header, the rest are objects.
 * Pages with a free object are on a list through the pool's metadata.
 */
#include "engine/slab.h"

#include "base/assert.h"
#include "port/port.h"

struct slab_page {
	struct paddr page;
	struct page_meta *meta;
	void *free; /* objects given back: a list through their first word */
	uint32_t fresh; /* objects from here on were never taken */
	uint32_t capacity;
};

static struct slab_page *page_of(void *object)
{
	return (struct slab_page *)((uintptr_t)object & ~(uintptr_t)PAGE_MASK);
}

void slab_init(struct slab *slab, struct page_pool *pool, uint32_t size)
{
	ASSERT(size % SLAB_HEADER_SIZE == 0);
	*slab = (struct slab){.pool = pool, .object_size = size};
}

static void list_add(struct slab *slab, struct paddr page)
{
	struct page_meta *meta = page_pool_meta(slab->pool, page);
	uint32_t index = page_pool_index(slab->pool, page);

	meta->prev = 0;
	meta->next = slab->partial;
	if (meta->next != 0)
		slab->pool->meta[meta->next - 1].prev = index;
	slab->partial = index;
}

static void list_remove(struct slab *slab, struct paddr page)
{
	struct page_meta *meta = page_pool_meta(slab->pool, page);

	if (meta->next != 0)
		slab->pool->meta[meta->next - 1].prev = meta->prev;
	if (meta->prev != 0)
		slab->pool->meta[meta->prev - 1].next = meta->next;
	else
		slab->partial = meta->next;
}

static bool grow(struct slab *slab)
{
	struct slab_page *header;
	struct paddr page;

	if (!page_pool_take_dirty(slab->pool, &page))
		return false;
	header = port_page(page);
	*header = (struct slab_page){
		.page = page,
		.meta = page_pool_meta(slab->pool, page),
		.capacity = (uint32_t)SLAB_PER_PAGE(slab->object_size),
	};
	list_add(slab, page);
	return true;
}

static bool is_full(const struct slab_page *header)
{
	return header->meta->live == header->capacity;
}

static void *take_from(const struct slab *slab, struct slab_page *header)
{
	void *object = header->free;

	if (object == NULL)
		return (uint8_t *)header + SLAB_HEADER_SIZE +
		       header->fresh++ * slab->object_size;
	header->free = *(void **)object;
	return object;
}

void *slab_take(struct slab *slab)
{
	struct slab_page *header;
	struct paddr page;
	void *object;

	if (slab->partial == 0 && !grow(slab))
		return NULL;
	page = page_pool_page(slab->pool, slab->partial);
	header = port_page(page);
	object = take_from(slab, header);
	header->meta->live++;
	if (is_full(header))
		list_remove(slab, page);
	return object;
}

void slab_give(struct slab *slab, void *object)
{
	struct slab_page *header = page_of(object);

	if (is_full(header))
		list_add(slab, header->page);
	*(void **)object = header->free;
	header->free = object;
	header->meta->live--;
	if (header->meta->live > 0)
		return;
	list_remove(slab, header->page);
	page_pool_give(slab->pool, header->page);
}
