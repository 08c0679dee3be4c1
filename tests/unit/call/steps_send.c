/* See steps.h: sends, whole or in fragments. */
#include "unit/call/steps.h"

struct op slots[SLOTS];
int steps_caller = MODEL_NONE;

static const struct pick picks[] = {
	{SP1_RW, 30},
	{SP1_RO, RO_PAGES + RX_PAGES},
	{SP1_RW + 28 * PAGE_SIZE, 8},
	{SP2_RW, 30},
	{SP2_RO, RO_PAGES + RX_PAGES},
	{SP3_RW, 30},
	{SP1_MORE, MORE_PAGES},
	{SP1_BLOCK, BLOCK_PAGES},
	{SP1_BLOCK, 1},
	{SP1_BLOCK + 508 * PAGE_SIZE, 12},
	{SP1_DEVICE, DEVICE_PAGES},
	{NWD_DEVICE, DEVICE_PAGES},
	{SP1_IMAGE, IMAGE_PAGES},
	{SP2_IMAGE, IMAGE_PAGES},
	{NWD_RAM, 62},
	{NWD_RAM + 60 * PAGE_SIZE, 8},
	{NWD_ROM, NWD_ROM_PAGES},
	{SP1_NS, NS_PAGES},
	{NWD_BLOCK, NWD_BLOCK_PAGES},
	{MANAGER_PAGE, 1},
	{NOWHERE, 1},
};

/* Where there is a hypervisor: instead of the normal world's. */
static const struct pick vm_picks[] = {
	{VM1_RW, 30},
	{VM1_RW + 28 * PAGE_SIZE, 8},
	{VM1_RO, RO_PAGES + RX_PAGES},
	{VM1_BLOCK, BLOCK_PAGES},
	{VM1_BLOCK, 1},
	{VM1_BLOCK + 508 * PAGE_SIZE, 12},
	{VM1_DEVICE, DEVICE_PAGES},
	{VM2_RW, 30},
	{VM2_RO, RO_PAGES},
	{VM3_RW, 30},
	{SP1_RW, 30},
	{SP2_RW, 30},
	{SP3_RW, 30},
	{SP1_NS, NS_PAGES},
	{NOWHERE, 1},
	{HYPERVISOR_POOL, 1},
};

/* Where there are six partitions. */
static const struct pick six_picks[] = {
	{SP1_RW, 30},
	{SP1_RO, RO_PAGES + RX_PAGES},
	{SP1_BLOCK, BLOCK_PAGES},
	{SP1_BLOCK + 508 * PAGE_SIZE, 12},
	{SP1_DEVICE, DEVICE_PAGES},
	{SP1_NS, NS_PAGES},
	{SP2_RW, 30},
	{SP2_RO, RO_PAGES + RX_PAGES},
	{SP2_IMAGE, IMAGE_PAGES},
	{SP3_RW, 30},
	{SP4_RW, 30},
	{SP5_RW, 30},
	{SP5_RW + 20 * PAGE_SIZE, 12},
	{SP6_RW, 30},
	{NWD_RAM, 62},
	{NWD_ROM, NWD_ROM_PAGES},
	{NWD_BLOCK, NWD_BLOCK_PAGES},
	{NWD_DEVICE, DEVICE_PAGES},
	{MANAGER_PAGE, 1},
	{NOWHERE, 1},
};

const struct pick *steps_pick(struct world *world)
{
	if (world->has_six)
		return &six_picks[world_random(world, ARRAY_COUNT(six_picks))];
	if (world->has_hypervisor)
		return &vm_picks[world_random(world, ARRAY_COUNT(vm_picks))];
	return &picks[world_random(world, ARRAY_COUNT(picks))];
}

bool one_in(struct world *world, uint32_t n)
{
	return world_random(world, n) == 0;
}

uint8_t any_of(struct world *world, const uint8_t *choices, size_t count)
{
	return choices[world_random(world, (uint32_t)count)];
}

bool steps_may_call(int party)
{
	return steps_caller == MODEL_NONE || steps_caller == party;
}

bool is_dead(const struct world *world, int party)
{
	return world->model.party[party].dead;
}

int first_party(const struct world *world)
{
	return world->has_hypervisor ? SP1 : NWD;
}

int any_party(struct world *world)
{
	int first = first_party(world);
	int count = world->parties - first;
	int party = steps_caller;

	if (party != MODEL_NONE)
		return party;
	party = first + (int)world_random(world, (uint32_t)count);

	/* Somebody always lives. */
	while (is_dead(world, party))
		party = party + 1 < world->parties ? party + 1 : first;
	return party;
}

static bool is_receiver(struct world *world, const struct op *op, int party)
{
	struct model_txn *txn = model_txn(&world->model, op->handle);

	return model_borrower(txn, party) != NULL;
}

/* Mostly a slot with a transaction in this phase, and of the caller's. */
static struct op *any_slot(
	struct world *world, enum model_phase phase, bool received)
{
	struct op *op = NULL;

	for (unsigned i = 0; i < 2 * SLOTS; i++) {
		const struct model_txn *txn;

		op = &slots[world_random(world, SLOTS)];
		txn = model_txn(&world->model, op->handle);
		if (!txn || txn->phase != phase)
			continue;
		if (steps_may_call(op->who) && !received)
			return op;
		if (received && (steps_caller == MODEL_NONE ||
					is_receiver(world, op, steps_caller)))
			return op;
	}
	return op;
}

struct op *slot_in(struct world *world, enum model_phase phase)
{
	return any_slot(world, phase, false);
}

struct op *slot_received(struct world *world, enum model_phase phase)
{
	return any_slot(world, phase, true);
}

/* Mostly the first owner's; donations make that wrong in time. */
static int likely_owner(const struct world *world, uint64_t base)
{
	for (uint32_t i = 0; i < world->model.page_count; i++)
		if (world->model.page[i].at == base)
			return world->model.page[i].owner;
	return first_party(world);
}

static void random_range(
	struct world *world, struct op *op, const struct pick *pick)
{
	uint32_t first = world_random(world, pick->pages);
	uint32_t most = pick->pages - first;
	uint32_t count = 1 + world_random(world, most < 6 ? most : 6);

	if (one_in(world, 6)) {
		first = 0;
		count = pick->pages;
	}
	op_range(op, pick->base + first * PAGE_SIZE, count);
}

/* Now and then one field that is wrong. */
static void random_harm(struct world *world, struct op *op)
{
	if (one_in(world, 40))
		op->desc.sender ^= (uint16_t)(1 << world_random(world, 16));
	if (one_in(world, 40))
		op->desc.flags |= 1u << world_random(world, 12);
	if (one_in(world, 40))
		op->desc.attributes = (uint16_t)world_random(world, 0x80);
	if (one_in(world, 40))
		op->desc.receiver[0].id =
			(uint16_t)(0x8000 * world_random(world, 2) +
				   world_random(world, 6));
	if (one_in(world, 40))
		op->desc.receiver[0].permissions =
			ANY_OF(world, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10);
	if (one_in(world, 60))
		op->desc.receiver[0].flags = 1;
	if (one_in(world, 60))
		op->desc.handle = 1 + world_random(world, 4);
	if (one_in(world, 60))
		op->range[0].base += 0x800;
	if (one_in(world, 60))
		op->range[op->desc.range_count - 1].reserved = 1;
}

static bool may_receive(struct world *world, const struct op *op, int party)
{
	bool from_vm = world_is_vm(world, op->who);

	if (party == NWD)
		return op->who == NWD && op->func == MODEL_SHARE;
	if (!world_is_vm(world, party))
		return true;
	return from_vm && one_in(world, 2);
}

/* Mostly ones that may be there. */
static void random_receivers(struct world *world, struct op *op)
{
	for (int party = first_party(world); party < world->parties; party++) {
		bool fits = may_receive(world, op, party);

		if (party == op->who && !one_in(world, 30) && party != NWD)
			continue;
		if (party != op->receiver && one_in(world, 2) &&
			(fits || one_in(world, 30)))
			op_receiver(world, op, party,
				ANY_OF(world, DESC_RO, DESC_RW));
	}
	if (op->func == MODEL_LEND && op->desc.receiver_count > 1 &&
		one_in(world, 2))
		op->desc.attributes = ANY_OF(world, 0x2f, 0x27, 0x2e, 0x10);
}

/* How much of it comes first, and how much at a time. */
static void random_fragments(struct world *world, struct op *op)
{
	uint32_t ranges = op->desc.range_count;

	op->desc.range = op->range;
	desc_settle(&op->desc);
	if (one_in(world, 40))
		op->desc.page_total++;
	if (!one_in(world, 3))
		return;
	op->first = op->desc.composite_at + 16 +
		    16 * world_random(world, ranges < 200 ? ranges + 1 : 200);
	op->fragment = 16 * (1 + world_random(world, 3));
	if (ranges > 100)
		op->fragment *= 50;
}

static void random_ranges(
	struct world *world, struct op *op, const struct pick *pick)
{
	uint32_t ranges = one_in(world, 2) ? 1 : 1 + world_random(world, 4);

	for (uint32_t i = 0; i < ranges; i++)
		random_range(
			world, op, one_in(world, 6) ? steps_pick(world) : pick);
}

/* More ranges than RX holds: every second page, or those between. */
static void random_scatter(struct world *world, struct op *op)
{
	uint64_t base = SCATTER_BASE + world_random(world, 2) * PAGE_SIZE;

	if (op->who != SP1)
		base += 2ull * SCATTER_RANGES * PAGE_SIZE;
	op_scatter(op, base, SCATTER_RANGES - world_random(world, 20));
}

static void random_fields(struct world *world, struct op *op)
{
	op->desc.tag = world_random(world, 3);
	if (op->who == NWD && one_in(world, 3))
		op->desc.sender = 2;
	if (op->func != MODEL_DONATE && one_in(world, 2))
		op->desc.receiver[0].permissions = DESC_RO;
	if (op->func == MODEL_SHARE)
		op->desc.attributes = ANY_OF(world, 0x2f, 0x2f, 0x2f, 0, 0x27,
			0x2e, 0x2c, 0x10, 0x13, 0x1c);
	else if (one_in(world, 4))
		op->desc.flags |= 1;
	if (one_in(world, 6))
		op->desc.receiver[0].impdef[0] = 7;
	if (op->func == MODEL_DONATE ? one_in(world, 60) : one_in(world, 2))
		random_receivers(world, op);
}

/* Mostly of the caller's, where there is one. */
static const struct pick *own_pick(struct world *world)
{
	const struct pick *pick = steps_pick(world);

	for (unsigned i = 0; steps_caller != MODEL_NONE && i < 12; i++)
		if (likely_owner(world, pick->base) != steps_caller)
			pick = steps_pick(world);
	return pick;
}

void step_send(struct world *world)
{
	struct op *op = &slots[world_random(world, SLOTS)];
	const struct pick *pick = own_pick(world);
	int who = likely_owner(world, pick->base);
	int receiver =
		SP1 + (int)world_random(world, (uint32_t)world->parties - SP1);
	enum model_func func = MODEL_SHARE + world_random(world, 3);

	/* No handle is forgotten: the model holds only so many. */
	if (model_txn(&world->model, op->handle)) {
		if (!is_dead(world, op->who) && steps_may_call(op->who))
			do_reclaim(world, op, 0);
		return;
	}
	if (who < 0 || steps_caller != MODEL_NONE || one_in(world, 20))
		who = any_party(world);
	if (is_dead(world, who))
		return;
	if (receiver == who)
		receiver = SP1 + who % (world->parties - SP1);
	*op = op_of(world, func, who, receiver);
	random_fields(world, op);
	if ((who == SP1 || who == NWD || who == VM1) && one_in(world, 3))
		random_scatter(world, op);
	else
		random_ranges(world, op, pick);
	random_harm(world, op);
	random_fragments(world, op);
	if (one_in(world, 2))
		do_send_first(world, op);
	else
		do_send(world, op);
}

/* An unfinished send goes on, mostly with what comes next. */
void step_fragment(struct world *world)
{
	struct op *op = slot_in(world, MODEL_ASSEMBLING);
	struct fragment fragment;
	uint32_t left;

	if (op->done == 0 || is_dead(world, op->who))
		return;
	left = op->desc.length - op->done;
	fragment = fragment_of(op, op->fragment);
	if (fragment.length > left && !one_in(world, 10))
		fragment.length = left;
	if (one_in(world, 30))
		fragment.length ^= 1u << world_random(world, 13);
	if (one_in(world, 30))
		fragment.word ^= 1u << world_random(world, 32);
	if (one_in(world, 30))
		fragment.handle += world_random(world, 3);
	if (steps_caller != MODEL_NONE || one_in(world, 30))
		fragment.party = any_party(world);
	do_fragment_as(world, op, &fragment);
}
