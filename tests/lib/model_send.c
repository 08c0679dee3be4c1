/*
 * The model: sending, whole or in fragments. See model.h.
 */
#include <string.h>

#include "lib/model.h"

#define TYPE_MASK 0x30u
#define SECURE 0x8000u
#define RANGE_SIZE 16u

/* --- What the bytes say ------------------------------------------------ */

static model_set judge_sender(
	const struct model *model, const struct model_send *send)
{
	if (send->caller == MODEL_NWD)
		return send->sender & SECURE ? MODEL_DENIED : MODEL_OK;
	return send->sender == model->party[send->caller].id ? MODEL_OK
							     : MODEL_DENIED;
}

static model_set judge_header(
	const struct model *model, const struct model_send *send)
{
	model_set set = judge_sender(model, send);
	bool alone = send->receiver_count == 1;

	if (send->handle != 0)
		set |= MODEL_INVALID;
	if (send->receiver_count == 0)
		set |= MODEL_INVALID;
	if (send->func == MODEL_DONATE && !alone)
		set |= MODEL_INVALID;
	if (send->flags & ~1u)
		set |= MODEL_INVALID;
	if (send->func == MODEL_SHARE && (send->flags & 1))
		set |= MODEL_INVALID;
	if (send->reserved || send->range_total == 0 || send->page_total == 0)
		set |= MODEL_INVALID;
	set |= model_attr_legal(send->attributes);
	if (send->func != MODEL_SHARE && alone && send->attributes != 0)
		set |= MODEL_INVALID;
	return set;
}

/*
 * Between virtual machines everything goes. Else one receiver may be a VM,
 * where the normal world shares with an SP too.
 */
static model_set judge_vms(
	const struct model *model, const struct model_send *send)
{
	bool from_vm = model->party[send->caller].vm;
	uint32_t vms = 0;

	for (uint32_t i = 0; i < send->receiver_count; i++)
		vms += !(send->receiver[i].id & SECURE);
	if (vms == 0 || (from_vm && vms == send->receiver_count))
		return MODEL_OK;
	if ((send->caller != MODEL_NWD && !from_vm) ||
		send->func != MODEL_SHARE || vms == send->receiver_count)
		return MODEL_DENIED | (vms > 1 ? MODEL_NOT_SUPPORTED : 0);
	return vms > 1 ? MODEL_NOT_SUPPORTED : MODEL_OK;
}

static model_set judge_endpoint(
	const struct model *model, uint16_t sender, uint16_t id)
{
	int party = model_party_of(model, id);

	if (id == sender || party == MODEL_NONE)
		return MODEL_INVALID;
	return model->party[party].dead ? MODEL_ABORTED | MODEL_DENIED
					: MODEL_OK;
}

static model_set judge_receiver(const struct model *model,
	const struct model_send *send, uint32_t index)
{
	const struct model_receiver *receiver = &send->receiver[index];
	model_set set = judge_endpoint(model, send->sender, receiver->id);

	if (receiver->flags != 0 || receiver->data == 3 || receiver->instr != 0)
		set |= MODEL_INVALID;
	if ((send->func == MODEL_DONATE) != (receiver->data == 0))
		set |= MODEL_INVALID;
	for (uint32_t i = 0; i < index; i++)
		if (send->receiver[i].id == receiver->id)
			set |= MODEL_INVALID;
	return set;
}

static model_set judge_shapes(const struct range *range, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (range[i].pages == 0 || (range[i].base.v & PAGE_MASK))
			return MODEL_INVALID;
		if (range[i].base.v >> 52 ||
			range[i].pages > ((1ull << 52) - range[i].base.v) >> 12)
			return MODEL_INVALID;
	}
	return MODEL_OK;
}

/* One unfinished send of a sender at a time. */
static model_set judge_unfinished(
	const struct model *model, const struct model_send *send)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++) {
		const struct model_txn *txn = &model->txn[i];

		if (txn->live && txn->phase == MODEL_ASSEMBLING &&
			txn->owner == send->caller &&
			txn->sender == send->sender)
			return MODEL_BUSY;
	}
	return MODEL_OK;
}

/* --- What the pages are ------------------------------------------------ */

static model_set judge_sum(const struct model_txn *txn)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < txn->range_count; i++)
		sum += txn->range[i].pages;
	return sum == txn->page_total ? MODEL_OK : MODEL_INVALID;
}

static model_set judge_overlap(const struct model_txn *txn)
{
	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (txn->range[i].base.v < range_end(txn->range[j]) &&
				txn->range[j].base.v < range_end(txn->range[i]))
				return MODEL_INVALID;
	return MODEL_OK;
}

/*
 * The SPMC sees a virtual machine's page as RWX Write-Back, or as RW
 * Device-nGnRnE: what the donor, or a sender that states no attributes, has
 * less of must not get there.
 */
static model_set judge_foreign(
	const struct model_txn *txn, const struct model_access *own)
{
	if (txn->func == MODEL_DONATE && !(own->perm & MODEL_W))
		return MODEL_DENIED;
	if (!(txn->attributes & TYPE_MASK) && own->attr != 0x2f &&
		own->attr != 0x10)
		return MODEL_DENIED;
	return MODEL_OK;
}

/* What each page must be for this send. */
static model_set judge_page(const struct model *model,
	const struct model_txn *txn, const struct model_page *page,
	const struct model_page *first)
{
	const struct model_access *own = &page->owner_access;
	model_set set = MODEL_OK;

	if (page->owner != txn->owner || page->use != MODEL_FREE)
		return MODEL_DENIED;
	if (page->ns != first->ns || own->attr != first->owner_access.attr)
		set |= MODEL_DENIED;
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		if (txn->borrower[i].sent.data == 2 && !(own->perm & MODEL_W))
			set |= MODEL_DENIED;
	if ((txn->flags & 1) &&
		(!(own->perm & MODEL_W) || model_is_device(own->attr)))
		set |= MODEL_DENIED;
	if (txn->attributes & TYPE_MASK)
		if (model_attr_exceeds(txn->attributes, own->attr))
			set |= MODEL_DENIED;
	if (model_is_foreign(model, txn))
		set |= judge_foreign(txn, own);
	return set;
}

static model_set judge_pages(struct model *model, const struct model_txn *txn)
{
	const struct model_page *first = NULL;
	uint64_t found = 0, wanted = 0;
	model_set set = MODEL_OK;

	for (uint32_t i = 0; i < txn->range_count; i++) {
		struct range range = txn->range[i];

		wanted += range.pages;
		for (uint32_t k = model_first_page(model, range.base.v);
			k < model->page_count; k++) {
			struct model_page *page = &model->page[k];

			if (page->at >= range_end(range))
				break;
			if (!first)
				first = page;
			found++;
			set |= judge_page(model, txn, page, first);
		}
	}
	return found == wanted ? set : set | MODEL_DENIED;
}

/* --- The send ---------------------------------------------------------- */

static struct model_txn *fresh_txn(struct model *model)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (!model->txn[i].live)
			return &model->txn[i];
	return NULL;
}

static void fill_txn(struct model *model, struct model_txn *txn,
	const struct model_send *send)
{
	*txn = (struct model_txn){
		.live = true,
		.phase = MODEL_ASSEMBLING,
		.func = send->func,
		.owner = send->caller,
		.sender = send->sender,
		.attributes = model_attr(send->attributes),
		.flags = send->flags,
		.tag = send->tag,
		.borrower_count = send->receiver_count,
		.page_total = send->page_total,
		.range_total = send->range_total,
		.range_count = send->range_count,
	};
	for (uint32_t i = 0; i < send->receiver_count; i++) {
		txn->borrower[i].sent = send->receiver[i];
		txn->borrower[i].party =
			model_party_of(model, send->receiver[i].id);
	}
	memcpy(txn->range, send->range,
		send->range_count * sizeof(txn->range[0]));
}

static void take_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	page->use = MODEL_SENT;
	page->txn = (int)(txn - model->txn);
	if (txn->func != MODEL_SHARE)
		page->access[txn->owner] = (struct model_access){0};
	if (txn->flags & 1)
		page->zeroed = true;
}

static model_set judge_whole(struct model *model, const struct model_txn *txn)
{
	model_set set =
		model->party[txn->owner].dead ? MODEL_ABORTED : MODEL_OK;

	return set | judge_sum(txn) | judge_overlap(txn) |
	       judge_pages(model, txn);
}

static void publish(struct model *model, struct model_txn *txn)
{
	struct model_page *first = model_page(model, txn->range[0].base.v);

	if (!(txn->attributes & TYPE_MASK))
		txn->attributes = first->owner_access.attr;
	txn->phase = MODEL_LIVE;
	model_each_page(model, txn, take_page);
}

/* The ranges are paid for as they come. */
static model_set judge_quota(
	const struct model *model, const struct model_txn *txn)
{
	struct model_holding more = {{
		[MODEL_NODES] = txn->range_count * model_range_cost(txn->func),
		[MODEL_TXNS] = 1,
		[MODEL_BORROWERS] = txn->borrower_count,
	}};

	return model_sender_quota(model, txn, &more);
}

static model_set judge_more_quota(
	const struct model *model, const struct model_txn *txn, uint32_t ranges)
{
	struct model_holding more = {
		{[MODEL_NODES] = ranges * model_range_cost(txn->func)}};

	return model_sender_quota(model, txn, &more);
}

model_set model_send(struct model *model, const struct model_send *send,
	struct model_txn **out)
{
	static struct model_txn txn;
	model_set set = judge_header(model, send) | judge_vms(model, send) |
			judge_unfinished(model, send);
	model_set shapes = judge_shapes(send->range, send->range_count);
	bool whole = send->range_count == send->range_total;

	/* Without TX there is no descriptor to judge. */
	if (!model->party[send->caller].buffers)
		return MODEL_INVALID;
	for (uint32_t i = 0; i < send->receiver_count; i++)
		set |= judge_receiver(model, send, i);
	set |= shapes;
	fill_txn(model, &txn, send);
	set |= judge_quota(model, &txn);
	set |= model_zero_size(model, send->flags & 1, &txn);
	/* What an ill-formed list of ranges covers cannot be said. */
	if (whole && shapes == MODEL_OK)
		set |= judge_whole(model, &txn);
	if (set != MODEL_OK)
		return set;
	*out = fresh_txn(model);
	if (!*out)
		return MODEL_NO_MEMORY;
	**out = txn;
	if (whole)
		publish(model, *out);
	return MODEL_OK;
}

/* --- Fragments --------------------------------------------------------- */

static model_set judge_manners(const struct model *model,
	const struct model_txn *txn, const struct model_fragment *op)
{
	uint32_t word = op->caller == MODEL_NWD && txn
				? (uint32_t)txn->sender << 16
				: 0;

	if (!model->party[op->caller].buffers)
		return MODEL_INVALID;
	if (!txn || txn->owner != op->caller || txn->phase != MODEL_ASSEMBLING)
		return MODEL_INVALID;
	if (op->word != word)
		return MODEL_INVALID;
	if (op->length == 0 || op->length % RANGE_SIZE ||
		op->length > model_buffer(model, op->caller))
		return MODEL_INVALID;
	if (op->length / RANGE_SIZE > txn->range_total - txn->range_count)
		return MODEL_INVALID;
	return MODEL_OK;
}

model_set model_fragment(
	struct model *model, const struct model_fragment *op, bool *ends)
{
	struct model_txn *txn = model_txn(model, op->handle);
	model_set set = judge_manners(model, txn, op);

	*ends = false;
	if (set != MODEL_OK)
		return set;
	set = judge_more_quota(model, txn, op->range_count) |
	      judge_shapes(op->range, op->range_count);
	memcpy(&txn->range[txn->range_count], op->range,
		op->range_count * sizeof(txn->range[0]));
	txn->range_count += op->range_count;
	if (op->reserved)
		set |= MODEL_INVALID;
	if (txn->range_count == txn->range_total && set == MODEL_OK)
		set = judge_whole(model, txn);
	*ends = set != MODEL_OK;
	if (txn->range_count == txn->range_total && set == MODEL_OK)
		publish(model, txn);
	return set;
}

void model_abandon(struct model *model, uint64_t handle)
{
	struct model_txn *txn = model_txn(model, handle);

	if (txn && txn->phase == MODEL_ASSEMBLING)
		txn->live = false;
}

void model_unmapped(struct model *model, int party)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++) {
		struct model_txn *txn = &model->txn[i];

		if (txn->phase == MODEL_ASSEMBLING && txn->owner == party)
			txn->live = false;
	}
}
