/*
 * The model: what each party holds of the manager's memory, counted anew each
 * time from pages and transactions. See model.h.
 *
 * DESIGN D1: quotas and guaranteed minima per party; the normal world has one
 * total and a cap per sender id.
 */
#include <stddef.h>

#include "lib/model.h"

/* A range counts one; a donor's also what its title may be cut into. */
uint64_t model_range_cost(enum model_func func)
{
	return func == MODEL_DONATE ? 3 : 1;
}

/* A title is a run of pages about which the ledger says the same. */
static bool begins_title(const struct model *model, uint32_t index)
{
	const struct model_page *page = &model->page[index];
	const struct model_page *before = index > 0 ? page - 1 : NULL;

	if (page->first)
		return true;
	if (!before || before->at + PAGE_SIZE != page->at)
		return !page->within;
	return before->owner != page->owner || before->ns != page->ns ||
	       before->owner_access.perm != page->owner_access.perm ||
	       before->owner_access.attr != page->owner_access.attr;
}

void model_join(struct model *model, struct model_page *page)
{
	struct model_page *behind = model_page(model, page->at + PAGE_SIZE);

	page->first = false;
	if (behind)
		behind->first = false;
}

uint64_t model_cuts(struct model *model, struct range range)
{
	const struct model_page *first = model_page(model, range.base.v);
	const struct model_page *behind = model_page(model, range_end(range));
	uint64_t cuts = !begins_title(model, (uint32_t)(first - model->page));

	if (behind)
		cuts += !begins_title(model, (uint32_t)(behind - model->page));
	return cuts;
}

static void add_txn(struct model_holding *holding, const struct model_txn *txn)
{
	uint64_t cost =
		txn->phase == MODEL_DRAINING ? 1 : model_range_cost(txn->func);

	holding->of[MODEL_NODES] += cost * txn->range_count;
	holding->of[MODEL_TXNS]++;
	holding->of[MODEL_BORROWERS] += txn->borrower_count;
}

/* Who has it: its owner, or who was given it and has not read all. */
static int payer(const struct model_txn *txn)
{
	return txn->phase == MODEL_DRAINING ? txn->borrower[0].party
					    : txn->owner;
}

struct model_holding model_holding(const struct model *model, int party)
{
	struct model_holding holding = {0};

	for (uint32_t i = 0; i < model->page_count; i++)
		holding.of[MODEL_NODES] +=
			model->page[i].owner == party && begins_title(model, i);
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (model->txn[i].live && payer(&model->txn[i]) == party)
			add_txn(&holding, &model->txn[i]);
	if (model->party[party].buffers)
		holding.of[MODEL_NODES] += 2;
	for (int i = 0; i < MODEL_PAIRS && party == MODEL_NWD; i++)
		if (model->pair[i].id != 0)
			holding.of[MODEL_NODES] += 2;
	return holding;
}

struct model_holding model_vm_holding(const struct model *model, unsigned vm)
{
	struct model_holding holding = {0};

	for (int i = 0; i < MODEL_TXNS_MAX; i++) {
		const struct model_txn *txn = &model->txn[i];

		if (txn->live && payer(txn) == MODEL_NWD && txn->sender != 0 &&
			txn->sender % MODEL_VMS == vm)
			add_txn(&holding, txn);
	}
	return holding;
}

static bool exceeds(const struct model_holding *held,
	const struct model_holding *more, const struct model_holding *limit)
{
	for (int i = 0; i < MODEL_KINDS; i++)
		if (held->of[i] + more->of[i] > limit->of[i])
			return true;
	return false;
}

model_set model_quota(
	const struct model *model, int party, const struct model_holding *more)
{
	struct model_holding held = model_holding(model, party);

	return exceeds(&held, more, &model->party[party].limit)
		       ? MODEL_NO_MEMORY
		       : MODEL_OK;
}

/* Of the sender of `txn`: all of the normal world, and the one VM. */
model_set model_sender_quota(const struct model *model,
	const struct model_txn *txn, const struct model_holding *more)
{
	model_set set = model_quota(model, txn->owner, more);
	struct model_holding held;

	if (txn->owner != MODEL_NWD || txn->sender == 0)
		return set;
	held = model_vm_holding(model, txn->sender % MODEL_VMS);
	if (exceeds(&held, more, &model->vm_limit))
		set |= MODEL_NO_MEMORY;
	return set;
}
