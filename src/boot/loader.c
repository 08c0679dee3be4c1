/*
 * SP packages: read and checked; loader_make.c makes partitions of them. A
 * refused package stops that partition only.
 *
 * Source: FF-A 1.2 §5 (manifests), TF-A's package format.
 */
#include "boot/loader.h"

#include "boot/fdt_reader.h"
#include "partition/mailbox.h"
#include "port/port.h"

static bool fail(struct loader_work *work, const char *name, const char *why)
{
	return fdt_reader_refuse_file(name, &work->error, NULL, why);
}

/* --- Read -------------------------------------------------------------- */

static bool copy(struct loader_work *work, uint64_t from, uint64_t size,
	const char *name)
{
	if (port_copy_in(work->bytes, paddr(from), false, size))
		return true;
	return fail(work, name, "the package cannot be read");
}

static bool read_manifest(struct loader_work *work, struct loaded *loaded)
{
	const struct manifest_vm *vm = loaded->vm;
	uint32_t size = loaded->package.manifest_size;
	struct manifest_blob blob;

	if (size > sizeof(work->bytes))
		return fail(work, vm->name, "the manifest is too large");
	if (!copy(work, vm->load_address.v + loaded->package.manifest_offset,
		    size, vm->name))
		return false;
	blob = (struct manifest_blob){
		.name = vm->name,
		.fdt = work->bytes,
		.size = size,
	};
	return manifest_read_sp(
		&blob, vm->load_address, &loaded->manifest, &work->error);
}

static bool check_manifest_vm_range(
	struct loader_work *work, const struct manifest_vm *vm)
{
	struct range range = manifest_vm_range(vm);

	if (!manifest_range_is(work->map.manifest, range, MEMORY_SECURE))
		return fail(work, vm->name,
			"load_address and mem_size are not secure memory");
	for (uint32_t i = 0; i < work->map.claim_count; i++)
		if (ranges_overlap(range, work->map.claim[i]))
			return fail(work, vm->name,
				"load_address and mem_size overlap the "
				"manager or another partition");
	return true;
}

static struct manifest_party party_of(
	const struct loader_work *work, const struct loaded *loaded)
{
	return (struct manifest_party){
		.name = loaded->vm->name,
		.vm = (uint32_t)(loaded->vm - work->map.manifest->vm),
		.sp = &loaded->manifest,
	};
}

/* Regions may lie in the own package, all of them, but not on the manager. */
static bool check_claims(struct loader_work *work, const struct loaded *loaded)
{
	const struct sp_manifest *manifest = &loaded->manifest;
	struct range package = manifest_vm_range(loaded->vm);
	struct range manager = work->map.claim[0];

	for (uint32_t i = 0; i < manifest->region_count; i++) {
		struct range range = manifest->region[i].range;

		if (ranges_overlap(range, manager))
			return fail(work, loaded->vm->name,
				"a memory region overlaps the manager");
		if (ranges_overlap(range, package) &&
			!range_inside(range, package))
			return fail(work, loaded->vm->name,
				"a memory region reaches out of the package");
		/* The manager would write over the partition's image. */
		if (manifest->region[i].rings && ranges_overlap(range, package))
			return fail(work, loaded->vm->name,
				"escrow,trace-rings: the region lies in the "
				"package");
	}
	return true;
}

/* What mailbox_map() would refuse. */
static bool check_buffers(struct loader_work *work, const struct loaded *loaded)
{
	const struct sp_manifest *manifest = &loaded->manifest;
	const struct manifest_region *rx, *tx;

	if (manifest->rx_region < 0 || manifest->tx_region < 0)
		return true;
	rx = &manifest->region[manifest->rx_region];
	tx = &manifest->region[manifest->tx_region];
	if (rx->range.pages > MAILBOX_PAGES_MAX ||
		tx->range.pages > MAILBOX_PAGES_MAX)
		return fail(work, loaded->vm->name,
			"rx-buffer, tx-buffer: more pages than are "
			"supported");
	if (((rx->attributes ^ tx->attributes) & REGION_NS) != 0)
		return fail(work, loaded->vm->name,
			"rx-buffer, tx-buffer: only one is non-secure");
	return true;
}

static bool check_loaded(struct loader_work *work, const struct loaded *loaded)
{
	struct manifest_party party = party_of(work, loaded);

	if (!manifest_check_regions(work->map.manifest, &party, &work->error) ||
		!manifest_check_self(work->map.manifest, &party, &work->error))
		return false;
	for (uint32_t i = 0; i < work->loaded_count; i++) {
		struct manifest_party other = party_of(work, &work->loaded[i]);

		if (!manifest_check_pair(&party, &other, &work->error))
			return false;
	}
	return check_claims(work, loaded) && check_buffers(work, loaded);
}

static void claim_memory(struct loader_work *work, const struct loaded *loaded)
{
	const struct sp_manifest *manifest = &loaded->manifest;

	for (uint32_t i = 0; i < manifest->region_count; i++) {
		const struct manifest_region *region = &manifest->region[i];

		if (!region->device && (region->attributes & REGION_NS) == 0)
			boot_map_claim(&work->map, region->range);
	}
}

bool loader_read(struct loader_work *work, uint32_t vm)
{
	struct loaded *loaded = &work->loaded[work->loaded_count];

	*loaded = (struct loaded){.vm = &work->map.manifest->vm[vm]};
	if (!check_manifest_vm_range(work, loaded->vm))
		return false;
	boot_map_claim(&work->map, manifest_vm_range(loaded->vm));
	if (!copy(work, loaded->vm->load_address.v, PAGE_SIZE,
		    loaded->vm->name))
		return false;
	if (!package_read(work->bytes, loaded->vm->mem_size, loaded->vm->name,
		    &loaded->package, &work->error))
		return false;
	if (!read_manifest(work, loaded) || !check_loaded(work, loaded))
		return false;
	claim_memory(work, loaded);
	work->loaded_count++;
	return true;
}

void loader_take_back(struct loader_work *work, uint32_t claims)
{
	const struct loaded *loaded = &work->loaded[--work->loaded_count];

	work->map.claim_count = claims + 1;
	(void)fail(work, loaded->vm->name,
		"its memory leaves too little to the manager");
}

/* --- Regions that partitions share ------------------------------------- */

static bool names_region(
	const struct loaded *loaded, const struct manifest_region *region)
{
	for (uint32_t i = 0; i < loaded->manifest.region_count; i++)
		if (manifest_region_is(&loaded->manifest.region[i], region))
			return true;
	return false;
}

/* Whether somebody else who is loaded has the region: then it says so, too. */
static bool has_partner(const struct loader_work *work,
	const struct loaded *self, const struct manifest_region *region)
{
	for (uint32_t i = 0; i < work->loaded_count; i++)
		if (&work->loaded[i] != self &&
			names_region(&work->loaded[i], region))
			return true;
	return false;
}

static bool is_lonely(
	const struct loader_work *work, const struct loaded *loaded)
{
	for (uint32_t i = 0; i < loaded->manifest.region_count; i++) {
		const struct manifest_region *region =
			&loaded->manifest.region[i];

		if (region->shared && !has_partner(work, loaded, region))
			return true;
	}
	return false;
}

bool loader_drop_lonely(struct loader_work *work)
{
	uint32_t at = 0;

	while (at < work->loaded_count && !is_lonely(work, &work->loaded[at]))
		at++;
	if (at == work->loaded_count)
		return false;
	(void)fail(work, work->loaded[at].vm->name,
		"escrow,shared: no other partition that starts shares the "
		"region");
	for (work->loaded_count--; at < work->loaded_count; at++)
		work->loaded[at] = work->loaded[at + 1];
	return true;
}
