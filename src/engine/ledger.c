/*
 * Titles and loans in two trees. Not responsible for rules, tables or
 * transactions.
 */
#include "engine/ledger.h"

#include "base/assert.h"

_Static_assert(sizeof(struct ledger_node) == 64, "64 bytes per live range");

static struct ledger_node *node_of(struct tree_node *node)
{
	return (struct ledger_node *)node;
}

static uint64_t first_page(struct range range)
{
	return range.base.v >> PAGE_SHIFT;
}

static uint64_t end_page(struct range range)
{
	return first_page(range) + range.pages;
}

static uint64_t node_end(const struct ledger_node *node)
{
	return node->node.key + node->node.user32;
}

void ledger_init(struct ledger *ledger, struct page_pool *pool)
{
	*ledger = (struct ledger){0};
	slab_init(&ledger->nodes, pool, sizeof(struct ledger_node));
}

struct range ledger_range(const struct ledger_node *node)
{
	return (struct range){
		.base = paddr(node->node.key << PAGE_SHIFT),
		.pages = node->node.user32,
	};
}

struct ledger_node *ledger_node_take(struct ledger *ledger)
{
	return slab_take(&ledger->nodes);
}

void ledger_node_give(struct ledger *ledger, struct ledger_node *node)
{
	slab_give(&ledger->nodes, node);
}

/* The first node of `tree` that overlaps [first, end), or NULL. */
static struct ledger_node *first_overlap(
	const struct tree *tree, uint64_t first, uint64_t end)
{
	struct tree_node *node = tree_floor(tree, first);

	if (node != NULL && node_end(node_of(node)) > first)
		return node_of(node);
	node = node != NULL ? node->next : tree->first;
	return node != NULL && node->key < end ? node_of(node) : NULL;
}

static void insert_title(struct ledger *ledger, struct ledger_node *node,
	uint64_t first, uint64_t end)
{
	node->node.key = first;
	node->node.user32 = (uint32_t)(end - first);
	node->title.owner->quota.used.of[QUOTA_NODES]++;
	if (tree_insert(&ledger->titles, &node->node, NULL) != NULL)
		PANIC("two titles begin at one page");
}

static void remove_title(struct ledger *ledger, struct ledger_node *node)
{
	tree_remove(&ledger->titles, &node->node);
	node->title.owner->quota.used.of[QUOTA_NODES]--;
}

/* --- Titles ------------------------------------------------------------ */

static struct ledger_node *next_title(const struct ledger_node *title)
{
	return node_of(title->node.next);
}

/* The node behind `node`, of the same tree, if it overlaps `range`. */
static const struct ledger_node *next_overlap(
	const struct ledger_node *node, struct range range)
{
	const struct ledger_node *next = node_of(node->node.next);

	return next != NULL && next->node.key < end_page(range) ? next : NULL;
}

static bool title_is(const struct ledger_node *title,
	const struct endpoint *owner, struct access access)
{
	return title->title.owner == owner &&
	       access_equal(title->title.access, access);
}

/* Joins `title` with its right neighbour where both say the same. */
static struct ledger_node *merge_right(
	struct ledger *ledger, struct ledger_node *title)
{
	struct ledger_node *right = next_title(title);

	if (right == NULL || node_end(title) != right->node.key ||
		!title_is(right, title->title.owner, title->title.access))
		return NULL;
	title->node.user32 += right->node.user32;
	remove_title(ledger, right);
	return right;
}

bool ledger_grant(struct ledger *ledger, struct range range,
	struct endpoint *owner, struct access access)
{
	struct ledger_node *title = ledger_node_take(ledger);

	if (title == NULL)
		return false;
	ASSERT(first_overlap(&ledger->titles, first_page(range),
		       end_page(range)) == NULL);
	title->title.owner = owner;
	title->title.access = access;
	insert_title(ledger, title, first_page(range), end_page(range));
	return true;
}

static void push(struct ledger_node **list, struct ledger_node *node)
{
	node->loan.next = *list;
	*list = node;
}

static struct ledger_node *pop(struct ledger_node **list)
{
	struct ledger_node *node = *list;

	ASSERT(node != NULL);
	*list = node->loan.next;
	return node;
}

/*
 * Removes [first, end) from `title`, which overlaps it: the title loses its
 * middle, its start, its end, or goes to the spare list.
 */
static void cut_title(struct ledger *ledger, struct ledger_node *title,
	struct range range, struct ledger_node **spare)
{
	uint64_t first = first_page(range);
	uint64_t end = end_page(range);
	uint64_t title_first = title->node.key;
	uint64_t title_end = node_end(title);

	if (title_end > end) {
		struct ledger_node *rest = pop(spare);

		rest->title.owner = title->title.owner;
		rest->title.access = title->title.access;
		title->node.user32 = (uint32_t)(end - title_first);
		insert_title(ledger, rest, end, title_end);
	}
	if (title_first < first) {
		title->node.user32 = (uint32_t)(first - title_first);
		return;
	}
	remove_title(ledger, title);
	push(spare, title);
}

static void cut(
	struct ledger *ledger, struct range range, struct ledger_node **spare)
{
	struct ledger_node *title;

	for (;;) {
		title = first_overlap(
			&ledger->titles, first_page(range), end_page(range));
		if (title == NULL)
			return;
		cut_title(ledger, title, range, spare);
	}
}

void ledger_list_give(struct ledger *ledger, struct ledger_node *list)
{
	while (list != NULL)
		ledger_node_give(ledger, pop(&list));
}

bool ledger_carve(struct ledger *ledger, struct range range)
{
	struct ledger_node *spare = NULL;

	for (unsigned i = 0; i < LEDGER_TRANSFER_NODES; i++) {
		struct ledger_node *node = ledger_node_take(ledger);

		if (node == NULL) {
			ledger_list_give(ledger, spare);
			return false;
		}
		push(&spare, node);
	}
	cut(ledger, range, &spare);
	ledger_list_give(ledger, spare);
	return true;
}

const struct ledger_node *ledger_title(
	const struct ledger *ledger, struct paddr address)
{
	uint64_t page = address.v >> PAGE_SHIFT;

	return first_overlap(&ledger->titles, page, page + 1);
}

const struct ledger_node *ledger_first_title(
	const struct ledger *ledger, struct range range)
{
	return first_overlap(
		&ledger->titles, first_page(range), end_page(range));
}

const struct ledger_node *ledger_next_title(
	const struct ledger_node *title, struct range range)
{
	return next_overlap(title, range);
}

uint32_t ledger_cuts(const struct ledger *ledger, struct range range)
{
	struct paddr last = paddr(range_end(range) - PAGE_SIZE);
	uint32_t cuts = 0;

	if (ledger_title(ledger, range.base)->node.key < first_page(range))
		cuts++;
	if (node_end(ledger_title(ledger, last)) > end_page(range))
		cuts++;
	return cuts;
}

void ledger_transfer(struct ledger *ledger,
	const struct ledger_transfer *transfer, struct ledger_node **spare)
{
	struct ledger_node *title;
	struct ledger_node *left;
	struct ledger_node *gone;

	cut(ledger, transfer->range, spare);
	title = pop(spare);
	title->title.owner = transfer->to;
	title->title.access = transfer->access;
	insert_title(ledger, title, first_page(transfer->range),
		end_page(transfer->range));
	gone = merge_right(ledger, title);
	if (gone != NULL)
		push(spare, gone);
	left = node_of(title->node.prev);
	gone = left != NULL ? merge_right(ledger, left) : NULL;
	if (gone != NULL)
		push(spare, gone);
}

static enum reason add_to_summary(
	struct title_summary *summary, struct access access)
{
	if (summary->last == NULL) {
		summary->attr = access.attr;
		summary->perm = access.perm;
		return R_NONE;
	}
	if (summary->attr != access.attr)
		return R_MIXED_MEMORY;
	summary->perm &= access.perm;
	return R_NONE;
}

enum reason ledger_examine(const struct ledger *ledger, struct range range,
	const struct endpoint *owner, struct title_summary *summary)
{
	uint64_t at = first_page(range);
	const struct ledger_node *title = summary->last;

	/* Ranges of one region tend to lie in one title. */
	if (title == NULL || title->node.key > at || node_end(title) <= at)
		title = ledger_title(ledger, range.base);
	while (at < end_page(range)) {
		enum reason reason;

		if (title == NULL || title->node.key > at)
			return R_NO_TITLE;
		if (title->title.owner != owner)
			return R_NOT_OWNER;
		reason = add_to_summary(summary, title->title.access);
		if (reason != R_NONE)
			return reason;
		summary->last = title;
		at = node_end(title);
		title = next_title(title);
	}
	return R_NONE;
}

/* --- Loans ------------------------------------------------------------- */

void ledger_loan_prepare(
	struct ledger_node *loan, struct range range, struct txn *txn)
{
	loan->node.key = first_page(range);
	loan->node.user32 = (uint32_t)range.pages;
	loan->loan.txn = txn;
	ledger_loan_state(loan, LOAN_NEW);
}

/* A neighbour of the loan that overlaps it, or NULL. */
static const struct ledger_node *overlapping(const struct ledger_node *loan)
{
	const struct ledger_node *prev = node_of(loan->node.prev);
	const struct ledger_node *next = node_of(loan->node.next);

	if (prev != NULL && node_end(prev) > loan->node.key)
		return prev;
	if (next != NULL && next->node.key < node_end(loan))
		return next;
	return NULL;
}

enum reason ledger_claim(struct ledger *ledger, struct ledger_node *loan,
	struct ledger_node *hint)
{
	struct txn *txn = loan->loan.txn;
	const struct ledger_node *met;

	met = node_of(tree_insert(&ledger->loans, &loan->node,
		hint != NULL ? &hint->node : NULL));
	if (met == NULL) {
		met = overlapping(loan);
		if (met == NULL) {
			ledger_loan_state(
				loan, txn != NULL ? LOAN_MOVING : LOAN_BUFFER);
			return R_NONE;
		}
		tree_remove(&ledger->loans, &loan->node);
	}
	return txn != NULL && met->loan.txn == txn ? R_RANGE_OVERLAP
						   : R_NOT_EXCLUSIVE;
}

void ledger_loan_state(struct ledger_node *loan, enum loan_state state)
{
	loan->node.user8 = (uint8_t)state;
}

void ledger_release(struct ledger *ledger, struct ledger_node *loan)
{
	tree_remove(&ledger->loans, &loan->node);
	ledger_loan_state(loan, LOAN_NEW);
}

bool ledger_loan_is_claimed(const struct ledger_node *loan)
{
	return loan->node.user8 != LOAN_NEW;
}

const struct ledger_node *ledger_loan(
	const struct ledger *ledger, struct paddr address)
{
	uint64_t page = address.v >> PAGE_SHIFT;

	return first_overlap(&ledger->loans, page, page + 1);
}

const struct ledger_node *ledger_first_loan(
	const struct ledger *ledger, struct range range)
{
	return first_overlap(
		&ledger->loans, first_page(range), end_page(range));
}

const struct ledger_node *ledger_next_loan(
	const struct ledger_node *loan, struct range range)
{
	return next_overlap(loan, range);
}
