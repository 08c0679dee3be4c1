/* See walker.h. Plain reading of the tables; nothing is cached. */
#include <string.h>

#include "lib/walker.h"

#define BITS(value, high, low)                                                 \
	(((value) >> (low)) & ((1ull << ((high) - (low) + 1)) - 1))

static unsigned shift_of(unsigned level)
{
	return level == 1 ? 30 : level == 2 ? 21 : 12;
}

static bool load(
	const struct walker_memory *memory, uint64_t at, uint64_t *value)
{
	if (at > memory->size - sizeof(*value))
		return false;
	memcpy(value, memory->bytes + at, sizeof(*value));
	return true;
}

static bool leads_to_table(uint64_t entry, unsigned level)
{
	return level < 3 && BITS(entry, 1, 0) == 3;
}

static enum walker_type type_of(uint64_t entry)
{
	switch (BITS(entry, 5, 2)) {
	case 0:
		return WALKER_DEVICE_NGNRNE;
	case 1:
		return WALKER_DEVICE_NGNRE;
	case 2:
		return WALKER_DEVICE_NGRE;
	case 3:
		return WALKER_DEVICE_GRE;
	case 5:
		return WALKER_NORMAL_NC;
	case 15:
		return WALKER_NORMAL_WB;
	default:
		return WALKER_OTHER;
	}
}

/* Bits that hold nothing in a leaf: 47:12 below the size, 50:48, 11. */
static bool has_stray_bits(uint64_t entry, unsigned level)
{
	if (BITS(entry, 50, 48) || BITS(entry, 11, 11))
		return true;
	return level < 3 && BITS(entry, shift_of(level) - 1, 12);
}

bool walker_decode(uint64_t entry, unsigned level, uint64_t address,
	struct walker_leaf *leaf)
{
	uint64_t kind = BITS(entry, 1, 0);

	if (kind != (level == 3 ? 3 : 1))
		return false;
	leaf->address = address;
	leaf->size = 1ull << shift_of(level);
	leaf->output = BITS(entry, 47, shift_of(level)) << shift_of(level);
	leaf->read = BITS(entry, 6, 6);
	leaf->write = BITS(entry, 7, 7);
	/* XN[1:0] = 0b10 is "neither EL1 nor EL0". */
	leaf->execute = BITS(entry, 54, 53) != 2;
	leaf->type = type_of(entry);
	leaf->share = (uint8_t)BITS(entry, 9, 8);
	leaf->malformed = has_stray_bits(entry, level) || !BITS(entry, 10, 10);
	return true;
}

bool walker_find(const struct walker_memory *memory, uint64_t root,
	uint64_t address, struct walker_leaf *leaf)
{
	uint64_t table = root;

	if (address >> 39)
		return false;
	for (unsigned level = 1; level <= 3; level++) {
		unsigned shift = shift_of(level);
		uint64_t index = (address >> shift) & 511;
		uint64_t entry;

		if (!load(memory, table + 8 * index, &entry))
			return false;
		if (!leads_to_table(entry, level))
			return walker_decode(
				entry, level, address >> shift << shift, leaf);
		table = BITS(entry, 47, 12) << 12;
	}
	return false;
}

static struct walker_table child_of(
	struct walker_table table, unsigned index, uint64_t entry)
{
	return (struct walker_table){
		.page = BITS(entry, 47, 12) << 12,
		.address = table.address +
			   ((uint64_t)index << shift_of(table.level)),
		.level = table.level + 1,
	};
}

/*
 * Most entries are zero, and the tests look at all of them all the time:
 * bounds are checked once, not by the sanitizer at each word.
 */
__attribute__((no_sanitize("address", "undefined"))) unsigned walker_next_entry(
	const struct walker_memory *memory, uint64_t page, unsigned index)
{
	const uint64_t *entry = (const void *)(memory->bytes + page);

	if (page % PAGE_SIZE != 0 || memory->size < PAGE_SIZE ||
		page > memory->size - PAGE_SIZE)
		return WALKER_ENTRIES;
	while (index < WALKER_ENTRIES && entry[index] == 0)
		index++;
	return index;
}

/* Calls itself for lower levels: three deep at most. */
void walker_visit(const struct walker_memory *memory, struct walker_table table,
	walker_visitor *visit, void *context)
{
	unsigned i = walker_next_entry(memory, table.page, 0);

	for (; i < WALKER_ENTRIES;
		i = walker_next_entry(memory, table.page, i + 1)) {
		struct walker_leaf leaf;
		uint64_t entry;
		uint64_t at =
			table.address + ((uint64_t)i << shift_of(table.level));

		if (!load(memory, table.page + 8 * i, &entry))
			return;
		if (leads_to_table(entry, table.level))
			walker_visit(memory, child_of(table, i, entry), visit,
				context);
		else if (walker_decode(entry, table.level, at, &leaf))
			visit(context, &leaf);
	}
}

void walker_visit_tables(const struct walker_memory *memory,
	struct walker_table table, walker_table_visitor *visit, void *context)
{
	unsigned i = walker_next_entry(memory, table.page, 0);

	visit(context, &table);
	if (table.level == 3)
		return;
	for (; i < WALKER_ENTRIES;
		i = walker_next_entry(memory, table.page, i + 1)) {
		uint64_t entry;

		if (load(memory, table.page + 8 * i, &entry) &&
			leads_to_table(entry, table.level))
			walker_visit_tables(memory, child_of(table, i, entry),
				visit, context);
	}
}
