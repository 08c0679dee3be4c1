/*
 * Objects of one size from the page pool. A page goes back to the pool with
 * its last object, so that what is given back leaves no trace.
 *
 * Locking: the engine lock.
 */
#ifndef ENGINE_SLAB_H
#define ENGINE_SLAB_H

#include "stage2/page_pool.h"

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
