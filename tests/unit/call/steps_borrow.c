/* See steps.h: what borrowers, the hypervisor and owners do. */
#include "unit/call/steps.h"

static bool is_read(const struct model_txn *txn)
{
	bool open = txn->hypervisor.open;

	for (uint32_t i = 0; i < txn->borrower_count; i++)
		open |= txn->borrower[i].cursor.open;
	return open;
}

/* Mostly one whose response is being read. */
static struct op *slot_read(struct world *world)
{
	struct op *op = NULL;

	for (unsigned i = 0; i < 2 * SLOTS; i++) {
		const struct model_txn *txn;

		op = &slots[world_random(world, SLOTS)];
		txn = model_txn(&world->model, op->handle);
		if (txn && is_read(txn))
			return op;
	}
	return op;
}

/* Whoever is a receiver, mostly. */
static void random_borrower(struct world *world, struct op *op)
{
	uint32_t count = op->desc.receiver_count;
	int party = NWD;

	if (count)
		party = model_party_of(&world->model,
			op->desc.receiver[world_random(world, count)].id);
	if (party < 0 || steps_caller != MODEL_NONE || one_in(world, 30))
		party = any_party(world);
	op->receiver = party;
}

static void random_request(struct world *world, struct op *op)
{
	op->asked = ANY_OF(world, 0, 1, 2, 2, 5, 6, 6, 9, 10, 8, 4);
	if (op->desc.receiver_count > 1 && one_in(world, 2))
		op->asked &= 3;
	op->asked_attr = 0;
	if (one_in(world, 4))
		op->asked_attr =
			ANY_OF(world, 0x2f, 0x27, 0x2e, 0x2c, 0x10, 0x1c, 0x13);
	op->asked_flags = 0;
	if (one_in(world, 5))
		op->asked_flags = ANY_OF(world, 1, 4, 5);
	if (one_in(world, op->desc.receiver_count > 1 ? 4 : 40))
		op->asked_flags |= DESC_BYPASS;
	op->asked_untyped = one_in(world, 2);
	op->keep_rx = one_in(world, 10);
	op->keep_rest = one_in(world, 2);
}

/* Whatever the lender gave. */
static void modest_request(struct world *world, struct op *op)
{
	op->asked = 0;
	op->asked_attr = 0;
	op->asked_flags = 0;
	op->keep_rx = false;
	op->keep_rest = !one_in(world, 4);
}

static void random_request_harm(struct world *world, struct desc *desc)
{
	uint32_t last = desc->receiver_count - 1;

	if (one_in(world, 40))
		desc->flags |= 1u << world_random(world, 12);
	if (one_in(world, 40))
		desc->tag++;
	if (one_in(world, 40))
		desc->sender = ID_SP3;
	if (one_in(world, 40))
		desc->receiver[0].id = ID_SP3;
	if (one_in(world, 40))
		desc->receiver[0].impdef[1] = 1;
	if (one_in(world, 10))
		desc->receiver[last].permissions =
			ANY_OF(world, 0, 1, 2, 3, 4, 5, 6);
	if (one_in(world, 20))
		desc->receiver[last].flags = ANY_OF(world, 1, 1, 2);
}

void step_retrieve(struct world *world)
{
	struct op *op = slot_received(world, MODEL_LIVE);
	struct desc desc;

	random_borrower(world, op);
	if (op->handle == 0 || is_dead(world, op->receiver))
		return;
	if (one_in(world, 2))
		random_request(world, op);
	else
		modest_request(world, op);
	desc = retrieve_desc(world, op);
	if (one_in(world, 2))
		random_request_harm(world, &desc);
	do_retrieve_desc(world, op, &desc);
}

/* The next fragment of a response that somebody is reading. */
void step_more(struct world *world)
{
	struct op *op = slot_read(world);
	struct model_txn *txn = model_txn(&world->model, op->handle);
	struct model_cursor *cursor;
	struct more more;

	random_borrower(world, op);
	if (!txn || is_dead(world, op->receiver))
		return;
	more = more_of(world, op);
	cursor = &txn->hypervisor;
	if (model_borrower(txn, op->receiver))
		cursor = &model_borrower(txn, op->receiver)->cursor;
	if (!cursor->open && txn->hypervisor.open && steps_may_call(NWD)) {
		more.party = NWD;
		more.word = (uint32_t)txn->sender << 16;
		cursor = &txn->hypervisor;
	}
	more.offset = cursor->header + 16 * cursor->out;
	if (one_in(world, 20))
		more.offset ^= 1u << world_random(world, 14);
	if (one_in(world, 20))
		more.word ^= 1u << world_random(world, 32);
	more.keep_rx = one_in(world, 10);
	do_more_as(world, &more);
}

void step_hypervisor(struct world *world)
{
	struct op *op = slot_in(world, MODEL_LIVE);
	struct desc desc = hypervisor_desc(world, op);

	if (!steps_may_call(NWD))
		return;
	if (one_in(world, 10))
		desc.sender = (uint16_t)world_random(world, 3);
	if (one_in(world, 20))
		desc.flags = 8;
	if (one_in(world, 20))
		desc.tag = 1;
	op->keep_rx = one_in(world, 10);
	op->keep_rest = one_in(world, 2);
	do_hypervisor_desc(world, op, &desc);
}

void step_relinquish(struct world *world)
{
	struct op *op = slot_received(world, MODEL_LIVE);
	struct desc_relinquish relinquish = {
		.handle = op->handle,
		.flags = one_in(world, 4),
		.endpoint_count = 1,
	};
	int party;

	random_borrower(world, op);
	party = op->receiver;
	if (is_dead(world, party))
		return;
	relinquish.endpoint[0] =
		party == NWD ? ID_VM : world->partition[party].ep.id;
	if (one_in(world, 30))
		relinquish.flags |= 1u << world_random(world, 4);
	if (one_in(world, 30))
		relinquish.endpoint_count = world_random(world, 3);
	if (one_in(world, 30))
		relinquish.endpoint[0]++;
	do_relinquish_as(world, party, &relinquish);
}

void step_reclaim(struct world *world)
{
	struct op *op = slot_in(world, MODEL_LIVE);
	int party = one_in(world, 20) || !steps_may_call(op->who)
			    ? any_party(world)
			    : op->who;
	uint32_t flags = one_in(world, 5);

	if (is_dead(world, party))
		return;
	if (one_in(world, 30))
		flags |= 1u << world_random(world, 4);
	do_reclaim_as(world, party, op->handle, flags);
}
