/*
 * The model's state, and sending. See model.h.
 */
#include <string.h>

#include "lib/model.h"

#define TYPE_MASK 0x30u
#define TYPE_DEVICE 0x10u
#define TYPE_NORMAL 0x20u

void model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	model->receivers_max = 1;
}

void model_add_party(struct model *model, int party, uint16_t id)
{
	model->party[party].id = id;
	model->party[party].exists = true;
}

void model_add_range(struct model *model, int owner, struct range range,
	bool ns, struct model_access access)
{
	for (uint64_t i = 0; i < range.pages; i++) {
		struct model_page *page = &model->page[model->page_count++];

		*page = (struct model_page){
			.at = range.base.v + i * PAGE_SIZE,
			.ns = ns,
			.owner = owner,
			.owner_access = access,
			.txn = MODEL_NONE,
		};
		if (owner != MODEL_SPM)
			page->access[owner] = access;
	}
}

struct model_page *model_page(struct model *model, uint64_t at)
{
	uint32_t low = 0, high = model->page_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		struct model_page *page = &model->page[middle];

		if (at >= page->at && at < page->at + PAGE_SIZE)
			return page;
		if (at < page->at)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int model_party_of(const struct model *model, uint16_t id)
{
	for (int i = 0; i < MODEL_PARTIES; i++)
		if (model->party[i].exists && model->party[i].id == id)
			return i;
	/* All ids of the other world are the normal world's. */
	return id & 0x8000 ? MODEL_NONE : MODEL_NWD;
}

struct model_txn *model_txn(struct model *model, uint64_t handle)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (model->txn[i].live && model->txn[i].handle == handle)
			return &model->txn[i];
	return NULL;
}

bool model_is_device(uint8_t attr)
{
	return (attr & TYPE_MASK) == TYPE_DEVICE;
}

uint8_t model_attr(uint16_t attributes)
{
	uint8_t attr = (uint8_t)attributes;

	return model_is_device(attr) ? attr & 0x3c : attr;
}

/* Device-nGnRnE < nGnRE < nGRE < GRE < Normal NC < Normal WB. */
uint8_t model_rank(uint8_t attr)
{
	uint8_t kind = attr >> 2 & 3;

	if (model_is_device(attr))
		return kind;
	return kind == 1 ? 4 : 5;
}

/* Non-shareable < Inner < Outer. */
static uint8_t share_rank(uint8_t attr)
{
	switch (attr & 3) {
	case 0:
		return 0;
	case 3:
		return 1;
	default:
		return 2;
	}
}

bool model_attr_exceeds(uint8_t wanted, uint8_t allowed)
{
	if (model_rank(wanted) > model_rank(allowed))
		return true;
	if (model_is_device(wanted) || model_is_device(allowed))
		return false;
	return share_rank(wanted) > share_rank(allowed);
}

/* V26 to V28 and V92: bits that no caller may set. */
model_set model_attr_legal(uint16_t attributes)
{
	uint16_t cache = attributes >> 2 & 3;

	if (attributes & 0xffc0)
		return MODEL_INVALID;
	if ((attributes & TYPE_MASK) == TYPE_MASK)
		return MODEL_INVALID;
	if ((attributes & TYPE_MASK) != TYPE_NORMAL)
		return MODEL_OK;
	if (cache != 1 && cache != 3)
		return MODEL_INVALID;
	return (attributes & 3) == 1 ? MODEL_INVALID : MODEL_OK;
}

static model_set judge_sender(
	const struct model *model, const struct model_send *send)
{
	if (send->caller == MODEL_NWD)
		return send->sender & 0x8000 ? MODEL_DENIED : MODEL_OK;
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
	if (send->receiver_count == 0 ||
		send->receiver_count > model->receivers_max)
		set |= MODEL_INVALID;
	if (send->func == MODEL_DONATE && !alone)
		set |= MODEL_INVALID;
	if (send->flags & ~1u)
		set |= MODEL_INVALID;
	if (send->func == MODEL_SHARE && (send->flags & 1))
		set |= MODEL_INVALID;
	set |= model_attr_legal(send->attributes);
	if (send->func != MODEL_SHARE && alone && send->attributes != 0)
		set |= MODEL_INVALID;
	return set;
}

static model_set judge_endpoint(
	const struct model *model, const struct model_send *send, uint16_t id)
{
	int party = model_party_of(model, id);

	if (id == send->sender)
		return MODEL_INVALID;
	if (party == MODEL_NONE)
		return MODEL_INVALID;
	if (party == MODEL_NWD)
		return MODEL_DENIED;
	return model->party[party].dead ? MODEL_ABORTED | MODEL_DENIED
					: MODEL_OK;
}

static model_set judge_receiver(const struct model *model,
	const struct model_send *send, uint32_t index)
{
	const struct model_receiver *receiver = &send->receiver[index];
	model_set set = judge_endpoint(model, send, receiver->id);

	if (receiver->flags != 0 || receiver->data == 3 || receiver->instr != 0)
		set |= MODEL_INVALID;
	if ((send->func == MODEL_DONATE) != (receiver->data == 0))
		set |= MODEL_INVALID;
	for (uint32_t i = 0; i < index; i++)
		if (send->receiver[i].id == receiver->id)
			set |= MODEL_INVALID;
	return set;
}

static model_set judge_shape(const struct model_send *send)
{
	uint64_t sum = 0;

	if (send->range_count == 0 || send->page_total == 0)
		return MODEL_INVALID;
	for (uint32_t i = 0; i < send->range_count; i++) {
		struct range range = send->range[i];

		sum += range.pages;
		if (range.pages == 0 || (range.base.v & PAGE_MASK))
			return MODEL_INVALID;
		if (range.base.v >> 52 ||
			range.pages > ((1ull << 52) - range.base.v) >> 12)
			return MODEL_INVALID;
	}
	return sum == send->page_total ? MODEL_OK : MODEL_INVALID;
}

static model_set judge_overlap(const struct model_send *send)
{
	for (uint32_t i = 0; i < send->range_count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (send->range[i].base.v < range_end(send->range[j]) &&
				send->range[j].base.v <
					range_end(send->range[i]))
				return MODEL_INVALID;
	return MODEL_OK;
}

/* What each page must be for this send. */
static model_set judge_page(const struct model_send *send,
	const struct model_page *page, const struct model_page *first)
{
	const struct model_access *own = &page->owner_access;
	model_set set = MODEL_OK;

	if (page->owner != send->caller || page->use != MODEL_FREE)
		return MODEL_DENIED;
	if (page->ns != first->ns || own->attr != first->owner_access.attr)
		set |= MODEL_DENIED;
	for (uint32_t i = 0; i < send->receiver_count; i++)
		if (send->receiver[i].data == 2 && !(own->perm & MODEL_W))
			set |= MODEL_DENIED;
	if ((send->flags & 1) &&
		(!(own->perm & MODEL_W) || model_is_device(own->attr)))
		set |= MODEL_DENIED;
	if (send->attributes & TYPE_MASK)
		if (model_attr_exceeds((uint8_t)send->attributes, own->attr))
			set |= MODEL_DENIED;
	return set;
}

static model_set judge_pages(struct model *model, const struct model_send *send)
{
	const struct model_page *first = NULL;
	uint64_t found = 0, wanted = 0;
	model_set set = MODEL_OK;

	for (uint32_t i = 0; i < send->range_count; i++) {
		struct range range = send->range[i];

		wanted += range.pages;
		for (uint32_t k = 0; k < model->page_count; k++) {
			struct model_page *page = &model->page[k];

			if (page->at < range.base.v ||
				page->at >= range_end(range))
				continue;
			if (!first)
				first = page;
			found++;
			set |= judge_page(send, page, first);
		}
	}
	return found == wanted ? set : set | MODEL_DENIED;
}

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
	struct model_page *first = model_page(model, send->range[0].base.v);

	*txn = (struct model_txn){
		.live = true,
		.func = send->func,
		.owner = send->caller,
		.sender = send->sender,
		.attributes = send->attributes & TYPE_MASK
				      ? model_attr(send->attributes)
				      : first->owner_access.attr,
		.flags = send->flags,
		.tag = send->tag,
		.receiver = send->receiver[0],
		.borrower = model_party_of(model, send->receiver[0].id),
		.range_count = send->range_count,
	};
	if (!txn->receiver.impdef_given)
		memset(txn->receiver.impdef, 0, sizeof(txn->receiver.impdef));
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

model_set model_send(struct model *model, const struct model_send *send,
	struct model_txn **txn)
{
	model_set set = judge_header(model, send);

	/* Without TX there is no descriptor to judge. */
	if (!model->party[send->caller].buffers)
		return MODEL_INVALID;
	for (uint32_t i = 0; i < send->receiver_count; i++)
		set |= judge_receiver(model, send, i);
	set |= judge_shape(send);
	/* What an ill-formed list of ranges covers cannot be said. */
	if (judge_shape(send) == MODEL_OK)
		set |= judge_overlap(send) | judge_pages(model, send);
	if (set != MODEL_OK)
		return set;
	*txn = fresh_txn(model);
	if (!*txn)
		return MODEL_NO_MEMORY;
	fill_txn(model, *txn, send);
	for (uint32_t i = 0; i < send->range_count; i++)
		for (uint64_t k = 0; k < send->range[i].pages; k++)
			take_page(model,
				model_page(model,
					send->range[i].base.v + k * PAGE_SIZE),
				*txn);
	return MODEL_OK;
}
