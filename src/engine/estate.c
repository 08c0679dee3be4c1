/* What the dead own. */
#include "engine/estate.h"

#include "engine/owner_map.h"

static const struct txn *first_txn(const struct engine *engine)
{
	return (const struct txn *)engine->txns.first;
}

static const struct txn *next_txn(const struct txn *txn)
{
	return (const struct txn *)txn->node.next;
}

enum estate estate_look(
	const struct engine *engine, const struct endpoint *owner)
{
	const struct txn *txn = first_txn(engine);
	enum estate estate = ESTATE_BACK;

	for (; txn != NULL; txn = next_txn(txn)) {
		if (txn->owner != owner)
			continue;
		if (txn->quarantined)
			return ESTATE_LOST;
		estate = ESTATE_OUT;
	}
	return estate;
}

void estate_orphan(struct engine *engine, const struct endpoint *owner)
{
	const struct tree_node *node = engine->txns.first;

	for (; node != NULL; node = node->next) {
		struct txn *txn = (struct txn *)node;

		if (txn->owner != owner || txn->phase != TXN_LIVE)
			continue;
		txn->orphaned = true;
		txn->hypervisor = (struct mem_cursor){0};
	}
}

const struct ledger_node *estate_next(const struct engine *engine,
	const struct endpoint *owner, uint64_t from)
{
	const struct tree *titles = &engine->ledger.titles;
	const struct tree_node *node = tree_floor(titles, from >> PAGE_SHIFT);

	if (node == NULL)
		node = titles->first;
	for (; node != NULL; node = node->next) {
		const struct ledger_node *title =
			(const struct ledger_node *)node;

		if (title->title.owner == owner &&
			range_end(ledger_range(title)) > from)
			return title;
	}
	return NULL;
}

void estate_take(struct engine *engine, const struct ledger_node *title)
{
	struct ledger_transfer transfer = {
		.range = ledger_range(title),
		.to = &engine->manager,
		.access = title->title.access,
	};

	owner_lose(engine, title->title.owner, &transfer);
}

/* --- As it was at boot -------------------------------------------------- */

/* Its own, in no loan; *same: with this access already. */
static bool examine(const struct engine *engine, const struct endpoint *owner,
	const struct ledger_transfer *to, bool *same)
{
	struct range range = to->range;
	const struct ledger_node *title =
		ledger_first_title(&engine->ledger, range);
	uint64_t at = range.base.v;

	*same = true;
	while (at < range_end(range)) {
		if (title == NULL || title->title.owner != owner ||
			ledger_range(title).base.v > at)
			return false;
		*same = *same && access_equal(title->title.access, to->access);
		at = range_end(ledger_range(title));
		title = ledger_next_title(title, range);
	}
	return ledger_first_loan(&engine->ledger, range) == NULL;
}

static bool change(struct engine *engine, const struct ledger_transfer *to)
{
	struct ledger_node *spare = NULL;
	uint32_t cuts = ledger_cuts(&engine->ledger, to->range);
	bool done = true;

	for (uint32_t i = 0; done && i < cuts; i++) {
		struct ledger_node *node = ledger_node_take(&engine->ledger);

		done = node != NULL;
		if (done) {
			node->loan.next = spare;
			spare = node;
		}
	}
	done = done && owner_change(engine, to, &spare);
	ledger_list_give(&engine->ledger, spare);
	return done;
}

bool estate_reset(struct engine *engine, struct endpoint *owner,
	struct range range, struct access access)
{
	struct ledger_transfer to = {range, owner, access};
	bool same;

	if (!examine(engine, owner, &to, &same))
		return false;
	return same || change(engine, &to);
}

void estate_forget(struct engine *engine, const struct endpoint *receiver)
{
	const struct txn *txn = first_txn(engine);

	for (; txn != NULL; txn = next_txn(txn)) {
		struct borrower *borrower = txn->borrowers;

		for (; borrower != NULL; borrower = borrower->next)
			if (borrower->endpoint == receiver)
				borrower->endpoint = &engine->manager;
	}
}
