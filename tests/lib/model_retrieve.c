/*
 * The model: retrieving, as a borrower or for the hypervisor, whole or in
 * fragments. See model.h.
 */
#include <string.h>

#include "lib/model.h"

#define FLAG_ZERO 1u
#define FLAG_ZERO_AFTER 4u
#define FLAG_TYPE 0x18u
#define FLAG_BYPASS 0x400u
#define NOT_FOR_IT 1u /* flag of a receiver: retrieved for another */
#define NS_BIT 0x40u
#define RANGE_SIZE 16u

/* Device memory, or memory that the borrower would get as such. */
static bool becomes_device(struct model *model, const struct model_txn *txn,
	const struct model_retrieve *request)
{
	if (request->attributes & 0x30)
		return model_is_device((uint8_t)request->attributes) ||
		       model_region_is_device(model, txn);
	return model_is_device(txn->attributes);
}

/* --- The list of receivers --------------------------------------------- */

static const struct model_receiver *entry_of(
	const struct model_retrieve *request, uint16_t id)
{
	for (uint32_t i = 0; i < request->receiver_count; i++)
		if (request->receiver[i].id == id)
			return &request->receiver[i];
	return NULL;
}

/* Another borrower, whom the caller may name as the lender did. */
static model_set judge_other(const struct model_borrower *borrower,
	const struct model_receiver *entry)
{
	model_set set = MODEL_OK;

	if (entry->data == 3 || entry->instr == 3 ||
		(entry->flags & ~NOT_FOR_IT))
		set |= MODEL_INVALID;
	if (entry->data != 0 && entry->data != borrower->sent.data)
		set |= MODEL_DENIED;
	return set;
}

static model_set judge_list(const struct model_txn *txn,
	const struct model_borrower *self, const struct model_retrieve *request)
{
	model_set set = MODEL_OK;

	if (request->receiver_count != txn->borrower_count)
		return MODEL_INVALID;
	for (uint32_t i = 0; i < txn->borrower_count; i++) {
		const struct model_borrower *borrower = &txn->borrower[i];
		const struct model_receiver *entry =
			entry_of(request, borrower->sent.id);

		/* As many as there are, and all of them: nobody twice. */
		if (!entry)
			return MODEL_INVALID;
		if (borrower != self)
			set |= judge_other(borrower, entry);
	}
	return set;
}

static bool impdef_differs(
	const struct model_receiver *a, const struct model_receiver *b)
{
	return a->impdef_given && b->impdef_given &&
	       (a->impdef[0] != b->impdef[0] || a->impdef[1] != b->impdef[1]);
}

static model_set judge_receivers(const struct model_txn *txn,
	const struct model_borrower *self, const struct model_retrieve *request)
{
	const struct model_receiver *own = entry_of(request, self->sent.id);
	model_set set = MODEL_OK;

	if (!own)
		return MODEL_INVALID;
	if (own->data == 3 || own->instr == 3 || own->flags != 0)
		set |= MODEL_INVALID;
	if (impdef_differs(&self->sent, own))
		set |= MODEL_INVALID;
	if (!(request->flags & FLAG_BYPASS))
		return set | judge_list(txn, self, request);
	if (request->receiver_count != 1 || txn->borrower_count == 1)
		set |= MODEL_INVALID;
	return set;
}

/* --- The caller's own access ------------------------------------------- */

static model_set judge_flags(const struct model_txn *txn,
	const struct model_borrower *self, uint32_t flags)
{
	model_set set = MODEL_OK;
	uint32_t type = (flags & FLAG_TYPE) >> 3;

	if (flags & ~(FLAG_ZERO | FLAG_ZERO_AFTER | FLAG_TYPE | FLAG_BYPASS))
		set |= MODEL_INVALID;
	if (type != 0 && type != (uint32_t)txn->func)
		set |= MODEL_INVALID;
	if (txn->func == MODEL_SHARE && (flags & (FLAG_ZERO | FLAG_ZERO_AFTER)))
		set |= MODEL_INVALID;
	if ((flags & FLAG_ZERO) && !(txn->flags & FLAG_ZERO))
		set |= MODEL_DENIED;
	if ((flags & FLAG_ZERO) && self->was_held)
		set |= MODEL_INVALID;
	return set;
}

/* The data access that a request ends up with. */
static uint8_t granted_data(const struct model_txn *txn,
	const struct model_borrower *self, uint8_t asked, uint8_t owner_perm)
{
	if (asked != 0)
		return asked;
	if (txn->func != MODEL_DONATE)
		return self->sent.data;
	return owner_perm & MODEL_W ? 2 : 1;
}

static model_set judge_data(struct model *model, const struct model_txn *txn,
	const struct model_borrower *self, const struct model_retrieve *request)
{
	uint8_t asked = entry_of(request, self->sent.id)->data;
	uint8_t perm = model_weakest(model, txn);
	uint8_t data = granted_data(txn, self, asked, perm);
	uint32_t zeroing = request->flags & (FLAG_ZERO | FLAG_ZERO_AFTER);
	model_set set = MODEL_OK;

	if (asked == 3)
		return MODEL_INVALID;
	if (txn->func != MODEL_DONATE && asked > self->sent.data)
		set |= MODEL_DENIED;
	if (data == 2 && !(perm & MODEL_W))
		set |= MODEL_DENIED;
	if (zeroing && (data != 2 || becomes_device(model, txn, request)))
		set |= MODEL_DENIED;
	return set;
}

static model_set judge_execute(struct model *model, const struct model_txn *txn,
	const struct model_borrower *self, const struct model_retrieve *request)
{
	const struct model_receiver *own = entry_of(request, self->sent.id);
	uint8_t perm = model_weakest(model, txn);
	model_set set = MODEL_OK;

	if (own->instr == 0 || own->instr == 3)
		return MODEL_OK;
	/* Before all other rules on X: Device memory is never executed. */
	if (own->instr == 2 && becomes_device(model, txn, request))
		return MODEL_DENIED;
	if (txn->func == MODEL_SHARE || txn->borrower_count > 1)
		return MODEL_INVALID;
	if (own->instr == 1)
		return MODEL_OK;
	if (model_region_is_ns(model, txn) && !model->party[self->party].vm)
		set |= MODEL_INVALID;
	if (!(perm & MODEL_X))
		set |= MODEL_DENIED;
	if (granted_data(txn, self, own->data, perm) == 2)
		set |= MODEL_DENIED;
	return set;
}

/* What the caller says of the transaction. */
static model_set judge_identity(struct model *model,
	const struct model_txn *txn, const struct model_retrieve *request)
{
	model_set set = MODEL_OK;

	if (request->sender != txn->sender)
		set |= MODEL_DENIED;
	if (request->tag != txn->tag)
		set |= MODEL_INVALID;
	if ((request->attributes & 0x30) &&
		model_attr_exceeds(
			(uint8_t)request->attributes, txn->attributes))
		set |= MODEL_DENIED;
	/* Who would own memory as a device could never use it as memory. */
	if (txn->func == MODEL_DONATE &&
		model_is_device((uint8_t)request->attributes) &&
		!model_region_is_device(model, txn))
		set |= MODEL_DENIED;
	/* The SPMC hears nothing of a virtual machine's death. */
	if (model->party[txn->owner].dead &&
		model->party[txn->owner].vm == model->party[request->caller].vm)
		set |= MODEL_DENIED;
	if (txn->orphan)
		set |= MODEL_DENIED;
	if (txn->withheld || model->party[request->caller].dead)
		set |= MODEL_ABORTED;
	return set;
}

/*
 * Who is given memory pays for its titles, and for the transaction until it
 * has read all of it.
 */
static model_set judge_quota(const struct model *model,
	const struct model_txn *txn, const struct model_borrower *self)
{
	struct model_holding more = {{
		[MODEL_NODES] = 2 * txn->range_count,
		[MODEL_TXNS] = 1,
		[MODEL_BORROWERS] = 1,
	}};

	return txn->func == MODEL_DONATE
		       ? model_quota(model, self->party, &more)
		       : MODEL_OK;
}

static model_set judge_retrieve(struct model *model,
	const struct model_txn *txn, const struct model_borrower *self,
	const struct model_retrieve *request)
{
	model_set set = judge_identity(model, txn, request);

	if (!self)
		return set | MODEL_INVALID;
	set |= judge_flags(txn, self, request->flags);
	set |= judge_quota(model, txn, self);
	set |= model_zero_size(model, request->flags & FLAG_ZERO_AFTER, txn);
	set |= judge_receivers(txn, self, request);
	if (entry_of(request, self->sent.id))
		set |= judge_data(model, txn, self, request) |
		       judge_execute(model, txn, self, request);
	return self->held ? set | MODEL_DENIED : set;
}

/* --- The response ------------------------------------------------------ */

static void copy_part(const struct model_txn *txn, struct model_cursor *cursor,
	uint32_t room, struct model_response *response)
{
	uint32_t count = txn->range_count - cursor->out;

	if (count > room / RANGE_SIZE)
		count = room / RANGE_SIZE;
	response->first = cursor->out;
	response->range_count = count;
	memcpy(response->range, &txn->range[cursor->out],
		count * sizeof(txn->range[0]));
	cursor->out += count;
	cursor->open = cursor->out < txn->range_count;
}

/* A response begins: `header` bytes before its ranges. */
static void hand_out(const struct model *model, const struct model_txn *txn,
	const struct model_retrieve *request, struct model_cursor *cursor,
	struct model_response *response)
{
	uint32_t header =
		request->header + request->stride * response->receiver_count;

	*cursor = (struct model_cursor){.header = header};
	copy_part(txn, cursor, model_buffer(model, request->caller) - header,
		response);
	response->total = header + (uint64_t)txn->range_count * RANGE_SIZE;
	response->length = header + response->range_count * RANGE_SIZE;
}

static void respond(struct model *model, const struct model_txn *txn,
	uint8_t attr, struct model_response *response)
{
	response->sender = txn->sender;
	response->attributes = attr;
	if (model_region_is_ns(model, txn))
		response->attributes |= NS_BIT;
	response->flags = (uint32_t)txn->func << 3 | (txn->flags & FLAG_ZERO);
	response->tag = txn->tag;
}

/* --- A borrower retrieves ---------------------------------------------- */

struct grant {
	struct model_borrower *self;
	uint8_t attr;
};

static void map_page(struct model *model, struct model_page *page,
	const struct model_txn *txn, const struct grant *grant)
{
	struct model_access access = {grant->self->held_perm, grant->attr};

	/* The normal world's own tables are not ours. */
	if (grant->self->party != MODEL_NWD)
		page->access[grant->self->party] = access;
	if (txn->func != MODEL_DONATE)
		return;
	page->owner = grant->self->party;
	page->owner_access = access;
	model_join(model, page);
}

static void map_all(struct model *model, const struct model_txn *txn,
	const struct grant *grant)
{
	for (uint32_t i = 0; i < txn->range_count; i++)
		for (uint64_t k = 0; k < txn->range[i].pages; k++)
			map_page(model,
				model_page(model,
					txn->range[i].base.v + k * PAGE_SIZE),
				txn, grant);
}

static void free_page(struct model *model, struct model_page *page,
	const struct model_txn *txn)
{
	(void)model;
	(void)txn;
	page->use = MODEL_FREE;
	page->txn = MODEL_NONE;
}

void model_drained(struct model *model, struct model_txn *txn)
{
	model_each_page(model, txn, free_page);
	txn->live = false;
}

static uint8_t granted_perm(uint8_t data, bool execute)
{
	return (uint8_t)(MODEL_R | (data == 2 ? MODEL_W : 0) |
			 (execute ? MODEL_X : 0));
}

static void grant(struct model *model, struct model_txn *txn,
	const struct model_retrieve *request, struct grant *to)
{
	struct model_borrower *self = to->self;
	const struct model_receiver *own = entry_of(request, self->sent.id);
	uint8_t data =
		granted_data(txn, self, own->data, model_weakest(model, txn));

	to->attr = request->attributes & 0x30 ? model_attr(request->attributes)
					      : txn->attributes;
	self->held_perm = granted_perm(data, own->instr == 2);
	self->held_is_device = model_is_device(to->attr);
	self->held = true;
	self->was_held = true;
	if (request->flags & FLAG_ZERO_AFTER)
		txn->zero_after = true;
	map_all(model, txn, to);
}

static void retrieve(struct model *model, struct model_txn *txn,
	const struct model_retrieve *request, struct model_response *response)
{
	struct grant to = {.self = model_borrower(txn, request->caller)};

	grant(model, txn, request, &to);
	respond(model, txn, to.attr, response);
	response->receiver_count = 1;
	response->receiver[0] = to.self->sent;
	response->receiver[0].data = to.self->held_perm & MODEL_W ? 2 : 1;
	response->receiver[0].instr = to.self->held_perm & MODEL_X ? 2 : 1;
	hand_out(model, txn, request, &to.self->cursor, response);
	if (txn->func != MODEL_DONATE)
		return;
	txn->phase = MODEL_DRAINING;
	txn->hypervisor.open = false;
	if (!to.self->cursor.open)
		model_drained(model, txn);
}

/* --- The hypervisor asks what was sent --------------------------------- */

static model_set judge_hypervisor(
	const struct model_txn *txn, const struct model_retrieve *request)
{
	model_set set = MODEL_OK;

	if (request->caller != MODEL_NWD || txn->owner != MODEL_NWD)
		set |= MODEL_INVALID;
	if (request->sender != 0 && request->sender != txn->sender)
		set |= MODEL_INVALID;
	if (request->attributes || request->flags || request->tag)
		set |= MODEL_INVALID;
	if (txn->hypervisor.open)
		set |= MODEL_DENIED;
	return set;
}

/* All that the sender said; whoever borrows it does not matter. */
static void describe(struct model *model, struct model_txn *txn,
	const struct model_retrieve *request, struct model_response *response)
{
	respond(model, txn, txn->attributes, response);
	response->receiver_count = txn->borrower_count;
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		response->receiver[i] = txn->borrower[i].sent;
	hand_out(model, txn, request, &txn->hypervisor, response);
}

static model_set judge(struct model *model, struct model_txn *txn,
	const struct model_retrieve *request)
{
	const struct model_borrower *self =
		model_borrower(txn, request->caller);

	if (request->receiver_count == 0)
		return judge_hypervisor(txn, request);
	return judge_retrieve(model, txn, self, request);
}

model_set model_retrieve(struct model *model,
	const struct model_retrieve *request, struct model_response *response)
{
	struct model_txn *txn = model_txn(model, request->handle);
	model_set set = model_attr_legal(request->attributes);

	if (!model->party[request->caller].buffers)
		return MODEL_INVALID;
	if (request->rx_full)
		set |= MODEL_BUSY;
	if (!txn || txn->phase != MODEL_LIVE)
		return set | MODEL_INVALID;
	set |= judge(model, txn, request);
	if (set != MODEL_OK)
		return set;
	if (request->receiver_count == 0)
		describe(model, txn, request, response);
	else
		retrieve(model, txn, request, response);
	return MODEL_OK;
}

/* --- What is still missing --------------------------------------------- */

/* The cursor that caller and w4 name; by its borrower, or the hypervisor's. */
static struct model_cursor *cursor_of(
	struct model_txn *txn, const struct model_more *op)
{
	for (uint32_t i = 0; i < txn->borrower_count; i++) {
		struct model_borrower *borrower = &txn->borrower[i];
		uint32_t word = op->caller == MODEL_NWD
					? (uint32_t)borrower->sent.id << 16
					: 0;

		if (borrower->party == op->caller && op->word == word)
			return &borrower->cursor;
	}
	if (op->caller == MODEL_NWD && op->word == (uint32_t)txn->sender << 16)
		return &txn->hypervisor;
	return NULL;
}

model_set model_more(struct model *model, const struct model_more *op,
	struct model_response *response)
{
	struct model_txn *txn = model_txn(model, op->handle);
	struct model_cursor *cursor = txn ? cursor_of(txn, op) : NULL;
	model_set set = op->rx_full ? MODEL_BUSY : MODEL_OK;

	if (!model->party[op->caller].buffers)
		return MODEL_INVALID;
	if (!cursor || !cursor->open ||
		op->offset != cursor->header + cursor->out * RANGE_SIZE)
		return set | MODEL_INVALID;
	if (set != MODEL_OK)
		return set;
	copy_part(txn, cursor, model_buffer(model, op->caller), response);
	response->length = response->range_count * RANGE_SIZE;
	if (txn->phase == MODEL_DRAINING && !cursor->open)
		model_drained(model, txn);
	return MODEL_OK;
}
