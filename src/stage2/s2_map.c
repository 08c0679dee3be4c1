/*
 * Stage-2 tables: reserve, break, make, split, merge, prune. What a range may
 * be mapped as is the engine's to know.
 *
 * Source: Arm ARM D8.2, D8.3; break-before-make D8.17.1.
 */
#include "stage2/s2_map.h"

#include "base/assert.h"
#include "stage2/s2_format.h"

/* The largest block: own memory is split often, borrowed memory never. */
static unsigned block_level(enum s2_kind kind)
{
	return kind == S2_OWN ? 2 : 1;
}

/* One entry of a table, found by a walk. */
struct slot {
	struct page_meta *table;
	uint64_t *entry;
	unsigned level;
	unsigned index;
};

static struct page_meta *meta_of(const struct space *space, struct paddr page)
{
	return page_pool_meta(space->pool, page);
}

/* Of a table that is linked. */
static struct paddr page_of(const struct page_meta *table)
{
	return paddr(*table->link & S2_ADDRESS);
}

static uint64_t *entry_in(struct paddr page, unsigned level, uint64_t address)
{
	uint64_t *entries = port_page(page);

	return &entries[s2_index(address, level)];
}

static struct slot slot_in(const struct space *space, struct paddr page,
	unsigned level, uint64_t address)
{
	return (struct slot){
		.table = meta_of(space, page),
		.entry = entry_in(page, level, address),
		.level = level,
		.index = s2_index(address, level),
	};
}

static struct paddr root_of(const struct space *space, bool ns)
{
	return space->root[ns ? S2_NS : S2_SECURE];
}

static struct slot root_slot(
	const struct space *space, bool ns, uint64_t address)
{
	return slot_in(space, root_of(space, ns), S2_LEVEL_ROOT, address);
}

static bool has_table(struct slot slot)
{
	return s2_is_table(*slot.entry, slot.level);
}

static struct slot next_slot(
	const struct space *space, struct slot slot, uint64_t address)
{
	return slot_in(space, paddr(*slot.entry & S2_ADDRESS), slot.level + 1,
		address);
}

/* Names 2 MiB of one IPA space. */
static uint64_t hint_block(bool ns, uint64_t address)
{
	return address / s2_span(S2_LEVEL_LEAF - 1) << 1 | ns;
}

static void forget_hint(struct space *space)
{
	space->hint_block = S2_NO_HINT;
}

static void set_hint(struct space *space, uint64_t block, struct slot slot)
{
	space->hint_block = block;
	space->hint_entries = slot.entry - slot.index;
	space->hint_table = slot.table;
}

static struct slot walk_down(struct space *space, bool ns, uint64_t address)
{
	struct paddr page = root_of(space, ns);
	struct slot slot = {.level = S2_LEVEL_ROOT};

	slot.entry = entry_in(page, slot.level, address);
	while (has_table(slot)) {
		page = paddr(*slot.entry & S2_ADDRESS);
		slot.entry = entry_in(page, ++slot.level, address);
	}
	slot.table = meta_of(space, page);
	slot.index = s2_index(address, slot.level);
	if (slot.level == S2_LEVEL_LEAF)
		set_hint(space, hint_block(ns, address), slot);
	return slot;
}

/* The entry for `address` in the last table that the walk reaches. */
static inline struct slot walk(struct space *space, bool ns, uint64_t address)
{
	unsigned index = s2_index(address, S2_LEVEL_LEAF);

	if (space->hint_block == hint_block(ns, address))
		return (struct slot){
			.table = space->hint_table,
			.entry = &space->hint_entries[index],
			.level = S2_LEVEL_LEAF,
			.index = index,
		};
	return walk_down(space, ns, address);
}

void s2_map_init_root(struct space *space, struct paddr root)
{
	struct page_meta *meta = meta_of(space, root);

	meta->level = S2_LEVEL_ROOT;
	meta->pinned = true;
}

/* --- Reserve ----------------------------------------------------------- */

static bool take_table(struct space *space, struct paddr *page)
{
	if (space->table_count >= space->table_limit ||
		!page_pool_take(space->pool, page))
		return false;
	space->table_count++;
	return true;
}

static bool link_table(struct space *space, struct slot parent)
{
	struct page_meta *meta;
	struct paddr page;

	if (!take_table(space, &page))
		return false;
	meta = meta_of(space, page);
	meta->level = (uint8_t)(parent.level + 1);
	meta->link = parent.entry;
	parent.table->live++;
	port_entry_store(parent.entry, page.v | S2_VALID | S2_TABLE);
	return true;
}

/* The table of `level` over `address`, which is there. */
static struct page_meta *held_table(
	struct space *space, bool ns, uint64_t address, unsigned level)
{
	struct slot slot;

	if (level == S2_LEVEL_LEAF)
		return walk(space, ns, address).table;
	slot = root_slot(space, ns, address);
	while (slot.level < level) {
		ASSERT(has_table(slot));
		slot = next_slot(space, slot, address);
	}
	return slot.table;
}

/* Tables down to `level` for `address`; the last one, or NULL. */
static struct page_meta *ensure_table(
	struct space *space, bool ns, uint64_t address, unsigned level)
{
	struct slot slot = walk(space, ns, address);

	while (slot.level < level) {
		if (!has_table(slot)) {
			ASSERT(*slot.entry == 0);
			if (!link_table(space, slot))
				return NULL;
		}
		slot = next_slot(space, slot, address);
	}
	/* A walk that knew better may have ended below `level`. */
	return slot.level == level ? slot.table
				   : held_table(space, ns, address, level);
}

/* The level at which [at, …) is mapped, up to `end`. */
static unsigned chunk_level(uint64_t at, uint64_t end, unsigned top)
{
	unsigned level = top;

	while ((at & (s2_span(level) - 1)) != 0 || end - at < s2_span(level))
		level++;
	return level;
}

/* Where the run of entries that starts at `at` ends: table or range. */
static uint64_t chunk_end(uint64_t at, uint64_t end, unsigned level)
{
	uint64_t whole = at + ((end - at) & ~(s2_span(level) - 1));
	uint64_t table_end;

	if (level == S2_LEVEL_ROOT)
		return whole;
	table_end = (at | (s2_span(level - 1) - 1)) + 1;
	return whole < table_end ? whole : table_end;
}

/*
 * One hold a chunk, on the table that its entries lie in; tables above are
 * kept by the link to it. Chunks never overlap: at most 512 holds a table.
 */
static void release_until(struct space *space, bool ns,
	const struct range *range, enum s2_kind kind, uint64_t until)
{
	uint64_t at = range->base.v;
	uint64_t end = range_end(*range);

	while (at < until) {
		unsigned level = chunk_level(at, end, block_level(kind));

		held_table(space, ns, at, level)->holds--;
		at = chunk_end(at, end, level);
	}
}

/* Most ranges are a few pages in one page table: one chunk. */
static bool is_in_page_table(struct range range)
{
	uint64_t last = range_end(range) - 1;

	return range.pages < S2_ENTRIES &&
	       (range.base.v ^ last) < s2_span(S2_LEVEL_LEAF - 1);
}

static bool reserve_pages(struct space *space, bool ns, struct range range)
{
	struct page_meta *table =
		ensure_table(space, ns, range.base.v, S2_LEVEL_LEAF);

	if (table == NULL)
		return false;
	table->holds++;
	return true;
}

bool s2_reserve_map(
	struct space *space, bool ns, struct range range, enum s2_kind kind)
{
	uint64_t at = range.base.v;
	uint64_t end = range_end(range);

	if (is_in_page_table(range))
		return reserve_pages(space, ns, range);
	while (at < end) {
		unsigned level = chunk_level(at, end, block_level(kind));
		struct page_meta *table = ensure_table(space, ns, at, level);

		if (table == NULL) {
			release_until(space, ns, &range, kind, at);
			return false;
		}
		table->holds++;
		at = chunk_end(at, end, level);
	}
	return true;
}

void s2_release_map(
	struct space *space, bool ns, struct range range, enum s2_kind kind)
{
	if (is_in_page_table(range))
		held_table(space, ns, range.base.v, S2_LEVEL_LEAF)->holds--;
	else
		release_until(space, ns, &range, kind, range_end(range));
}

/* The block that an edge of the range cuts, or an empty slot. */
static struct slot cut_block(struct space *space, bool ns, uint64_t address)
{
	struct slot slot = walk(space, ns, address);

	if (address % s2_span(slot.level) == 0)
		slot.entry = NULL;
	return slot;
}

static bool reserve_split(struct s2_batch *batch, bool ns, uint64_t edge)
{
	struct slot slot = cut_block(batch->space, ns, edge);
	struct paddr page;

	if (slot.entry == NULL || !s2_is_leaf(*slot.entry, slot.level) ||
		(*slot.entry & S2_SPLIT_RESERVED))
		return true;
	ASSERT(slot.level == S2_LEVEL_LEAF - 1);
	if (!take_table(batch->space, &page))
		return false;
	s2_batch_push(batch, &batch->stock, page);
	port_entry_store(slot.entry, *slot.entry | S2_SPLIT_RESERVED);
	return true;
}

bool s2_reserve_unmap(struct s2_batch *batch, bool ns, struct range range)
{
	return reserve_split(batch, ns, range.base.v) &&
	       reserve_split(batch, ns, range_end(range));
}

static void unreserve_split(struct s2_batch *batch, bool ns, uint64_t edge)
{
	struct slot slot = walk(batch->space, ns, edge);

	if (*slot.entry & S2_SPLIT_RESERVED)
		port_entry_store(slot.entry, *slot.entry & ~S2_SPLIT_RESERVED);
}

void s2_unreserve(struct s2_batch *batch, bool ns, struct range range)
{
	unreserve_split(batch, ns, range.base.v);
	unreserve_split(batch, ns, range_end(range));
}

/* --- Break ------------------------------------------------------------- */

/*
 * Replaces a block by a table of the same pages that is not linked yet: its
 * entry is invalid until the TLB sequence is over.
 */
static void split_block(struct s2_batch *batch, bool ns, struct slot slot)
{
	struct paddr page = s2_batch_pop(batch, &batch->stock);
	struct page_meta *meta = meta_of(batch->space, page);
	uint64_t leaf = (*slot.entry & ~S2_SPLIT_RESERVED) | S2_TABLE;
	uint64_t *table = port_page(page);

	for (unsigned i = 0; i < S2_ENTRIES; i++)
		port_entry_store(&table[i], leaf + i * PAGE_SIZE);
	*meta = (struct page_meta){
		.live = S2_ENTRIES,
		.level = S2_LEVEL_LEAF,
		.pinned = true,
		.link = slot.entry,
	};
	s2_batch_broken(batch, ns,
		(struct range){paddr(leaf & S2_ADDRESS), S2_ENTRIES});
	port_entry_store(slot.entry, page.v | S2_PENDING);
	s2_batch_push(batch, &batch->splits, page);
}

void s2_map_link_split(struct s2_batch *batch, struct paddr table)
{
	port_entry_store(meta_of(batch->space, table)->link,
		table.v | S2_VALID | S2_TABLE);
}

/* Clears the run of leaves from `at` in one table; returns where it ends. */
static uint64_t clear_run(struct slot slot, uint64_t at, uint64_t end)
{
	uint64_t span = s2_span(slot.level);

	for (; slot.index < S2_ENTRIES && end - at >= span; slot.index++) {
		if (!s2_is_leaf(*slot.entry, slot.level))
			break;
		port_entry_store(slot.entry++, 0);
		slot.table->live--;
		at += span;
	}
	return at;
}

/* Unlinks the deepest table over `address`, then its parents, while empty. */
static void prune_at(struct s2_batch *batch, bool ns, uint64_t address)
{
	struct space *space = batch->space;
	struct slot slot = walk(space, ns, address);

	while (slot.level > S2_LEVEL_ROOT) {
		struct page_meta *meta = slot.table;
		struct paddr page = page_of(meta);
		uint64_t *link = meta->link;

		if (meta->live > 0 || meta->pinned || meta->holds > 0)
			return;
		port_entry_store(link, 0);
		forget_hint(space);
		s2_batch_push(batch, &batch->garbage, page);
		s2_batch_broken(batch, ns,
			(struct range){paddr(address & ~PAGE_MASK), 1});
		slot = walk(space, ns, address);
		ASSERT(slot.entry == link);
		slot.table->live--;
	}
}

/* Most ranges: a few pages of one table. False: there is a block instead. */
static bool unmap_pages(struct s2_batch *batch, bool ns, struct range range)
{
	struct slot slot = walk(batch->space, ns, range.base.v);
	uint64_t end = range_end(range);
	uint64_t at;

	if (slot.level != S2_LEVEL_LEAF)
		return false;
	at = clear_run(slot, range.base.v, end);
	ASSERT(at == end);
	s2_batch_broken(batch, ns, range);
	if (slot.table->live == 0)
		prune_at(batch, ns, range.base.v);
	return true;
}

void s2_unmap(struct s2_batch *batch, bool ns, struct range range)
{
	uint64_t at = range.base.v;
	uint64_t end = range_end(range);

	if (is_in_page_table(range) && unmap_pages(batch, ns, range))
		return;
	while (at < end) {
		struct slot slot = walk(batch->space, ns, at);
		uint64_t span = s2_span(slot.level);

		ASSERT(s2_is_leaf(*slot.entry, slot.level));
		if (at % span != 0 || end - at < span)
			split_block(batch, ns, slot);
		else
			at = clear_run(slot, at, end);
	}
	s2_batch_broken(batch, ns, range);
	s2_prune(batch, ns, range);
}

/* --- Make -------------------------------------------------------------- */

/* Fills the run of empty entries from `at`; returns where it ends. */
static uint64_t fill_run(struct space *space, struct slot slot, uint64_t at,
	const struct s2_mapping *mapping)
{
	uint64_t span = s2_span(slot.level);
	uint64_t leaf = s2_leaf(at, slot.level, mapping->access);
	uint64_t end = range_end(mapping->range);

	ASSERT(at % span == 0 && end - at >= span && *slot.entry == 0);
	for (; slot.index < S2_ENTRIES && end - at >= span; slot.index++) {
		if (*slot.entry != 0)
			break;
		port_entry_store(slot.entry++, leaf);
		slot.table->live++;
		leaf += span;
		at += span;
	}
	space->changes++;
	return at;
}

static void pin_tables(struct space *space, bool ns, uint64_t address)
{
	struct slot slot = root_slot(space, ns, address);

	while (has_table(slot)) {
		slot = next_slot(space, slot, address);
		slot.table->pinned = true;
	}
}

void s2_map(struct space *space, bool ns, struct s2_mapping mapping,
	enum s2_kind kind)
{
	uint64_t at = mapping.range.base.v;

	while (at < range_end(mapping.range)) {
		if (kind == S2_OWN)
			pin_tables(space, ns, at);
		at = fill_run(space, walk(space, ns, at), at, &mapping);
	}
}

void s2_map_reserved(struct space *space, bool ns, struct s2_mapping mapping,
	enum s2_kind kind)
{
	uint64_t at = mapping.range.base.v;
	struct slot slot;

	if (kind == S2_OWN || !is_in_page_table(mapping.range)) {
		s2_map(space, ns, mapping, kind);
		s2_release_map(space, ns, mapping.range, kind);
		return;
	}
	slot = walk(space, ns, at);
	at = fill_run(space, slot, at, &mapping);
	ASSERT(at == range_end(mapping.range));
	slot.table->holds--;
}

/* --- Merge, prune ------------------------------------------------------ */

void s2_merge(struct s2_batch *batch, bool ns, struct paddr address)
{
	struct slot slot = walk(batch->space, ns, address.v);
	struct page_meta *meta = slot.table;
	uint64_t span = s2_span(S2_LEVEL_LEAF - 1);
	struct paddr page;

	if (slot.level != S2_LEVEL_LEAF || meta->live != S2_ENTRIES ||
		(*meta->link & S2_PENDING))
		return;
	s2_batch_broken(batch, ns,
		(struct range){paddr(address.v & ~(span - 1)), S2_ENTRIES});
	page = page_of(meta);
	port_entry_store(meta->link, page.v | S2_PENDING);
	s2_batch_push(batch, &batch->merges, page);
}

void s2_map_link_merge(struct s2_batch *batch, struct paddr table)
{
	const uint64_t *first = port_page(table);

	port_entry_store(
		meta_of(batch->space, table)->link, *first & ~S2_TABLE);
	forget_hint(batch->space);
	s2_batch_push(batch, &batch->garbage, table);
}

void s2_prune(struct s2_batch *batch, bool ns, struct range range)
{
	uint64_t gib = s2_span(S2_LEVEL_ROOT);
	uint64_t last = range_end(range) - 1;
	uint64_t at = (range.base.v / gib + 1) * gib;

	prune_at(batch, ns, range.base.v);
	for (; at < last; at += gib)
		prune_at(batch, ns, at);
	if (hint_block(ns, last) != hint_block(ns, range.base.v))
		prune_at(batch, ns, last);
}

void s2_unpin(
	struct space *space, bool ns, struct paddr address, unsigned level)
{
	struct slot slot = root_slot(space, ns, address.v);

	while (slot.level < level && has_table(slot))
		slot = next_slot(space, slot, address.v);
	if (slot.level == level)
		slot.table->pinned = false;
}

struct access s2_lookup(struct space *space, bool ns, struct paddr address)
{
	struct slot slot;

	if (address.v >= S2_ADDRESS_END)
		return (struct access){0};
	slot = walk(space, ns, address.v);
	if (!s2_is_leaf(*slot.entry, slot.level))
		return (struct access){0};
	return s2_leaf_access(*slot.entry);
}

static uint8_t perm_in(struct slot slot)
{
	if (!s2_is_leaf(*slot.entry, slot.level))
		return 0;
	return s2_leaf_access(*slot.entry).perm;
}

struct s2_run s2_run(struct space *space, bool ns, struct paddr from)
{
	struct slot slot = walk(space, ns, from.v);
	uint64_t span = s2_span(slot.level);
	uint8_t perm = perm_in(slot);
	uint64_t end = from.v & ~(span - 1);

	do {
		end += span;
		slot.index++;
		slot.entry++;
	} while (slot.index < S2_ENTRIES && !has_table(slot) &&
		 perm_in(slot) == perm);
	return (struct s2_run){
		{from, (end - from.v) >> PAGE_SHIFT},
		perm,
	};
}
