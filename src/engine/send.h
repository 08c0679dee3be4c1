/*
 * FFA_MEM_DONATE, FFA_MEM_LEND, FFA_MEM_SHARE and the fragments of their
 * descriptors: open (claim), work, publish.
 * Spec: DEN0140 1.2 §1.5 to §1.9; checks V39 to V76.
 */
#ifndef ENGINE_SEND_H
#define ENGINE_SEND_H

#include "engine/txn.h"

struct send_request {
	struct endpoint *owner; /* who must hold the titles */
	struct endpoint *receiver[MEM_RECEIVERS_MAX]; /* as desc->receiver */
	enum mem_func func;
	const struct mem_desc *desc;
	uint32_t bytes_here;  /* of the first fragment */
	uint32_t bytes_total; /* of the descriptor */
	bool foreign; /* a receiver is in the other world: its manager decides,
			 too, and allocates the handle */
};

/*
 * A whole descriptor: claims every range, takes access from the owner where
 * the function does, and leaves the transaction in phase opening. The first
 * of several fragments: notes the ranges, phase assembling; or opening where
 * the other world has to hear of it first, see send_await(). A refusal leaves
 * no trace. Refuses: V57 to V67, SEND_UNFINISHED. Lock held.
 */
enum reason MUST_USE send_open(struct engine *engine,
	const struct send_request *request, struct txn **txn);

/*
 * The other world knows of a foreign send's first fragment: phase assembling.
 * Lock held. Refuses: SENDER_DEAD; then send_cancel() must follow.
 */
enum reason MUST_USE send_await(struct engine *engine, struct txn *txn);

/* One more fragment of an unfinished send. */
struct send_fragment {
	const struct endpoint *caller;
	uint64_t handle;
	uint16_t sender;      /* as w4 names it; SPs: their own */
	const uint8_t *bytes; /* a private copy */
	uint32_t size;
};

/*
 * Notes its ranges; the last one makes it a whole descriptor, phase opening.
 * Refuses and leaves the send as it was, *txn NULL: HANDLE_UNKNOWN,
 * FRAGMENT_LENGTH, FRAGMENT_SENDER. Any other refusal is the end of the send:
 * phase opening, for send_cancel(). Lock held.
 */
enum reason MUST_USE send_append(struct engine *engine,
	const struct send_fragment *fragment, struct txn **txn);

/* An unfinished send, phase opening, ends without a trace. Lock held. */
void send_cancel(struct engine *engine, struct txn *txn);

/*
 * Ends all unfinished sends of `owner` but foreign ones; false: there are
 * some. Lock held.
 */
bool send_abort_all(struct engine *engine, const struct endpoint *owner);

/*
 * A foreign unfinished send of `owner`, claimed: phase opening, for
 * send_cancel() when the other world has heard of it; or NULL. Lock held.
 */
struct txn *send_claim_foreign(
	struct engine *engine, const struct endpoint *owner);

/* What takes long: zeroing. No lock. Refuses: ZERO_FAULT. */
enum reason MUST_USE send_work(const struct txn *txn);

/*
 * Publishes the transaction, or undoes it without a trace when `outcome` of
 * the work, or of the peer world, is a refusal. Lock held.
 * Returns `outcome`, or SENDER_DEAD.
 */
enum reason MUST_USE send_publish(
	struct engine *engine, struct txn *txn, enum reason outcome);

#endif
