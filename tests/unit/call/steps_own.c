/* See steps.h: what endpoints do with memory and buffers of their own. */
#include "unit/call/steps.h"

void step_release(struct world *world)
{
	do_release_rx(world, any_party(world));
}

void step_buffers(struct world *world)
{
	int party = any_party(world);

	if (world->model.party[party].buffers && one_in(world, 8)) {
		do_unmap(world, party);
		return;
	}
	if (one_in(world, 3)) {
		const struct pick *pick = steps_pick(world);

		do_map(world, party, pick->base,
			pick->base + world_random(world, 3) * PAGE_SIZE);
	}
	/* Mostly mapped, so that most calls get further. */
	do_map(world, party, world_tx(party), world_rx(party));
}

void step_perm(struct world *world, int party)
{
	static const uint32_t words[] = {3, 5, 5, 7, 1};
	uint64_t base = world_tx(party) - (RW_PAGES - 2) * PAGE_SIZE;
	uint32_t pages;

	base += world_random(world, 40) * PAGE_SIZE;
	pages = world_random(world, 9);
	if (is_dead(world, party))
		return;
	if (one_in(world, 4))
		base = steps_pick(world)->base;
	if (one_in(world, 4))
		do_perm_get(world, party, base, pages + 1);
	else
		do_perm_set(world, party, base, pages,
			words[world_random(world, ARRAY_COUNT(words))]);
}

/* Somebody who may writes to a page. */
void step_write(struct world *world)
{
	uint32_t index = world_random(world, world->model.page_count);
	struct model_page *page = &world->model.page[index];

	/* What an owner writes into its own RX is not what we look for. */
	if (page->use == MODEL_BUFFER)
		return;
	for (int party = 0; party < world->parties; party++)
		if (page->access[party].perm & MODEL_W) {
			world_touch(world, page->at);
			return;
		}
}
