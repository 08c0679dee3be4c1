/*
 * Ticket locks with ranks.
 *
 * A CPU takes locks in rising rank only. Ranks are checked at run time where
 * LOCK_CHECK is defined (host tests).
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/assert.h"
#include "base/types.h"

enum lock_rank {
	LOCK_RANK_CAPTURE = 1, /* one call after the other, while it is on */
	LOCK_RANK_PEER,        /* a hypervisor's RX/TX pair with the SPMC */
	LOCK_RANK_CHAIN,       /* partitions: vCPU states and call chains */
	LOCK_RANK_ENGINE,      /* ledger, transactions, tables, page pool */
	LOCK_RANK_CONSOLE,     /* one line of output at a time */
};

struct lock {
	uint32_t next;
	uint32_t serving;
	enum lock_rank rank;
};

#ifdef LOCK_CHECK
void lock_check_take(const struct lock *lock);
void lock_check_drop(const struct lock *lock);
bool lock_is_held(const struct lock *lock);
#else
static inline void lock_check_take(const struct lock *lock)
{
	(void)lock;
}
static inline void lock_check_drop(const struct lock *lock)
{
	(void)lock;
}
#endif

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	lock_check_take(lock);
	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket)
		;
}

static inline void lock_drop(struct lock *lock)
{
	lock_check_drop(lock);
	__atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

#endif
