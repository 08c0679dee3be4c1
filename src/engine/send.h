/*
 * FFA_MEM_DONATE, FFA_MEM_LEND, FFA_MEM_SHARE: open (claim), work, publish.
 * Spec: DEN0140 1.2 §1.5 to §1.7; checks V39 to V70.
 */
#ifndef ENGINE_SEND_H
#define ENGINE_SEND_H

#include "engine/txn.h"

struct send_request {
	struct endpoint *owner;    /* who must hold the titles */
	struct endpoint *receiver; /* resolved from desc->receiver[0].id */
	enum mem_func func;
	const struct mem_desc *desc;
};

/*
 * Claims every range, takes access from the owner where the function does,
 * and leaves the transaction in phase opening. A refusal leaves no trace.
 * Refuses: V57 to V67. Lock held.
 */
enum reason MUST_USE send_open(struct engine *engine,
	const struct send_request *request, struct txn **txn);

/* What takes long: zeroing. No lock. Refuses: ZERO_FAULT. */
enum reason MUST_USE send_work(const struct txn *txn);

/*
 * Publishes the transaction, or undoes it without a trace when `outcome` of
 * the work, or of the peer world, is a refusal. Lock held.
 * Returns `outcome`, or SENDER_DEAD.
 */
enum reason MUST_USE send_publish(struct engine *engine, struct txn *txn,
	enum reason outcome);

#endif
