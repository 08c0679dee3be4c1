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

/* --- What the call names ------------------------------------------------ */

static struct model_send send;
static struct model_fragment fragment;
static struct model_map map;

static bool read_send(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;

	call->wordless = !lockstep_send(call, &send);
	return call->wordless ||
	       lockstep_learn(lockstep, send.range, send.range_count);
}

static bool read_fragment(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;

	call->wordless = !lockstep_zero(call, 5, 7) || call->faulted ||
			 call->tx_size > lockstep_w(call, 3);
	if (call->wordless)
		return true;
	fragment = (struct model_fragment){
		.caller = call->party,
		.handle = lockstep_w(call, 1) | (uint64_t)lockstep_w(call, 2)
							<< 32,
		.length = lockstep_w(call, 3),
		.word = lockstep_w(call, 4),
		.range_count = call->tx_size / RANGE_SIZE,
	};
	for (uint32_t i = 0; i < fragment.range_count; i++) {
		const uint8_t *at = call->tx + i * RANGE_SIZE;

		fragment.range[i] =
			(struct range){paddr(lockstep_number(at, 8)),
				lockstep_number(at + 8, 4)};
		fragment.reserved |= lockstep_number(at + 12, 4) != 0;
	}
	return lockstep_learn(lockstep, fragment.range, fragment.range_count);
}

static bool is_described(const struct lockstep_call *call)
{
	return call->party == MODEL_NWD && call->x[1] == 0 && call->x[2] == 0 &&
	       lockstep_w(call, 3) == 0;
}

static bool read_map(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;

	map = (struct model_map){
		call->party, call->x[1], call->x[2], lockstep_w(call, 3), 0};
	if (is_described(call))
		call->wordless = !lockstep_pair(call, &map);
	/* Of more than there can be it is enough. */
	if (map.pages > MAP_PAGES)
		map.pages = MAP_PAGES;
	return call->wordless ||
	       lockstep_learn(lockstep,
		       (struct range[2]){{paddr(map.tx), map.pages},
			       {paddr(map.rx), map.pages}},
		       2);
}

bool lockstep_prepare(struct lockstep *lockstep)
{
	switch (lockstep->call.func) {
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
		return read_send(lockstep);
	case FFA_MEM_FRAG_TX:
		return read_fragment(lockstep);
	case FFA_RXTX_MAP:
		return read_map(lockstep);
	default:
		return true;
	}
}

/* --- Sends ------------------------------------------------------------- */

static bool has_room(struct model *model)
{
	if (send.range_total > MODEL_RANGES_MAX)
		return false;
	for (int i = 0; i < MODEL_TXNS_MAX; i++)
		if (!model->txn[i].live)
			return true;
	return false;
}

/* What it refuses anyway may be too much for it. */
static bool make_send(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model *model = model_of(lockstep);
	bool room = has_room(model);

	call->set = model_send(model, &send, &call->txn);
	return room || (call->set & ~MODEL_NO_MEMORY) != 0;
}

static bool make_fragment(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;

	call->handle = fragment.handle;
	call->set = model_fragment(model_of(lockstep), &fragment, &call->ends);
	call->txn = model_txn(model_of(lockstep), fragment.handle);
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
	request.rx_full = lockstep->rx_full[call->party];
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
		.rx_full = lockstep->rx_full[call->party],
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

	if (call->follows) {
		model_follow(model);
		model_notify_follow(&lockstep->notify);
		lockstep->rx_full[MODEL_NWD] = false;
	}
	/* Of a virtual machine with no name there is no pair. */
	call->set = is_described(call) && map.vm == 0 ? MODEL_INVALID
						      : model_map(model, &map);
	if (call->set == MODEL_OK) {
		use(model, map.tx, map.pages);
		use(model, map.rx, map.pages);
	}
	if (call->set == MODEL_OK && map.vm == 0)
		lockstep->rx_full[call->party] = false;
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
	if (id == 0 && call->set == MODEL_OK)
		lockstep->rx_full[call->party] = false;
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
	if (lockstep->call.wordless)
		return true;
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
	case FFA_RX_RELEASE:
		lockstep_release_rx(lockstep);
		return true;
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
