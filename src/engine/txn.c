/* Transactions: creation, lookup by handle, end. */
#include "engine/txn.h"

#include "base/assert.h"
#include "port/port.h"

_Static_assert(sizeof(struct txn) <= TXN_OBJECT_SIZE, "slab object");

/* Bit 63 says that a hypervisor allocated the handle: never here. */
#define HANDLE_HYPERVISOR (1ull << 63)

void engine_init(struct engine *engine, struct page_pool *pool)
{
	*engine = (struct engine){0};
	ledger_init(&engine->ledger, pool);
	slab_init(&engine->txn_slab, pool, TXN_OBJECT_SIZE);
	engine->manager.id = 0x8000;
}

struct txn *txn_create(struct engine *engine, struct endpoint *owner)
{
	struct txn *txn = slab_take(&engine->txn_slab);

	if (txn == NULL)
		return NULL;
	*txn = (struct txn){.owner = owner, .phase = TXN_OPENING};
	txn->node.key = ++engine->last_handle;
	ASSERT((txn->node.key & HANDLE_HYPERVISOR) == 0);
	if (tree_insert(&engine->txns, &txn->node) != NULL)
		PANIC("a handle was used twice");
	return txn;
}

struct txn *txn_find(const struct engine *engine, uint64_t handle)
{
	return (struct txn *)tree_find(&engine->txns, handle);
}

void txn_append(struct txn *txn, struct ledger_node *loan)
{
	if (txn->last_loan == NULL)
		txn->loans = loan;
	else
		txn->last_loan->loan.next = loan;
	txn->last_loan = loan;
	txn->range_count++;
}

static void give_list(struct ledger *ledger, struct ledger_node *list)
{
	while (list != NULL) {
		struct ledger_node *next = list->loan.next;

		ledger_node_give(ledger, list);
		list = next;
	}
}

void txn_release(struct engine *engine, struct txn *txn)
{
	struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next)
		ledger_release(&engine->ledger, loan);
	txn->released = true;
}

void txn_destroy(struct engine *engine, struct txn *txn)
{
	if (!txn->released)
		txn_release(engine, txn);
	txn->owner->quota.node_count -= txn->charge;
	give_list(&engine->ledger, txn->loans);
	give_list(&engine->ledger, txn->spare);
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
