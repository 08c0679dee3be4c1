/* See mem_finish.h. */
#include "call/mem_finish.h"

#include "engine/send.h"
#include "role/relay.h"

void finish_orphan(
	struct spm *spm, const struct endpoint *owner, uint64_t handle)
{
	struct txn *txn;
	enum reason reason;

	lock_take(&spm->engine_lock);
	reason = reclaim_open(spm->engine, owner, handle, 0, &txn);
	lock_drop(&spm->engine_lock);
	if (reason == R_NONE)
		finish_reclaim(spm, txn, 0);
}

enum reason finish_relinquish(struct spm *spm, const struct release *release,
	const struct mem_relinquish *request)
{
	const struct endpoint *owner = release->txn->owner;
	enum reason reason = relinquish_work(release);
	bool orphan;

	if (reason == R_NONE && release->txn->foreign)
		reason = relay_relinquish(spm, request);
	lock_take(&spm->engine_lock);
	reason = relinquish_publish(release, reason);
	orphan = txn_is_orphan(release->txn);
	lock_drop(&spm->engine_lock);
	if (orphan)
		finish_orphan(spm, owner, request->handle);
	return reason;
}

enum reason finish_reclaim(struct spm *spm, struct txn *txn, uint32_t flags)
{
	enum reason reason = reclaim_work(txn, flags);

	if (txn->foreign)
		reason = relay_reclaim(spm, txn, flags);
	lock_take(&spm->engine_lock);
	if (reason == R_DONATION_TAKEN)
		reclaim_lose(spm->engine, txn, &spm->relay->peer);
	else
		reason = reclaim_publish(spm->engine, txn, reason);
	lock_drop(&spm->engine_lock);
	return reason;
}

void finish_cancel(struct spm *spm, struct txn *txn)
{
	if (txn->foreign)
		relay_forget(spm, txn);
	lock_take(&spm->engine_lock);
	send_cancel(spm->engine, txn);
	lock_drop(&spm->engine_lock);
}

void finish_cancel_all(struct spm *spm, struct txn *txn)
{
	while (txn != NULL) {
		struct txn *next = txn->next_assembling;

		finish_cancel(spm, txn);
		txn = next;
	}
}
