/*
 * The model: non-secure memory that the secure world can access. See model.h.
 * Spec: spec/01 (FFA_NS_RES_INFO_GET).
 */
#include "lib/model.h"

static bool goes_on(const struct model_region *region, int party,
	const struct model_page *page)
{
	return region->party == party &&
	       region->base + region->pages * PAGE_SIZE == page->at &&
	       region->perm == page->access[party].perm;
}

static void add_page(
	struct model_regions *regions, int party, const struct model_page *page)
{
	struct model_region *last = &regions->region[regions->count];

	if (!page->ns || page->access[party].perm == 0)
		return;
	if (regions->count > 0 && goes_on(last - 1, party, page)) {
		last[-1].pages++;
		return;
	}
	*last = (struct model_region){
		party, page->at, 1, page->access[party].perm};
	regions->count++;
}

void model_ns_regions(
	const struct model *model, int target, struct model_regions *regions)
{
	const struct model_party *nwd = &model->party[MODEL_NWD];

	regions->count = 0;
	for (int party = 1; party < MODEL_PARTIES; party++)
		for (uint32_t i = 0; i < model->page_count; i++)
			if (model->party[party].exists &&
				(target == MODEL_NWD || target == party))
				add_page(regions, party, &model->page[i]);
	regions->region[regions->count++] = (struct model_region){
		MODEL_NWD, nwd->rx.base.v, nwd->rx.pages, MODEL_R | MODEL_W};
	regions->region[regions->count++] = (struct model_region){
		MODEL_NWD, nwd->tx.base.v, nwd->tx.pages, MODEL_R};
}
