/* The calls of the matrix. See matrix.h. */
#include "call/gate.h"
#include "lib/oracle.h"
#include "matrix/matrix.h"

#define RANGE_SIZE 16u

static bool is_of_two(enum matrix_call call)
{
	return call == DO_LEND_2 || call == DO_SHARE_2;
}

static enum model_func func_of(enum matrix_call call)
{
	if (call == DO_DONATE || call == DO_DONATE_WITH_ZERO)
		return MODEL_DONATE;
	return call == DO_SHARE || call == DO_SHARE_2 ? MODEL_SHARE
						      : MODEL_LEND;
}

/* A partition that is alive and neither `party` nor `other`. */
static int receiver_for(const struct scene *scene, int party, int other)
{
	for (int to = scene->world->parties - 1; to > NWD; to--)
		if (to != party && to != other &&
			!scene->world->model.party[to].dead)
			return to;
	return NWD;
}

/* One page. */
static struct op send_op(const struct scene *scene, struct cell cell)
{
	int party = scene_party(scene, cell.caller);
	int to = receiver_for(scene, party, NWD);
	struct op op = op_of(scene->world, func_of(cell.call), party, to);

	if (is_of_two(cell.call))
		op_receiver(scene->world, &op, receiver_for(scene, party, to),
			DESC_RW);
	if (cell.caller == AS_OWNER)
		op.desc.sender = scene->op.desc.sender;
	if (cell.call == DO_DONATE_WITH_ZERO || cell.call == DO_LEND_WITH_ZERO)
		op.desc.flags = 1;
	op_range(&op, scene->page, 1);
	return op;
}

/* By what name the caller is a receiver, or would be. */
static uint16_t own_id(const struct scene *scene, struct cell cell)
{
	if (cell.kind == BY_N_SHARE_TO_VM && cell.caller == AS_SECOND)
		return ID_VM;
	return scene->world->partition[scene_party(scene, cell.caller)].ep.id;
}

/* w4 of a fragment: a partition has none. */
static uint32_t own_word(const struct scene *scene, struct cell cell)
{
	if (scene_party(scene, cell.caller) != NWD)
		return 0;
	if (cell.caller == AS_OWNER)
		return (uint32_t)scene->op.desc.sender << 16;
	return (uint32_t)own_id(scene, cell) << 16;
}

static struct op retrieve_op(const struct scene *scene, struct cell cell)
{
	struct op op = scene->op;

	op.receiver = scene_party(scene, cell.caller);
	/* One call, however long the response. */
	op.keep_rest = true;
	return op;
}

static struct desc_relinquish relinquish_of(
	const struct scene *scene, struct cell cell)
{
	return (struct desc_relinquish){scene->op.handle,
		cell.call == DO_RELINQUISH_WITH_ZERO, 1, {own_id(scene, cell)}};
}

/* Nothing but a handle, where a partition keeps to the layout. */
static struct desc describe_of(const struct scene *scene, struct cell cell)
{
	struct desc desc = hypervisor_desc(scene->world, &scene->op);

	if (scene_party(scene, cell.caller) != NWD)
		desc_settle(&desc);
	return desc;
}

/* The two pages of the buffers: those of the transaction's ranges. */
static uint64_t rx_of(const struct scene *scene)
{
	return scene->page + (scene->state == AT_BUFFER ? 1 : 2) * PAGE_SIZE;
}

/* --- In lockstep with the model ---------------------------------------- */

static enum reason do_describe(struct scene *scene, struct cell cell)
{
	struct op op = retrieve_op(scene, cell);
	struct desc desc = describe_of(scene, cell);
	int party = scene_party(scene, cell.caller);

	if (party == NWD)
		return do_hypervisor_retrieve(scene->world, &op);
	return raw_retrieve(scene->world, party, &desc);
}

static void map_own(struct world *world, struct model_party own, int party)
{
	expect_ok(do_map(world, party, own.tx.base.v, own.rx.base.v));
}

static enum reason do_map_page(struct scene *scene, int party)
{
	struct world *world = scene->world;
	const struct model_party own = world->model.party[party];
	enum reason reason;

	expect_ok(do_unmap(world, party));
	reason = do_map(world, party, scene->page, rx_of(scene));
	if (reason != R_NONE)
		map_own(world, own, party);
	return reason;
}

bool cell_stays(struct cell cell)
{
	if (cell_expected(cell) != R_NONE)
		return true;
	return cell.call == DO_UNMAP &&
	       !(cell.state == AT_ASSEMBLING && cell.caller == AS_OWNER);
}

static enum reason do_unmap_own(struct scene *scene, struct cell cell)
{
	struct world *world = scene->world;
	int party = scene_party(scene, cell.caller);
	const struct model_party own = world->model.party[party];
	enum reason reason = do_unmap(world, party);

	if (reason == R_NONE && cell_stays(cell))
		map_own(world, own, party);
	return reason;
}

static enum reason do_any_send(struct scene *scene, struct cell cell)
{
	struct op op = send_op(scene, cell);

	return do_send(scene->world, &op);
}

static enum reason do_any_retrieve(struct scene *scene, struct cell cell)
{
	struct op op = retrieve_op(scene, cell);

	return do_retrieve(scene->world, &op);
}

static enum reason do_any_fragment(struct scene *scene, struct cell cell)
{
	struct fragment fragment = {scene_party(scene, cell.caller),
		scene->op.handle, RANGE_SIZE, own_word(scene, cell)};
	struct more more = {scene_party(scene, cell.caller), scene->op.handle,
		scene->op.received, own_word(scene, cell), false};

	if (cell.call == DO_FRAG_RX)
		return do_more_as(scene->world, &more);
	return do_fragment_as(scene->world, &scene->op, &fragment);
}

enum reason cell_do(struct scene *scene, struct cell cell)
{
	struct desc_relinquish relinquish = relinquish_of(scene, cell);
	int party = scene_party(scene, cell.caller);

	switch (cell.call) {
	case DO_FRAG_TX:
	case DO_FRAG_RX:
		return do_any_fragment(scene, cell);
	case DO_RETRIEVE:
		return do_any_retrieve(scene, cell);
	case DO_DESCRIBE:
		return do_describe(scene, cell);
	case DO_RELINQUISH:
	case DO_RELINQUISH_WITH_ZERO:
		return do_relinquish_as(scene->world, party, &relinquish);
	case DO_RECLAIM:
	case DO_RECLAIM_WITH_ZERO:
		return do_reclaim_as(scene->world, party, scene->op.handle,
			cell.call == DO_RECLAIM_WITH_ZERO);
	case DO_MAP:
		return do_map_page(scene, party);
	case DO_UNMAP:
		return do_unmap_own(scene, cell);
	default:
		return do_any_send(scene, cell);
	}
}

/* --- By themselves ----------------------------------------------------- */

static uint8_t *tx_of(struct scene *scene, int party)
{
	return host_memory(paddr(scene->world->model.party[party].tx.base.v));
}

static struct ffa_regs put_send(struct scene *scene, struct op *op)
{
	op->desc.range = op->range;
	desc_settle(&op->desc);
	desc_write(&op->desc, tx_of(scene, op->who), PAGE_SIZE);
	return REGS(send_function(op->func, op->is_64), op->desc.length,
		op->desc.length);
}

static struct ffa_regs put_request(struct scene *scene, struct cell cell)
{
	struct op op = retrieve_op(scene, cell);
	struct desc desc = cell.call == DO_DESCRIBE
				   ? describe_of(scene, cell)
				   : retrieve_desc(scene->world, &op);

	desc_write(&desc, tx_of(scene, scene_party(scene, cell.caller)),
		PAGE_SIZE);
	return REGS(FFA_MEM_RETRIEVE_REQ_64, desc.length, desc.length);
}

static struct ffa_regs put_relinquish(struct scene *scene, struct cell cell)
{
	struct desc_relinquish relinquish = relinquish_of(scene, cell);

	desc_write_relinquish(&relinquish,
		tx_of(scene, scene_party(scene, cell.caller)), PAGE_SIZE);
	return REGS(FFA_MEM_RELINQUISH);
}

static struct ffa_regs put(struct scene *scene, struct cell cell)
{
	uint64_t low = (uint32_t)scene->op.handle;
	uint64_t high = scene->op.handle >> 32;
	struct op op;

	switch (cell.call) {
	case DO_FRAG_TX:
		return REGS(FFA_MEM_FRAG_TX, low, high, RANGE_SIZE,
			own_word(scene, cell));
	case DO_FRAG_RX:
		return REGS(FFA_MEM_FRAG_RX, low, high, scene->op.received,
			own_word(scene, cell));
	case DO_RETRIEVE:
	case DO_DESCRIBE:
		return put_request(scene, cell);
	case DO_RELINQUISH:
	case DO_RELINQUISH_WITH_ZERO:
		return put_relinquish(scene, cell);
	case DO_RECLAIM:
	case DO_RECLAIM_WITH_ZERO:
		return REGS(FFA_MEM_RECLAIM, low, high,
			cell.call == DO_RECLAIM_WITH_ZERO);
	case DO_MAP:
		return REGS(FFA_RXTX_MAP_64, scene->page, rx_of(scene), 1);
	case DO_UNMAP:
		return REGS(FFA_RXTX_UNMAP);
	default:
		op = send_op(scene, cell);
		return put_send(scene, &op);
	}
}

static enum reason play(
	struct scene *scene, unsigned index, int party, struct ffa_regs regs)
{
	call_on(scene->world, index, party, regs);
	return (enum reason)scene->world->cpu[index].last->reason;
}

static void map_own_on(struct scene *scene, unsigned index, int party)
{
	const struct model_party *own = &scene->world->model.party[party];

	play(scene, index, party,
		REGS(FFA_RXTX_MAP_64, own->tx.base.v, own->rx.base.v, 1));
}

enum reason cell_do_on(struct scene *scene, unsigned index, struct cell cell)
{
	int party = scene_party(scene, cell.caller);
	enum reason reason;

	host_cpu_set(index);
	if (cell.call == DO_MAP)
		play(scene, index, party, REGS(FFA_RXTX_UNMAP));
	reason = play(scene, index, party, put(scene, cell));
	if (cell.call == DO_MAP ? reason != R_NONE
				: cell.call == DO_UNMAP && cell_stays(cell))
		map_own_on(scene, index, party);
	host_cpu_set(0);
	return reason;
}

enum reason claim_play(struct scene *scene)
{
	int owner = scene_party(scene, AS_OWNER);

	if (scene->state == AT_OPENING)
		return play(scene, 0, owner, put_send(scene, &scene->op));
	return cell_do_on(scene, 0, scene->claim);
}
