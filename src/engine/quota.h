/*
 * How much of the manager's memory a party may hold. Boot sets the limits so
 * that all of them together fit the pool (boot/quotas.c): what one party uses
 * is never missing to another. Tables are counted by pages, in struct space.
 *
 * Locking: the engine lock.
 */
#ifndef ENGINE_QUOTA_H
#define ENGINE_QUOTA_H

#include "abi/reason.h"
#include "base/types.h"

enum quota_kind {
	QUOTA_NODES,     /* titles; ranges in transactions; RX and TX */
	QUOTA_TXNS,      /* transactions */
	QUOTA_BORROWERS, /* receivers of transactions */
	QUOTA_KINDS,
};

struct quota_amount {
	uint32_t of[QUOTA_KINDS];
};

struct quota {
	struct quota_amount limit;
	struct quota_amount used;
};

/* No limit: until boot has set one. */
static inline void quota_open(struct quota *quota)
{
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		quota->limit.of[kind] = UINT32_MAX;
}

static inline bool quota_has_room(const struct quota *quota,
	const struct quota_amount *more, enum quota_kind kind)
{
	return (uint64_t)quota->used.of[kind] + more->of[kind] <=
	       quota->limit.of[kind];
}

/* Refuses: QUOTA_NODES, QUOTA_TXNS. */
static inline enum reason MUST_USE quota_check(
	const struct quota *quota, const struct quota_amount *more)
{
	if (!quota_has_room(quota, more, QUOTA_NODES))
		return R_QUOTA_NODES;
	return quota_has_room(quota, more, QUOTA_TXNS) &&
			       quota_has_room(quota, more, QUOTA_BORROWERS)
		       ? R_NONE
		       : R_QUOTA_TXNS;
}

static inline void quota_add(
	struct quota *quota, const struct quota_amount *more)
{
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		quota->used.of[kind] += more->of[kind];
}

static inline void quota_give(
	struct quota *quota, const struct quota_amount *less)
{
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		quota->used.of[kind] -= less->of[kind];
}

#endif
