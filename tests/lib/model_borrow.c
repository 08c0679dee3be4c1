/*
 * The model: retrieving, relinquishing, reclaiming, and what must hold at
 * any time. See model.h.
 */
#include <string.h>

#include "lib/model.h"

#define FLAG_ZERO 1u
#define FLAG_ZERO_AFTER 4u
#define FLAG_TYPE 0x18u
#define FLAG_BYPASS 0x400u
#define NS_BIT 0x40u

typedef void page_action(struct model *model, struct model_page *page,
	const struct model_txn *txn);

static void each_page(
	struct model *model, const struct model_txn *txn, page_action *action)
{
	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint64_t k = 0; k < txn->range[i].pages; k++)
			action(model,
				model_page(model,
					txn->range[i].base.v + k * PAGE_SIZE),
				txn);
}

/* What the owner of every page of the region may do. */
static uint8_t weakest(struct model *model, const struct model_txn *txn)
{
	uint8_t perm = MODEL_R | MODEL_W | MODEL_X;

	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint64_t k = 0; k < txn->range[i].pages; k++)
			perm &= model_page(
				model, txn->range[i].base.v + k * PAGE_SIZE)
					->owner_access.perm;
	return perm;
}

static bool region_is_ns(struct model *model, const struct model_txn *txn)
{
	return model_page(model, txn->range[0].base.v)->ns;
}

static bool region_is_device(struct model *model, const struct model_txn *txn)
{
	return model_is_device(
		model_page(model, txn->range[0].base.v)->owner_access.attr);
}

/* Device memory, or memory that the borrower would get as such. */
static bool becomes_device(struct model *model, const struct model_txn *txn,
	const struct model_retrieve *request)
{
	if (request->attributes & 0x30)
		return model_is_device((uint8_t)request->attributes) ||
		       region_is_device(model, txn);
	return model_is_device(txn->attributes);
}

static model_set judge_request_flags(
	const struct model_txn *txn, uint32_t flags)
{
	model_set set = MODEL_OK;
	uint32_t type = (flags & FLAG_TYPE) >> 3;

	if (flags & ~(FLAG_ZERO | FLAG_ZERO_AFTER | FLAG_TYPE))
		set |= MODEL_INVALID;
	if (type != 0 && type != (uint32_t)txn->func)
		set |= MODEL_INVALID;
	if (txn->func == MODEL_SHARE && (flags & (FLAG_ZERO | FLAG_ZERO_AFTER)))
		set |= MODEL_INVALID;
	if ((flags & FLAG_ZERO) && !(txn->flags & FLAG_ZERO))
		set |= MODEL_DENIED;
	if ((flags & FLAG_ZERO) && txn->was_held)
		set |= MODEL_INVALID;
	return set;
}

static bool impdef_differs(
	const struct model_receiver *a, const struct model_receiver *b)
{
	return a->impdef_given && b->impdef_given &&
	       (a->impdef[0] != b->impdef[0] || a->impdef[1] != b->impdef[1]);
}

static model_set judge_request_receivers(
	const struct model_txn *txn, const struct model_retrieve *request)
{
	const struct model_receiver *own = &request->receiver[0];
	model_set set = MODEL_OK;

	if (txn->borrower != request->caller)
		set |= MODEL_INVALID;
	if (request->receiver_count != 1 || own->id != txn->receiver.id)
		return set | MODEL_INVALID;
	if (own->data == 3 || own->instr == 3 || own->flags != 0)
		set |= MODEL_INVALID;
	if (impdef_differs(&txn->receiver, own))
		set |= MODEL_INVALID;
	return set;
}

/* The data access that a request ends up with. */
static uint8_t granted_data(const struct model_txn *txn,
	const struct model_receiver *own, uint8_t owner_perm)
{
	if (own->data != 0)
		return own->data;
	if (txn->func != MODEL_DONATE)
		return txn->receiver.data;
	return owner_perm & MODEL_W ? 2 : 1;
}

static model_set judge_execute(struct model *model, const struct model_txn *txn,
	const struct model_retrieve *request)
{
	const struct model_receiver *own = &request->receiver[0];
	uint8_t perm = weakest(model, txn);
	model_set set = MODEL_OK;

	if (own->instr == 0 || own->instr == 3)
		return MODEL_OK;
	/* Before all other rules on X: Device memory is never executed. */
	if (own->instr == 2 && becomes_device(model, txn, request))
		return MODEL_DENIED;
	if (txn->func == MODEL_SHARE)
		return MODEL_INVALID;
	if (own->instr == 1)
		return MODEL_OK;
	if (region_is_ns(model, txn))
		set |= MODEL_INVALID;
	if (!(perm & MODEL_X))
		set |= MODEL_DENIED;
	if (granted_data(txn, own, perm) == 2)
		set |= MODEL_DENIED;
	return set;
}

static model_set judge_data(struct model *model, const struct model_txn *txn,
	const struct model_retrieve *request)
{
	const struct model_receiver *own = &request->receiver[0];
	uint8_t perm = weakest(model, txn);
	uint8_t data = granted_data(txn, own, perm);
	uint32_t zeroing = request->flags & (FLAG_ZERO | FLAG_ZERO_AFTER);
	model_set set = MODEL_OK;

	if (own->data == 3)
		return MODEL_INVALID;
	if (txn->func != MODEL_DONATE && own->data > txn->receiver.data)
		set |= MODEL_DENIED;
	if (data == 2 && !(perm & MODEL_W))
		set |= MODEL_DENIED;
	if (zeroing && (data != 2 || becomes_device(model, txn, request)))
		set |= MODEL_DENIED;
	return set;
}

static model_set judge_retrieve(struct model *model,
	const struct model_txn *txn, const struct model_retrieve *request)
{
	model_set set = MODEL_OK;

	if (request->sender != txn->sender)
		set |= MODEL_DENIED;
	if (request->tag != txn->tag)
		set |= MODEL_INVALID;
	set |= judge_request_flags(txn, request->flags);
	if ((request->attributes & 0x30) &&
		model_attr_exceeds(
			(uint8_t)request->attributes, txn->attributes))
		set |= MODEL_DENIED;
	set |= judge_request_receivers(txn, request);
	if (request->receiver_count == 1)
		set |= judge_data(model, txn, request) |
		       judge_execute(model, txn, request);
	if (txn->held)
		set |= MODEL_DENIED;
	if (model->party[txn->owner].dead)
		set |= MODEL_DENIED;
	return set;
}

static void map_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	struct model_access access = {
		.perm = txn->held_perm,
		.attr = txn->attributes,
	};

	(void)model;
	page->access[txn->borrower] = access;
	if (txn->func != MODEL_DONATE)
		return;
	page->owner = txn->borrower;
	page->owner_access = access;
	page->use = MODEL_FREE;
	page->txn = MODEL_NONE;
}

static uint8_t granted_perm(uint8_t data, bool execute)
{
	return (uint8_t)(MODEL_R | (data == 2 ? MODEL_W : 0) |
			 (execute ? MODEL_X : 0));
}

static void respond(struct model *model, const struct model_txn *txn,
	uint8_t attr, struct model_response *response)
{
	response->sender = txn->sender;
	response->attributes = attr;
	if (region_is_ns(model, txn))
		response->attributes |= NS_BIT;
	response->flags = (uint32_t)txn->func << 3 | (txn->flags & FLAG_ZERO);
	response->tag = txn->tag;
	response->data = txn->held_perm & MODEL_W ? 2 : 1;
	response->instr = txn->held_perm & MODEL_X ? 2 : 1;
	memcpy(response->impdef, txn->receiver.impdef, sizeof(uint64_t[2]));
	response->range_count = txn->range_count;
	memcpy(response->range, txn->range,
		txn->range_count * sizeof(txn->range[0]));
}

static model_set judge_static(const struct model_retrieve *request)
{
	model_set set = model_attr_legal(request->attributes);

	if (request->rx_full)
		set |= MODEL_BUSY;
	if (request->receiver_count == 0)
		set |= MODEL_INVALID;
	return set;
}

model_set model_retrieve(struct model *model,
	const struct model_retrieve *request, struct model_response *response)
{
	struct model_txn *txn = model_txn(model, request->handle);
	const struct model_receiver *own = &request->receiver[0];
	model_set set = judge_static(request);
	uint8_t attr, ceiling;

	if (!model->party[request->caller].buffers)
		return MODEL_INVALID;
	if (!txn)
		return set | MODEL_INVALID;
	set |= judge_retrieve(model, txn, request);
	if (set != MODEL_OK)
		return set;
	ceiling = txn->attributes;
	attr = request->attributes & 0x30 ? model_attr(request->attributes)
					  : ceiling;
	txn->held_perm = granted_perm(
		granted_data(txn, own, weakest(model, txn)), own->instr == 2);
	txn->held = true;
	txn->held_is_device = model_is_device(attr);
	txn->was_held = true;
	txn->zero_after = request->flags & FLAG_ZERO_AFTER;
	respond(model, txn, attr, response);
	txn->attributes = attr;
	each_page(model, txn, map_page);
	txn->attributes = ceiling;
	if (txn->func == MODEL_DONATE)
		txn->live = false;
	return MODEL_OK;
}

static void unmap_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	(void)model;
	page->access[txn->borrower] = (struct model_access){0};
}

static void zero_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	(void)model;
	(void)txn;
	page->zeroed = true;
}

static model_set judge_zero_after(const struct model_txn *txn, uint32_t flags)
{
	if (!(flags & 1))
		return MODEL_OK;
	if (txn->func == MODEL_SHARE)
		return MODEL_INVALID;
	if (txn->held && (!(txn->held_perm & MODEL_W) || txn->held_is_device))
		return MODEL_DENIED;
	return MODEL_OK;
}

model_set model_relinquish(
	struct model *model, const struct model_relinquish *op)
{
	struct model_txn *txn = model_txn(model, op->handle);
	model_set set = MODEL_OK;

	if (!model->party[op->caller].buffers)
		return MODEL_INVALID;
	if (op->endpoint_count != 1 || (op->flags & ~1u) ||
		op->endpoint != model->party[op->caller].id)
		set |= MODEL_INVALID;
	if (!txn || txn->borrower != op->caller)
		return set | MODEL_INVALID;
	set |= judge_zero_after(txn, op->flags);
	if (!txn->held)
		set |= MODEL_DENIED;
	if (set != MODEL_OK)
		return set;
	txn->held = false;
	each_page(model, txn, unmap_page);
	if ((op->flags & 1) || txn->zero_after)
		each_page(model, txn, zero_page);
	return MODEL_OK;
}

static void restore_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	(void)model;
	page->access[txn->owner] = page->owner_access;
	page->use = MODEL_FREE;
	page->txn = MODEL_NONE;
}

model_set model_reclaim(struct model *model, const struct model_reclaim *op)
{
	struct model_txn *txn = model_txn(model, op->handle);
	model_set set = MODEL_OK;

	if (op->flags & ~1u)
		set |= MODEL_INVALID;
	if (!txn || txn->owner != op->caller)
		return set | MODEL_INVALID;
	if (txn->held)
		set |= MODEL_DENIED;
	if ((op->flags & 1) && (!(weakest(model, txn) & MODEL_W) ||
				       region_is_device(model, txn)))
		set |= MODEL_DENIED;
	if (set != MODEL_OK)
		return set;
	each_page(model, txn, restore_page);
	if (op->flags & 1)
		each_page(model, txn, zero_page);
	txn->live = false;
	return MODEL_OK;
}

static const char *check_page(
	const struct model *model, const struct model_page *page)
{
	int holders = 0;

	for (int i = 1; i < MODEL_PARTIES; i++) {
		struct model_access access = page->access[i];

		holders += i != page->owner && access.perm != 0;
		if (i != page->owner && (access.perm & MODEL_X) &&
			(page->ns || (access.perm & MODEL_W)))
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
	if (model->txn[page->txn].func != MODEL_SHARE &&
		page->access[page->owner].perm)
		return "an owner has access to what it lent";
	return NULL;
}

const char *model_check(const struct model *model)
{
	for (uint32_t i = 0; i < model->page_count; i++) {
		const char *wrong = check_page(model, &model->page[i]);

		if (wrong)
			return wrong;
	}
	return NULL;
}
