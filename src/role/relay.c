/* Calls to the SPMC, as the normal world's component at the firmware. */
#include "role/relay.h"

#include "abi/ffa_func.h"
#include "abi/ffa_regs.h"
#include "abi/mem_decode.h"
#include "abi/mem_encode.h"
#include "port/port.h"

/* --- One call ---------------------------------------------------------- */

static enum reason reason_of(int32_t status)
{
	switch (status) {
	case FFA_NOT_SUPPORTED:
		return R_PEER_NOT_SUPPORTED;
	case FFA_INVALID_PARAMETERS:
		return R_PEER_INVALID;
	case FFA_NO_MEMORY:
		return R_PEER_NO_MEMORY;
	case FFA_BUSY:
		return R_PEER_BUSY;
	case FFA_DENIED:
		return R_PEER_DENIED;
	case FFA_ABORTED:
		return R_PEER_ABORTED;
	default:
		return R_PEER_ANSWER;
	}
}

static void call_peer(struct ffa_regs *regs)
{
	port_firmware_call(regs->x);
	/* 32-bit results. */
	for (unsigned i = 0; i < 8; i++)
		regs->x[i] = (uint32_t)regs->x[i];
}

/* One that ends with `func`, or does not happen. */
static enum reason call_for(struct ffa_regs *regs, uint32_t func)
{
	call_peer(regs);
	if (regs->x[0] == func)
		return R_NONE;
	return regs->x[0] == FFA_ERROR ? reason_of((int32_t)regs->x[2])
				       : R_PEER_ANSWER;
}

static uint64_t handle_in(const struct ffa_regs *regs, unsigned low)
{
	return regs->x[low] | regs->x[low + 1] << 32;
}

/* The other manager knows of it: the handle is one that it has allocated. */
static bool has_begun(const struct txn *txn)
{
	return (txn_handle(txn) & TXN_HANDLE_HYPERVISOR) == 0;
}

static struct ffa_regs reclaim_regs(const struct txn *txn, uint32_t flags)
{
	uint64_t handle = txn_handle(txn);

	return (struct ffa_regs){
		{FFA_MEM_RECLAIM, (uint32_t)handle, handle >> 32, flags}};
}

/* --- Setup ------------------------------------------------------------- */

static enum reason negotiate(struct relay *relay)
{
	struct ffa_regs regs = {{FFA_VERSION, FFA_VERSION_OURS}};

	call_peer(&regs);
	if ((int32_t)regs.x[0] < 0)
		return reason_of((int32_t)regs.x[0]);
	relay->version = (uint32_t)regs.x[0];
	if (relay->version >= FFA_VERSION_OURS) {
		relay->version = FFA_VERSION_OURS;
		return R_NONE;
	}
	/* An older one: it wants to hear its own version. */
	regs = (struct ffa_regs){{FFA_VERSION, relay->version}};
	call_peer(&regs);
	return regs.x[0] == relay->version ? R_NONE : R_PEER_ANSWER;
}

static enum reason ask_id(struct relay *relay)
{
	struct ffa_regs regs = {{FFA_SPM_ID_GET}};
	enum reason reason = call_for(&regs, FFA_SUCCESS);

	relay->peer.kind = ENDPOINT_SWD;
	relay->peer.id = (uint16_t)regs.x[2];
	return reason;
}

enum reason relay_open(struct spm *spm)
{
	struct relay *relay = spm->relay;
	struct paddr tx, rx;
	struct ffa_regs regs;
	enum reason reason = negotiate(relay);

	relay->lock.rank = LOCK_RANK_PEER;
	if (reason == R_NONE)
		reason = ask_id(relay);
	if (reason != R_NONE)
		return reason;
	if (!page_pool_take(&spm->pool, &tx) ||
		!page_pool_take(&spm->pool, &rx))
		return R_NO_NODES;
	relay->tx = port_page(tx);
	relay->rx = port_page(rx);
	regs = (struct ffa_regs){{FFA_RXTX_MAP_64, tx.v, rx.v, 1}};
	return call_for(&regs, FFA_SUCCESS);
}

/* --- Sends ------------------------------------------------------------- */

/* How far a descriptor has gone. */
struct outgoing {
	struct spm *spm;
	struct txn *txn;
	const struct ledger_node *next;
	uint32_t bytes; /* sent */
};

/* As many ranges as the page has room for, behind `used` bytes. */
static uint32_t put_ranges(struct outgoing *out, uint32_t used)
{
	uint8_t *at = out->spm->relay->tx + used;

	while (out->next != NULL && used + MEM_RANGE_SIZE <= PAGE_SIZE) {
		at = mem_encode_range(at, ledger_range(out->next));
		out->next = out->next->loan.next;
		used += MEM_RANGE_SIZE;
	}
	return used;
}

static uint32_t send_func(enum mem_func func)
{
	if (func == MEM_SHARE)
		return FFA_MEM_SHARE;
	return func == MEM_LEND ? FFA_MEM_LEND : FFA_MEM_DONATE;
}

/* What the sender said, but for the version. */
static struct ffa_regs first_fragment(struct outgoing *out)
{
	struct mem_receiver receivers[MEM_RECEIVERS_MAX];
	struct mem_response descriptor = {.version = out->spm->relay->version};

	retrieve_describe_sent(out->txn, receivers, &descriptor);
	mem_encode_response(out->spm->relay->tx, &descriptor);
	out->bytes = put_ranges(out, mem_response_head(&descriptor));
	return (struct ffa_regs){{send_func(out->txn->func),
		mem_response_size(&descriptor), out->bytes}};
}

/* Bytes of a first fragment without ranges. */
static uint32_t head_of(const struct outgoing *out)
{
	struct mem_response descriptor = {
		.version = out->spm->relay->version,
		.receiver_count = out->txn->borrower_count,
		.no_impdef = !out->txn->has_impdef,
	};

	return mem_response_head(&descriptor);
}

static struct ffa_regs next_fragment(struct outgoing *out)
{
	uint64_t handle = txn_handle(out->txn);
	uint32_t size = put_ranges(out, 0);

	out->bytes += size;
	return (struct ffa_regs){{FFA_MEM_FRAG_TX, (uint32_t)handle,
		handle >> 32, size, (uint64_t)out->txn->sender << 16}};
}

/* The handle is the transaction's from now on; or it has always been. */
static bool learn(struct outgoing *out, uint64_t handle)
{
	struct spm *spm = out->spm;
	bool adopted;

	if (has_begun(out->txn))
		return handle == txn_handle(out->txn);
	lock_take(&spm->engine_lock);
	adopted = txn_adopt(spm->engine, out->txn, handle);
	lock_drop(&spm->engine_lock);
	return adopted;
}

/* It asks for what comes next, of this transaction. */
static enum reason check_request(
	struct outgoing *out, const struct ffa_regs *answer)
{
	if (answer->x[0] == FFA_ERROR)
		return reason_of((int32_t)answer->x[2]);
	if (answer->x[0] != FFA_MEM_FRAG_RX ||
		!learn(out, handle_in(answer, 1)) ||
		answer->x[3] != out->bytes ||
		answer->x[4] != (uint64_t)out->txn->sender << 16)
		return R_PEER_ANSWER;
	return R_NONE;
}

/* Fragment by fragment, `regs` is the first, until nothing is left. */
static enum reason transfer(struct outgoing *out, struct ffa_regs *regs)
{
	for (;;) {
		enum reason reason;

		call_peer(regs);
		if (regs->x[0] == FFA_SUCCESS)
			return learn(out, handle_in(regs, 2)) &&
					       out->next == NULL
				       ? R_NONE
				       : R_PEER_ANSWER;
		reason = check_request(out, regs);
		if (reason != R_NONE)
			return reason;
		if (out->next == NULL)
			return R_PEER_ANSWER;
		*regs = next_fragment(out);
	}
}

/* Whatever it says to that: we shall not come back to this handle. */
static void forget(const struct txn *txn)
{
	struct ffa_regs regs = reclaim_regs(txn, 0);

	if (has_begun(txn))
		call_peer(&regs);
}

enum reason relay_begin(struct spm *spm, struct txn *txn)
{
	struct outgoing out = {.spm = spm, .txn = txn};
	struct ffa_regs regs;
	enum reason reason;

	if (has_begun(txn))
		return R_NONE;

	lock_take(&spm->relay->lock);
	regs = first_fragment(&out);
	call_peer(&regs);
	reason = check_request(&out, &regs);
	lock_drop(&spm->relay->lock);
	return reason;
}

enum reason relay_send(struct spm *spm, struct txn *txn)
{
	struct outgoing out = {
		.spm = spm,
		.txn = txn,
		.next = txn->loans,
	};
	struct ffa_regs regs;
	enum reason reason;

	lock_take(&spm->relay->lock);
	if (has_begun(txn))
		out.bytes = head_of(&out);
	regs = has_begun(txn) ? next_fragment(&out) : first_fragment(&out);
	reason = transfer(&out, &regs);
	if (reason != R_NONE)
		forget(txn);
	lock_drop(&spm->relay->lock);
	return reason;
}

/* --- Borrowers and owners ---------------------------------------------- */

/* The description that comes back is what we know already. */
static enum reason retrieve(
	struct relay *relay, const struct retrieval *retrieval)
{
	const struct txn *txn = retrieval->txn;
	const struct borrower *borrower = retrieval->borrower;
	struct mem_receiver receiver = {
		.id = borrower->id,
		.data = borrower->access.perm & ACCESS_W ? MEM_DATA_RW
							 : MEM_DATA_RO,
		.impdef = {borrower->impdef[0], borrower->impdef[1]},
	};
	struct mem_response request = {
		.version = relay->version,
		.sender = txn->sender,
		.flags = (uint32_t)txn->func << MEM_FLAG_TYPE_SHIFT |
			 MEM_FLAG_BYPASS,
		.handle = txn_handle(txn),
		.tag = txn->tag,
		.receiver_count = 1,
		.no_impdef = !txn->has_impdef,
		.receivers = &receiver,
	};
	uint32_t size = mem_encode_request(relay->tx, &request);
	struct ffa_regs regs = {{FFA_MEM_RETRIEVE_REQ, size, size}};

	return call_for(&regs, FFA_MEM_RETRIEVE_RESP);
}

static enum reason relinquish(
	struct relay *relay, const struct mem_relinquish *request)
{
	struct ffa_regs regs = {{FFA_MEM_RELINQUISH}};

	mem_encode_relinquish(relay->tx, request);
	return call_for(&regs, FFA_SUCCESS);
}

/* RX is ours again; if not, the memory has not been retrieved. */
static enum reason release_rx(
	struct relay *relay, const struct retrieval *retrieval)
{
	struct mem_relinquish undo = {
		.handle = txn_handle(retrieval->txn),
		.endpoint = retrieval->borrower->id,
	};
	struct ffa_regs regs = {{FFA_RX_RELEASE}};
	enum reason reason = call_for(&regs, FFA_SUCCESS);
	enum reason undone = R_NONE;

	if (reason != R_NONE)
		undone = relinquish(relay, &undo);
	return undone == R_NONE ? reason : R_PEER_ANSWER;
}

enum reason relay_retrieve(struct spm *spm, const struct retrieval *retrieval)
{
	enum reason reason;

	lock_take(&spm->relay->lock);
	reason = retrieve(spm->relay, retrieval);
	if (reason == R_NONE)
		reason = release_rx(spm->relay, retrieval);
	lock_drop(&spm->relay->lock);
	return reason;
}

enum reason relay_relinquish(
	struct spm *spm, const struct mem_relinquish *request)
{
	enum reason reason;

	lock_take(&spm->relay->lock);
	reason = relinquish(spm->relay, request);
	lock_drop(&spm->relay->lock);
	return reason;
}

enum reason relay_reclaim(
	struct spm *spm, const struct txn *txn, uint32_t flags)
{
	struct ffa_regs regs = reclaim_regs(txn, flags);
	enum reason reason;

	lock_take(&spm->relay->lock);
	reason = call_for(&regs, FFA_SUCCESS);
	lock_drop(&spm->relay->lock);
	/* With a flag it might be the flag that the other manager means. */
	if (reason == R_PEER_INVALID && txn->func == MEM_DONATE && flags == 0)
		return R_DONATION_TAKEN;
	return reason;
}

void relay_forget(struct spm *spm, const struct txn *txn)
{
	lock_take(&spm->relay->lock);
	forget(txn);
	lock_drop(&spm->relay->lock);
}
