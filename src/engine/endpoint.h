/*
 * An endpoint as the engine sees it: an id, a space of its own or none, and
 * what it may use up. The call layer resolves ids to endpoints; the engine
 * does not know partitions.
 *
 * Spec: FF-A 1.2 §6.1 (ids); DEN0140 1.2 §1.2 (owner, lender, borrower).
 */
#ifndef ENGINE_ENDPOINT_H
#define ENGINE_ENDPOINT_H

#include "engine/quota.h"

struct space;
struct txn;

enum endpoint_kind {
	ENDPOINT_NWD, /* the normal world: owner of ns-memory, no tables here */
	ENDPOINT_SP,  /* a secure partition with stage-2 tables of ours */
	ENDPOINT_SP_EL0, /* one without a stage 1 of its own */
	ENDPOINT_VM,     /* a virtual machine, likewise */
	ENDPOINT_SWD, /* the secure world, for a hypervisor: no tables here */
};

struct endpoint {
	uint16_t id;
	enum endpoint_kind kind;
	bool aborted;        /* endpoint_is_dead() */
	struct space *space; /* NULL for the other world */
	struct quota quota;
	struct txn *assembling; /* list of its unfinished sends; engine lock */
};

/*
 * It neither sends nor retrieves. Told without a lock: a call that misses it
 * has published before the engine lock was taken to give back what the dead
 * one held. Only who has one context lives again, so none of its calls is left
 * from before.
 */
static inline bool endpoint_is_dead(const struct endpoint *endpoint)
{
	return __atomic_load_n(&endpoint->aborted, __ATOMIC_RELAXED);
}

/*
 * Nobody at EL1 takes a fault or an interrupt for it, and everything it does
 * is unprivileged.
 */
static inline bool endpoint_is_el0(const struct endpoint *endpoint)
{
	return endpoint->kind == ENDPOINT_SP_EL0;
}

#endif
