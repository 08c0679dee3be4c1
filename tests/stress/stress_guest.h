/*
 * What the guests of tests/stress have in common: random numbers, results that
 * FF-A knows, and the protocol: a direct request (64-bit) with a handle that
 * may exist in x3, who sent it in x4 and a seed in x5; the response says in x3
 * how many results were none that FF-A knows, and in x4 how many bytes of the
 * partition's own memory have changed.
 */
#ifndef TESTS_STRESS_GUEST_H
#define TESTS_STRESS_GUEST_H

#include "lib/ffa.h"

#define STRESS_SPS 6u
#define STRESS_FIRST_ID 0x8001u

/* A number below `limit`. */
uint32_t stress_random(uint64_t *state, uint32_t limit);

/* A success, or a refusal with one of FF-A's codes. */
bool stress_is_known(const struct ffa_regs *regs);

/* A call of any number but those that end, or send, or wait; its result. */
struct ffa_regs stress_noise(uint64_t *random, bool is_partition);

/* One page, shared or lent to any partition; the handle, or 0. */
uint64_t stress_send(const struct ffa_mailbox *box, uint64_t page,
	uint64_t *random, struct ffa_regs *result);

#endif
