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
	uint32_t bytes_here;  /* up to the last range in `desc` */
	uint32_t bytes_total; /* of the descriptor */
	bool foreign; /* a receiver is in the other world: its manager decides,
			 too, and allocates the handle */
};

/*
 * A whole descriptor: claims every range, takes access from the owner where
 * the function does, and leaves the transaction in phase opening. Less than
 * that: notes the ranges, phase assembling, claimed; what is missing of the
 * fragment comes with send_append_part(), then send_await(). A refusal leaves
 * no trace. Refuses: V57 to V67, SENDER_DEAD, SEND_UNFINISHED,
 * ZERO_TOO_LONG. Lock held.
 */
enum reason MUST_USE send_open(struct engine *engine,
	const struct send_request *request, struct txn **txn);

/* One more fragment of an unfinished send. */
struct send_fragment {
	const struct endpoint *caller;
	uint64_t handle;
	uint16_t sender; /* as w4 names it; SPs: their own */
	uint32_t size;
	const uint8_t *bytes; /* a private copy of whole ranges of it, */
	uint32_t here;        /* so many bytes */
};

/*
 * Claims the send and notes the ranges that are there; the last one makes it a
 * whole descriptor, phase opening. Refuses and leaves the send as it was, *txn
 * NULL: HANDLE_UNKNOWN, HANDLE_BUSY, FRAGMENT_LENGTH, FRAGMENT_SENDER. After
 * any other refusal send_cancel() must follow. Lock held.
 */
enum reason MUST_USE send_append(struct engine *engine,
	const struct send_fragment *fragment, struct txn **txn);

/*
 * More of a fragment: whole ranges, of a send that is claimed. After a refusal
 * send_cancel() must follow. Lock held.
 */
enum reason MUST_USE send_append_part(struct engine *engine, struct txn *txn,
	const uint8_t *bytes, uint32_t size);

/*
 * The rest of the fragment cannot be read: the send is as it was before it,
 * and nobody's claim. False: it was the first; send_cancel() must follow. Lock
 * held.
 */
bool MUST_USE send_unread(struct engine *engine, struct txn *txn);

/*
 * The fragment has been read and more must come: nobody's claim any longer.
 * Refuses: SENDER_DEAD; then send_cancel() must follow. Lock held.
 */
enum reason MUST_USE send_await(struct txn *txn);

/* An unfinished send, claimed, ends without a trace. Lock held. */
void send_cancel(struct engine *engine, struct txn *txn);

/* A call works on an unfinished send of `owner`. Lock held. */
bool send_is_claimed(const struct endpoint *owner);

/*
 * Ends all unfinished sends of `owner` that no call works on. Those that the
 * other world must hear of are claimed instead: a list through
 * next_assembling, each for send_cancel(). Lock held.
 */
struct txn *send_abort_all(struct engine *engine, const struct endpoint *owner);

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
