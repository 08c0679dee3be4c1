/*
 * RX/TX buffers: of the caller, or, from a hypervisor, of one of its virtual
 * machines. Spec: FF-A 1.2 §13.4 (FFA_RX_ACQUIRE), §13.5 (FFA_RX_RELEASE),
 * §13.6 (FFA_RXTX_MAP), §13.7 (FFA_RXTX_UNMAP).
 */
#include "abi/ffa_func.h"
#include "abi/pair_desc.h"
#include "call/handlers.h"
#include "call/mem_finish.h"
#include "call/successor.h"
#include "partition/mailbox.h"
#include "partition/receivers.h"

#define PAGE_COUNT_MASK 0x3fu

/* --- Virtual machines of the normal world -------------------------------- */

static bool is_vm(uint32_t id)
{
	return id != FFA_ID_NWD && id < FFA_ID_SECURE;
}

/* The pair of the VM, if it is one that we know. Chain lock. */
static struct mailbox *vm_mailbox(const struct call *call, uint32_t id)
{
	struct nwd_vm *vm = NULL;

	if (is_vm(id) && call_from_nwd(call))
		vm = receivers_vm(call->spm, (uint16_t)id, false);
	return vm != NULL && vm->mailbox.mapped ? &vm->mailbox : NULL;
}

static enum reason map_vm(
	struct call *call, uint16_t id, struct buffer_pair *pair)
{
	struct spm *spm = call->spm;
	struct nwd_vm *vm;
	enum reason reason = R_NO_VM;

	if (!is_vm(id))
		return R_BUFFER_ENDPOINT;
	lock_take(&spm->chain_lock);
	vm = receivers_vm(spm, id, true);
	if (vm != NULL) {
		reason = mailbox_map_locked(
			spm, &call->caller->ep, &vm->mailbox, pair);
		receivers_settle(vm);
	}
	lock_drop(&spm->chain_lock);
	return reason;
}

/* By a descriptor in the hypervisor's TX. */
static enum reason map_described(struct call *call, struct buffer_pair *pair)
{
	uint8_t *page = call->cpu->scratch;
	struct mailbox *mailbox = &call->caller->mailbox;
	struct pair_desc desc;
	enum reason reason =
		mailbox_begin_read(call->spm, mailbox, page, PAGE_SIZE);

	if (reason != R_NONE)
		return reason;
	mailbox_end_read(call->spm, mailbox);
	reason = pair_desc_decode(page, &desc);
	if (reason != R_NONE)
		return reason;
	*pair = (struct buffer_pair){.tx = desc.tx, .rx = desc.rx};
	call->record->peer = desc.id;
	return map_vm(call, desc.id, pair);
}

static enum reason unmap_vm(struct call *call, uint32_t id)
{
	struct spm *spm = call->spm;
	enum reason reason = R_BUFFER_ENDPOINT;
	struct mailbox *mailbox;

	lock_take(&spm->chain_lock);
	mailbox = vm_mailbox(call, id);
	if (mailbox != NULL) {
		reason = mailbox_unmap_vm_locked(spm, mailbox);
		receivers_settle(receivers_vm(spm, (uint16_t)id, false));
	}
	lock_drop(&spm->chain_lock);
	return reason;
}

/* --- Calls ------------------------------------------------------------- */

static enum reason map_own(struct call *call, struct buffer_pair *pair)
{
	uint32_t pages = call_w(call, 3);

	if ((pages & ~PAGE_COUNT_MASK) != 0)
		return R_BUFFER_COUNT;
	*pair = (struct buffer_pair){
		.tx = {paddr(call->x[1]), pages},
		.rx = {paddr(call->x[2]), pages},
	};
	return mailbox_map(
		call->spm, &call->caller->ep, &call->caller->mailbox, pair);
}

enum reason call_rxtx_map(struct call *call)
{
	bool described = call_from_nwd(call) && call_zero(call, 1, 2) &&
			 call_w(call, 3) == 0;
	struct buffer_pair pair;
	enum reason reason;

	if (call_from_nwd(call) && successor_maps(call->spm, !described))
		call->record->change = TRACE_FOLLOWED;
	reason = described ? map_described(call, &pair) : map_own(call, &pair);
	if (reason != R_NONE)
		return reason;
	if (call->record->change == TRACE_NOTHING)
		call->record->change = TRACE_BUFFERS;
	call->record->base = pair.tx.base.v;
	call->record->pages = (uint32_t)(pair.tx.pages + pair.rx.pages);
	return R_NONE;
}

enum reason call_rxtx_unmap(struct call *call)
{
	struct txn *foreign = NULL;
	uint32_t id = call_w(call, 1);
	enum reason reason;

	if ((uint16_t)id != 0)
		return R_BUFFER_ENDPOINT;
	call->record->change = TRACE_NO_BUFFERS;
	if (id != 0)
		return unmap_vm(call, id >> 16);
	reason = mailbox_unmap(call->spm, call->caller, &foreign);
	finish_cancel_all(call->spm, foreign);
	return reason;
}

enum reason call_rx_release(struct call *call)
{
	struct mailbox *mailbox = &call->caller->mailbox;
	enum reason reason = R_BUFFER_ENDPOINT;

	lock_take(&call->spm->chain_lock);
	if (call_w(call, 1) != 0)
		mailbox = vm_mailbox(call, call_w(call, 1));
	if (mailbox != NULL)
		reason = mailbox_release_rx_locked(mailbox);
	lock_drop(&call->spm->chain_lock);
	call->record->change = TRACE_RX_FREE;
	return reason;
}

/* From now on the hypervisor writes there, until it releases it. */
enum reason call_rx_acquire(struct call *call)
{
	enum reason reason = R_BUFFER_ENDPOINT;
	struct mailbox *mailbox;

	lock_take(&call->spm->chain_lock);
	mailbox = vm_mailbox(call, call_w(call, 1));
	if (mailbox != NULL)
		reason = mailbox->rx == RX_EMPTY ? R_NONE : R_RX_NOT_FREE;
	if (reason == R_NONE)
		mailbox->rx = RX_OTHER_WORLD;
	lock_drop(&call->spm->chain_lock);
	return reason;
}
