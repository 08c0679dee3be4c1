/* Brings a page into a state of the matrix. See matrix.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/oracle.h"
#include "matrix/matrix.h"

/* Memory of SP4, and for responses that RX does not hold. */
#define SP4_BASE 0x50000000ull
#define FAR 0x80000000ull
#define MANY 260u
#define A_FEW 12u
#define NC 0x27

#define AT(name) (1u << AT_##name)

static bool is_in(const struct scene *scene, uint32_t states)
{
	return states & 1u << scene->state;
}

/* --- What is sent ------------------------------------------------------ */

static const struct {
	enum model_func func;
	int who;
	int second; /* its party, or none */
} sends[BY_COUNT] = {
	[BY_P_PAGE] = {MODEL_LEND, SP1, MODEL_NONE},
	[BY_P_SHARE] = {MODEL_SHARE, SP1, MODEL_NONE},
	[BY_P_SHARE_2] = {MODEL_SHARE, SP1, SP3},
	[BY_P_LEND] = {MODEL_LEND, SP1, MODEL_NONE},
	[BY_P_LEND_2] = {MODEL_LEND, SP1, SP3},
	[BY_P_DONATE] = {MODEL_DONATE, SP1, MODEL_NONE},
	[BY_N_PAGE] = {MODEL_LEND, NWD, MODEL_NONE},
	[BY_N_SHARE] = {MODEL_SHARE, NWD, MODEL_NONE},
	[BY_N_SHARE_2] = {MODEL_SHARE, NWD, SP3},
	[BY_N_SHARE_TO_VM] = {MODEL_SHARE, NWD, NWD},
	[BY_N_LEND] = {MODEL_LEND, NWD, MODEL_NONE},
	[BY_N_LEND_2] = {MODEL_LEND, NWD, SP3},
	[BY_N_DONATE] = {MODEL_DONATE, NWD, MODEL_NONE},
};

int scene_party(const struct scene *scene, enum matrix_caller caller)
{
	switch (caller) {
	case AS_OWNER:
		return sends[scene->kind].who;
	case AS_FIRST:
		return SP2;
	case AS_SECOND:
		return sends[scene->kind].second;
	case AS_STRANGER:
		return SP4;
	default:
		return NWD;
	}
}

static uint64_t page_of(const struct scene *scene)
{
	bool nwd = sends[scene->kind].who == NWD;

	switch (scene->state) {
	case AT_READ_ONLY:
		return nwd ? NWD_ROM : SP1_RO;
	case AT_CODE:
		return SP1_RX;
	case AT_DEVICE:
		return nwd ? NWD_DEVICE : SP1_DEVICE;
	case AT_OTHERS_WORLD:
		return SP1_NS;
	case AT_BUFFER:
		return world_tx(nwd ? NWD : SP1);
	case AT_HOLE:
		return NOWHERE;
	case AT_MANAGERS:
		return MANAGER_PAGE;
	case AT_READING:
	case AT_DRAINING:
	case AT_DESCRIBING:
		return FAR;
	default:
		return nwd ? NWD_RAM : SP1_MORE;
	}
}

static uint32_t range_count(const struct scene *scene)
{
	if (scene->page == FAR)
		return MANY;
	return scene->state == AT_ASSEMBLING ? A_FEW : 2;
}

/* Every second page, so that each is a range. */
static struct op send_of(const struct scene *scene)
{
	enum model_func func = sends[scene->kind].func;
	int who = sends[scene->kind].who, second = sends[scene->kind].second;
	struct op op = op_of(scene->world, func, who, SP2);

	if (second != MODEL_NONE)
		op_receiver(scene->world, &op, second, DESC_RW);
	if (who == NWD && func != MODEL_SHARE)
		op.desc.sender = ID_VM + 1;
	if (scene->state == AT_OPENING)
		op.desc.flags = 1;
	op_scatter(&op, scene->page, range_count(scene));
	op.desc.range = op.range;
	desc_settle(&op.desc);
	if (scene->state == AT_ASSEMBLING)
		op.first = op.desc.composite_at + 16 + 2 * 16;
	return op;
}

/* --- The way there ----------------------------------------------------- */

/* A handle that is gone, of memory that has nothing to do with the page. */
static void without_transaction(struct scene *scene)
{
	int who = sends[scene->kind].who;

	scene->op = op_of(scene->world, MODEL_LEND, who, SP2);
	op_range(&scene->op, who == NWD ? NWD_RAM : SP1_MORE, 1);
	expect_ok(do_send(scene->world, &scene->op));
	expect_ok(do_reclaim(scene->world, &scene->op, 0));
}

static void retrieve_as(struct scene *scene, int party)
{
	static struct op op;

	op = scene->op;
	op.receiver = party;
	op.keep_rest = is_in(scene, AT(READING) | AT(DRAINING));
	/* Other attributes than the owner's: caches are cleaned later. */
	op.asked_attr = scene->state == AT_RELEASING ? NC : 0;
	expect_ok(do_retrieve(scene->world, &op));
	if (party == SP2)
		scene->op.received = op.received;
}

static void describe_first(struct scene *scene)
{
	scene->op.keep_rest = true;
	expect_ok(do_hypervisor_retrieve(scene->world, &scene->op));
	scene->op.keep_rest = false;
}

/* Zeroing fails, which the model cannot know by itself. */
static void withhold(struct scene *scene, struct cell cell)
{
	struct world *world = scene->world;

	host_fail_zero(1);
	expect_reason(cell_do_on(scene, 0, cell), R_ZERO_FAULT);
	host_fail_zero(0);
	oracle_begin(world);
	model_withhold(&world->model, scene->op.handle);
	if (!oracle_end(world))
		fail_msg("withheld: %s", world->wrong);
}

static struct cell cell_of(const struct scene *scene, enum matrix_call call,
	enum matrix_caller caller)
{
	return (struct cell){scene->state, scene->kind, call, caller};
}

/* A context that still runs has mapped its buffers again. */
static void kill(struct world *world, int party)
{
	do_kill(world, party);
	expect_ok(do_map(world, party, world_tx(party), world_rx(party)));
}

/* What befalls the transaction, retrieved or not. */
static void go_on(struct scene *scene)
{
	struct world *world = scene->world;

	switch (scene->state) {
	case AT_HELD_BY_ALL:
		retrieve_as(scene, scene_party(scene, AS_SECOND));
		break;
	case AT_RELINQUISHED:
		expect_ok(do_relinquish(world, &scene->op, 0));
		break;
	case AT_RECLAIMED:
		expect_ok(do_reclaim(world, &scene->op, 0));
		break;
	case AT_WITHHELD:
		withhold(scene,
			cell_of(scene, DO_RELINQUISH_WITH_ZERO, AS_FIRST));
		break;
	case AT_WITHHELD_AT_RECLAIM:
		withhold(scene, cell_of(scene, DO_RECLAIM_WITH_ZERO, AS_OWNER));
		break;
	case AT_DESCRIBING:
		describe_first(scene);
		break;
	case AT_OWNER_DEAD:
	case AT_OWNER_DEAD_HELD:
		kill(world, SP1);
		break;
	case AT_FIRST_DEAD:
	case AT_FIRST_DEAD_HELD:
		kill(world, SP2);
		break;
	default:
		break;
	}
}

static const uint32_t held_states =
	AT(HELD) | AT(READING) | AT(HELD_BY_ALL) | AT(RELEASING) | AT(ZEROING) |
	AT(RELINQUISHED) | AT(DRAINING) | AT(DONATED) | AT(WITHHELD) |
	AT(OWNER_DEAD_HELD) | AT(FIRST_DEAD_HELD);

static void reach(struct scene *scene)
{
	if (1u << scene->kind & (1u << BY_P_PAGE | 1u << BY_N_PAGE)) {
		without_transaction(scene);
		return;
	}
	scene->op = send_of(scene);
	if (scene->state == AT_ASSEMBLING) {
		expect_ok(do_send_first(scene->world, &scene->op));
		return;
	}
	if (scene->state == AT_OPENING) {
		scene->op.handle = scene->world->engine.last_handle + 1;
		return;
	}
	expect_ok(do_send(scene->world, &scene->op));
	if (is_in(scene, held_states))
		retrieve_as(scene, SP2);
	go_on(scene);
}

/* The call in whose middle others will meet the page. */
static void choose_claim(struct scene *scene)
{
	scene->moment = HOST_ZERO;
	switch (scene->state) {
	case AT_RETRIEVING:
		scene->moment = HOST_COPY_OUT;
		scene->claim = cell_of(scene, DO_RETRIEVE, AS_FIRST);
		break;
	case AT_RELEASING:
		scene->moment = HOST_CLEAN;
		scene->claim = cell_of(scene, DO_RELINQUISH, AS_FIRST);
		break;
	case AT_ZEROING:
		scene->claim =
			cell_of(scene, DO_RELINQUISH_WITH_ZERO, AS_FIRST);
		break;
	default:
		scene->claim = cell_of(scene, DO_RECLAIM_WITH_ZERO, AS_OWNER);
		break;
	}
}

struct scene *scene_make(enum matrix_state state, enum matrix_kind kind)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->state = state;
	scene->kind = kind;
	scene->world = world_make_small();
	scene->page = page_of(scene);
	world_populate(scene->world, SP4 + 1);
	world_extend(scene->world, SP4, SP4_BASE, 4);
	if (scene->page == FAR)
		world_extend(scene->world, sends[kind].who, FAR, 2 * MANY);
	map_buffers(scene->world);
	expect_ok(do_map(scene->world, SP4, SP4_BASE, SP4_BASE + PAGE_SIZE));
	reach(scene);
	choose_claim(scene);
	return scene;
}

void scene_free(struct scene *scene)
{
	free(scene->world);
	free(scene);
}
