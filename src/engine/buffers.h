/*
 * RX/TX pairs in the ledger: pages of a buffer are their owner's, and in no
 * memory transaction while the pair is mapped.
 * Spec: FF-A 1.2 §7.2, §13.6. Locking: the engine lock.
 */
#ifndef ENGINE_BUFFERS_H
#define ENGINE_BUFFERS_H

#include "engine/txn.h"

struct buffer_pair {
	struct range tx;
	struct range rx;
	bool ns; /* result of buffers_claim() */
};

/*
 * Refuses: BUFFER_NOT_OWNED, BUFFER_DEVICE, BUFFER_ACCESS, BUFFER_IN_USE,
 * NO_NODES, QUOTA_NODES. A refusal leaves no trace.
 */
enum reason MUST_USE buffers_claim(struct engine *engine,
	struct endpoint *owner, struct buffer_pair *pair);

void buffers_release(struct engine *engine, struct endpoint *owner,
	const struct buffer_pair *pair);

#endif
