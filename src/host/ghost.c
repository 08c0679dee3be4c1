/*
 * The ghost TLB: what a processor may still hold after a table entry changed.
 *
 * Every table page under a watched root is known by its address, so that a
 * store to one of its entries tells which translation it changes. See
 * port_host.h for the rules. Source: Arm ARM D8.17 (break-before-make).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/host_memory.h"

#define LEAF_LEVEL 3
#define ENTRY_VALID 1ull
#define ENTRY_TABLE 3ull
#define ADDRESS_BITS 0x0000fffffffff000ull
/* What may not change without break-before-make: output, type, AttrIndx. */
#define BBM_BITS (ADDRESS_BITS | 0x3full)
/* Ignored by the walker: a translation is the same with or without them. */
#define SOFTWARE_BITS (0xfull << 55)
#define HOST_PAGES (HOST_MEMORY_SIZE >> PAGE_SHIFT)

/* A table page that is, or was until the next invalidation, reachable. */
struct table {
	bool used;
	bool unlinked;
	bool ns;
	uint8_t level;
	uint16_t vmid;
	uint64_t address; /* first address that it translates */
	uint64_t page;
};

struct list {
	struct host_ghost *at;
	size_t count;
	size_t room;
};

static struct list leaves;
static struct table *tables;
static size_t table_count;
static size_t table_room;
static uint32_t *table_of_page; /* 1 + index into tables */

static uint64_t level_span(unsigned level)
{
	return 1ull << (12 + 9 * (3 - level));
}

static bool is_table(uint64_t entry, unsigned level)
{
	return level < LEAF_LEVEL && (entry & 3) == ENTRY_TABLE;
}

static bool is_leaf(uint64_t entry, unsigned level)
{
	if (level == LEAF_LEVEL)
		return (entry & 3) == ENTRY_TABLE;
	return (entry & 3) == ENTRY_VALID;
}

void ghost_reset(void)
{
	if (!table_of_page)
		table_of_page = mmap(NULL, HOST_PAGES * sizeof(uint32_t),
			PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table_of_page == MAP_FAILED)
		abort();
	for (size_t i = 0; i < table_count; i++)
		table_of_page[tables[i].page >> PAGE_SHIFT] = 0;
	table_count = 0;
	leaves.count = 0;
}

static void leaf_add(const struct table *table, unsigned index, uint64_t entry)
{
	struct host_ghost ghost = {
		.vmid = table->vmid,
		.ns = table->ns,
		.level = table->level,
		.address = table->address + index * level_span(table->level),
		.size = level_span(table->level),
		.entry = entry,
	};

	if (leaves.count == leaves.room) {
		leaves.room = leaves.room ? leaves.room * 2 : 256;
		leaves.at = realloc(leaves.at, leaves.room * sizeof(ghost));
		if (!leaves.at)
			abort();
	}
	leaves.at[leaves.count++] = ghost;
}

static struct table *table_at(uint64_t page)
{
	uint32_t slot =
		page < HOST_MEMORY_SIZE ? table_of_page[page >> PAGE_SHIFT] : 0;

	return slot ? &tables[slot - 1] : NULL;
}

static size_t table_slot(void)
{
	for (size_t i = 0; i < table_count; i++)
		if (!tables[i].used)
			return i;
	if (table_count == table_room) {
		table_room = table_room ? table_room * 2 : 64;
		tables = realloc(tables, table_room * sizeof(*tables));
		if (!tables)
			abort();
	}
	return table_count++;
}

static void table_add(struct table table)
{
	size_t slot;

	if (table.page >= HOST_MEMORY_SIZE) {
		host_violate("a table lies outside memory", table.page);
		return;
	}
	if (table_at(table.page)) {
		host_violate(table_at(table.page)->unlinked
				     ? "a table page is used again before the "
				       "invalidation"
				     : "a table page is linked twice",
			table.page);
		return;
	}
	slot = table_slot();
	table.used = true;
	tables[slot] = table;
	table_of_page[table.page >> PAGE_SHIFT] = (uint32_t)slot + 1;
}

static const uint64_t *entries_of(const struct table *table)
{
	return host_memory(paddr(table->page));
}

static struct table child_of(
	const struct table *table, unsigned index, uint64_t entry)
{
	return (struct table){
		.vmid = table->vmid,
		.ns = table->ns,
		.level = (uint8_t)(table->level + 1),
		.address = table->address + index * level_span(table->level),
		.page = entry & ADDRESS_BITS,
	};
}

/* Levels are bounded: an L1 table has L2 children, those have L3 children. */
static void adopt_children(const struct table *parent)
{
	struct table table = *parent;
	const uint64_t *entry = entries_of(&table);

	for (unsigned i = 0; i < 512; i++)
		if (is_table(entry[i], table.level))
			table_add(child_of(&table, i, entry[i]));
}

static void adopt(struct table top)
{
	const uint64_t *entry;

	table_add(top);
	if (!table_at(top.page) || top.level == LEAF_LEVEL)
		return;
	adopt_children(&top);
	if (top.level + 1 == LEAF_LEVEL)
		return;
	entry = entries_of(&top);
	for (unsigned i = 0; i < 512; i++) {
		struct table child;

		if (!is_table(entry[i], top.level))
			continue;
		child = child_of(&top, i, entry[i]);
		adopt_children(&child);
	}
}

/* The table at `page` was unlinked: all it translates may be cached. */
static void orphan_one(uint64_t page)
{
	struct table *table = table_at(page);
	const uint64_t *entry;

	if (!table)
		return;
	table->unlinked = true;
	entry = entries_of(table);
	for (unsigned i = 0; i < 512; i++)
		if (is_leaf(entry[i], table->level))
			leaf_add(table, i, entry[i]);
}

static void orphan(uint64_t page)
{
	struct table *table = table_at(page);
	const uint64_t *entry;

	orphan_one(page);
	if (!table || table->level == LEAF_LEVEL)
		return;
	entry = entries_of(table);
	for (unsigned i = 0; i < 512; i++)
		if (is_table(entry[i], table->level))
			orphan_one(entry[i] & ADDRESS_BITS);
}

/* A make over an old translation that no invalidation has removed yet. */
static void check_make(const struct table *table, const struct host_event *made)
{
	bool leaf = is_leaf(made->new_value, table->level);

	for (size_t i = 0; i < leaves.count; i++) {
		const struct host_ghost *old = &leaves.at[i];

		if (old->vmid != table->vmid || old->ns != table->ns ||
			old->address >= made->address + made->size ||
			made->address >= old->address + old->size)
			continue;
		if (!leaf || old->level != table->level ||
			((old->entry ^ made->new_value) & BBM_BITS))
			host_violate("make before invalidate", made->address);
	}
}

void ghost_store(
	const uint64_t *entry, uint64_t value, struct host_event *event)
{
	uint64_t at = (uint64_t)((const uint8_t *)entry -
				 (const uint8_t *)host_memory(paddr(0)));
	struct table *table = table_at(at & ~PAGE_MASK);
	unsigned index = (unsigned)((at & PAGE_MASK) / sizeof(*entry));

	event->old_value = *entry;
	event->new_value = value;
	if (!table)
		return;
	event->known = true;
	event->vmid = table->vmid;
	event->ns = table->ns;
	event->level = table->level;
	event->size = level_span(table->level);
	event->address = table->address + index * event->size;
	if (table->unlinked)
		host_violate("a store into an unlinked table", event->address);
	if (((*entry ^ value) & ~SOFTWARE_BITS) == 0)
		return;
	if ((*entry & ENTRY_VALID) && (value & ENTRY_VALID) &&
		((*entry ^ value) & BBM_BITS))
		host_violate("an entry was replaced without a break",
			event->address);
	if (is_leaf(*entry, table->level))
		leaf_add(table, index, *entry);
	if (is_table(*entry, table->level))
		orphan(*entry & ADDRESS_BITS);
	if (value & ENTRY_VALID)
		check_make(table, event);
}

void ghost_stored(const struct host_event *event)
{
	struct table parent = {
		.vmid = event->vmid,
		.ns = event->ns,
		.level = event->level,
		.address = event->address,
	};

	if (event->known && event->old_value != event->new_value &&
		is_table(event->new_value, event->level))
		adopt(child_of(&parent, 0, event->new_value));
}

static bool hits(const struct host_event *event, bool ns, uint64_t address,
	uint64_t size)
{
	if (event->all)
		return true;
	return event->ns == ns && event->address < address + size &&
	       address < event->address + event->size;
}

void ghost_invalidate(const struct host_event *event)
{
	size_t kept = 0;

	for (size_t i = 0; i < leaves.count; i++) {
		const struct host_ghost *leaf = &leaves.at[i];

		if (leaf->vmid != event->vmid ||
			!hits(event, leaf->ns, leaf->address, leaf->size))
			leaves.at[kept++] = *leaf;
	}
	leaves.count = kept;
	for (size_t i = 0; i < table_count; i++) {
		struct table *table = &tables[i];

		if (!table->used || !table->unlinked ||
			table->vmid != event->vmid ||
			!hits(event, table->ns, table->address,
				512 * level_span(table->level)))
			continue;
		table_of_page[table->page >> PAGE_SHIFT] = 0;
		table->used = false;
	}
}

void host_space_watch(uint16_t vmid, struct paddr secure, struct paddr ns)
{
	adopt((struct table){
		.vmid = vmid, .ns = false, .level = 1, .page = secure.v});
	adopt((struct table){
		.vmid = vmid, .ns = true, .level = 1, .page = ns.v});
}

void host_space_forget(uint16_t vmid)
{
	struct host_event all = {.vmid = vmid, .all = true};

	for (size_t i = 0; i < table_count; i++)
		if (tables[i].used && tables[i].vmid == vmid)
			tables[i].unlinked = true;
	ghost_invalidate(&all);
}

void host_ghost_leaves(host_visitor *visit, void *context)
{
	for (size_t i = 0; i < leaves.count; i++)
		if (!visit(context, &leaves.at[i]))
			return;
}

void host_ghost_tables(host_visitor *visit, void *context)
{
	for (size_t i = 0; i < table_count; i++) {
		struct host_ghost ghost = {
			.vmid = tables[i].vmid,
			.ns = tables[i].ns,
			.level = tables[i].level,
			.address = tables[i].address,
			.size = 512 * level_span(tables[i].level),
			.entry = tables[i].page,
		};

		if (tables[i].used && tables[i].unlinked &&
			!visit(context, &ghost))
			return;
	}
}

bool host_ghost_is_empty(void)
{
	for (size_t i = 0; i < table_count; i++)
		if (tables[i].used && tables[i].unlinked)
			return false;
	return leaves.count == 0;
}
