/*
 * The model: relinquishing, reclaiming, dying, and what must hold at any
 * time. See model.h.
 */
#include "lib/model.h"

static void zero_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	(void)model;
	(void)txn;
	page->zeroed = true;
}

static model_set judge_zero_after(const struct model_txn *txn,
	const struct model_borrower *self, uint32_t flags)
{
	if (!(flags & 1))
		return MODEL_OK;
	if (txn->func == MODEL_SHARE)
		return MODEL_INVALID;
	if (self->held &&
		(!(self->held_perm & MODEL_W) || self->held_is_device))
		return MODEL_DENIED;
	return MODEL_OK;
}

static bool is_held(const struct model_txn *txn)
{
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		if (txn->borrower[i].held)
			return true;
	return false;
}

static void restore_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	(void)model;
	page->access[txn->owner] = page->owner_access;
	page->use = MODEL_FREE;
	page->txn = MODEL_NONE;
}

static void take_back(struct model *model, struct model_txn *txn)
{
	model_each_page(model, txn, restore_page);
	txn->live = false;
}

/* Nobody is left who could ask for it; a virtual machine's death the SPMC does
 * not hear of. */
static bool is_orphaned(const struct model *model, const struct model_txn *txn,
	const struct model_borrower *last)
{
	const struct model_party *owner = &model->party[txn->owner];

	if (txn->withheld || is_held(txn))
		return false;
	return txn->orphan ||
	       (owner->dead && owner->vm == model->party[last->party].vm);
}

void model_release(
	struct model *model, struct model_txn *txn, struct model_borrower *self)
{
	self->held = false;
	self->cursor.open = false;
	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint64_t k = 0; k < txn->range[i].pages; k++) {
			struct model_page *page = model_page(
				model, txn->range[i].base.v + k * PAGE_SIZE);

			if (self->party != MODEL_NWD)
				page->access[self->party] =
					(struct model_access){0};
		}
	/* Whoever asked for it: as soon as nobody needs what is there. */
	if (!is_held(txn) && txn->zero_after) {
		txn->zero_after = false;
		model_each_page(model, txn, zero_page);
	}
	if (is_orphaned(model, txn, self))
		take_back(model, txn);
}

model_set model_relinquish(
	struct model *model, const struct model_relinquish *op)
{
	struct model_txn *txn = model_txn(model, op->handle);
	struct model_borrower *self =
		txn ? model_borrower(txn, op->caller) : NULL;
	model_set set = MODEL_OK;

	if (!model->party[op->caller].buffers)
		return MODEL_INVALID;
	if (op->endpoint_count != 1 || (op->flags & ~1u))
		set |= MODEL_INVALID;
	if (!self || txn->phase != MODEL_LIVE || op->endpoint != self->sent.id)
		return set | MODEL_INVALID;
	set |= judge_zero_after(txn, self, op->flags);
	set |= model_zero_size(model, op->flags & 1, txn);
	if (!self->held)
		set |= MODEL_DENIED;
	if (set != MODEL_OK)
		return set;
	if (op->flags & 1)
		txn->zero_after = true;
	model_release(model, txn, self);
	return MODEL_OK;
}

void model_withhold(struct model *model, uint64_t handle)
{
	struct model_txn *txn = model_txn(model, handle);

	txn->withheld = true;
	txn->zero_after = false;
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		if (txn->borrower[i].held)
			model_release(model, txn, &txn->borrower[i]);
}

model_set model_reclaim(struct model *model, const struct model_reclaim *op)
{
	struct model_txn *txn = model_txn(model, op->handle);
	model_set set = MODEL_OK;

	if (op->flags & ~1u)
		set |= MODEL_INVALID;
	if (!txn || txn->owner != op->caller || txn->phase == MODEL_DRAINING)
		return set | MODEL_INVALID;
	if (txn->phase == MODEL_ASSEMBLING) {
		txn->live = set != MODEL_OK;
		return set;
	}
	if (is_held(txn))
		set |= MODEL_DENIED;
	if (txn->withheld)
		set |= MODEL_ABORTED;
	if ((op->flags & 1) && (!(model_weakest(model, txn) & MODEL_W) ||
				       model_region_is_device(model, txn)))
		set |= MODEL_DENIED;
	set |= model_zero_size(model, op->flags & 1, txn);
	if (set != MODEL_OK)
		return set;
	model_each_page(model, txn, restore_page);
	if (op->flags & 1)
		model_each_page(model, txn, zero_page);
	txn->live = false;
	return MODEL_OK;
}

/* --- Death ------------------------------------------------------------- */

static void outlive(struct model *model, struct model_txn *txn, int party)
{
	struct model_borrower *self = model_borrower(txn, party);

	if (txn->phase == MODEL_ASSEMBLING && txn->owner == party)
		txn->live = false;
	else if (txn->phase == MODEL_DRAINING && self)
		model_drained(model, txn);
	else if (txn->phase == MODEL_LIVE && self && self->held)
		model_release(model, txn, self);
	else if (txn->phase == MODEL_LIVE && txn->owner == party &&
		 !is_held(txn) && !txn->withheld)
		take_back(model, txn);
}

void model_kill(struct model *model, int party)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (model->txn[i].live)
			outlive(model, &model->txn[i], party);
	if (model->party[party].buffers)
		model_unmap(model, party);
	model->party[party].dead = true;
}

/* --- Another kernel ---------------------------------------------------- */

static void lose_sender(struct model *model, struct model_txn *txn)
{
	struct model_borrower *self = model_borrower(txn, MODEL_NWD);

	if (txn->phase == MODEL_ASSEMBLING)
		txn->live = false;
	if (txn->phase != MODEL_LIVE)
		return;
	txn->orphan = true;
	txn->hypervisor.open = false;
	if (self && self->held)
		model_release(model, txn, self);
	else if (!is_held(txn) && !txn->withheld)
		take_back(model, txn);
}

void model_follow(struct model *model)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (model->txn[i].live && model->txn[i].owner == MODEL_NWD)
			lose_sender(model, &model->txn[i]);
	for (int i = 0; i < MODEL_PAIRS; i++)
		if (model->pair[i].id != 0)
			model_unmap_vm(model, model->pair[i].id);
	if (model->party[MODEL_NWD].buffers)
		model_unmap(model, MODEL_NWD);
}

/* --- After death ------------------------------------------------------- */

bool model_is_back(const struct model *model, int party)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (model->txn[i].live && model->txn[i].owner == party)
			return false;
	return true;
}

/* Of what it had at boot: it has given some away. */
bool model_has_lost(const struct model *model, int party)
{
	for (uint32_t i = 0; i < model->page_count; i++)
		if (model->page[i].born_to == party &&
			model->page[i].owner != party)
			return true;
	return false;
}

/* What was sent to it before is not for who lives now. */
static void forget(struct model_txn *txn, int party)
{
	for (uint32_t i = 0; txn->live && i < txn->borrower_count; i++)
		if (txn->borrower[i].party == party)
			txn->borrower[i].party = MODEL_SPM;
}

static bool same(struct model_access a, struct model_access b)
{
	return a.perm == b.perm && a.attr == b.attr;
}

/* Where the range that begins at page `from`, as at boot, ends. */
static uint32_t born_end(const struct model *model, uint32_t from)
{
	uint32_t end = from + 1;

	while (end < model->page_count && !model->page[end].born_first &&
		model->page[end].born_to == model->page[from].born_to &&
		model->page[end].at == model->page[end - 1].at + PAGE_SIZE)
		end++;
	return end;
}

/* One range as it was, if any of it is not. */
static void reset(struct model *model, uint32_t from, uint32_t end)
{
	bool changed = false;

	for (uint32_t i = from; i < end; i++)
		changed |=
			!same(model->page[i].owner_access, model->page[i].born);
	for (uint32_t i = from; changed && i < end; i++) {
		struct model_page *page = &model->page[i];

		page->owner_access = page->born;
		page->access[page->owner] = page->born;
		model_join(model, page);
	}
}

void model_restart(struct model *model, int party)
{
	uint32_t end;

	for (uint32_t i = 0; i < model->page_count; i = end) {
		end = born_end(model, i);
		if (model->page[i].born_to == party)
			reset(model, i, end);
	}
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		forget(&model->txn[i], party);
	model->party[party].dead = false;
}

void model_destroy(struct model *model, int party)
{
	for (uint32_t i = 0; i < model->page_count; i++) {
		struct model_page *page = &model->page[i];

		if (page->owner != party)
			continue;
		page->owner = MODEL_SPM;
		page->access[party] = (struct model_access){0};
	}
}

/* --- What must hold ---------------------------------------------------- */

/* Whoever it is mapped to: what one can write no other executes. */
static const char *check_fixed(const struct model_page *page)
{
	uint8_t perm = 0;

	for (int i = 1; i < MODEL_PARTIES; i++)
		perm |= page->access[i].perm;
	if (page->use != MODEL_FREE || page->owner != MODEL_SPM)
		return "memory that is mapped for good was sent";
	return (perm & MODEL_W) && (perm & MODEL_X)
		       ? "memory mapped for good is written and executed"
		       : NULL;
}

static const char *check_page(
	const struct model *model, const struct model_page *page)
{
	int holders = 0;

	for (int i = 1; i < MODEL_PARTIES && model->party[i].exists; i++) {
		struct model_access access = page->access[i];

		holders += i != page->owner && access.perm != 0;
		if (i != page->owner && (access.perm & MODEL_X) &&
			((page->ns && !model->party[i].vm) ||
				(access.perm & MODEL_W)))
			return "a borrower may execute what it must not";
		if (access.perm & ~page->owner_access.perm)
			return "a party may do what the owner never could";
	}
	if (page->use != MODEL_SENT && holders)
		return "a page that nobody sent has a borrower";
	if (page->use != MODEL_SENT)
		return NULL;
	if (!model->txn[page->txn].live)
		return "a page lies in a dead transaction";
	/* Draining: the title has changed hands already. */
	if (model->txn[page->txn].phase == MODEL_LIVE &&
		model->txn[page->txn].func != MODEL_SHARE &&
		page->access[page->owner].perm)
		return "an owner has access to what it lent";
	return NULL;
}

const char *model_check(const struct model *model)
{
	for (uint32_t i = 0; i < model->page_count; i++) {
		const struct model_page *page = &model->page[i];
		const char *wrong = page->fixed ? check_fixed(page)
						: check_page(model, page);

		if (wrong)
			return wrong;
	}
	return NULL;
}
