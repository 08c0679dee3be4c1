/* Permissions of an owner's own pages. */
#include "engine/perm.h"

#include "engine/owner_map.h"

/* --- What they are ----------------------------------------------------- */

/* The owner has no access to these pages while the loan lies over them. */
static bool takes_access(const struct ledger_node *loan)
{
	const struct txn *txn = loan->loan.txn;

	return txn != NULL && txn->phase != TXN_DRAINING &&
	       txn_takes_access(txn);
}

/* Where the first loan in `range` begins that takes access, or its end. */
static uint64_t end_of_access(const struct ledger *ledger, struct range range)
{
	const struct ledger_node *loan = ledger_first_loan(ledger, range);

	while (loan != NULL && !takes_access(loan))
		loan = ledger_next_loan(loan, range);
	return loan != NULL ? ledger_range(loan).base.v : range_end(range);
}

enum reason perm_get(const struct engine *engine, const struct endpoint *owner,
	struct range range, struct perm_run *run)
{
	const struct ledger_node *title =
		ledger_title(&engine->ledger, range.base);
	uint64_t end = range.base.v;

	if (title == NULL || title->title.owner != owner)
		return R_PERM_NOT_OWNED;
	run->perm = title->title.access.perm;
	while (title != NULL && title->title.owner == owner &&
		title->title.access.perm == run->perm &&
		end < range_end(range) && ledger_range(title).base.v <= end) {
		end = range_end(ledger_range(title));
		title = ledger_next_title(title, range);
	}
	if (end < range_end(range))
		range.pages = (end - range.base.v) >> PAGE_SHIFT;
	end = end_of_access(&engine->ledger, range);
	if (end <= range.base.v)
		return R_PERM_NOT_OWNED;
	run->pages = (end - range.base.v) >> PAGE_SHIFT;
	return R_NONE;
}

/* --- Changing them ------------------------------------------------------ */

/* All pages are the owner's, alike, and in no use. */
static enum reason examine(const struct engine *engine,
	const struct endpoint *owner, struct range range, struct access *access)
{
	const struct ledger_node *title =
		ledger_first_title(&engine->ledger, range);
	uint64_t at = range.base.v;

	if (title != NULL)
		*access = title->title.access;
	while (at < range_end(range)) {
		if (title == NULL || ledger_range(title).base.v > at ||
			title->title.owner != owner)
			return R_PERM_NOT_OWNED;
		if (!access_equal(title->title.access, *access))
			return R_PERM_MIXED;
		at = range_end(ledger_range(title));
		title = ledger_next_title(title, range);
	}
	if (ledger_first_loan(&engine->ledger, range) != NULL)
		return R_NOT_EXCLUSIVE;
	return R_NONE;
}

static enum reason check_execute(struct access access)
{
	if ((access.perm & ACCESS_X) == 0)
		return R_NONE;
	if (attr_is_device(access.attr))
		return R_PERM_DEVICE;
	return attr_is_ns(access.attr) ? R_EXECUTE_NON_SECURE : R_NONE;
}

/* Nodes for `count` titles more; the quota counts them where they are put. */
static enum reason take_spares(struct engine *engine,
	const struct endpoint *owner, uint32_t count,
	struct ledger_node **spare)
{
	struct quota_amount more = {{[QUOTA_NODES] = count}};
	enum reason reason = quota_check(&owner->quota, &more);

	for (uint32_t i = 0; reason == R_NONE && i < count; i++) {
		struct ledger_node *node = ledger_node_take(&engine->ledger);

		if (node == NULL)
			return R_NO_NODES;
		node->loan.next = *spare;
		*spare = node;
	}
	return reason;
}

enum reason perm_set(struct engine *engine, struct endpoint *owner,
	struct range range, uint8_t perm)
{
	struct ledger_transfer change = {.range = range, .to = owner};
	struct ledger_node *spare = NULL;
	enum reason reason = examine(engine, owner, range, &change.access);

	change.access.perm = perm;
	if (reason == R_NONE)
		reason = check_execute(change.access);
	if (reason != R_NONE)
		return reason;
	reason = take_spares(
		engine, owner, ledger_cuts(&engine->ledger, range), &spare);
	if (reason == R_NONE && !owner_change(engine, &change, &spare))
		reason = R_NO_TABLES;
	ledger_list_give(&engine->ledger, spare);
	return reason;
}
