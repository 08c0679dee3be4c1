/* See mem_transport.h. */
#include "call/mem_transport.h"

#include "base/mem.h"

void transport_record(
	struct call *call, const struct txn *txn, enum trace_change change)
{
	call->record->change = (uint8_t)change;
	call->record->pages = txn->page_count;
	call->record->ranges = txn->range_count;
	call->record->base = ledger_range(txn->loans).base.v;
	call->record->handle = txn_handle(txn);
}

enum reason transport_fragment_sender(const struct call *call, uint16_t *sender)
{
	uint32_t word = call_w(call, 4);

	*sender = call_from_nwd(call) ? (uint16_t)(word >> 16)
				      : call->caller->ep.id;
	if ((uint16_t)word != 0 || (!call_from_nwd(call) && word != 0))
		return R_FRAGMENT_SENDER;
	return R_NONE;
}

/* --- From TX ----------------------------------------------------------- */

enum reason tx_begin(struct call *call, uint32_t size, struct tx_copy *copy)
{
	uint32_t here = size < PAGE_SIZE ? size : PAGE_SIZE;

	*copy = (struct tx_copy){size, here, here, here};
	return mailbox_begin_read(
		call->spm, &call->caller->mailbox, call->cpu->scratch, size);
}

/* Half a range is held back where FF-A 1.0 lets ranges begin at 8 n. */
enum reason tx_next(struct call *call, struct tx_copy *copy)
{
	uint8_t *page = call->cpu->scratch;
	uint32_t held = copy->here - copy->used;
	uint32_t size = PAGE_SIZE - held;
	enum reason reason;

	if (size > copy->size - copy->at)
		size = copy->size - copy->at;
	memcpy(page, page + copy->used, held);
	reason = mailbox_read(
		call->spm, &call->caller->mailbox, copy->at, page + held, size);
	copy->at += size;
	copy->here = held + size;
	copy->used = copy->here / MEM_RANGE_SIZE * MEM_RANGE_SIZE;
	return reason;
}

enum reason tx_begin_descriptor(
	struct call *call, struct tx_copy *copy, struct mem_input *in)
{
	uint32_t total = call_w(call, 1);
	uint32_t fragment = call_w(call, 2);
	enum reason reason;

	if (!call_zero(call, 5, 7))
		return R_RESERVED_REGISTER;
	if (!call_zero(call, 3, 4))
		return R_DYNAMIC_BUFFER;
	if (!call->caller->mailbox.mapped)
		return R_BUFFERS_NOT_MAPPED;
	if (fragment > total || fragment == 0)
		return R_FRAGMENT_LENGTH;
	reason = tx_begin(call, fragment, copy);
	if (reason != R_NONE)
		return reason;
	*in = (struct mem_input){
		.bytes = call->cpu->scratch,
		.size = copy->here,
		.fragment = fragment,
		.total = total,
		.version = call->version,
	};
	return R_NONE;
}

/* --- To RX ------------------------------------------------------------- */

void rx_fill(struct call *call, struct rx_copy *copy)
{
	struct mem_cursor *cursor = &copy->cursor;
	uint32_t used = copy->used;
	uint8_t *at = call->cpu->response + used;

	while (cursor->next != NULL && used + MEM_RANGE_SIZE <= PAGE_SIZE) {
		at = mem_encode_range(at, ledger_range(cursor->next));
		cursor->next = cursor->next->loan.next;
		used += MEM_RANGE_SIZE;
	}
	cursor->offset += used - copy->used;
	copy->used = used;
}

static enum reason flush(struct call *call, struct rx_copy *copy)
{
	enum reason reason = mailbox_write(&call->caller->mailbox, copy->at,
		call->cpu->response, copy->used);

	copy->at += copy->used;
	copy->used = 0;
	return reason;
}

/*
 * Ranges of a live transaction never change: as long as the caller's cursor
 * has not moved, ours points to one of them.
 */
static enum reason fill_next(struct call *call, struct rx_copy *copy)
{
	struct mem_cursor *cursor;
	enum reason reason = R_NONE;

	lock_engine(call);
	if (copy->request != NULL)
		reason = retrieve_fragment(
			call->spm->engine, copy->request, &cursor);
	if (reason == R_NONE)
		rx_fill(call, copy);
	unlock_engine(call);
	return reason;
}

enum reason rx_write(struct call *call, struct rx_copy *copy)
{
	uint32_t room = mailbox_room(&call->caller->mailbox);
	enum reason reason = flush(call, copy);

	while (reason == R_NONE && copy->cursor.next != NULL &&
		copy->at < room) {
		reason = fill_next(call, copy);
		if (reason == R_NONE)
			reason = flush(call, copy);
	}
	if (reason == R_NONE)
		reason = mailbox_finish(
			&call->caller->mailbox, copy->at, call->cpu->response);
	return reason;
}
