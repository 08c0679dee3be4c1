/*
 * Stage-2 tables: every change judged by the independent walker, with the
 * ghost TLB watching the order of stores and invalidations.
 */
#include <stdlib.h>
#include <string.h>

#include "host/port_host.h"
#include "lib/suite.h"
#include "lib/walker.h"
#include "stage2/s2_map.h"

#define POOL_BASE 0x0e000000ull
#define POOL_PAGES 64
#define VMID 7
#define BLOCK 0x200000ull
#define BLOCK_PAGES 512

/* Two blocks below, two above a 1 GiB boundary. */
#define WINDOW 0x3fc00000ull
#define WINDOW_PAGES 2048

static const struct access rw = {ACCESS_R | ACCESS_W, ATTR_NORMAL_WB};
static const struct access ro = {ACCESS_R, ATTR_NORMAL_WB};
static const struct access rx = {ACCESS_R | ACCESS_X, ATTR_NORMAL_WB};

struct fixture {
	struct page_pool pool;
	struct space space;
	struct s2_batch batch;
	struct walker_memory memory;
};

static struct fixture *fixture(void **state)
{
	return *state;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct range all = {paddr(POOL_BASE), POOL_PAGES};
	struct range meta = {paddr(POOL_BASE), page_pool_meta_pages(all)};

	host_reset();
	f->memory =
		(struct walker_memory){host_memory(paddr(0)), HOST_MEMORY_SIZE};
	page_pool_init(&f->pool, all, meta);
	page_pool_add(&f->pool, (struct range){paddr(range_end(meta)),
					POOL_PAGES - meta.pages});
	if (!s2_space_init(&f->space, &f->pool, VMID))
		return -1;
	host_space_watch(VMID, f->space.root[S2_SECURE], f->space.root[S2_NS]);
	s2_batch_begin(&f->batch, &f->space);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static struct range pages(uint64_t at, uint64_t count)
{
	return (struct range){paddr(at), count};
}

static void map(struct fixture *f, bool ns, struct range range,
	struct access access, enum s2_kind kind)
{
	assert_true(s2_reserve_map(&f->space, ns, range, kind));
	s2_map(&f->space, ns, (struct s2_mapping){range, access}, kind);
	s2_release_map(&f->space, ns, range, kind);
	port_entry_sync();
}

static void unmap(struct fixture *f, bool ns, struct range range)
{
	assert_true(s2_reserve_unmap(&f->batch, ns, range));
	s2_unmap(&f->batch, ns, range);
	s2_batch_commit(&f->batch);
}

/* What the walker makes of the page: perm and attr, 0 when unmapped. */
static struct access real(const struct fixture *f, bool ns, uint64_t at)
{
	static const uint8_t attrs[] = {0x10, 0x14, 0x18, 0x1c, 0x24, 0x2c};
	struct access access = {0};
	struct walker_leaf leaf;

	if (!walker_find(&f->memory, f->space.root[ns].v, at, &leaf))
		return access;
	assert_false(leaf.malformed);
	assert_int_not_equal(leaf.type, WALKER_OTHER);
	assert_int_equal(leaf.output, leaf.address);
	access.perm = (uint8_t)((leaf.read ? ACCESS_R : 0) |
				(leaf.write ? ACCESS_W : 0) |
				(leaf.execute ? ACCESS_X : 0));
	access.attr = attrs[leaf.type];
	if (leaf.type >= WALKER_NORMAL_NC)
		access.attr |= leaf.share;
	return access;
}

static void expect_access(
	struct fixture *f, bool ns, struct range range, struct access want)
{
	for (uint64_t i = 0; i < range.pages; i++) {
		uint64_t at = range.base.v + i * PAGE_SIZE;
		struct access got = real(f, ns, at);

		assert_int_equal(got.perm, want.perm);
		assert_int_equal(got.attr, want.attr);
		got = s2_lookup(&f->space, ns, paddr(at));
		assert_int_equal(got.perm, want.perm);
		assert_int_equal(got.attr, want.attr);
	}
}

static const struct access nothing;

static void expect_quiet(void)
{
	if (host_violation())
		print_error("%s\n", host_violation());
	assert_null(host_violation());
	assert_true(host_ghost_is_empty());
	assert_true(host_is_synced());
}

static void count_leaf(void *context, const struct walker_leaf *leaf)
{
	(void)leaf;
	++*(unsigned *)context;
}

static unsigned leaf_count(const struct fixture *f, bool ns)
{
	struct walker_table root = {f->space.root[ns].v, 0, 1};
	unsigned count = 0;

	walker_visit(&f->memory, root, count_leaf, &count);
	return count;
}

static void every_kind_of_access_is_what_the_walker_sees(void **state)
{
	static const struct access kinds[] = {
		{ACCESS_R, ATTR_NORMAL_WB},
		{ACCESS_R | ACCESS_W, ATTR_NORMAL_WB},
		{ACCESS_R | ACCESS_X, ATTR_NORMAL_WB},
		{ACCESS_R | ACCESS_W | ACCESS_X, ATTR_NORMAL_WB},
		{ACCESS_R | ACCESS_W, 0x27},
		{ACCESS_R | ACCESS_W, 0x2e},
		{ACCESS_R | ACCESS_W, 0x2c},
		{ACCESS_R | ACCESS_W, 0x10},
		{ACCESS_R | ACCESS_W, 0x14},
		{ACCESS_R | ACCESS_W, 0x18},
		{ACCESS_R | ACCESS_W, 0x1c},
	};
	struct fixture *f = fixture(state);

	for (unsigned i = 0; i < ARRAY_COUNT(kinds); i++) {
		struct range page = pages(WINDOW + i * PAGE_SIZE, 1);

		map(f, false, page, kinds[i], S2_OWN);
		expect_access(f, false, page, kinds[i]);
	}
	assert_int_equal(leaf_count(f, true), 0);
	expect_quiet();
}

static void secure_and_non_secure_spaces_are_apart(void **state)
{
	struct fixture *f = fixture(state);
	struct range page = pages(WINDOW, 1);

	map(f, true, page, rw, S2_BORROWED);
	expect_access(f, true, page, rw);
	expect_access(f, false, page, nothing);
}

static void whole_blocks_of_own_memory_use_one_entry_each(void **state)
{
	struct fixture *f = fixture(state);

	map(f, false, pages(WINDOW, WINDOW_PAGES), rw, S2_OWN);
	assert_int_equal(leaf_count(f, false), 4);
	expect_access(f, false, pages(WINDOW, WINDOW_PAGES), rw);
}

static void a_borrowed_gigabyte_is_one_entry_and_leaves_no_table(void **state)
{
	struct fixture *f = fixture(state);
	uint32_t free_before = f->pool.free_count;
	struct range gib = pages(0x40000000, 1 << 18);

	map(f, false, gib, ro, S2_BORROWED);
	assert_int_equal(leaf_count(f, false), 1);
	assert_int_equal(f->pool.free_count, free_before);
	unmap(f, false, gib);
	assert_int_equal(leaf_count(f, false), 0);
	assert_int_equal(f->pool.free_count, free_before);
	expect_quiet();
}

static void a_page_cut_from_a_block_leaves_the_other_511(void **state)
{
	struct fixture *f = fixture(state);
	uint64_t hole = WINDOW + 100 * PAGE_SIZE;

	map(f, false, pages(WINDOW, BLOCK_PAGES), rx, S2_OWN);
	host_log_clear();
	unmap(f, false, pages(hole, 1));
	assert_int_equal(host_count(HOST_TLB), 1);
	expect_access(f, false, pages(hole, 1), nothing);
	expect_access(f, false, pages(WINDOW, 100), rx);
	expect_access(f, false, pages(hole + PAGE_SIZE, 411), rx);
	expect_quiet();
}

static void a_range_may_cut_two_blocks_and_swallow_one(void **state)
{
	struct fixture *f = fixture(state);
	struct range middle = pages(WINDOW + 500 * PAGE_SIZE, 600);

	map(f, false, pages(WINDOW, 3 * BLOCK_PAGES), rw, S2_OWN);
	host_log_clear();
	unmap(f, false, middle);
	assert_int_equal(host_count(HOST_TLB), 1);
	expect_access(f, false, middle, nothing);
	expect_access(f, false, pages(WINDOW, 500), rw);
	expect_access(f, false, pages(WINDOW + 1100 * PAGE_SIZE, 436), rw);
	expect_quiet();
}

static void giving_back_own_memory_takes_no_page(void **state)
{
	struct fixture *f = fixture(state);
	struct range hole = pages(WINDOW + 7 * PAGE_SIZE, 3);

	map(f, false, pages(WINDOW, BLOCK_PAGES), rw, S2_OWN);
	unmap(f, false, hole);
	f->pool.fail_after = 1;
	s2_map(&f->space, false, (struct s2_mapping){hole, rw}, S2_OWN);
	port_entry_sync();
	assert_int_equal(f->pool.fail_after, 1);
	expect_access(f, false, pages(WINDOW, BLOCK_PAGES), rw);
	expect_quiet();
}

static void a_full_table_merges_into_its_block_again(void **state)
{
	struct fixture *f = fixture(state);
	struct range hole = pages(WINDOW + 7 * PAGE_SIZE, 3);
	uint32_t free_before;

	map(f, false, pages(WINDOW, BLOCK_PAGES), rw, S2_OWN);
	free_before = f->pool.free_count;
	unmap(f, false, hole);
	assert_int_equal(f->pool.free_count, free_before - 1);
	s2_map(&f->space, false, (struct s2_mapping){hole, rw}, S2_OWN);
	s2_merge(&f->batch, false, hole.base);
	s2_batch_commit(&f->batch);
	assert_int_equal(f->pool.free_count, free_before);
	assert_int_equal(leaf_count(f, false), 1);
	expect_access(f, false, pages(WINDOW, BLOCK_PAGES), rw);
	expect_quiet();
}

static void a_table_with_a_hole_does_not_merge(void **state)
{
	struct fixture *f = fixture(state);

	map(f, false, pages(WINDOW, BLOCK_PAGES), rw, S2_OWN);
	unmap(f, false, pages(WINDOW, 1));
	s2_merge(&f->batch, false, paddr(WINDOW));
	s2_batch_commit(&f->batch);
	assert_int_equal(leaf_count(f, false), 511);
	expect_quiet();
}

static void a_borrowers_tables_go_with_the_last_page(void **state)
{
	struct fixture *f = fixture(state);
	uint32_t free_before = f->pool.free_count;

	map(f, true, pages(WINDOW, 1), rw, S2_BORROWED);
	map(f, true, pages(WINDOW + PAGE_SIZE, 1), ro, S2_BORROWED);
	assert_int_equal(f->pool.free_count, free_before - 2);
	unmap(f, true, pages(WINDOW, 1));
	assert_int_equal(f->pool.free_count, free_before - 2);
	unmap(f, true, pages(WINDOW + PAGE_SIZE, 1));
	assert_int_equal(f->pool.free_count, free_before);
	expect_quiet();
}

static void many_ranges_are_invalidated_in_one_sequence(void **state)
{
	struct fixture *f = fixture(state);

	map(f, true, pages(WINDOW, 64), rw, S2_BORROWED);
	host_log_clear();
	for (unsigned i = 0; i < 32; i++) {
		struct range page = pages(WINDOW + 2 * i * PAGE_SIZE, 1);

		assert_true(s2_reserve_unmap(&f->batch, true, page));
		s2_unmap(&f->batch, true, page);
	}
	s2_batch_commit(&f->batch);
	assert_int_equal(host_count(HOST_TLB), 1);
	expect_quiet();
}

/* The order that D7 asks for, read from the log. */
static void tables_are_freed_after_the_invalidation(void **state)
{
	struct fixture *f = fixture(state);
	bool invalidated = false;

	map(f, true, pages(WINDOW, 1), rw, S2_BORROWED);
	host_log_clear();
	unmap(f, true, pages(WINDOW, 1));
	for (size_t i = 0; i < host_log_count(); i++) {
		const struct host_event *event = host_log_at(i);

		invalidated = invalidated || event->kind == HOST_TLB;
		/* Nothing is broken after the sequence. */
		if (event->kind == HOST_STORE && event->old_value & 1)
			assert_false(invalidated);
	}
	assert_true(invalidated);
	expect_quiet();
}

/* The n-th page is missing, for every n: nothing changes. */
static void a_mapping_without_tables_fails_without_a_trace(void **state)
{
	struct fixture *f = fixture(state);
	struct range range = pages(WINDOW + 1000 * PAGE_SIZE, 100);
	uint32_t free_before = f->pool.free_count;
	uint32_t n;

	for (n = 1; n < 10; n++) {
		f->pool.fail_after = n;
		if (s2_reserve_map(&f->space, false, range, S2_BORROWED))
			break;
		s2_prune(&f->batch, false, range);
		s2_batch_commit(&f->batch);
		assert_int_equal(f->pool.free_count, free_before);
		assert_int_equal(leaf_count(f, false), 0);
	}
	/* Two L2 tables and two L3 tables: 1 GiB is crossed. */
	assert_int_equal(n, 5);
	port_entry_sync();
	expect_quiet();
}

static void a_split_without_tables_fails_without_a_trace(void **state)
{
	struct fixture *f = fixture(state);
	struct range range = pages(WINDOW + 500 * PAGE_SIZE, 100);
	uint32_t free_before, n;

	map(f, false, pages(WINDOW, 2 * BLOCK_PAGES), rw, S2_OWN);
	free_before = f->pool.free_count;
	for (n = 1; n < 10; n++) {
		f->pool.fail_after = n;
		if (s2_reserve_unmap(&f->batch, false, range))
			break;
		s2_unreserve(&f->batch, false, range);
		s2_batch_commit(&f->batch);
		assert_int_equal(f->pool.free_count, free_before);
		assert_int_equal(leaf_count(f, false), 2);
	}
	assert_int_equal(n, 3);
	f->pool.fail_after = 0;
	s2_unmap(&f->batch, false, range);
	s2_batch_commit(&f->batch);
	expect_access(f, false, range, nothing);
	expect_quiet();
}

static uint64_t random_state = 88172645463325252ull;

static uint32_t random_below(uint32_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 16) % limit);
}

/* Pages of the window: who has them. */
struct shadow {
	struct access access;
	enum s2_kind kind;
};

/* The longest run from `at` of pages alike, up to `limit`. */
static uint32_t run_of(const struct shadow *shadow, uint32_t at, uint32_t limit)
{
	uint32_t count = 0;

	while (at + count < WINDOW_PAGES && count < limit &&
		access_equal(shadow[at + count].access, shadow[at].access) &&
		shadow[at + count].kind == shadow[at].kind)
		count++;
	return count;
}

static void random_step(struct fixture *f, struct shadow *shadow)
{
	static const struct access kinds[] = {
		{ACCESS_R, ATTR_NORMAL_WB},
		{ACCESS_R | ACCESS_W, ATTR_NORMAL_WB},
		{ACCESS_R | ACCESS_W, ATTR_DEVICE},
	};
	uint32_t at = random_below(WINDOW_PAGES);
	uint32_t count;
	struct shadow next = {
		.access = kinds[random_below(3)],
		.kind = random_below(2) ? S2_OWN : S2_BORROWED,
	};
	struct range range;

	if (random_below(4) == 0)
		at = at / BLOCK_PAGES * BLOCK_PAGES;
	count = run_of(shadow, at, 1 + random_below(random_below(2) ? 8 : 900));
	range = pages(WINDOW + at * PAGE_SIZE, count);
	if (shadow[at].access.perm) {
		/* Borrowed blocks are taken back whole, as they were lent. */
		if (shadow[at].kind == S2_BORROWED)
			return;
		unmap(f, false, range);
		next.access = nothing;
	} else {
		next.kind = S2_OWN;
		map(f, false, range, next.access, next.kind);
	}
	for (uint32_t i = 0; i < count; i++)
		shadow[at + i] = next;
}

static void random_changes_agree_with_a_list_of_pages(void **state)
{
	struct shadow *shadow = calloc(WINDOW_PAGES, sizeof(*shadow));
	struct fixture *f = fixture(state);

	for (uint32_t i = 0; i < WINDOW_PAGES; i++)
		shadow[i].kind = S2_OWN;
	for (unsigned step = 0; step < 1500; step++) {
		random_step(f, shadow);
		for (uint32_t i = step % 16; i < WINDOW_PAGES; i += 16)
			assert_true(access_equal(
				real(f, false, WINDOW + i * PAGE_SIZE),
				shadow[i].access));
		expect_quiet();
	}
	free(shadow);
}

static void the_pool_hands_out_zeroed_pages_until_it_is_empty(void **state)
{
	struct fixture *f = fixture(state);
	struct paddr page = {0}, last = {0};
	uint32_t count = f->pool.free_count;

	for (uint32_t i = 0; i < count; i++) {
		assert_true(page_pool_take(&f->pool, &page));
		for (unsigned byte = 0; byte < PAGE_SIZE; byte++)
			assert_int_equal(((uint8_t *)port_page(page))[byte], 0);
		memset(port_page(page), 0x5a, PAGE_SIZE);
		last = page;
	}
	assert_false(page_pool_take(&f->pool, &page));
	page_pool_give(&f->pool, last);
	assert_int_equal(f->pool.free_count, 1);
	assert_true(page_pool_take(&f->pool, &page));
	assert_int_equal(page.v, last.v);
	assert_int_equal(((uint8_t *)port_page(page))[0], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_kind_of_access_is_what_the_walker_sees),
		TEST(secure_and_non_secure_spaces_are_apart),
		TEST(whole_blocks_of_own_memory_use_one_entry_each),
		TEST(a_borrowed_gigabyte_is_one_entry_and_leaves_no_table),
		TEST(a_page_cut_from_a_block_leaves_the_other_511),
		TEST(a_range_may_cut_two_blocks_and_swallow_one),
		TEST(giving_back_own_memory_takes_no_page),
		TEST(a_full_table_merges_into_its_block_again),
		TEST(a_table_with_a_hole_does_not_merge),
		TEST(a_borrowers_tables_go_with_the_last_page),
		TEST(many_ranges_are_invalidated_in_one_sequence),
		TEST(tables_are_freed_after_the_invalidation),
		TEST(a_mapping_without_tables_fails_without_a_trace),
		TEST(a_split_without_tables_fails_without_a_trace),
		TEST(random_changes_agree_with_a_list_of_pages),
		TEST(the_pool_hands_out_zeroed_pages_until_it_is_empty),
	};

	return SUITE_RUN("test-stage2", tests);
}
