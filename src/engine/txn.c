/* Transactions: creation, lookup by handle, end. */
#include "engine/txn.h"

#include "base/assert.h"
#include "port/port.h"

_Static_assert(sizeof(struct txn) <= TXN_OBJECT_SIZE, "slab object");
_Static_assert(sizeof(struct borrower) <= BORROWER_OBJECT_SIZE, "slab object");

void engine_init(struct engine *engine, struct page_pool *pool)
{
	*engine = (struct engine){0};
	ledger_init(&engine->ledger, pool);
	slab_init(&engine->txn_slab, pool, TXN_OBJECT_SIZE);
	slab_init(&engine->borrower_slab, pool, BORROWER_OBJECT_SIZE);
	engine->manager.id = 0x8000;
	for (unsigned i = 0; i < ENGINE_VM_QUOTAS; i++)
		quota_open(&engine->vm[i]);
}

static void insert(struct engine *engine, struct txn *txn)
{
	if (tree_insert(&engine->txns, &txn->node, NULL) != NULL)
		PANIC("a handle was used twice");
}

struct txn *txn_create(struct engine *engine, struct endpoint *owner)
{
	struct txn *txn = slab_take(&engine->txn_slab);

	if (txn == NULL)
		return NULL;
	*txn = (struct txn){.owner = owner, .phase = TXN_OPENING};
	txn->node.key = ++engine->last_handle;
	insert(engine, txn);
	return txn;
}

bool txn_adopt(struct engine *engine, struct txn *txn, uint64_t handle)
{
	if ((handle & TXN_HANDLE_HYPERVISOR) != 0 ||
		txn_find(engine, handle) != NULL)
		return false;
	tree_remove(&engine->txns, &txn->node);
	txn->node.key = handle;
	insert(engine, txn);
	return true;
}

struct txn *txn_find(const struct engine *engine, uint64_t handle)
{
	return (struct txn *)tree_find(&engine->txns, handle);
}

enum reason txn_charge(struct txn *txn, const struct quota_amount *more)
{
	enum reason reason = quota_check(&txn->owner->quota, more);

	if (reason != R_NONE)
		return reason;
	if (txn->vm != NULL) {
		if (quota_check(txn->vm, more) != R_NONE)
			return R_QUOTA_SENDER;
		quota_add(txn->vm, more);
	}
	quota_add(&txn->owner->quota, more);
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		txn->charged.of[kind] += more->of[kind];
	return R_NONE;
}

static void give_charge(const struct txn *txn, const struct quota_amount *less)
{
	quota_give(&txn->owner->quota, less);
	if (txn->vm != NULL)
		quota_give(txn->vm, less);
}

void txn_uncharge_part(struct txn *txn, const struct quota_amount *less)
{
	give_charge(txn, less);
	for (unsigned kind = 0; kind < QUOTA_KINDS; kind++)
		txn->charged.of[kind] -= less->of[kind];
}

void txn_uncharge(const struct txn *txn)
{
	give_charge(txn, &txn->charged);
}

void txn_append(struct txn *txn, struct ledger_node *loan)
{
	loan->loan.next = NULL;
	if (txn->last_loan == NULL)
		txn->loans = loan;
	else
		txn->last_loan->loan.next = loan;
	txn->last_loan = loan;
	txn->range_count++;
}

struct borrower *txn_add_borrower(struct engine *engine, struct txn *txn)
{
	struct borrower *borrower = slab_take(&engine->borrower_slab);
	struct borrower **end = &txn->borrowers;

	if (borrower == NULL)
		return NULL;
	*borrower = (struct borrower){.phase = BORROWER_IDLE};
	while (*end != NULL)
		end = &(*end)->next;
	*end = borrower;
	txn->borrower_count++;
	return borrower;
}

struct borrower *txn_borrower(
	const struct txn *txn, const struct endpoint *endpoint, uint16_t id)
{
	struct borrower *borrower = txn->borrowers;

	while (borrower != NULL &&
		(borrower->endpoint != endpoint || borrower->id != id))
		borrower = borrower->next;
	return borrower;
}

bool txn_is_held(const struct txn *txn)
{
	const struct borrower *borrower = txn->borrowers;

	while (borrower != NULL && borrower->phase == BORROWER_IDLE)
		borrower = borrower->next;
	return borrower != NULL;
}

static void give_borrowers(struct engine *engine, struct txn *txn)
{
	struct borrower *borrower = txn->borrowers;

	while (borrower != NULL) {
		struct borrower *next = borrower->next;

		slab_give(&engine->borrower_slab, borrower);
		borrower = next;
	}
}

void txn_give_spare(struct engine *engine, struct txn *txn)
{
	ledger_list_give(&engine->ledger, txn->spare);
	txn->spare = NULL;
}

void txn_release(struct engine *engine, struct txn *txn)
{
	struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next)
		if (ledger_loan_is_claimed(loan))
			ledger_release(&engine->ledger, loan);
}

void txn_finish_assembling(struct txn *txn)
{
	struct txn **link = &txn->owner->assembling;

	while (*link != NULL && *link != txn)
		link = &(*link)->next_assembling;
	if (*link != NULL)
		*link = txn->next_assembling;
	txn->phase = TXN_OPENING;
}

void txn_destroy(struct engine *engine, struct txn *txn)
{
	if (txn->phase == TXN_ASSEMBLING)
		txn_finish_assembling(txn);
	txn_release(engine, txn);
	txn_uncharge(txn);
	ledger_list_give(&engine->ledger, txn->loans);
	txn_give_spare(engine, txn);
	give_borrowers(engine, txn);
	tree_remove(&engine->txns, &txn->node);
	slab_give(&engine->txn_slab, txn);
}

bool txn_takes_access(const struct txn *txn)
{
	return txn->func != MEM_SHARE;
}

bool txn_zero(const struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next)
		if (!port_zero(ledger_range(loan), attr_is_ns(txn->attr)))
			return false;
	return true;
}

void txn_clean(const struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;

	if (attr_is_device(txn->attr))
		return;
	for (; loan != NULL; loan = loan->loan.next)
		port_cache_clean(ledger_range(loan), attr_is_ns(txn->attr));
}
