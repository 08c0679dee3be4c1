/* Free secure memory at boot. */
#include "boot/boot_map.h"

#include "base/assert.h"

void boot_map_claim(struct boot_map *map, struct range range)
{
	ASSERT(map->claim_count < BOOT_CLAIMS_MAX);
	map->claim[map->claim_count++] = range;
}

/* The end of a claim that covers `at`, or `at` when none does. */
static uint64_t skip_claim(const struct boot_map *map, uint64_t at)
{
	for (uint32_t i = 0; i < map->claim_count; i++)
		if (map->claim[i].base.v <= at && range_end(map->claim[i]) > at)
			return range_end(map->claim[i]);
	return at;
}

/* Where free memory from `at` ends: the next claim, or `end`. */
static uint64_t free_until(
	const struct boot_map *map, uint64_t at, uint64_t end)
{
	for (uint32_t i = 0; i < map->claim_count; i++) {
		uint64_t base = map->claim[i].base.v;

		if (base > at && base < end)
			end = base;
	}
	return end;
}

static bool next_in(const struct boot_map *map, struct range within,
	uint64_t *at, struct range *extent)
{
	uint64_t start = *at > within.base.v ? *at : within.base.v;
	uint64_t skipped = skip_claim(map, start);

	while (skipped != start) {
		start = skipped;
		skipped = skip_claim(map, start);
	}
	if (start >= range_end(within))
		return false;
	*at = free_until(map, start, range_end(within));
	*extent = (struct range){paddr(start), (*at - start) >> PAGE_SHIFT};
	return true;
}

bool boot_map_next(const struct boot_map *map, struct boot_cursor *cursor,
	struct range *extent)
{
	const struct spmc_manifest *manifest = map->manifest;

	for (; cursor->range < manifest->range_count; cursor->range++) {
		const struct memory_range *range =
			&manifest->range[cursor->range];

		if (range->class == MEMORY_SECURE &&
			next_in(map, range->range, &cursor->at, extent))
			return true;
		cursor->at = 0;
	}
	return false;
}

struct range boot_map_largest(const struct boot_map *map)
{
	struct boot_cursor cursor = {0};
	struct range best = {0};
	struct range extent;

	while (boot_map_next(map, &cursor, &extent))
		if (extent.pages > best.pages)
			best = extent;
	return best;
}
