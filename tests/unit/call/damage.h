/*
 * A good send of SP1's with one field changed: what test_send.c and
 * test_ranges.c share.
 */
#ifndef TESTS_DAMAGE_H
#define TESTS_DAMAGE_H

#include "lib/calls.h"

/* Offsets in a 1.2 descriptor with one receiver. */
#define RECEIVER 48
#define COMPOSITE 80
#define RANGE 96

/* A good send of two ranges, SP1 to SP2. An op points into itself: no copy. */
void make_good(struct op *op, struct world *world, enum model_func func);

uint8_t *tx_of(struct world *world, int party);

/* The call with what lies in TX, and any registers. */
enum reason call_send(
	struct world *world, const struct op *op, struct ffa_regs regs);

/* One field of a good descriptor changed. */
void expect_damaged(struct world *world, enum model_func func, uint32_t at,
	uint64_t value, enum reason reason);

void expect_damaged_in_all(
	struct world *world, uint32_t at, uint64_t value, enum reason reason);

#endif
