/*
 * The tree against a sorted array, titles and loans against arrays of pages.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/ledger.h"
#include "host/port_host.h"
#include "lib/suite.h"

#define POOL_BASE 0x0e000000ull
#define POOL_PAGES 256
#define NODES 600

struct fixture {
	struct page_pool pool;
	struct ledger ledger;
	struct endpoint owner[3];
	uint64_t random;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct range all = {paddr(POOL_BASE), POOL_PAGES};
	struct range meta = {all.base, page_pool_meta_pages(all)};

	host_reset();
	page_pool_init(&f->pool, all, meta);
	page_pool_add(&f->pool, (struct range){paddr(range_end(meta)),
					POOL_PAGES - meta.pages});
	ledger_init(&f->ledger, &f->pool);
	f->random = 88172645463325252ull;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static uint64_t random_of(struct fixture *f)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return f->random;
}

/* --- The tree ---------------------------------------------------------- */

struct pool_of_nodes {
	struct tree_node node[NODES];
	bool in[NODES];
};

/* The slow answer to tree_floor(). */
static const struct tree_node *slow_floor(
	const struct pool_of_nodes *nodes, uint64_t key)
{
	const struct tree_node *best = NULL;

	for (unsigned i = 0; i < NODES; i++) {
		const struct tree_node *node = &nodes->node[i];

		if (nodes->in[i] && node->key <= key &&
			(!best || node->key > best->key))
			best = node;
	}
	return best;
}

static void expect_threads(const struct tree *tree)
{
	const struct tree_node *node = tree->first, *before = NULL;
	uint64_t count = 0;

	for (; node; node = node->next) {
		assert_ptr_equal(node->prev, before);
		if (before)
			assert_true(before->key < node->key);
		before = node;
		count++;
	}
	assert_int_equal(count, tree->count);
}

static bool is_in(const struct pool_of_nodes *nodes, uint64_t key)
{
	for (unsigned i = 0; i < NODES; i++)
		if (nodes->in[i] && nodes->node[i].key == key)
			return true;
	return false;
}

/* A hint may be anything in the tree: the predecessor, another node, none. */
static struct tree_node *hint_of(struct fixture *f, struct tree *tree,
	struct pool_of_nodes *nodes, uint64_t key)
{
	unsigned i = (unsigned)(random_of(f) >> 20) % NODES;

	if (i % 3 == 0)
		return tree_floor(tree, key);
	return nodes->in[i] ? &nodes->node[i] : NULL;
}

static void flip(struct fixture *f, struct tree *tree,
	struct pool_of_nodes *nodes, uint64_t mask)
{
	unsigned i = (unsigned)(random_of(f) >> 20) % NODES;
	struct tree_node *hint;

	if (nodes->in[i]) {
		tree_remove(tree, &nodes->node[i]);
		nodes->in[i] = false;
		memset(&nodes->node[i], 0xee, sizeof(nodes->node[i]));
		return;
	}
	nodes->node[i].key = random_of(f) & mask;
	hint = hint_of(f, tree, nodes, nodes->node[i].key);
	if (is_in(nodes, nodes->node[i].key)) {
		assert_non_null(tree_insert(tree, &nodes->node[i], hint));
		return;
	}
	assert_null(tree_insert(tree, &nodes->node[i], hint));
	nodes->in[i] = true;
}

static void exercise_tree(struct fixture *f, uint64_t mask)
{
	struct pool_of_nodes *nodes = calloc(1, sizeof(*nodes));
	struct tree tree = {0};

	for (unsigned step = 0; step < 8000; step++) {
		uint64_t key = random_of(f) & mask;

		flip(f, &tree, nodes, mask);
		assert_ptr_equal(
			tree_floor(&tree, key), slow_floor(nodes, key));
		assert_true(!!tree_find(&tree, key) == is_in(nodes, key));
		if (step % 100 == 0)
			expect_threads(&tree);
	}
	for (unsigned i = 0; i < NODES; i++)
		if (nodes->in[i])
			tree_remove(&tree, &nodes->node[i]);
	assert_int_equal(tree.count, 0);
	assert_null(tree.first);
	assert_null(tree_floor(&tree, ~0ull));
	free(nodes);
}

static void the_tree_agrees_with_a_search_through_all_nodes(void **state)
{
	exercise_tree(*state, ~0ull);
}

static void the_tree_agrees_when_keys_are_dense(void **state)
{
	exercise_tree(*state, 0x3ff);
}

static void the_tree_agrees_when_keys_differ_in_high_bits_only(void **state)
{
	exercise_tree(*state, 0xffc0000000000000ull);
}

/* --- Titles ------------------------------------------------------------ */

#define WINDOW_PAGE 0x40000ull
#define WINDOW_PAGES 300

/* Per page: 1 + index of the owner, 0 = none; and the access. */
struct shadow {
	uint8_t owner[WINDOW_PAGES];
	uint8_t perm[WINDOW_PAGES];
};

static struct range pages(uint64_t first, uint64_t count)
{
	return (struct range){
		paddr((WINDOW_PAGE + first) << PAGE_SHIFT), count};
}

static void expect_titles(struct fixture *f, const struct shadow *shadow)
{
	const struct tree_node *node = f->ledger.titles.first;
	const struct ledger_node *title;
	uint64_t covered = 0;

	for (uint64_t i = 0; i < WINDOW_PAGES; i++) {
		title = ledger_title(&f->ledger, pages(i, 1).base);
		assert_true(!!title == !!shadow->owner[i]);
		if (!title)
			continue;
		covered++;
		assert_ptr_equal(
			title->title.owner, &f->owner[shadow->owner[i] - 1]);
		assert_int_equal(title->title.access.perm, shadow->perm[i]);
	}
	for (; node; node = node->next)
		covered -= node->user32;
	assert_int_equal(covered, 0);
}

/* Gives the list back, so that a leak shows in the pool. */
static void give_list(struct fixture *f, struct ledger_node *list)
{
	while (list) {
		struct ledger_node *next = list->loan.next;

		ledger_node_give(&f->ledger, list);
		list = next;
	}
}

static void transfer(struct fixture *f, struct shadow *shadow)
{
	uint64_t first = random_of(f) % WINDOW_PAGES;
	uint64_t count = 1 + random_of(f) % 20;
	unsigned to = random_of(f) % 3;
	uint8_t perm = random_of(f) & 1 ? ACCESS_R : ACCESS_R | ACCESS_W;
	struct ledger_node *spare = NULL;
	struct ledger_transfer op;
	uint64_t i;

	for (i = first; i < first + count && i < WINDOW_PAGES; i++)
		if (!shadow->owner[i] ||
			shadow->owner[i] != shadow->owner[first])
			break;
	if (i == first)
		return;
	op = (struct ledger_transfer){
		.range = pages(first, i - first),
		.to = &f->owner[to],
		.access = {perm, ATTR_NORMAL_WB},
	};
	for (unsigned n = 0; n < LEDGER_TRANSFER_NODES; n++) {
		struct ledger_node *node = ledger_node_take(&f->ledger);

		assert_non_null(node);
		node->loan.next = spare;
		spare = node;
	}
	ledger_transfer(&f->ledger, &op, &spare);
	give_list(f, spare);
	for (uint64_t k = first; k < i; k++) {
		shadow->owner[k] = (uint8_t)(to + 1);
		shadow->perm[k] = perm;
	}
}

static void transfers_agree_with_an_array_of_pages(void **state)
{
	static struct shadow shadow;
	struct access access = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB};
	struct fixture *f = *state;

	memset(&shadow, 0, sizeof(shadow));
	for (unsigned i = 0; i < 3; i++) {
		assert_true(ledger_grant(
			&f->ledger, pages(i * 110, 80), &f->owner[i], access));
		memset(shadow.owner + i * 110, (int)i + 1, 80);
		memset(shadow.perm + i * 110, access.perm, 80);
	}
	for (unsigned step = 0; step < 4000; step++) {
		transfer(f, &shadow);
		if (step % 8 == 0)
			expect_titles(f, &shadow);
	}
}

static void equal_neighbours_become_one_title(void **state)
{
	struct access access = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB};
	struct fixture *f = *state;
	struct ledger_node *spare = NULL;
	struct ledger_transfer there = {pages(10, 5), &f->owner[1], access};
	struct ledger_transfer back = {pages(10, 5), &f->owner[0], access};

	assert_true(
		ledger_grant(&f->ledger, pages(0, 100), &f->owner[0], access));
	for (unsigned n = 0; n < 2; n++) {
		struct ledger_node *node = ledger_node_take(&f->ledger);

		node->loan.next = spare;
		spare = node;
	}
	ledger_transfer(&f->ledger, &there, &spare);
	assert_int_equal(f->ledger.titles.count, 3);
	ledger_transfer(&f->ledger, &back, &spare);
	assert_int_equal(f->ledger.titles.count, 1);
	give_list(f, spare);
}

static void a_carved_range_has_no_title(void **state)
{
	struct access access = {ACCESS_R, ATTR_NORMAL_WB};
	struct fixture *f = *state;

	assert_true(
		ledger_grant(&f->ledger, pages(0, 40), &f->owner[0], access));
	assert_true(
		ledger_grant(&f->ledger, pages(50, 40), &f->owner[1], access));
	assert_true(ledger_carve(&f->ledger, pages(30, 30)));
	assert_non_null(ledger_title(&f->ledger, pages(29, 1).base));
	assert_null(ledger_title(&f->ledger, pages(30, 1).base));
	assert_null(ledger_title(&f->ledger, pages(59, 1).base));
	assert_non_null(ledger_title(&f->ledger, pages(60, 1).base));
}

static void an_examination_says_what_every_page_permits(void **state)
{
	struct access rw = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB};
	struct access rx = {ACCESS_R | ACCESS_X, ATTR_NORMAL_WB};
	struct access device = {ACCESS_R | ACCESS_W, ATTR_DEVICE};
	struct title_summary summary = {0};
	struct fixture *f = *state;

	assert_true(ledger_grant(&f->ledger, pages(0, 10), &f->owner[0], rw));
	assert_true(ledger_grant(&f->ledger, pages(10, 10), &f->owner[0], rx));
	assert_true(
		ledger_grant(&f->ledger, pages(20, 10), &f->owner[0], device));
	assert_true(ledger_grant(&f->ledger, pages(40, 10), &f->owner[1], rw));
	expect_reason(ledger_examine(
			      &f->ledger, pages(5, 10), &f->owner[0], &summary),
		R_NONE);
	assert_int_equal(summary.perm, ACCESS_R);
	expect_reason(ledger_examine(&f->ledger, pages(15, 10), &f->owner[0],
			      &summary),
		R_MIXED_MEMORY);
	summary = (struct title_summary){0};
	expect_reason(ledger_examine(&f->ledger, pages(25, 10), &f->owner[0],
			      &summary),
		R_NO_TITLE);
	summary = (struct title_summary){0};
	expect_reason(ledger_examine(
			      &f->ledger, pages(40, 1), &f->owner[0], &summary),
		R_NOT_OWNER);
	summary = (struct title_summary){0};
	expect_reason(ledger_examine(&f->ledger, pages(45, 10), &f->owner[1],
			      &summary),
		R_NO_TITLE);
}

/* --- Loans ------------------------------------------------------------- */

/* Per page 1 + the index of the loan over it, and the loans. */
struct loans {
	uint16_t taken[WINDOW_PAGES];
	struct ledger_node *loan[64];
};

static void mark(
	struct loans *loans, uint64_t first, uint64_t count, uint16_t value)
{
	for (uint64_t k = first; k < first + count; k++)
		loans->taken[k] = value;
}

static bool is_free(const struct loans *loans, uint64_t first, uint64_t count)
{
	for (uint64_t k = first; k < first + count; k++)
		if (loans->taken[k])
			return false;
	return true;
}

static void drop_loan(struct fixture *f, struct loans *loans, unsigned i)
{
	for (uint64_t k = 0; k < WINDOW_PAGES; k++)
		if (loans->taken[k] == i + 1)
			loans->taken[k] = 0;
	ledger_release(&f->ledger, loans->loan[i]);
	ledger_node_give(&f->ledger, loans->loan[i]);
	loans->loan[i] = NULL;
}

static enum reason claim(struct fixture *f, struct range range, struct txn *txn,
	struct ledger_node *loan)
{
	ledger_loan_prepare(loan, range, txn);
	return ledger_claim(&f->ledger, loan, NULL);
}

static void try_loan(struct fixture *f, struct loans *loans, unsigned i)
{
	struct ledger_node *loan = ledger_node_take(&f->ledger);
	struct txn *txn = (struct txn *)f; /* an address is all it needs */
	uint64_t first = random_of(f) % (WINDOW_PAGES - 12);
	uint64_t count = 1 + random_of(f) % 12;
	bool possible = is_free(loans, first, count);

	assert_non_null(loan);
	if (claim(f, pages(first, count), txn, loan) != R_NONE) {
		assert_false(possible);
		ledger_node_give(&f->ledger, loan);
		return;
	}
	assert_true(possible);
	loans->loan[i] = loan;
	mark(loans, first, count, (uint16_t)(i + 1));
	assert_ptr_equal(ledger_loan(&f->ledger, pages(first, 1).base), loan);
}

static void claims_agree_with_an_array_of_pages(void **state)
{
	static struct loans loans;
	struct fixture *f = *state;

	memset(&loans, 0, sizeof(loans));
	for (unsigned step = 0; step < 20000; step++) {
		unsigned i = (unsigned)(random_of(f) >> 20) % 64;

		if (loans.loan[i])
			drop_loan(f, &loans, i);
		else
			try_loan(f, &loans, i);
	}
}

static void overlap_tells_our_own_claim_from_anothers(void **state)
{
	struct fixture *f = *state;
	struct txn *ours = (struct txn *)&f->pool;
	struct txn *theirs = (struct txn *)&f->ledger;
	struct ledger_node *first = ledger_node_take(&f->ledger);
	struct ledger_node *second = ledger_node_take(&f->ledger);

	expect_reason(claim(f, pages(0, 10), ours, first), R_NONE);
	expect_reason(claim(f, pages(9, 2), ours, second), R_RANGE_OVERLAP);
	expect_reason(claim(f, pages(9, 2), theirs, second), R_NOT_EXCLUSIVE);
	expect_reason(claim(f, pages(9, 2), NULL, second), R_NOT_EXCLUSIVE);
	expect_reason(claim(f, pages(10, 2), theirs, second), R_NONE);
}

static void nodes_given_back_leave_no_page_behind(void **state)
{
	static struct ledger_node *nodes[1000];
	struct fixture *f = *state;
	uint32_t free_before = f->pool.free_count;

	for (unsigned i = 0; i < 1000; i++)
		assert_non_null(nodes[i] = ledger_node_take(&f->ledger));
	assert_true(f->pool.free_count < free_before);
	for (unsigned i = 0; i < 1000; i++)
		ledger_node_give(&f->ledger, nodes[(i * 7) % 1000]);
	assert_int_equal(f->pool.free_count, free_before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_tree_agrees_with_a_search_through_all_nodes),
		TEST(the_tree_agrees_when_keys_are_dense),
		TEST(the_tree_agrees_when_keys_differ_in_high_bits_only),
		TEST(transfers_agree_with_an_array_of_pages),
		TEST(equal_neighbours_become_one_title),
		TEST(a_carved_range_has_no_title),
		TEST(an_examination_says_what_every_page_permits),
		TEST(claims_agree_with_an_array_of_pages),
		TEST(overlap_tells_our_own_claim_from_anothers),
		TEST(nodes_given_back_leave_no_page_behind),
	};

	return SUITE_RUN("test-ledger", tests);
}
