/* Borrowings of the dead. One transaction at a time, the lock in between. */
#include "call/teardown.h"

#include "engine/giveback.h"
#include "engine/retrieve.h"
#include "engine/send.h"
#include "partition/call_chain.h"
#include "role/relay.h"

static bool holds(const struct txn *txn, const struct endpoint *ep)
{
	const struct borrower *borrower = txn_borrower(txn, ep, ep->id);

	return borrower != NULL && borrower->phase == BORROWER_HELD &&
	       txn->phase != TXN_DRAINING;
}

/* The first transaction behind `handle` that `ep` holds, or NULL. */
static const struct txn *next_held(
	const struct engine *engine, const struct endpoint *ep, uint64_t handle)
{
	const struct tree_node *node = tree_floor(&engine->txns, handle);

	node = node != NULL ? node->next : engine->txns.first;
	while (node != NULL && !holds((const struct txn *)node, ep))
		node = node->next;
	return (const struct txn *)node;
}

static bool open_next(struct engine *engine, struct endpoint *ep,
	uint64_t *handle, struct release *release)
{
	const struct txn *held = next_held(engine, ep, *handle);
	struct mem_relinquish request = {.endpoint = ep->id};

	if (held == NULL)
		return false;
	*handle = txn_handle(held);
	request.handle = *handle;
	return relinquish_open(engine, ep, &request, release) == R_NONE;
}

static bool relinquish_next(
	struct spm *spm, struct endpoint *ep, uint64_t *handle)
{
	struct mem_relinquish request = {.endpoint = ep->id};
	struct release release;
	enum reason outcome;
	bool found;

	lock_take(&spm->engine_lock);
	found = open_next(spm->engine, ep, handle, &release);
	request.handle = *handle;
	lock_drop(&spm->engine_lock);
	if (!found)
		return false;
	outcome = relinquish_work(&release);
	if (outcome == R_NONE && release.txn->foreign)
		outcome = relay_relinquish(spm, &request);
	lock_take(&spm->engine_lock);
	/* A page that could not be zeroed is withheld: that is all. */
	outcome = relinquish_publish(&release, outcome);
	lock_drop(&spm->engine_lock);
	(void)outcome;
	return true;
}

static struct txn *claim_send(struct spm *spm, const struct endpoint *owner)
{
	struct txn *txn;

	lock_take(&spm->engine_lock);
	txn = send_claim_foreign(spm->engine, owner);
	lock_drop(&spm->engine_lock);
	return txn;
}

void teardown_foreign_sends(struct spm *spm, const struct endpoint *owner)
{
	struct txn *txn;

	for (;;) {
		txn = claim_send(spm, owner);
		if (txn == NULL)
			return;
		relay_forget(spm, txn);
		lock_take(&spm->engine_lock);
		send_cancel(spm->engine, txn);
		lock_drop(&spm->engine_lock);
	}
}

void teardown(struct spm *spm, struct partition *partition)
{
	uint64_t handle = 0;

	teardown_foreign_sends(spm, &partition->ep);
	lock_take(&spm->engine_lock);
	/* Whoever begins one from now on finds its sender dead. */
	send_abort_all(spm->engine, &partition->ep);
	retrieve_drain_all(spm->engine, &partition->ep);
	lock_drop(&spm->engine_lock);
	while (relinquish_next(spm, &partition->ep, &handle))
		;
}

void teardown_current(struct cpu *cpu)
{
	struct partition *partition = cpu->current->partition;

	chain_abort(cpu);
	teardown(cpu->spm, partition);
}
