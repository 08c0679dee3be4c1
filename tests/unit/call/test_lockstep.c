/*
 * Random calls of four endpoints, manager and model in lockstep: statuses,
 * ledger, tables, ghost TLB and contents are compared after every call, and a
 * refusal must have changed nothing. Sends have one to four receivers, come
 * whole or in fragments, and so do the responses. The seeds are fixed;
 * ESCROW_SEED and ESCROW_STEPS make other runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"

#define WORLDS 8
#define STEPS 350
#define SLOTS 12

/* Pages for sends of many ranges: of SP1, then of the normal world. */
#define SCATTER_BASE 0x80000000ull
#define SCATTER_RANGES 262u

static struct op slots[SLOTS];

struct pick {
	uint64_t base;
	uint32_t pages;
};

/* Where ranges start; few enough that they meet each other. */
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

static bool one_in(struct world *world, uint32_t n)
{
	return world_random(world, n) == 0;
}

#define ANY_OF(world, ...)                                                     \
	any_of(world, (const uint8_t[]){__VA_ARGS__},                          \
		sizeof((const uint8_t[]){__VA_ARGS__}))

static uint8_t any_of(struct world *world, const uint8_t *choices, size_t count)
{
	return choices[world_random(world, (uint32_t)count)];
}

/* Mostly the first owner's; donations make that wrong in time. */
static int likely_owner(const struct world *world, uint64_t base)
{
	for (uint32_t i = 0; i < world->model.page_count; i++)
		if (world->model.page[i].at == base)
			return world->model.page[i].owner;
	return NWD;
}

/* Mostly a slot with a transaction in this phase. */
static struct op *slot_in(struct world *world, enum model_phase phase)
{
	struct op *op = NULL;

	for (unsigned i = 0; i < 2 * SLOTS; i++) {
		const struct model_txn *txn;

		op = &slots[world_random(world, SLOTS)];
		txn = model_txn(&world->model, op->handle);
		if (txn && txn->phase == phase)
			return op;
	}
	return op;
}

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
			(uint16_t)(0x8000 + world_random(world, 6));
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

static bool is_dead(const struct world *world, int party)
{
	return world->model.party[party].dead;
}

static int any_party(struct world *world)
{
	int party = (int)world_random(world, WORLD_PARTIES);

	return is_dead(world, party) ? NWD : party;
}

/* Mostly ones that may be there. */
static void random_receivers(struct world *world, struct op *op)
{
	for (int party = NWD; party < WORLD_PARTIES; party++) {
		bool fits = party != NWD ||
			    (op->who == NWD && op->func == MODEL_SHARE);

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
		random_range(world, op,
			one_in(world, 6) ? &picks[world_random(
						   world, ARRAY_COUNT(picks))]
					 : pick);
}

/* More ranges than RX holds: every second page, or those between. */
static void random_scatter(struct world *world, struct op *op)
{
	uint64_t base = SCATTER_BASE + world_random(world, 2) * PAGE_SIZE;

	if (op->who == NWD)
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

static void step_send(struct world *world)
{
	struct op *op = &slots[world_random(world, SLOTS)];
	const struct pick *pick =
		&picks[world_random(world, ARRAY_COUNT(picks))];
	int who = likely_owner(world, pick->base);
	int receiver = 1 + (int)world_random(world, 3);
	enum model_func func = MODEL_SHARE + world_random(world, 3);

	/* No handle is forgotten: the model holds only so many. */
	if (model_txn(&world->model, op->handle)) {
		if (!is_dead(world, op->who))
			do_reclaim(world, op, 0);
		return;
	}
	if (who < 0 || one_in(world, 20))
		who = any_party(world);
	if (is_dead(world, who))
		return;
	if (receiver == who)
		receiver = 1 + who % 3;
	*op = op_of(world, func, who, receiver);
	random_fields(world, op);
	if ((who == SP1 || who == NWD) && one_in(world, 3))
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
static void step_fragment(struct world *world)
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
	if (one_in(world, 30))
		fragment.party = any_party(world);
	do_fragment_as(world, op, &fragment);
}

/* Whoever is a receiver, mostly. */
static void random_borrower(struct world *world, struct op *op)
{
	uint32_t count = op->desc.receiver_count;
	int party = NWD;

	if (count)
		party = model_party_of(&world->model,
			op->desc.receiver[world_random(world, count)].id);
	if (party < 0 || one_in(world, 30))
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

static void step_retrieve(struct world *world)
{
	struct op *op = slot_in(world, MODEL_LIVE);
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
static void step_more(struct world *world)
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
	if (!cursor->open && txn->hypervisor.open) {
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

static void step_hypervisor(struct world *world)
{
	struct op *op = slot_in(world, MODEL_LIVE);
	struct desc desc = hypervisor_desc(world, op);

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

static void step_relinquish(struct world *world)
{
	struct op *op = slot_in(world, MODEL_LIVE);
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
	relinquish.endpoint[0] = party == NWD ? ID_VM
					       : world->partition[party].ep.id;
	if (one_in(world, 30))
		relinquish.flags |= 1u << world_random(world, 4);
	if (one_in(world, 30))
		relinquish.endpoint_count = world_random(world, 3);
	if (one_in(world, 30))
		relinquish.endpoint[0]++;
	do_relinquish_as(world, party, &relinquish);
}

static void step_reclaim(struct world *world)
{
	struct op *op = slot_in(world, MODEL_LIVE);
	int party = one_in(world, 20) ? any_party(world) : op->who;
	uint32_t flags = one_in(world, 5);

	if (is_dead(world, party))
		return;
	if (one_in(world, 30))
		flags |= 1u << world_random(world, 4);
	do_reclaim_as(world, party, op->handle, flags);
}

static void step_release(struct world *world)
{
	do_release_rx(world, any_party(world));
}

static void step_buffers(struct world *world)
{
	int party = any_party(world);

	if (world->model.party[party].buffers && one_in(world, 8)) {
		do_unmap(world, party);
		return;
	}
	if (one_in(world, 3)) {
		const struct pick *pick =
			&picks[world_random(world, ARRAY_COUNT(picks))];

		do_map(world, party, pick->base,
			pick->base + world_random(world, 3) * PAGE_SIZE);
	}
	/* Mostly mapped, so that most calls get further. */
	do_map(world, party, world_tx(party), world_rx(party));
}

/* Somebody who may writes to a page. */
static void step_write(struct world *world)
{
	uint32_t index = world_random(world, world->model.page_count);
	struct model_page *page = &world->model.page[index];

	/* What an owner writes into its own RX is not what we look for. */
	if (page->use == MODEL_BUFFER)
		return;
	for (int party = 0; party < WORLD_PARTIES; party++)
		if (page->access[party].perm & MODEL_W) {
			world_touch(world, page->at);
			return;
		}
}

typedef void step_action(struct world *world);

/* As often as they are named. */
static step_action *const steps_of[] = {step_send, step_send, step_send,
	step_send, step_fragment, step_fragment, step_fragment, step_fragment,
	step_retrieve, step_retrieve, step_retrieve, step_retrieve, step_more,
	step_more, step_more, step_more, step_relinquish, step_relinquish,
	step_relinquish, step_reclaim, step_reclaim, step_reclaim,
	step_hypervisor, step_write, step_buffers, step_release, step_release,
	step_release, step_release};

static void step(struct world *world)
{
	steps_of[world_random(world, ARRAY_COUNT(steps_of))](world);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* When a test fails in here, ESCROW_SEED repeats its world. */
static void run_world(uint64_t seed, uint64_t steps)
{
	struct world *world = world_make();

	world->random ^= seed * 0x9e3779b97f4a7c15ull;
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++)
		slots[i].receiver = SP2;
	for (int party = 0; party < WORLD_PARTIES; party++)
		world->partition[party].version =
			FFA_VERSION_1_0 + world_random(world, 3);
	world_extend(world, SP1, SCATTER_BASE, 2 * SCATTER_RANGES);
	world_extend(world, NWD,
		SCATTER_BASE + 2ull * SCATTER_RANGES * PAGE_SIZE,
		2 * SCATTER_RANGES);
	map_buffers(world);
	for (uint64_t i = 0; i < steps; i++) {
		if (i == steps - steps / 5)
			do_kill(world, SP1 + (int)world_random(world, 3));
		step(world);
	}
	free(world);
}

static void manager_and_model_agree_on_random_calls(void **state)
{
	uint64_t steps = number("ESCROW_STEPS", STEPS);
	uint64_t seed = number("ESCROW_SEED", 0);

	(void)state;
	if (seed) {
		run_world(seed, steps);
		return;
	}
	for (seed = 1; seed <= WORLDS; seed++) {
		printf("# seed %llu\n", (unsigned long long)seed);
		run_world(seed, steps);
	}
}

static void relinquish_all(struct world *world, struct model_txn *txn)
{
	for (uint32_t i = 0; i < txn->borrower_count; i++) {
		struct desc_relinquish relinquish = {
			.handle = txn->handle,
			.endpoint_count = 1,
			.endpoint = {txn->borrower[i].sent.id},
		};

		if (txn->borrower[i].held)
			expect_ok(do_relinquish_as(world,
				txn->borrower[i].party, &relinquish));
	}
}

/* Every handle of every party is given back; the ledger is as at boot. */
static void give_everything_back(struct world *world)
{
	for (int i = 0; i < MODEL_TXNS_MAX; i++) {
		struct model_txn *txn = &world->model.txn[i];

		if (!txn->live)
			continue;
		relinquish_all(world, txn);
		expect_ok(do_reclaim_as(world, txn->owner, txn->handle, 0));
	}
}

/* Donations are not retrieved: they would move titles for good. */
static void forget_donations(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		if (slots[i].func == MODEL_DONATE)
			slots[i].handle = 0;
}

static void send_and_retrieve(struct world *world)
{
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++) {
		slots[i].receiver = SP2;
		step_send(world);
		forget_donations();
		step_retrieve(world);
	}
}

static void all_reclaimed_is_as_before(void **state)
{
	struct world *world = world_make();
	uint64_t digest;

	(void)state;
	map_buffers(world);
	digest = oracle_digest(world);
	for (unsigned round = 0; round < 10; round++) {
		send_and_retrieve(world);
		for (int party = 0; party < WORLD_PARTIES; party++)
			do_release_rx(world, party);
		give_everything_back(world);
		assert_int_equal(oracle_digest(world), digest);
	}
	CONFORMS("Z-03");
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manager_and_model_agree_on_random_calls),
		cmocka_unit_test(all_reclaimed_is_as_before),
	};

	return SUITE_RUN("test-lockstep", tests);
}
