/*
 * What the memory calls share: descriptors and fragments come out of TX, and
 * responses go to RX, through one page of the CPU's own. Each byte of TX is
 * copied once. No decisions here.
 * Spec: DEN0140 1.2 §1.8, §1.9; checks V3 to V9, V72, V107, V111.
 */
#ifndef CALL_MEM_TRANSPORT_H
#define CALL_MEM_TRANSPORT_H

#include "abi/mem_decode.h"
#include "call/gate.h"
#include "engine/retrieve.h"
#include "partition/mailbox.h"

static inline void lock_engine(struct call *call)
{
	lock_take(&call->spm->engine_lock);
}

static inline void unlock_engine(struct call *call)
{
	lock_drop(&call->spm->engine_lock);
}

/* What the trace tells of a transaction; read while it cannot go away. */
void transport_record(
	struct call *call, const struct txn *txn, enum trace_change change);

/* w4 of a fragment: the sender's id in its upper half from the normal world,
 * else zero. Refuses: FRAGMENT_SENDER. */
enum reason MUST_USE transport_fragment_sender(
	const struct call *call, uint16_t *sender);

/* --- From TX ----------------------------------------------------------- */

/* A fragment on its way through cpu->scratch. */
struct tx_copy {
	uint32_t size; /* of the fragment */
	uint32_t at;   /* bytes copied so far */
	uint32_t here; /* bytes in the page */
	uint32_t used; /* of them, by whole ranges or what comes before */
};

/*
 * The first page of `size` bytes, all of it used; the pair stays mapped until
 * tx_end(). Refuses: BUFFERS_NOT_MAPPED, FRAGMENT_LENGTH, BUFFER_FAULT.
 */
enum reason MUST_USE tx_begin(
	struct call *call, uint32_t size, struct tx_copy *copy);
static inline void tx_end(struct call *call)
{
	mailbox_end_read(call->spm, &call->caller->mailbox);
}

static inline bool tx_has_more(const struct tx_copy *copy)
{
	return copy->at < copy->size;
}

/* The next page, behind what was not used of this one; whole ranges of it are
 * used. Refuses: BUFFER_FAULT. */
enum reason MUST_USE tx_next(struct call *call, struct tx_copy *copy);

/*
 * The beginning of the descriptor that the call's registers speak of, as
 * tx_begin() leaves it. Refuses: RESERVED_REGISTER, DYNAMIC_BUFFER and as
 * tx_begin().
 */
enum reason MUST_USE tx_begin_descriptor(
	struct call *call, struct tx_copy *copy, struct mem_input *in);

/* --- To RX ------------------------------------------------------------- */

/* A response, or a fragment of it, on its way through cpu->response. */
struct rx_copy {
	struct mem_cursor cursor; /* the first range that is not in the page */
	uint32_t at;              /* bytes in RX */
	uint32_t used;            /* bytes in the page */
	/* Who may have the next page; NULL where a claim says so. */
	const struct fragment_request *request;
};

/* As many whole ranges as the page has room for. Lock held, or a claim. */
void rx_fill(struct call *call, struct rx_copy *copy);

/*
 * The page to RX, and as many more as RX has room for. The caller has taken
 * RX; no lock. Refuses: BUFFER_FAULT, and what retrieve_fragment() does, when
 * another CPU has ended the response meanwhile.
 */
enum reason MUST_USE rx_write(struct call *call, struct rx_copy *copy);

#endif
