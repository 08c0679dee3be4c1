/* What can be started in the memory that there is; see the header. */
#include "boot/plan.h"

#include "base/assert.h"
#include "boot/quotas.h"

static void claim_packages(const struct spmc_manifest *manifest,
	struct boot_map *map, uint32_t first)
{
	for (uint32_t i = first; i < manifest->vm_count; i++)
		boot_map_claim(map, manifest_vm_range(&manifest->vm[i]));
}

struct range plan_work_range(
	const struct spmc_manifest *manifest, struct range image)
{
	uint64_t pages = (sizeof(struct loader_work) + PAGE_MASK) >> PAGE_SHIFT;
	struct boot_map map = {.manifest = manifest};
	struct range largest;

	boot_map_claim(&map, image);
	claim_packages(manifest, &map, 0);
	largest = boot_map_largest(&map);
	if (largest.pages < pages)
		return (struct range){0};
	return (struct range){
		paddr(range_end(largest) - (pages << PAGE_SHIFT)), pages};
}

void plan_open(struct loader_work *work, const struct spmc_manifest *manifest,
	struct range image)
{
	work->map.manifest = manifest;
	boot_map_claim(&work->map, image);
	boot_map_claim(&work->map, plan_work_range(manifest, image));
}

struct range plan_secure_span(const struct spmc_manifest *manifest)
{
	uint64_t first = UINT64_MAX;
	uint64_t end = 0;

	for (uint32_t i = 0; i < manifest->range_count; i++) {
		const struct memory_range *range = &manifest->range[i];

		if (range->class != MEMORY_SECURE)
			continue;
		if (range->range.base.v < first)
			first = range->range.base.v;
		if (range_end(range->range) > end)
			end = range_end(range->range);
	}
	if (end == 0)
		PANIC("the manifest has no secure memory");
	return (struct range){paddr(first), (end - first) >> PAGE_SHIFT};
}

uint64_t plan_package_pages(const struct loaded *loaded)
{
	uint64_t bytes = (uint64_t)loaded->package.image_offset +
			 loaded->package.image_size;

	return (bytes + PAGE_MASK) >> PAGE_SHIFT;
}

uint64_t plan_pristine_pages(const struct loaded *loaded)
{
	if (loaded->manifest.abort_action != ABORT_RESTART)
		return 0;
	return 2 + plan_package_pages(loaded);
}

uint64_t plan_partition_bytes(const struct loader_work *work)
{
	uint64_t contexts = work->map.manifest->cpu_count;
	uint64_t copies = 0;

	for (uint32_t i = 0; i < work->loaded_count; i++)
		contexts += work->loaded[i].manifest.execution_ctx_count;
	for (uint32_t i = 0; i < work->loaded_count; i++)
		copies += plan_pristine_pages(&work->loaded[i]);
	/* Every array is rounded up to 64 bytes, copies begin on a page. */
	return contexts * sizeof(struct vcpu) + (work->loaded_count + 1) * 64 +
	       (copies << PAGE_SHIFT);
}

/* Heap for what boot.c's make_spm(), open_pool() and make_contexts() take. */
static uint64_t heap_pages(const struct loader_work *work)
{
	const struct spmc_manifest *manifest = work->map.manifest;
	uint64_t bytes = sizeof(struct spm) + sizeof(struct engine) +
			 (work->loaded_count + 2) * sizeof(struct partition) +
			 manifest->cpu_count * sizeof(struct cpu) +
			 plan_partition_bytes(work);

	/* Rounded up to objects, and to pages before and behind the metadata.
	 */
	return page_pool_meta_pages(plan_secure_span(manifest)) +
	       trace_pages(manifest->cpu_count) + (bytes >> PAGE_SHIFT) + 3;
}

/*
 * Pages of the pool: tables for both edges of a range and for every GiB of it,
 * contexts, titles, and what every party must at least get for its calls.
 */
#define TABLES_PER_RANGE 4
#define PAGES_PER_GIB (1ull << (30 - PAGE_SHIFT))
#define TITLE_PAGES 16

static uint64_t table_pages(const struct sp_manifest *sp)
{
	uint64_t pages = (sp->region_count + 2) * TABLES_PER_RANGE;

	for (uint32_t i = 0; i < sp->region_count; i++)
		pages += sp->region[i].range.pages / PAGES_PER_GIB;
	return pages;
}

static uint64_t pool_pages(const struct loader_work *work)
{
	uint64_t pages = TITLE_PAGES + 3 * work->map.manifest->cpu_count +
			 QUOTAS_POOL_MIN(work->loaded_count);

	for (uint32_t i = 0; i < work->loaded_count; i++) {
		const struct sp_manifest *sp = &work->loaded[i].manifest;

		pages += sp->execution_ctx_count + table_pages(sp);
	}
	return pages;
}

struct plan_room plan_room(const struct loader_work *work, uint32_t next)
{
	struct plan_room room = {heap_pages(work), pool_pages(work), 0, 0};
	struct boot_map map = work->map;
	struct boot_cursor cursor = {0};
	struct range extent;

	claim_packages(work->map.manifest, &map, next);
	room.largest = boot_map_largest(&map).pages;
	while (boot_map_next(&map, &cursor, &extent))
		room.free += extent.pages;
	return room;
}

bool plan_room_suffices(const struct plan_room *room)
{
	return room->largest >= room->heap &&
	       room->free >= room->heap + room->pool;
}

bool plan_read(struct loader_work *work, uint32_t vm)
{
	uint32_t claims = work->map.claim_count;
	struct plan_room room;

	if (!loader_read(work, vm))
		return false;
	room = plan_room(work, vm + 1);
	if (plan_room_suffices(&room))
		return true;
	loader_take_back(work, claims);
	return false;
}
