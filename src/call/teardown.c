/* Borrowings of the dead. One transaction at a time, the lock in between. */
#include "call/teardown.h"

#include "engine/giveback.h"
#include "partition/call_chain.h"

/* The first transaction behind `handle` that `ep` holds, or NULL. */
static const struct txn *next_held(const struct engine *engine,
	const struct endpoint *ep, uint64_t handle)
{
	const struct tree_node *node = tree_floor(&engine->txns, handle);

	node = node != NULL ? node->next : engine->txns.first;
	for (; node != NULL; node = node->next) {
		const struct txn *txn = (const struct txn *)node;

		if (txn->borrower.endpoint == ep &&
			txn->borrower.phase == BORROWER_HELD)
			return txn;
	}
	return NULL;
}

static bool open_next(struct engine *engine, struct endpoint *ep,
	uint64_t *handle, struct txn **txn)
{
	const struct txn *held = next_held(engine, ep, *handle);
	struct mem_relinquish request = {0};

	if (held == NULL)
		return false;
	*handle = txn_handle(held);
	request.handle = *handle;
	return relinquish_open(engine, ep, &request, txn) == R_NONE;
}

void teardown(struct spm *spm, struct partition *partition)
{
	uint64_t handle = 0;

	for (;;) {
		enum reason outcome;
		struct txn *txn;
		bool found;

		lock_take(&spm->engine_lock);
		found = open_next(spm->engine, &partition->ep, &handle, &txn);
		lock_drop(&spm->engine_lock);
		if (!found)
			return;
		outcome = relinquish_work(txn);
		lock_take(&spm->engine_lock);
		/* A page that could not be zeroed is withheld: that is all. */
		outcome = relinquish_publish(txn, outcome);
		lock_drop(&spm->engine_lock);
		(void)outcome;
	}
}

void teardown_current(struct cpu *cpu)
{
	struct partition *partition = cpu->current->partition;

	chain_abort(cpu);
	teardown(cpu->spm, partition);
}
