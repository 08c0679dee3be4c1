/*
 * Objects of one size from the page pool. A page goes back to the pool with
 * its last object, so that what is given back leaves no trace.
 *
 * Locking: the engine lock.
 */
#ifndef ENGINE_SLAB_H
#define ENGINE_SLAB_H

#include "stage2/page_pool.h"

/* At the start of every page. */
#define SLAB_HEADER_SIZE 64u

/* Objects of so many bytes that fit a page. */
#define SLAB_PER_PAGE(size) ((PAGE_SIZE - SLAB_HEADER_SIZE) / (size))

struct slab {
	struct page_pool *pool;
	uint32_t object_size; /* a multiple of 64 */
	uint32_t partial;     /* pages with a free object; 0 = none */
};

void slab_init(struct slab *slab, struct page_pool *pool, uint32_t size);

/* An object with undefined contents, or NULL when the pool is empty. */
void *slab_take(struct slab *slab);

void slab_give(struct slab *slab, void *object);

#endif
