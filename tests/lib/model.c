/*
 * The model's state, and what is said of pages and attributes. See model.h.
 */
#include <stddef.h>
#include <string.h>

#include "lib/model.h"

#define TYPE_MASK 0x30u
#define TYPE_DEVICE 0x10u
#define TYPE_NORMAL 0x20u

void model_init(struct model *model)
{
	memset(model->party, 0, sizeof(model->party));
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		model->txn[i].live = false;
	model->page_count = 0;
}

static void copy_txn(struct model_txn *to, const struct model_txn *from)
{
	to->live = from->live;
	if (from->live)
		memcpy(to, from,
			offsetof(struct model_txn, range) +
				from->range_count * sizeof(from->range[0]));
}

void model_copy(struct model *to, const struct model *from)
{
	memcpy(to->party, from->party, sizeof(to->party));
	memcpy(to->pair, from->pair, sizeof(to->pair));
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		copy_txn(&to->txn[i], &from->txn[i]);
	to->page_count = from->page_count;
	memcpy(to->page, from->page, from->page_count * sizeof(to->page[0]));
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
			.born_to = owner,
			.born = access,
			.born_first = i == 0,
			.first = i == 0,
		};
		if (owner != MODEL_SPM)
			page->access[owner] = access;
	}
}

void model_fix(struct model *model, int party, struct range range,
	struct model_access access)
{
	for (uint64_t i = 0; i < range.pages; i++) {
		struct model_page *page =
			model_page(model, range.base.v + i * PAGE_SIZE);

		page->fixed = true;
		page->access[party] = access;
	}
}

uint32_t model_first_page(const struct model *model, uint64_t at)
{
	uint32_t low = 0, high = model->page_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (at < model->page[middle].at + PAGE_SIZE)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct model_page *model_page(struct model *model, uint64_t at)
{
	uint32_t index = model_first_page(model, at);
	struct model_page *page = &model->page[index];

	return index < model->page_count && at >= page->at ? page : NULL;
}

/* A hypervisor tells the normal world's ids apart. */
static bool has_vms(const struct model *model)
{
	for (int i = 0; i < MODEL_PARTIES; i++)
		if (model->party[i].vm)
			return true;
	return false;
}

int model_party_of(const struct model *model, uint16_t id)
{
	for (int i = 0; i < MODEL_PARTIES; i++)
		if (model->party[i].exists && model->party[i].id == id &&
			!(i == MODEL_NWD && has_vms(model)))
			return i;
	/* All ids of the other world are the normal world's. */
	return id & 0x8000 || has_vms(model) ? MODEL_NONE : MODEL_NWD;
}

bool model_is_foreign(const struct model *model, const struct model_txn *txn)
{
	if (!model->party[txn->owner].vm)
		return false;
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		if (txn->borrower[i].sent.id & 0x8000)
			return true;
	return false;
}

struct model_txn *model_txn(struct model *model, uint64_t handle)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (model->txn[i].live && model->txn[i].handle == handle)
			return &model->txn[i];
	return NULL;
}

struct model_borrower *model_borrower(struct model_txn *txn, int party)
{
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		if (txn->borrower[i].party == party)
			return &txn->borrower[i];
	return NULL;
}

uint16_t model_receiver_id(
	const struct model *model, struct model_txn *txn, int party)
{
	struct model_borrower *borrower = model_borrower(txn, party);

	return borrower ? borrower->sent.id : model->party[party].id;
}

void model_each_page(struct model *model, const struct model_txn *txn,
	model_page_action *action)
{
	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint64_t k = 0; k < txn->range[i].pages; k++)
			action(model,
				model_page(model,
					txn->range[i].base.v + k * PAGE_SIZE),
				txn);
}

uint8_t model_weakest(struct model *model, const struct model_txn *txn)
{
	uint8_t perm = MODEL_R | MODEL_W | MODEL_X;

	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint64_t k = 0; k < txn->range[i].pages; k++)
			perm &= model_page(
				model, txn->range[i].base.v + k * PAGE_SIZE)
					->owner_access.perm;
	return perm;
}

bool model_region_is_ns(struct model *model, const struct model_txn *txn)
{
	return model_page(model, txn->range[0].base.v)->ns;
}

bool model_region_is_device(struct model *model, const struct model_txn *txn)
{
	return model_is_device(
		model_page(model, txn->range[0].base.v)->owner_access.attr);
}

/* V69: a call zeroes no more than the manager was configured for. */
model_set model_zero_size(
	const struct model *model, bool wanted, const struct model_txn *txn)
{
	if (!wanted || model->zero_pages_max == 0)
		return MODEL_OK;
	return txn->page_total > model->zero_pages_max ? MODEL_INVALID
						       : MODEL_OK;
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
