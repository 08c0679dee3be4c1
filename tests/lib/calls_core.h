/*
 * What the files of calls.h share: a call is noted, the model goes ahead
 * (oracle_begin() first), the manager follows, and both are compared.
 */
#ifndef TESTS_CALLS_CORE_H
#define TESTS_CALLS_CORE_H

#include "lib/calls.h"

/* What the call in progress says, for the report of a failure. */
void call_note(const char *what, int party, const struct desc *desc);
void call_note_numbers(const char *what, int party, uint64_t a, uint64_t b);
void call_tell(void);

#define fail_call(...)                                                         \
	do {                                                                   \
		call_tell();                                                   \
		fail_msg(__VA_ARGS__);                                         \
	} while (0)

/* The model has gone ahead; it steps back where the manager refuses. */
void call_perform(struct world *world, int party, struct ffa_regs *regs);

/* `set` is what the model says. Returns the reason of the refusal. */
enum reason call_settle(
	struct world *world, struct ffa_regs *regs, model_set set);

/* Straight into the caller's TX page, as a guest's stores would: bytes
 * [from, from + size) of the descriptor. */
void call_write_tx(struct world *world, int party, const struct desc *desc,
	uint32_t from, uint32_t size);

struct model_receiver call_receiver(const struct desc *desc, uint32_t index);

/* The id by which op->receiver is a receiver. */
uint16_t call_receiver_id(struct world *world, const struct op *op);

#endif
