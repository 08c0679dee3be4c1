/*
 * What a call has returned, in registers and in RX, beside what the model
 * says that it returns.
 */
#include <inttypes.h>
#include <stdio.h>

#include "abi/ffa_func.h"
#include "replay/lockstep.h"

#define RANGE_SIZE 16u
#define RESULTS LOCKSTEP_RESULTS

static const struct model_response *response_of(const struct lockstep *lockstep)
{
	return &lockstep->response;
}

bool lockstep_registers(struct lockstep *lockstep, const uint64_t want[RESULTS])
{
	const uint64_t *x = lockstep->call.vcpu->x;

	for (unsigned i = 0; i < RESULTS; i++)
		if (x[i] != want[i])
			return lockstep_differs(lockstep,
				"x%u is %#" PRIx64
				", the model wants %#" PRIx64,
				i, x[i], want[i]);
	return true;
}

/* --- Sends ------------------------------------------------------------- */

/* The first fragment's bytes; those of ranges of the others behind them. */
static uint32_t bytes_of(struct lockstep *lockstep)
{
	const struct lockstep_call *call = &lockstep->call;
	uint32_t *bytes =
		&lockstep->bytes[call->txn - lockstep->world->model.txn];

	if (call->func != FFA_MEM_FRAG_TX)
		*bytes = 0;
	*bytes += lockstep_w(call, call->func == FFA_MEM_FRAG_TX ? 3 : 2);
	return *bytes;
}

/* The handle of a new transaction is the manager's to choose. */
static bool sent(struct lockstep *lockstep)
{
	struct lockstep_call *call = &lockstep->call;
	struct model_txn *txn = call->txn;
	const uint64_t *x = call->vcpu->x;
	bool whole = txn->range_count == txn->range_total;
	uint32_t bytes = bytes_of(lockstep);
	unsigned low = whole ? 2 : 1;
	uint64_t handle = x[low] | x[low + 1] << 32;
	uint64_t want[RESULTS] = {FFA_SUCCESS};

	if (call->func == FFA_MEM_FRAG_TX)
		handle = call->handle;
	else if (model_txn(&lockstep->world->model, handle) ||
		 handle == UINT64_MAX)
		return lockstep_differs(
			lockstep, "the handle %#" PRIx64 " is in use", handle);
	txn->handle = handle;
	want[low] = (uint32_t)handle;
	want[low + 1] = handle >> 32;
	if (!whole) {
		want[0] = FFA_MEM_FRAG_RX;
		want[3] = bytes;
		want[4] = call->party == MODEL_NWD ? (uint64_t)txn->sender << 16
						   : 0;
	}
	return lockstep_registers(lockstep, want);
}

/* --- Responses --------------------------------------------------------- */

static const uint8_t *rx_of(const struct lockstep *lockstep)
{
	return host_memory(lockstep->call.caller->mailbox.pair.rx.base);
}

/* From `at` on, and nothing behind them. */
static bool ranges_are(struct lockstep *lockstep, uint32_t at)
{
	const struct model_response *want = response_of(lockstep);
	uint32_t size =
		model_buffer(&lockstep->world->model, lockstep->call.party);
	const uint8_t *rx = rx_of(lockstep);

	for (uint32_t i = 0; i < want->range_count; i++, at += RANGE_SIZE) {
		struct range range = want->range[i];

		if (lockstep_number(rx + at, 8) != range.base.v ||
			lockstep_number(rx + at + 8, 4) != range.pages ||
			lockstep_number(rx + at + 12, 4) != 0)
			return lockstep_differs(lockstep,
				"range %u in RX is not %#" PRIx64 "+%" PRIu64,
				want->first + i, range.base.v, range.pages);
	}
	if (at != want->length)
		return lockstep_differs(lockstep,
			"%u bytes in RX, the model wants %u", at, want->length);
	for (; at < size; at++)
		if (rx[at] != 0)
			return lockstep_differs(
				lockstep, "RX is not zero at %u", at);
	return true;
}

static bool receiver_is(
	struct lockstep *lockstep, const struct desc *got, uint32_t index)
{
	const struct model_receiver *want =
		&response_of(lockstep)->receiver[index];
	const struct desc_receiver *entry = &got->receiver[index];
	bool is_long = got->version >= FFA_VERSION_1_2;

	if (entry->id == want->id &&
		entry->permissions == (want->data | want->instr << 2) &&
		entry->flags == 0 && entry->reserved == 0 &&
		entry->composite == got->receiver[0].composite &&
		(!is_long || (entry->impdef[0] == want->impdef[0] &&
				     entry->impdef[1] == want->impdef[1])))
		return true;
	return lockstep_differs(lockstep,
		"receiver %u in RX is %#x with %#x, the model wants %#x with "
		"%#x",
		index, entry->id, entry->permissions, want->id,
		want->data | want->instr << 2);
}

static bool head_is(struct lockstep *lockstep, const struct desc *got)
{
	const struct model_response *want = response_of(lockstep);
	uint16_t attributes = want->attributes;

	if (got->version == FFA_VERSION_1_0)
		attributes &= 0x3f;
	if (got->sender == want->sender && got->attributes == attributes &&
		got->flags == want->flags &&
		got->handle == lockstep->call.handle && got->tag == want->tag &&
		got->receiver_count == want->receiver_count &&
		got->range_count == want->range_count &&
		got->length == want->total)
		return true;
	return lockstep_differs(lockstep,
		"RX: sender %#x attributes %#x flags %#x tag %#" PRIx64
		" receivers %u bytes %u; the model wants %#x %#x %#x %#" PRIx64
		" %u %" PRIu64,
		got->sender, got->attributes, got->flags, got->tag,
		got->receiver_count, got->length, want->sender, attributes,
		want->flags, want->tag, want->receiver_count, want->total);
}

static bool retrieved(struct lockstep *lockstep)
{
	static struct desc_range ranges[MODEL_RANGES_MAX];
	const struct model_response *want = response_of(lockstep);
	struct desc got;

	if (!lockstep_registers(
		    lockstep, (uint64_t[RESULTS]){FFA_MEM_RETRIEVE_RESP,
				      want->total, want->length}))
		return false;
	desc_init(&got, lockstep->call.caller->version);
	got.range = ranges;
	if (!desc_read(&got, rx_of(lockstep), want->length, MODEL_RANGES_MAX))
		return lockstep_differs(lockstep, "RX has no descriptor");
	if (!head_is(lockstep, &got))
		return false;
	for (uint32_t i = 0; i < got.receiver_count; i++)
		if (!receiver_is(lockstep, &got, i))
			return false;
	return ranges_are(lockstep, got.composite_at + 16);
}

static bool more(struct lockstep *lockstep)
{
	const struct lockstep_call *call = &lockstep->call;
	const uint64_t want[RESULTS] = {FFA_MEM_FRAG_TX, (uint32_t)call->handle,
		call->handle >> 32, response_of(lockstep)->length,
		lockstep_w(call, 4)};

	return lockstep_registers(lockstep, want) && ranges_are(lockstep, 0);
}

/* --- The others -------------------------------------------------------- */

/* Before FF-A 1.3 no count comes back: it is one page. */
static bool permissions(struct lockstep *lockstep)
{
	const struct model_perm_run *run = &lockstep->run;

	return lockstep_registers(lockstep,
		(uint64_t[RESULTS]){FFA_SUCCESS, 0, run->word, run->pages - 1});
}

bool lockstep_refusal(struct lockstep *lockstep)
{
	return lockstep_registers(
		lockstep, (uint64_t[RESULTS]){FFA_ERROR, 0,
				  (uint32_t)lockstep->call.status});
}

bool lockstep_results(struct lockstep *lockstep)
{
	switch (lockstep->call.func) {
	case FFA_MEM_DONATE:
	case FFA_MEM_LEND:
	case FFA_MEM_SHARE:
	case FFA_MEM_FRAG_TX:
		return sent(lockstep);
	case FFA_MEM_RETRIEVE_REQ:
		return retrieved(lockstep);
	case FFA_MEM_FRAG_RX:
		return more(lockstep);
	case FFA_MEM_PERM_GET:
		return permissions(lockstep);
	case FFA_MEM_RELINQUISH:
	case FFA_MEM_RECLAIM:
	case FFA_RXTX_MAP:
	case FFA_RXTX_UNMAP:
	case FFA_RX_RELEASE:
	case FFA_MEM_PERM_SET:
		return lockstep_registers(
			lockstep, (uint64_t[RESULTS]){FFA_SUCCESS});
	default:
		return lockstep_notify_results(lockstep);
	}
}
