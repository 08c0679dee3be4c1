/* Roots of a space, and the bookkeeping of a batch. */
#include "stage2/s2_space.h"

#include "base/assert.h"
#include "stage2/s2_map.h"

bool s2_space_init(struct space *space, struct page_pool *pool, uint16_t vmid)
{
	*space = (struct space){
		.vmid = vmid,
		.pool = pool,
		.table_limit = UINT32_MAX,
		.hint_block = S2_NO_HINT,
	};
	for (unsigned i = 0; i < 2; i++) {
		if (!page_pool_take(pool, &space->root[i]))
			return false;
		s2_map_init_root(space, space->root[i]);
	}
	return true;
}

void s2_batch_begin(struct s2_batch *batch, struct space *space)
{
	*batch = (struct s2_batch){.space = space};
}

void s2_batch_push(struct s2_batch *batch, uint32_t *list, struct paddr page)
{
	struct page_pool *pool = batch->space->pool;

	page_pool_meta(pool, page)->next = *list;
	*list = page_pool_index(pool, page);
}

struct paddr s2_batch_pop(struct s2_batch *batch, uint32_t *list)
{
	struct page_pool *pool = batch->space->pool;
	struct paddr page;

	ASSERT(*list != 0);
	page = page_pool_page(pool, *list);
	*list = page_pool_meta(pool, page)->next;
	return page;
}

static bool grows_last(struct s2_batch *batch, bool ns, struct range range)
{
	struct tlb_range *last;

	if (batch->range_count == 0)
		return false;
	last = &batch->ranges[batch->range_count - 1];
	if (last->ns != ns || range_end(last->range) != range.base.v)
		return false;
	last->range.pages += range.pages;
	return true;
}

/* Adjacent ranges grow the last one; too many become the whole VMID. */
void s2_batch_broken(struct s2_batch *batch, bool ns, struct range range)
{
	if (batch->whole || grows_last(batch, ns, range))
		return;
	if (batch->range_count == S2_BATCH_RANGES) {
		batch->whole = true;
		return;
	}
	batch->ranges[batch->range_count++] =
		(struct tlb_range){.range = range, .ns = ns};
}

static void free_list(struct s2_batch *batch, uint32_t *list)
{
	while (*list != 0) {
		struct paddr page = s2_batch_pop(batch, list);

		page_pool_give(batch->space->pool, page);
		batch->space->table_count--;
	}
}

void s2_batch_commit(struct s2_batch *batch)
{
	if (batch->range_count > 0) {
		batch->space->changes++;
		port_tlb_invalidate(batch->space->vmid, batch->ranges,
			batch->whole ? 0 : batch->range_count);
	}
	while (batch->splits != 0)
		s2_map_link_split(batch, s2_batch_pop(batch, &batch->splits));
	while (batch->merges != 0)
		s2_map_link_merge(batch, s2_batch_pop(batch, &batch->merges));
	free_list(batch, &batch->garbage);
	free_list(batch, &batch->stock);
	port_entry_sync();
	s2_batch_begin(batch, batch->space);
}
