/*
 * What the dead, and former kernels of the normal world, had borrowed and sent.
 * One transaction at a time, the lock in between.
 */
#include "call/teardown.h"

#include "base/assert.h"
#include "call/life.h"
#include "call/mem_finish.h"
#include "call/power.h"
#include "engine/estate.h"
#include "engine/retrieve.h"
#include "engine/send.h"
#include "partition/call_chain.h"
#include "partition/interrupts.h"
#include "partition/mailbox.h"
#include "partition/receivers.h"

/* Not what other CPUs of a kernel that runs send meanwhile: it has an end. */
static bool is_left(const struct txn *txn, const struct endpoint *ep)
{
	return endpoint_is_dead(ep) || txn->orphaned;
}

/* By whatever name: there is one of the normal world's at most. */
static const struct borrower *holder(
	const struct txn *txn, const struct endpoint *ep)
{
	const struct borrower *borrower = txn->borrowers;

	if (txn->phase == TXN_DRAINING || !is_left(txn, ep))
		return NULL;
	while (borrower != NULL &&
		(borrower->endpoint != ep || borrower->phase != BORROWER_HELD))
		borrower = borrower->next;
	return borrower;
}

/* The first transaction whose handle is `from` or higher, or NULL. */
static const struct tree_node *first_from(
	const struct engine *engine, uint64_t from)
{
	const struct tree_node *node =
		from > 0 ? tree_floor(&engine->txns, from - 1) : NULL;

	return node != NULL ? node->next : engine->txns.first;
}

static const struct txn *next_held(
	const struct engine *engine, const struct endpoint *ep, uint64_t from)
{
	const struct tree_node *node = first_from(engine, from);

	while (node != NULL && holder((const struct txn *)node, ep) == NULL)
		node = node->next;
	return (const struct txn *)node;
}

static bool open_next(struct engine *engine, struct endpoint *ep,
	struct mem_relinquish *request, struct release *release)
{
	const struct txn *held = next_held(engine, ep, request->handle);

	if (held == NULL)
		return false;
	request->handle = txn_handle(held);
	request->endpoint = holder(held, ep)->id;
	return relinquish_open(engine, ep, request, release) == R_NONE;
}

/* Of those from handle `*from` on; moves it. */
static bool relinquish_next(
	struct spm *spm, struct endpoint *ep, uint64_t *from)
{
	struct mem_relinquish request = {.handle = *from};
	struct release release;
	bool found;

	lock_take(&spm->engine_lock);
	found = open_next(spm->engine, ep, &request, &release);
	lock_drop(&spm->engine_lock);
	if (!found)
		return false;
	*from = request.handle + 1;
	/* A page that could not be zeroed is withheld: that is all. */
	finish_relinquish(spm, &release, &request);
	return true;
}

/* --- What it has sent ---------------------------------------------------- */

static bool is_sent(const struct txn *txn, const struct endpoint *ep)
{
	return txn->owner == ep && txn->phase == TXN_LIVE && is_left(txn, ep);
}

static const struct txn *next_sent(
	const struct engine *engine, const struct endpoint *ep, uint64_t from)
{
	const struct tree_node *node = first_from(engine, from);

	while (node != NULL && !is_sent((const struct txn *)node, ep))
		node = node->next;
	return (const struct txn *)node;
}

/* What nobody holds comes back; the rest stays with who holds it. */
static bool reclaim_next(
	struct spm *spm, const struct endpoint *ep, uint64_t *from)
{
	const struct txn *sent;
	struct txn *txn;
	bool open = false;

	lock_take(&spm->engine_lock);
	sent = next_sent(spm->engine, ep, *from);
	if (sent != NULL) {
		*from = txn_handle(sent) + 1;
		open = reclaim_open(spm->engine, ep, *from - 1, 0, &txn) ==
		       R_NONE;
	}
	lock_drop(&spm->engine_lock);
	if (open)
		finish_reclaim(spm, txn, 0);
	return sent != NULL;
}

/* A call of another context may use them: it comes back to this. */
static void unmap_buffers(struct spm *spm, struct partition *partition)
{
	struct txn *foreign = NULL;

	if (mailbox_unmap(spm, partition, &foreign) == R_NONE)
		finish_cancel_all(spm, foreign);
}

static void give_back_all(struct spm *spm, struct endpoint *ep)
{
	uint64_t from = 0;

	while (relinquish_next(spm, ep, &from))
		;
	from = 0;
	while (reclaim_next(spm, ep, &from))
		;
}

void teardown(struct spm *spm, struct partition *partition)
{
	struct txn *foreign;

	/* What it has set for others they still get; they unbind it. */
	lock_take(&spm->chain_lock);
	notify_close(&partition->notify);
	lock_drop(&spm->chain_lock);
	lock_take(&spm->engine_lock);
	/* Whoever works on one now finds its sender dead. */
	foreign = send_abort_all(spm->engine, &partition->ep);
	retrieve_drain_all(spm->engine, &partition->ep);
	lock_drop(&spm->engine_lock);
	finish_cancel_all(spm, foreign);
	unmap_buffers(spm, partition);
	give_back_all(spm, &partition->ep);
}

/* --- A former kernel ------------------------------------------------------ */

/* A pair that a call on another CPU uses stays: what follows is refused. */
static void close_vm(struct spm *spm, struct nwd_vm *vm)
{
	notify_close(&vm->notify);
	if (mailbox_unmap_vm_locked(spm, &vm->mailbox) != R_BUFFERS_BUSY)
		receivers_settle(vm);
}

void teardown_former(struct spm *spm)
{
	struct partition *nwd = spm->nwd;

	lock_take(&spm->chain_lock);
	notify_close(&nwd->notify);
	for (unsigned i = 0; i < SPM_VMS_MAX; i++)
		close_vm(spm, &spm->vms[i]);
	lock_drop(&spm->chain_lock);
	/* Unfinished sends end with the pair. */
	unmap_buffers(spm, nwd);
	lock_take(&spm->engine_lock);
	estate_orphan(spm->engine, &nwd->ep);
	lock_drop(&spm->engine_lock);
	give_back_all(spm, &nwd->ep);
}

void teardown_current(struct cpu *cpu)
{
	struct partition *partition = cpu->current->partition;
	enum runtime_model model;

	if (partition->abort_action == ABORT_PROPAGATE)
		PANIC("a partition was aborted, and its manifest wants a "
		      "panic");
	model = chain_abort(cpu);
	interrupt_silence(partition);
	teardown(cpu->spm, partition);
	life_settle(cpu);
	if (model == RTM_POWER)
		power_go_on(cpu);
	receivers_wake_late(cpu);
}
