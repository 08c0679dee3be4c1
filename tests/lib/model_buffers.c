/*
 * The model: RX/TX pairs. See model.h. Spec: FF-A 1.2 §7.2, spec/02 E.2.
 */
#include "lib/model.h"

static bool ranges_touch(uint64_t a, uint64_t b, uint64_t pages)
{
	return a < b + pages * PAGE_SIZE && b < a + pages * PAGE_SIZE;
}

static model_set judge_buffer(struct model *model, const struct model_map *op,
	uint64_t at, uint8_t perm)
{
	model_set set = MODEL_OK;

	for (uint64_t i = 0; i < op->pages; i++) {
		struct model_page *page = model_page(model, at + i * PAGE_SIZE);

		if (!page || page->owner != op->caller) {
			set |= MODEL_INVALID;
			continue;
		}
		if (page->use != MODEL_FREE)
			set |= MODEL_DENIED;
		if ((page->owner_access.perm & perm) != perm ||
			model_is_device(page->owner_access.attr))
			set |= MODEL_INVALID;
	}
	return set;
}

static void use_pages(
	struct model *model, struct range range, enum model_use use)
{
	for (uint64_t i = 0; i < range.pages; i++)
		model_page(model, range.base.v + i * PAGE_SIZE)->use = use;
}

static struct model_pair *pair_of(struct model *model, uint16_t vm)
{
	for (int i = 0; i < MODEL_PAIRS; i++)
		if (model->pair[i].id == vm)
			return &model->pair[i];
	return NULL;
}

/* Whose pair it is, before all that is said of pages. */
static model_set judge_endpoint(struct model *model, const struct model_map *op)
{
	const struct model_party *party = &model->party[op->caller];

	if (op->vm == 0)
		return party->buffers ? MODEL_DENIED : MODEL_OK;
	if (op->vm >= 0x8000 || !party->buffers)
		return MODEL_INVALID;
	if (!pair_of(model, 0))
		return MODEL_NO_MEMORY;
	return pair_of(model, op->vm) ? MODEL_DENIED : MODEL_OK;
}

model_set model_map(struct model *model, const struct model_map *op)
{
	struct model_party *party = &model->party[op->caller];
	struct model_pair pair = {
		op->vm, {paddr(op->tx), op->pages}, {paddr(op->rx), op->pages}};
	model_set set = judge_endpoint(model, op);

	if (op->pages == 0 || op->pages > MODEL_BUFFER_PAGES)
		return set | MODEL_INVALID;
	if (((op->tx | op->rx) & PAGE_MASK) || op->tx >> 52 || op->rx >> 52)
		return set | MODEL_INVALID;
	if (ranges_touch(op->tx, op->rx, op->pages))
		return set | MODEL_INVALID;
	set |= judge_buffer(model, op, op->tx, MODEL_R | MODEL_W);
	set |= judge_buffer(model, op, op->rx, MODEL_R);
	set |= model_quota(model, op->caller,
		&(struct model_holding){{[MODEL_NODES] = 2}});
	if (set != MODEL_OK)
		return set;
	use_pages(model, pair.tx, MODEL_BUFFER);
	use_pages(model, pair.rx, MODEL_BUFFER);
	if (op->vm != 0) {
		*pair_of(model, 0) = pair;
		return MODEL_OK;
	}
	party->buffers = true;
	party->tx = pair.tx;
	party->rx = pair.rx;
	return MODEL_OK;
}

model_set model_unmap_vm(struct model *model, uint16_t vm)
{
	struct model_pair *pair = vm != 0 ? pair_of(model, vm) : NULL;

	if (!pair)
		return MODEL_INVALID;
	use_pages(model, pair->tx, MODEL_FREE);
	use_pages(model, pair->rx, MODEL_FREE);
	pair->id = 0;
	return MODEL_OK;
}

model_set model_unmap(struct model *model, int caller)
{
	struct model_party *party = &model->party[caller];

	if (!party->buffers)
		return MODEL_INVALID;
	use_pages(model, party->tx, MODEL_FREE);
	use_pages(model, party->rx, MODEL_FREE);
	party->buffers = false;
	model_unmapped(model, caller);
	return MODEL_OK;
}

uint32_t model_buffer(const struct model *model, int party)
{
	return (uint32_t)(model->party[party].tx.pages * PAGE_SIZE);
}
