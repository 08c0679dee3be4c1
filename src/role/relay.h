/*
 * A hypervisor's way to the SPMC: an RX/TX pair of its own, and the memory
 * calls that go through it. A descriptor is encoded anew from the transaction,
 * in the version that both managers speak: nothing of the sender's bytes, or
 * of its addresses but the checked ones, goes to the other world.
 *
 * An answer that the protocol does not have is a refusal, PEER_ANSWER. What
 * the other manager refuses has the reason of its status: PEER_DENIED, …
 *
 * Spec: DEN0140 1.2 §1.6 (relayers), §1.9 (fragments at the physical
 * instance).
 * Locking: takes the peer lock, over all fragments of one call; no other lock
 * may be held. A claim must stand on the transaction.
 */
#ifndef ROLE_RELAY_H
#define ROLE_RELAY_H

#include "engine/retrieve.h"
#include "spm.h"

struct relay {
	struct lock lock;
	uint32_t version; /* that both managers speak */
	uint8_t *tx;      /* one page each */
	uint8_t *rx;
	struct endpoint peer; /* the secure world: receiver, donee */
};

/*
 * Negotiates the version and maps the pair, two pages of the pool. Boot only.
 * Refuses: NO_NODES where the pool is empty, PEER_*.
 */
enum reason MUST_USE relay_open(struct spm *spm);

/*
 * Where the other manager does not know of the transaction: a first fragment
 * without ranges, so that it allocates a handle; that is the transaction's
 * then. Refuses: PEER_*; relay_forget() must
 * follow.
 */
enum reason MUST_USE relay_begin(struct spm *spm, struct txn *txn);

/*
 * The whole transaction, or all ranges of one that has begun. When it refuses
 * the other manager has forgotten it. Refuses: PEER_*.
 */
enum reason MUST_USE relay_send(struct spm *spm, struct txn *txn);

/* A virtual machine retrieves its part of a share. Refuses: PEER_*. */
enum reason MUST_USE relay_retrieve(
	struct spm *spm, const struct retrieval *retrieval);

/* It lets go of it. Refuses: PEER_*. */
enum reason MUST_USE relay_relinquish(
	struct spm *spm, const struct mem_relinquish *request);

/*
 * The owner wants its memory back. Refuses: PEER_*, DONATION_TAKEN: a donation
 * that it does not know any longer has been retrieved.
 */
enum reason MUST_USE relay_reclaim(
	struct spm *spm, const struct txn *txn, uint32_t flags);

/* An unfinished send ends, whatever the other manager says. */
void relay_forget(struct spm *spm, const struct txn *txn);

#endif
