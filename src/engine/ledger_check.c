/* Invariants of titles, loans and transactions. */
#include "engine/ledger_check.h"

static const struct ledger_node *node_of(const struct tree_node *node)
{
	return (const struct ledger_node *)node;
}

/* Ranges of one tree: in order, not empty, none overlaps the next. */
static bool is_ordered(const struct tree *tree)
{
	const struct tree_node *node = tree->first;
	uint64_t count = 0;

	for (; node != NULL; node = node->next, count++) {
		if (node->user32 == 0)
			return false;
		if (node->next != NULL &&
			node->key + node->user32 > node->next->key)
			return false;
		if (tree_find(tree, node->key) != node)
			return false;
	}
	return count == tree->count;
}

static const char *check_txn(const struct engine *engine, const struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;
	struct title_summary summary = {0};
	uint64_t pages = 0;
	uint32_t ranges = 0;

	/* An unfinished send has noted ranges, and claims nothing. */
	if (txn->phase == TXN_ASSEMBLING)
		return NULL;
	for (; loan != NULL; loan = loan->loan.next, ranges++) {
		if (loan->loan.txn != txn)
			return "I3 a loan belongs to the transaction listing "
			       "it";
		if (ledger_examine(&engine->ledger, ledger_range(loan),
			    txn->owner, &summary) != R_NONE)
			return "I4 the owner holds the titles under its loans";
		if (tree_find(&engine->ledger.loans, loan->node.key) !=
			&loan->node)
			return "I5 a transaction's loans are in the ledger";
		pages += loan->node.user32;
	}
	if (pages != txn->page_count || ranges != txn->range_count)
		return "I6 the pages of a transaction add up";
	return NULL;
}

static const char *check_txns(const struct engine *engine, uint64_t *loans)
{
	const struct tree_node *node = engine->txns.first;

	for (; node != NULL; node = node->next) {
		const struct txn *txn = (const struct txn *)node;
		const char *broken = check_txn(engine, txn);

		if (broken != NULL)
			return broken;
		if (txn->phase != TXN_ASSEMBLING)
			*loans += txn->range_count;
	}
	return NULL;
}

static uint64_t count_buffers(const struct ledger *ledger)
{
	const struct tree_node *node = ledger->loans.first;
	uint64_t count = 0;

	for (; node != NULL; node = node->next)
		if (node_of(node)->loan.txn == NULL)
			count++;
	return count;
}

const char *ledger_check(const struct engine *engine)
{
	uint64_t loans = count_buffers(&engine->ledger);
	const char *broken;

	if (!is_ordered(&engine->ledger.titles))
		return "I1 no page has two titles";
	if (!is_ordered(&engine->ledger.loans))
		return "I2 no page is in two loans";
	broken = check_txns(engine, &loans);
	if (broken != NULL)
		return broken;
	if (loans != engine->ledger.loans.count)
		return "I7 every loan is a buffer or some transaction's";
	return NULL;
}
