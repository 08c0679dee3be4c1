/*
 * All sequences of calls in a small world, in lockstep with the model: two
 * partitions and two pages, three partitions and one page, the normal world
 * with two partitions, a hypervisor's two machines with a partition of the
 * SPMC's. Every call is tried in every state that any sequence reaches. A
 * state is what the model says and how many pages the pools have left;
 * handles do not count, for they are never used again, but their order does.
 *
 * With ESCROW_SCOPE=all the buffers come and go and partitions die in all
 * worlds: minutes instead of seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/calls.h"
#include "lib/oracle.h"
#include "lib/system.h"

#define PAGES_OF_SP1 0x08000000ull
#define PAGES_OF_NWD 0x40800000ull
#define PAGES_OF_VM1 VM1_BLOCK
#define PATH_MAX_MOVES 40
#define STATES_MAX 16384u
#define SEEN_SLOTS 65536u /* a power of two, more than the states */
#define MOVES_MAX 160
#define SLOTS_MAX 2

enum deed {
	SEND,
	RETRIEVE,
	RELINQUISH,
	RECLAIM,
	BUFFERS, /* are unmapped, or mapped */
	KILL,
	FOLLOW, /* another kernel runs in the normal world */
};

/* `slot`: which of the live transactions, in the order of their handles. */
struct move {
	enum deed deed;
	int party;
	enum model_func func;
	unsigned pages;     /* a set */
	unsigned receivers; /* a set of parties */
	unsigned slot;
	uint32_t flags;
};

/* A state, by the moves that lead to it. */
struct node {
	uint8_t path[PATH_MAX_MOVES];
	uint8_t length;
};

struct scope {
	int first, last; /* parties */
	uint64_t base;
	unsigned page_count;
	bool buffers; /* come and go */
	bool deaths;
	struct world *world;
	struct move move[MOVES_MAX];
	unsigned move_count;
	uint64_t seen[SEEN_SLOTS];
	struct node node[STATES_MAX];
	unsigned node_count;
	unsigned deepest;
	uint64_t calls;
};

/* What the search is trying, for the report of a failure. */
static const struct scope *trying;
static const struct node *trying_in;
static unsigned trying_move;

/* --- Moves ------------------------------------------------------------- */

static void add(struct scope *scope, struct move move)
{
	assert_true(scope->move_count < MOVES_MAX);
	scope->move[scope->move_count++] = move;
}

static void add_sends_to(
	struct scope *scope, int party, unsigned pages, unsigned receivers)
{
	bool alone = (receivers & (receivers - 1)) == 0;

	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		for (uint32_t zero = 0; zero < 2; zero++)
			if ((func != MODEL_DONATE || alone) &&
				(func != MODEL_SHARE || !zero))
				add(scope, (struct move){SEND, party,
						   (enum model_func)func, pages,
						   receivers, 0, zero});
}

static void add_sends(struct scope *scope, int party)
{
	unsigned all = 0;

	for (int to = scope->first; to <= scope->last; to++)
		all |= to != NWD ? 1u << to : 0;
	for (unsigned pages = 1; pages < 1u << scope->page_count; pages++)
		for (unsigned to = 1; to <= all; to++)
			if ((to & ~all) == 0 && !(to & 1u << party))
				add_sends_to(scope, party, pages, to);
}

/* Flag 1 is "zero", before or after; 4 in a retrieval "zero afterwards". */
static void add_others(struct scope *scope, int party)
{
	for (unsigned slot = 0; slot < scope->page_count; slot++)
		for (uint32_t zero = 0; zero < 2; zero++) {
			add(scope, (struct move){RETRIEVE, party, 0, 0, 0, slot,
					   4 * zero});
			add(scope, (struct move){RELINQUISH, party, 0, 0, 0,
					   slot, zero});
			add(scope, (struct move){RECLAIM, party, 0, 0, 0, slot,
					   zero});
		}
	if (scope->buffers)
		add(scope, (struct move){.deed = BUFFERS, .party = party});
	if (scope->deaths && party != NWD)
		add(scope, (struct move){.deed = KILL, .party = party});
	if (scope->base == PAGES_OF_NWD && party == NWD)
		add(scope, (struct move){.deed = FOLLOW, .party = party});
}

static void add_moves(struct scope *scope)
{
	for (int party = scope->first; party <= scope->last; party++) {
		add_sends(scope, party);
		add_others(scope, party);
	}
}

/* --- The world --------------------------------------------------------- */

/* In address order: everybody's buffers, and somebody's pages. */
static void give_memory(struct scope *scope)
{
	struct world *world = scope->world;

	for (int party = SP1; party < WORLD_PARTIES; party++)
		world_extend(world, party, world_tx(party), 2);
	if (scope->base == PAGES_OF_SP1)
		world_extend(world, SP1, scope->base, scope->page_count);
	if (scope->last < VM1)
		world_extend(world, NWD, world_tx(NWD), 2);
	if (scope->base == PAGES_OF_NWD)
		world_extend(world, NWD, scope->base, scope->page_count);
	for (int party = VM1; party < world->parties; party++) {
		system_extend(world, party, world_tx(party), 2);
		if (scope->base == PAGES_OF_VM1 && party == VM1)
			system_extend(
				world, VM1, scope->base, scope->page_count);
	}
}

static void make_world(struct scope *scope)
{
	struct world *world = scope->world;

	if (scope->last < VM1)
		world_make_again(world);
	else
		system_make_again(world);
	give_memory(scope);
	world->unwatched = true;
	for (int party = scope->last < VM1 ? NWD : SP1; party < world->parties;
		party++)
		expect_ok(
			do_map(world, party, world_tx(party), world_rx(party)));
}

/* The transaction of a slot, or NULL. */
static const struct model_txn *txn_in(const struct model *model, unsigned slot)
{
	const struct model_txn *at = NULL;

	for (unsigned i = 0; i <= slot; i++) {
		uint64_t last = at ? at->handle : 0;

		at = NULL;
		for (unsigned k = 0; k < MODEL_TXNS_MAX; k++) {
			const struct model_txn *txn = &model->txn[k];

			if (txn->live && txn->handle > last &&
				(!at || txn->handle < at->handle))
				at = txn;
		}
		if (!at)
			return NULL;
	}
	return at;
}

/* --- Playing a move ---------------------------------------------------- */

static enum reason play_send(struct scope *scope, const struct move *move)
{
	struct op op = op_of(scope->world, move->func, move->party, 0);

	op.desc.receiver_count = 0;
	op.desc.flags = move->flags;
	for (int to = SP1; to < scope->world->parties; to++)
		if (move->receivers & 1u << to)
			op_receiver(scope->world, &op, to,
				move->func == MODEL_DONATE ? 0 : DESC_RW);
	for (unsigned i = 0; i < scope->page_count; i++)
		if (move->pages & 1u << i)
			op_range(&op, scope->base + i * PAGE_SIZE, 1);
	return do_send(scope->world, &op);
}

/* Names all receivers as the sender did, and itself if it is none. */
static enum reason play_retrieve(struct scope *scope, const struct move *move,
	const struct model_txn *txn)
{
	struct world *world = scope->world;
	struct op op = op_of(world, txn->func, txn->owner, move->party);

	op.desc.receiver_count = 0;
	for (uint32_t i = 0; i < txn->borrower_count; i++)
		op_receiver(world, &op, txn->borrower[i].party, 0);
	op.desc.sender = txn->sender;
	op.desc.tag = txn->tag;
	op.handle = txn->handle;
	op.asked_flags = move->flags;
	return do_retrieve(world, &op);
}

static enum reason play_on(struct scope *scope, const struct move *move,
	const struct model_txn *txn)
{
	struct world *world = scope->world;
	struct desc_relinquish give = {txn->handle, move->flags, 1,
		{world->partition[move->party].ep.id}};

	switch (move->deed) {
	case RETRIEVE:
		return play_retrieve(scope, move, txn);
	case RELINQUISH:
		return do_relinquish_as(world, move->party, &give);
	default:
		return do_reclaim_as(
			world, move->party, txn->handle, move->flags);
	}
}

static enum reason play_buffers(struct world *world, int party)
{
	if (world->model.party[party].buffers)
		return do_unmap(world, party);
	return do_map(world, party, world_tx(party), world_rx(party));
}

/* False: there is nothing to play, or it was refused. */
static bool play(struct scope *scope, const struct move *move)
{
	struct world *world = scope->world;
	const struct model_txn *txn = txn_in(&world->model, move->slot);

	if (world->model.party[move->party].dead)
		return false;
	switch (move->deed) {
	case SEND:
		return play_send(scope, move) == R_NONE;
	case BUFFERS:
		return play_buffers(world, move->party) == R_NONE;
	case KILL:
		do_kill(world, move->party);
		return true;
	case FOLLOW:
		return do_follow(world, world->partition[NWD].version,
			       world_tx(NWD), world_rx(NWD)) == R_NONE;
	default:
		return txn && play_on(scope, move, txn) == R_NONE;
	}
}

/* --- States ------------------------------------------------------------ */

static void mix(uint64_t *sum, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		*sum = (*sum ^ (value >> 8 * i & 0xff)) * 0x100000001b3ull;
}

static void mix_txn(uint64_t *sum, const struct model_txn *txn)
{
	mix(sum, txn->phase);
	mix(sum, txn->func);
	mix(sum, (uint64_t)txn->owner);
	mix(sum, txn->flags << 3 | txn->orphan << 2 | txn->zero_after << 1 |
			 txn->withheld);
	for (uint32_t i = 0; i < txn->range_count; i++)
		mix(sum, txn->range[i].base.v);
	for (uint32_t i = 0; i < txn->borrower_count; i++) {
		const struct model_borrower *borrower = &txn->borrower[i];

		mix(sum, (uint64_t)borrower->party);
		mix(sum, borrower->held | borrower->was_held << 1);
		mix(sum, borrower->held ? borrower->held_perm : 0);
	}
}

static void mix_page(uint64_t *sum, const struct model_page *page, int parties)
{
	mix(sum, (uint64_t)page->owner);
	mix(sum, page->owner_access.perm);
	mix(sum, page->use);
	for (int party = NWD; party < parties; party++)
		mix(sum, page->access[party].perm);
}

static uint64_t state_of(const struct scope *scope)
{
	const struct model *model = &scope->world->model;
	uint64_t sum = 0xcbf29ce484222325ull;
	const struct model_txn *txn;

	for (uint32_t i = 0; i < model->page_count; i++)
		mix_page(&sum, &model->page[i], scope->world->parties);
	for (unsigned i = 0; (txn = txn_in(model, i)) != NULL; i++)
		mix_txn(&sum, txn);
	for (int party = NWD; party < scope->world->parties; party++)
		mix(&sum, model->party[party].dead | model->party[party].buffers
							     << 1);
	mix(&sum, scope->world->spm.pool.free_count);
	mix(&sum, scope->world->hypervisor.spm.pool.free_count);
	return sum ? sum : 1;
}

/* True when it was not there yet. */
static bool note(struct scope *scope, uint64_t state)
{
	uint64_t slot = state % SEEN_SLOTS;

	while (scope->seen[slot] != 0 && scope->seen[slot] != state)
		slot = (slot + 1) % SEEN_SLOTS;
	if (scope->seen[slot] == state)
		return false;
	scope->seen[slot] = state;
	return true;
}

/* --- The search -------------------------------------------------------- */

/*
 * Whatever calls have done to the contents has been looked at before. RX is
 * not its owner's to write while it is mapped.
 */
static void touch_all(struct world *world)
{
	for (uint32_t i = 0; i < world->model.page_count; i++) {
		struct model_page *page = &world->model.page[i];

		page->zeroed = false;
		if (page->use != MODEL_BUFFER)
			world_touch(world, page->at);
	}
}

static void go_to(struct scope *scope, const struct node *node)
{
	make_world(scope);
	for (unsigned i = 0; i < node->length; i++)
		assert_true(play(scope, &scope->move[node->path[i]]));
	scope->world->unwatched = false;
	touch_all(scope->world);
}

static void push(struct scope *scope, const struct node *from, unsigned move)
{
	struct node *node = &scope->node[scope->node_count++];

	if (scope->node_count == STATES_MAX || from->length == PATH_MAX_MOVES)
		fail_msg("more states than there is room for");
	*node = *from;
	node->path[node->length++] = (uint8_t)move;
	if (node->length > scope->deepest)
		scope->deepest = node->length;
}

/* All calls in one state; refused ones leave it, so the next can follow. */
static void expand(struct scope *scope, const struct node *node)
{
	trying_in = node;
	go_to(scope, node);
	for (unsigned i = 0; i < scope->move_count; i++) {
		scope->calls++;
		trying_move = i;
		if (!play(scope, &scope->move[i]))
			continue;
		if (note(scope, state_of(scope)))
			push(scope, node, i);
		go_to(scope, node);
	}
}

static void search(struct scope *scope, const char *name)
{
	struct node root = {.length = 0};

	trying = scope;
	add_moves(scope);
	make_world(scope);
	note(scope, state_of(scope));
	scope->node[scope->node_count++] = root;
	for (unsigned i = 0; i < scope->node_count; i++)
		expand(scope, &scope->node[i]);
	printf("# %s: %u states, the farthest %u calls away; %llu calls\n",
		name, scope->node_count, scope->deepest,
		(unsigned long long)scope->calls);
	trying = NULL;
	free(scope->world);
	free(scope);
}

static void tell_move(const struct move *move)
{
	static const char *const deeds[] = {"send", "retrieve", "relinquish",
		"reclaim", "buffers", "kill", "follow"};

	print_error("  %s by %d: func %d pages %#x to %#x, slot %u flags %u\n",
		deeds[move->deed], move->party, move->func, move->pages,
		move->receivers, move->slot, move->flags);
}

/* After a test that failed: how it got there. */
static int tell_path(void **state)
{
	(void)state;
	if (!trying)
		return 0;
	print_error("calls that led there, and the one that failed:\n");
	for (unsigned i = 0; i < trying_in->length; i++)
		tell_move(&trying->move[trying_in->path[i]]);
	tell_move(&trying->move[trying_move]);
	trying = NULL;
	return 0;
}

static struct scope *scope_of(
	int first, int last, uint64_t base, unsigned page_count)
{
	struct scope *scope = calloc(1, sizeof(*scope));
	const char *all = getenv("ESCROW_SCOPE");

	assert_non_null(scope);
	scope->first = first;
	scope->last = last;
	scope->base = base;
	scope->page_count = page_count;
	scope->buffers = scope->deaths = all && strcmp(all, "all") == 0;
	scope->world = world_make_bare();
	return scope;
}

static void two_partitions_can_do_nothing_wrong_with_two_pages(void **state)
{
	(void)state;
	search(scope_of(SP1, SP2, PAGES_OF_SP1, 2),
		"two partitions, two pages");
}

static void three_partitions_can_do_nothing_wrong_with_a_page(void **state)
{
	struct scope *scope = scope_of(SP1, SP3, PAGES_OF_SP1, 1);

	(void)state;
	scope->deaths = true;
	search(scope, "three partitions, a page");
}

static void both_worlds_can_do_nothing_wrong_with_a_page(void **state)
{
	struct scope *scope = scope_of(NWD, SP2, PAGES_OF_NWD, 1);

	(void)state;
	scope->buffers = true;
	search(scope, "two worlds, a page");
}

static void two_managers_can_do_nothing_wrong_with_a_page(void **state)
{
	struct scope *scope = scope_of(SP3, VM2, PAGES_OF_VM1, 1);

	(void)state;
	scope->deaths = true;
	search(scope, "a partition and two machines, a page");
}

#define TEST(name) cmocka_unit_test_teardown(name, tell_path)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(two_partitions_can_do_nothing_wrong_with_two_pages),
		TEST(three_partitions_can_do_nothing_wrong_with_a_page),
		TEST(both_worlds_can_do_nothing_wrong_with_a_page),
		TEST(two_managers_can_do_nothing_wrong_with_a_page),
	};

	return SUITE_RUN("test-small-scope", tests);
}
