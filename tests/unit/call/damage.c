/* Sends of bytes that no model has words for. */
#include "unit/call/damage.h"

#include <string.h>

void make_good(struct op *op, struct world *world, enum model_func func)
{
	*op = op_of(world, func, SP1, SP2);
	op_range(op, SP1_MORE, 2);
	op_range(op, SP1_MORE + 16 * PAGE_SIZE, 1);
	op->desc.range = op->range;
	desc_settle(&op->desc);
}

uint8_t *tx_of(struct world *world, int party)
{
	return host_memory(world->partition[party].mailbox.pair.tx.base);
}

enum reason call_send(
	struct world *world, const struct op *op, struct ffa_regs regs)
{
	struct ffa_regs out = call_regs(world, op->who, regs);

	return out.x[0] == FFA_ERROR ? world->reason : R_NONE;
}

void expect_damaged(struct world *world, enum model_func func, uint32_t at,
	uint64_t value, enum reason reason)
{
	struct op op;
	uint8_t *tx = tx_of(world, SP1);
	unsigned size = value >> 32 ? 8 : value >> 16 ? 4 : 2;

	make_good(&op, world, func);
	desc_write(&op.desc, tx, PAGE_SIZE);
	/* Fields of one byte change with their neighbour as it was. */
	if (at % 2 || at == RECEIVER + 2)
		size = 1;
	if (at == RECEIVER + 4 || at >= COMPOSITE || (at >= 24 && at < 48))
		size = 4;
	memcpy(tx + at, &value, size);
	expect_refusal(call_send(world, &op,
			       REGS(send_function(func, true), op.desc.length,
				       op.desc.length)),
		reason);
}

void expect_damaged_in_all(
	struct world *world, uint32_t at, uint64_t value, enum reason reason)
{
	for (int func = MODEL_SHARE; func <= MODEL_DONATE; func++)
		expect_damaged(world, (enum model_func)func, at, value, reason);
}
