/*
 * What is wrong with a memory transaction descriptor: the rules that its kinds
 * have in common, and the manager's own decision on what somebody sends it.
 *
 * mem_decode_send() and its like are asked as src/call asks them. The rules
 * here look for the same things by themselves, in the same order, and say
 * where; a first reason of the decoder's that none of them finds would be a
 * defect (test-decode looks for one). Behind them come rules of the engine
 * that need nothing but the bytes.
 */
#ifndef DECODE_MTD_CHECK_H
#define DECODE_MTD_CHECK_H

#include "decode/mtd.h"

struct check {
	const struct blob *blob;
	struct reading *reading;
	struct mtd mtd;
};

/* A finding on `size` bytes at `at`; takes `right`. */
void wrong(struct check *check, enum reason reason, uint32_t at, uint32_t size,
	char *right);

/* The receivers that are looked at: as many as a manager supports. */
uint32_t receivers(const struct check *check);

/* A field of a receiver, `at` from its beginning. */
uint64_t of_receiver(
	const struct check *check, uint32_t index, uint32_t at, uint32_t size);

/* The common rules, in the decoder's order; false without a whole header. */
bool check_lengths(struct check *check);
void check_header(struct check *check);
void check_attributes(struct check *check);
void check_receivers(struct check *check);
void check_region(struct check *check);

/* The manager's reason comes first. */
void check_decide(struct check *check);

#endif
