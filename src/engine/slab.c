/*
 * Slabs: the first 64 bytes of a page are its header, the rest are objects.
 * Pages with a free object are on a list through the pool's metadata.
 */
#include "engine/slab.h"

#include "base/assert.h"
#include "port/port.h"

#define HEADER_SIZE 64u

struct slab_page {
	struct paddr page;
	void *free; /* list through the objects' first word */
};

static struct slab_page *page_of(void *object)
{
	return (struct slab_page *)((uintptr_t)object & ~(uintptr_t)PAGE_MASK);
}

static uint32_t objects_per_page(const struct slab *slab)
{
	return (uint32_t)(PAGE_SIZE - HEADER_SIZE) / slab->object_size;
}

void slab_init(struct slab *slab, struct page_pool *pool, uint32_t size)
{
	ASSERT(size % HEADER_SIZE == 0);
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
	uint8_t *object;

	if (!page_pool_take(slab->pool, &page))
		return false;
	header = port_page(page);
	header->page = page;
	object = (uint8_t *)header + HEADER_SIZE;
	for (uint32_t i = 0; i < objects_per_page(slab); i++) {
		*(void **)(void *)object = header->free;
		header->free = object;
		object += slab->object_size;
	}
	list_add(slab, page);
	return true;
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
	object = header->free;
	header->free = *(void **)object;
	page_pool_meta(slab->pool, page)->live++;
	if (header->free == NULL)
		list_remove(slab, page);
	return object;
}

void slab_give(struct slab *slab, void *object)
{
	struct slab_page *header = page_of(object);
	struct page_meta *meta = page_pool_meta(slab->pool, header->page);

	if (header->free == NULL)
		list_add(slab, header->page);
	*(void **)object = header->free;
	header->free = object;
	meta->live--;
	if (meta->live > 0)
		return;
	list_remove(slab, header->page);
	page_pool_give(slab->pool, header->page);
}
