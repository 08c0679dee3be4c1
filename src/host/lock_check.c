/*
 * The rank checker of base/lock.h for the host: a stack of held locks per
 * thread. Rank rises strictly; a lock is dropped by the thread that took it,
 * in any order.
 */
#include "base/lock.h"

#define HELD_MAX 8

static _Thread_local const struct lock *held[HELD_MAX];
static _Thread_local unsigned held_count;

void lock_check_take(const struct lock *lock)
{
	ASSERT(lock->rank != 0);
	ASSERT(held_count < HELD_MAX);
	for (unsigned i = 0; i < held_count; i++)
		ASSERT(held[i]->rank < lock->rank);
	held[held_count++] = lock;
}

void lock_check_drop(const struct lock *lock)
{
	unsigned i = held_count;

	while (i > 0 && held[i - 1] != lock)
		i--;
	ASSERT(i > 0);
	held[i - 1] = held[held_count - 1];
	held_count--;
}

bool lock_is_held(const struct lock *lock)
{
	for (unsigned i = 0; i < held_count; i++)
		if (held[i] == lock)
			return true;
	return false;
}
