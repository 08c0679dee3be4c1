/*
 * The model: permissions of an S-EL0 partition's own pages. See model.h.
 * Spec: spec/03 §14; DESIGN §4.
 */
#include "lib/model.h"

/* [1:0] data: 1 RW, 3 RO; [2] execute-never. */
static uint32_t word_of(uint8_t perm)
{
	uint32_t data = perm & MODEL_W ? 1 : perm & MODEL_R ? 3 : 0;

	return data | (perm & MODEL_X ? 0 : 4);
}

static bool is_legal(uint32_t word)
{
	return word == 3 || word == 5 || word == 7;
}

static struct model_page *own_page(struct model *model, int caller, uint64_t at)
{
	struct model_page *page = model_page(model, at);

	return page && page->owner == caller ? page : NULL;
}

/* Not a page of one's own that is mapped now: 8, which is no word. */
static uint32_t word_at(struct model *model, int caller, uint64_t at)
{
	const struct model_page *page = own_page(model, caller, at);

	if (!page || page->access[caller].perm == 0)
		return 8;
	return word_of(page->owner_access.perm);
}

model_set model_perm_get(struct model *model, const struct model_perm *op,
	struct model_perm_run *run)
{
	if (op->base & PAGE_MASK)
		return MODEL_INVALID;
	run->word = word_at(model, op->caller, op->base);
	if (run->word == 8)
		return MODEL_INVALID;
	for (run->pages = 1; run->pages < op->pages; run->pages++)
		if (word_at(model, op->caller,
			    op->base + run->pages * PAGE_SIZE) != run->word)
			break;
	return MODEL_OK;
}

static bool may_be_executed(const struct model_page *page)
{
	return !page->ns && !model_is_device(page->owner_access.attr);
}

static model_set judge_pages(struct model *model, const struct model_perm *op)
{
	const struct model_page *first = own_page(model, op->caller, op->base);
	model_set set = MODEL_OK;

	for (uint64_t i = 0; i < op->pages; i++) {
		const struct model_page *page =
			own_page(model, op->caller, op->base + i * PAGE_SIZE);

		if (!page)
			return set | MODEL_INVALID;
		if (page->use != MODEL_FREE)
			set |= MODEL_DENIED;
		if (page->ns != first->ns ||
			page->owner_access.attr != first->owner_access.attr ||
			page->owner_access.perm != first->owner_access.perm)
			set |= MODEL_INVALID;
		if (!(op->word & 4) && !may_be_executed(page))
			set |= MODEL_INVALID;
	}
	return set;
}

model_set model_perm_set(struct model *model, const struct model_perm *op)
{
	struct range range = {paddr(op->base), op->pages};
	struct model_holding more = {0};
	uint8_t perm = MODEL_R;
	model_set set;

	if ((op->base & PAGE_MASK) || op->pages == 0 || !is_legal(op->word))
		return MODEL_INVALID;
	set = judge_pages(model, op);
	if (set != MODEL_OK)
		return set;
	more.of[MODEL_NODES] = model_cuts(model, range);
	set = model_quota(model, op->caller, &more);
	if (set != MODEL_OK)
		return set;
	if ((op->word & 3) == 1)
		perm |= MODEL_W;
	if (!(op->word & 4))
		perm |= MODEL_X;
	for (uint64_t i = 0; i < op->pages; i++) {
		struct model_page *page =
			model_page(model, op->base + i * PAGE_SIZE);

		page->owner_access.perm = perm;
		page->access[op->caller].perm = perm;
		model_join(model, page);
	}
	return MODEL_OK;
}
