/* Stage-1 tables; see the header. */
#include "stage1.h"

#include "sysreg.h"
#include "base/assert.h"

#define LEVEL_TOP 1u
#define LEVEL_PAGE 3u

#define ENTRY_VALID 1ull
#define ENTRY_TABLE 3ull /* at levels 1 and 2 */
#define ENTRY_PAGE 3ull  /* at level 3 */
#define ENTRY_BLOCK 1ull
#define ENTRY_ADDRESS 0x0000fffffffff000ull
#define ENTRY_AF (1ull << 10)

static unsigned level_shift(unsigned level)
{
	return PAGE_SHIFT + 9 * (LEVEL_PAGE - level);
}

static void store(uint64_t *entry, uint64_t value)
{
	__atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t *next_table(struct stage1 *map, uint64_t *entry)
{
	if ((*entry & ENTRY_VALID) == 0) {
		if (map->tables_used == map->table_count)
			PANIC("the manifest's memory needs too many tables");
		dsb(ishst);
		store(entry, (uintptr_t)map->tables[map->tables_used++] |
				     ENTRY_TABLE);
	}
	return (uint64_t *)(uintptr_t)(*entry & ENTRY_ADDRESS);
}

static bool is_block(uint64_t entry, unsigned level)
{
	return level < LEVEL_PAGE && (entry & ENTRY_TABLE) == ENTRY_BLOCK;
}

/* Maps what starts at `at`, as large as fits below `end`; returns its size. */
static uint64_t map_one(
	struct stage1 *map, uint64_t at, uint64_t end, uint64_t attributes)
{
	uint64_t *table = map->root;

	for (unsigned level = LEVEL_TOP;; level++) {
		uint64_t size = 1ull << level_shift(level);
		uint64_t *entry =
			&table[(at >> level_shift(level)) % STAGE1_ENTRIES];
		bool fits = (at & (size - 1)) == 0 && end - at >= size;

		if (is_block(*entry, level))
			return size - (at & (size - 1));
		if (level == LEVEL_PAGE ||
			(fits && (*entry & ENTRY_VALID) == 0)) {
			uint64_t kind =
				level == LEVEL_PAGE ? ENTRY_PAGE : ENTRY_BLOCK;

			if ((*entry & ENTRY_VALID) == 0)
				store(entry, at | attributes | ENTRY_AF | kind);
			return size;
		}
		table = next_table(map, entry);
	}
}

void stage1_map(
	struct stage1 *map, uint64_t start, uint64_t end, uint64_t attributes)
{
	while (start < end)
		start += map_one(map, start, end, attributes);
}
