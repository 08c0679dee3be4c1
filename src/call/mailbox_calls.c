/*
 * RX/TX buffers. Spec: FF-A 1.2 §13.5 (FFA_RX_RELEASE), §13.6 (FFA_RXTX_MAP),
 * §13.7 (FFA_RXTX_UNMAP).
 */
#include "call/handlers.h"
#include "call/mem_finish.h"
#include "partition/mailbox.h"

#define PAGE_COUNT_MASK 0x3fu

enum reason call_rxtx_map(struct call *call)
{
	uint32_t pages = call_w(call, 3);
	struct buffer_pair pair = {
		.tx = {paddr(call->x[1]), pages & PAGE_COUNT_MASK},
		.rx = {paddr(call->x[2]), pages & PAGE_COUNT_MASK},
	};
	enum reason reason;

	if ((pages & ~PAGE_COUNT_MASK) != 0)
		return R_BUFFER_COUNT;
	reason = mailbox_map(call->spm, call->caller, &pair);
	if (reason != R_NONE)
		return reason;
	call->record->change = TRACE_BUFFERS;
	call->record->base = pair.tx.base.v;
	call->record->pages = (uint32_t)(pair.tx.pages + pair.rx.pages);
	return R_NONE;
}

enum reason call_rxtx_unmap(struct call *call)
{
	struct txn *foreign = NULL;
	enum reason reason;

	if (call_w(call, 1) != 0)
		return R_BUFFER_ENDPOINT;
	call->record->change = TRACE_NO_BUFFERS;
	reason = mailbox_unmap(call->spm, call->caller, &foreign);
	finish_cancel_all(call->spm, foreign);
	return reason;
}

enum reason call_rx_release(struct call *call)
{
	if (call_w(call, 1) != 0)
		return R_BUFFER_ENDPOINT;
	call->record->change = TRACE_RX_FREE;
	return mailbox_release_rx(call->spm, call->caller);
}
