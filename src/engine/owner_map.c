/* The owner's tables follow the titles. */
#include "engine/owner_map.h"

#include "base/assert.h"
#include "stage2/s2_format.h"

#define BLOCK_SPAN s2_span(S2_LEVEL_LEAF - 1)

static void unreserve(struct s2_batch *batch, const struct txn *txn,
	const struct ledger_node *until)
{
	const struct ledger_node *loan = txn->loans;

	for (; loan != until; loan = loan->loan.next)
		s2_unreserve(batch, attr_is_ns(txn->attr), ledger_range(loan));
	s2_batch_commit(batch);
}

enum reason owner_no_tables(const struct space *space)
{
	return space->table_count >= space->table_limit ? R_QUOTA_TABLES
							: R_NO_TABLES;
}

static enum reason reserve(struct s2_batch *batch, const struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next) {
		if (!s2_reserve_unmap(
			    batch, attr_is_ns(txn->attr), ledger_range(loan))) {
			enum reason reason = owner_no_tables(batch->space);

			unreserve(batch, txn, loan->loan.next);
			return reason;
		}
	}
	return R_NONE;
}

enum reason owner_unmap(struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;
	struct s2_batch batch;
	enum reason reason;

	if (txn->owner->space == NULL)
		return R_NONE;
	s2_batch_begin(&batch, txn->owner->space);
	reason = reserve(&batch, txn);
	if (reason != R_NONE)
		return reason;
	for (; loan != NULL; loan = loan->loan.next)
		s2_unmap(&batch, attr_is_ns(txn->attr), ledger_range(loan));
	s2_batch_commit(&batch);
	return R_NONE;
}

/* The part of `title` that lies in `range`. */
static struct range common_part(
	const struct ledger_node *title, struct range range)
{
	struct range part = ledger_range(title);
	uint64_t first =
		part.base.v > range.base.v ? part.base.v : range.base.v;
	uint64_t end = range_end(part) < range_end(range) ? range_end(part)
							  : range_end(range);

	return (struct range){paddr(first), (end - first) >> PAGE_SHIFT};
}

static void map_titles(
	struct engine *engine, const struct endpoint *owner, struct range range)
{
	const struct ledger_node *title =
		ledger_first_title(&engine->ledger, range);

	for (; title != NULL; title = ledger_next_title(title, range)) {
		struct s2_mapping mapping = {
			.range = common_part(title, range),
			.access = title->title.access,
		};

		s2_map(owner->space, attr_is_ns(title->title.access.attr),
			mapping, S2_OWN);
	}
}

/*
 * One title over the whole 2 MiB around `address`. A share or a buffer in it
 * leaves the owner's mapping alone; where memory is lent the table is not full.
 */
static bool may_merge(const struct engine *engine, uint64_t address)
{
	struct range block = {paddr(address & ~(BLOCK_SPAN - 1)), S2_ENTRIES};
	const struct ledger_node *title =
		ledger_title(&engine->ledger, block.base);

	return title != NULL && ledger_range(title).base.v <= block.base.v &&
	       range_end(ledger_range(title)) >= range_end(block);
}

static void merge_edges(struct engine *engine, struct s2_batch *batch,
	struct range range, bool ns)
{
	uint64_t last = range_end(range) - 1;

	if (may_merge(engine, range.base.v))
		s2_merge(batch, ns, range.base);
	if (last / BLOCK_SPAN != range.base.v / BLOCK_SPAN &&
		may_merge(engine, last))
		s2_merge(batch, ns, paddr(last));
}

void owner_restore(struct engine *engine, struct txn *txn)
{
	bool ns = attr_is_ns(txn->attr);
	struct ledger_node *loan;
	struct s2_batch batch;

	txn_release(engine, txn);
	if (txn->owner->space == NULL || !txn_takes_access(txn))
		return;
	for (loan = txn->loans; loan != NULL; loan = loan->loan.next)
		map_titles(engine, txn->owner, ledger_range(loan));
	s2_batch_begin(&batch, txn->owner->space);
	for (loan = txn->loans; loan != NULL; loan = loan->loan.next)
		merge_edges(engine, &batch, ledger_range(loan), ns);
	s2_batch_commit(&batch);
}

bool owner_change(struct engine *engine, const struct ledger_transfer *change,
	struct ledger_node **spare)
{
	bool ns = attr_is_ns(change->access.attr);
	struct s2_batch batch;

	s2_batch_begin(&batch, change->to->space);
	if (!s2_reserve_unmap(&batch, ns, change->range)) {
		s2_unreserve(&batch, ns, change->range);
		s2_batch_commit(&batch);
		return false;
	}
	s2_unmap(&batch, ns, change->range);
	s2_batch_commit(&batch);
	ledger_transfer(&engine->ledger, change, spare);
	map_titles(engine, change->to, change->range);
	port_entry_sync();
	merge_edges(engine, &batch, change->range, ns);
	s2_batch_commit(&batch);
	return true;
}

bool owner_map_titles(
	struct engine *engine, const struct endpoint *owner, struct range range)
{
	const struct ledger_node *title =
		ledger_first_title(&engine->ledger, range);

	for (; title != NULL; title = ledger_next_title(title, range))
		if (!s2_reserve_map(owner->space,
			    attr_is_ns(title->title.access.attr),
			    common_part(title, range), S2_OWN))
			return false;
	map_titles(engine, owner, range);
	title = ledger_first_title(&engine->ledger, range);
	for (; title != NULL; title = ledger_next_title(title, range))
		s2_release_map(owner->space,
			attr_is_ns(title->title.access.attr),
			common_part(title, range), S2_OWN);
	port_entry_sync();
	return true;
}

bool owner_map_fixed(struct space *space, const struct s2_mapping *mapping)
{
	bool ns = attr_is_ns(mapping->access.attr);

	if (!s2_reserve_map(space, ns, mapping->range, S2_OWN))
		return false;
	s2_map_reserved(space, ns, *mapping, S2_OWN);
	port_entry_sync();
	return true;
}

static bool owns_any(const struct engine *engine, const struct endpoint *owner,
	struct range range)
{
	const struct ledger_node *title =
		ledger_first_title(&engine->ledger, range);

	for (; title != NULL; title = ledger_next_title(title, range))
		if (title->title.owner == owner)
			return true;
	return false;
}

static void unpin_unowned(struct engine *engine, const struct endpoint *owner,
	struct paddr address, bool ns)
{
	for (unsigned level = 2; level <= S2_LEVEL_LEAF; level++) {
		uint64_t span = s2_span(level - 1);
		struct range table = {
			paddr(address.v & ~(span - 1)), span >> PAGE_SHIFT};

		if (!owns_any(engine, owner, table))
			s2_unpin(owner->space, ns, address, level);
	}
}

/* Table by table: any of them may have been split in the owner's time. */
static void forget_range(struct engine *engine, const struct endpoint *owner,
	struct s2_batch *batch, const struct ledger_transfer *lost)
{
	bool ns = attr_is_ns(lost->access.attr);
	uint64_t at = lost->range.base.v;

	while (at < range_end(lost->range)) {
		unpin_unowned(engine, owner, paddr(at), ns);
		s2_prune(batch, ns, (struct range){paddr(at), 1});
		at = (at / BLOCK_SPAN + 1) * BLOCK_SPAN;
	}
}

static void forget(struct engine *engine, const struct txn *txn)
{
	const struct ledger_node *loan = txn->loans;
	struct s2_batch batch;

	if (txn->owner->space == NULL)
		return;
	s2_batch_begin(&batch, txn->owner->space);
	for (; loan != NULL; loan = loan->loan.next) {
		struct ledger_transfer lost = {
			.range = ledger_range(loan),
			.access = {.attr = txn->attr},
		};

		forget_range(engine, txn->owner, &batch, &lost);
	}
	s2_batch_commit(&batch);
}

void owner_lose(struct engine *engine, const struct endpoint *owner,
	const struct ledger_transfer *lost)
{
	struct ledger_node *spare = NULL;
	struct s2_batch batch;

	s2_batch_begin(&batch, owner->space);
	s2_unmap(&batch, attr_is_ns(lost->access.attr), lost->range);
	s2_batch_commit(&batch);
	ledger_transfer(&engine->ledger, lost, &spare);
	ledger_list_give(&engine->ledger, spare);
	forget_range(engine, owner, &batch, lost);
	s2_batch_commit(&batch);
}

void owner_give(struct engine *engine, struct txn *txn, struct endpoint *donee,
	struct access access)
{
	struct ledger_node *loan = txn->loans;

	for (; loan != NULL; loan = loan->loan.next) {
		struct ledger_transfer transfer = {
			.range = ledger_range(loan),
			.to = donee,
			.access = access,
		};

		ledger_transfer(&engine->ledger, &transfer, &txn->spare);
	}
	forget(engine, txn);
}
