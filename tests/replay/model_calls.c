/* The model makes the call that the capture has. */
#include "abi/ffa_func.h"
#include "lib/model.h"
#include "replay/lockstep.h"

#define RANGE_SIZE 16u
#define MAP_PAGES 0x3fu

static struct model *model_of(struct lockstep *lockstep)
{
	return &lockstep->world->model;
}

/* --- Sends ------------------------------------------------------------- */

static bool has_room(struct model *model, const struct model_send *send)
{
	if (send->range_total > MODEL_RANGES_MAX)
		return false;
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (!model->txn[i].live)
			return true;
	return false;
}

static bool make_send(struct lockstep *lockstep)
{
	static struct model_send send;
	struct lockstep_call *call = &lockstep->call;
	struct model *model = model_of(lockstep);
	bool room;

	if (!lockstep_send(call, &send)) {
		call->wordless = true;
		return true;
	}
	if (!lockstep_learn(lockstep, send.range, send.range_count))
		return false;
	room = has_room(model, &send);
	call->set = model_send(model, &send, &call->txn);
	/* What it refuses anyway may be too much for it. */
	return room || (call->set & ~MODEL_NO_MEMORY) != 0;
}

static bool make_fragment(struct lockstep *lockstep)
{
	static struct model_fragment op;
	struct lockstep_call *call = &lockstep->call;

	if (!lockstep_zero(call, 5, 7) || call->faulted ||
		call->tx_size > lockstep_w(call, 3)) {
		call->wordless = true;
		return true;
	}
	op = (struct model_fragment){
		.caller = call->party,
		.handle = lockstep_w(call, 1) | (uint64_t)lockstep_w(call, 2)
							<< 32,
		.length = lockstep_w(call, 3),
		.word = lockstep_w(call, 4),
		.range_count = call->tx_size / RANGE_SIZE,
	};
	for (uint32_t i = 0; i < op.range_count; i++) {
		const uint8_t *at = call->tx + i * RANGE_SIZE;

		op.range[i] = (struct range){paddr(lockstep_number(at, 8)),
			lockstep_number(at + 8, 4)};
		op.reserved |= lockstep_number(at + 12, 4) != 0;
	}
	if (!lockstep_learn(lockstep, op.range, op.range_count))
		return false;
	call->handle = op.handle;
	call->set = model_fragment(model_of(lockstep), &op, &call->ends);
	call->txn = model_txn(model_of(lockstep), op.handle);
	return true;
}

/* --- Retrieving, and giving back --------------------------------------- */

static bool make_retrieve(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model_retrieve request;

	call->wordless = !lockstep_retrieve(call, &request);
	if (call->wordless)
		return true;
	call->handle = request.handle;
	call->set = model_retrieve(
		model_of(lockstep), &request, &lockstep->response);
	return true;
}

static bool make_more(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model_more op = {
		.caller = call->party,
		.handle = lockstep_w(call, 1) | (uint64_t)lockstep_w(call, 2)
							<< 32,
		.offset = lockstep_w(call, 3),
		.word = lockstep_w(call, 4),
		.rx_full = call->caller->mailbox.rx != RX_EMPTY,
	};

	call->wordless = !lockstep_zero(call, 5, 7);
	if (call->wordless)
		return true;
	call->handle = op.handle;
	call->set = model_more(model_of(lockstep), &op, &lockstep->response);
	return true;
}

static bool make_relinquish(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model_relinquish op;

	call->wordless = !lockstep_relinquish(call, &op);
	if (!call->wordless)
		call->set = model_relinquish(model_of(lockstep), &op);
	return true;
}

static bool make_reclaim(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model_reclaim op = {
		.caller = call->party,
		.handle = lockstep_w(call, 1) | (uint64_t)lockstep_w(call, 2)
							<< 32,
		.flags = lockstep_w(call, 3),
	};

	call->wordless = !lockstep_zero(call, 4, 7);
	if (!call->wordless)
		call->set = model_reclaim(model_of(lockstep), &op);
	return true;
}

/* --- RX and TX --------------------------------------------------------- */

static bool is_described(const struct lockstep_call *call)
{
	return call->party == MODEL_NWD && call->x[1] == 0 && call->x[2] == 0 &&
	       lockstep_w(call, 3) == 0;
}

/* What was there before does not matter any more. */
static void use(struct model *model, uint64_t at, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i++)
		model_page(model, at + i * PAGE_SIZE)->zeroed = false;
}

bool lockstep_follows(const struct lockstep *lockstep)
{
	const struct spm *spm = lockstep->spm;

	return lockstep->call.func == FFA_RXTX_MAP &&
	       lockstep->call.party == MODEL_NWD &&
	       !is_described(&lockstep->call) && spm->successor.asked &&
	       !spm->nwd->version_locked;
}

static bool make_map(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model *model = model_of(lockstep);
	struct model_map op = {
		call->party, call->x[1], call->x[2], lockstep_w(call, 3), 0};

	if (call->follows) {
		model_follow(model);
		model_notify_follow(&lockstep->notify);
	}
	if (is_described(call))
		call->wordless = !lockstep_pair(call, &op);
	if (call->wordless)
		return true;
	if (op.pages > MAP_PAGES)
		op.pages = MAP_PAGES;
	if (!lockstep_learn(lockstep,
		    (struct range[2]){
			    {paddr(op.tx), op.pages}, {paddr(op.rx), op.pages}},
		    2))
		return false;
	/* Of a virtual machine with no name there is no pair. */
	if (is_described(call) && op.vm == 0) {
		call->set = MODEL_INVALID;
		return true;
	}
	call->set = model_map(model, &op);
	if (call->set == MODEL_OK) {
		use(model, op.tx, op.pages);
		use(model, op.rx, op.pages);
	}
	return true;
}

static bool make_unmap(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model *model = model_of(lockstep);
	uint32_t id = lockstep_w(call, 1);

	if ((uint16_t)id != 0 || (id != 0 && call->party != MODEL_NWD))
		call->set = MODEL_INVALID;
	else if (id != 0)
		call->set = model_unmap_vm(model, (uint16_t)(id >> 16));
	else
		call->set = model_unmap(model, call->party);
	return true;
}

/* --- Permissions ------------------------------------------------------- */

/* Who may ask for them, and when. */
static model_set judge_asker(const struct lockstep_call *call)
{
	if (!endpoint_is_el0(&call->caller->ep))
		return MODEL_NOT_SUPPORTED;
	return call->vcpu->model == RTM_INIT ? MODEL_OK : MODEL_DENIED;
}

static bool make_perm(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model *model = model_of(lockstep);
	bool counts = call->caller->version >= FFA_VERSION_1_3;
	struct model_perm op = {
		.caller = call->party,
		.base = call->x[1],
		.pages = lockstep_w(call, 2),
		.word = lockstep_w(call, 3),
	};

	call->set = judge_asker(call);
	if (call->set != MODEL_OK)
		return true;
	if (call->func == FFA_MEM_PERM_SET) {
		call->set = model_perm_set(model, &op);
		return true;
	}
	op.pages = counts ? op.pages + 1 : 1;
	call->set = model_perm_get(model, &op, &lockstep->run);
	return true;
}

/* ----------------------------------------------------------------------- */

bool lockstep_make(struct lockstep *lockstep)
{
	switch (lockstep->call.func) {
	case FFA_MEM_FRAG_TX:
		return make_fragment(lockstep);
	case FFA_MEM_RETRIEVE_REQ:
		return make_retrieve(lockstep);
	case FFA_MEM_FRAG_RX:
		return make_more(lockstep);
	case FFA_MEM_RELINQUISH:
		return make_relinquish(lockstep);
	case FFA_MEM_RECLAIM:
		return make_reclaim(lockstep);
	case FFA_RXTX_MAP:
		return make_map(lockstep);
	case FFA_RXTX_UNMAP:
		return make_unmap(lockstep);
	case FFA_MEM_PERM_GET:
	case FFA_MEM_PERM_SET:
		return make_perm(lockstep);
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
		return make_send(lockstep);
	default:
		return lockstep_make_notify(lockstep);
	}
}
