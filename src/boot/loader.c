/*
 * SP packages: read, checked, turned into partitions. A refused package stops
 * that partition only.
 *
 * Source: FF-A 1.2 §5 (manifests, boot information), TF-A's package format.
 */
#include "boot/loader.h"

#include "abi/ffa_func.h"
#include "base/mem.h"
#include "boot/boot_info.h"
#include "boot/fdt_reader.h"
#include "engine/owner_map.h"
#include "partition/mailbox.h"
#include "port/port.h"

#define RWX (ACCESS_R | ACCESS_W | ACCESS_X)

static bool fail(struct loader_work *work, const char *name, const char *why)
{
	return fdt_reader_refuse_file(name, &work->error, NULL, why);
}

static struct range package_range(const struct manifest_vm *vm)
{
	return (struct range){vm->load_address, vm->mem_size >> PAGE_SHIFT};
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

static bool check_package_range(
	struct loader_work *work, const struct manifest_vm *vm)
{
	struct range range = package_range(vm);

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
	struct range package = package_range(loaded->vm);
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

	if (loaded->manifest.exception_level != 2)
		return fail(work, loaded->vm->name,
			"exception-level: only S-EL1 partitions are "
			"supported");
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
	if (!check_package_range(work, loaded->vm))
		return false;
	boot_map_claim(&work->map, package_range(loaded->vm));
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

/* --- Make -------------------------------------------------------------- */

static struct access region_access(const struct manifest_region *region)
{
	struct access access = {
		.perm = region->attributes & RWX,
		.attr = region->device ? ATTR_DEVICE : ATTR_NORMAL_WB,
	};

	if (region->attributes & REGION_NS)
		access.attr |= ATTR_NS;
	return access;
}

/* Takes the range from whoever the manifest of the manager gave it to. */
static bool grant(struct engine *engine, struct range range,
	struct endpoint *owner, struct access access)
{
	return ledger_carve(&engine->ledger, range) &&
	       ledger_grant(&engine->ledger, range, owner, access);
}

static bool grant_memory(
	struct spm *spm, const struct loaded *loaded, struct endpoint *owner)
{
	const struct sp_manifest *manifest = &loaded->manifest;
	struct access image = {.perm = RWX, .attr = ATTR_NORMAL_WB};

	if (!grant(spm->engine, package_range(loaded->vm), owner, image))
		return false;
	for (uint32_t i = 0; i < manifest->region_count; i++) {
		const struct manifest_region *region = &manifest->region[i];

		if (!grant(spm->engine, region->range,
			    region_is_managers(region) ? &spm->engine->manager
						       : owner,
			    region_access(region)))
			return false;
	}
	return true;
}

/* The title is the manager's: nobody can send it, or map RX/TX there. */
static bool map_fixed(struct space *space, const struct manifest_region *region)
{
	struct s2_mapping mapping = {region->range, region_access(region)};

	return owner_map_fixed(space, &mapping);
}

static bool map_memory(struct spm *spm, const struct loaded *loaded,
	const struct endpoint *owner)
{
	const struct sp_manifest *manifest = &loaded->manifest;
	struct range package = package_range(loaded->vm);

	if (!owner_map_titles(spm->engine, owner, package))
		return false;
	for (uint32_t i = 0; i < manifest->region_count; i++) {
		const struct manifest_region *region = &manifest->region[i];

		if (region_is_managers(region)
				? !map_fixed(owner->space, region)
				: !range_inside(region->range, package) &&
					  !owner_map_titles(spm->engine, owner,
						  region->range))
			return false;
	}
	return true;
}

static void identify(struct partition *partition, const struct loaded *loaded)
{
	const struct sp_manifest *manifest = &loaded->manifest;

	memcpy(partition->name, loaded->vm->name, sizeof(partition->name));
	partition->ep.id =
		manifest->id >= 0 ? (uint16_t)manifest->id : loaded->vm->id;
	partition->ep.kind = ENDPOINT_SP;
	partition->ep.space = &partition->space;
	quota_open(&partition->ep.quota);
	partition->version = manifest->ffa_version;
	partition->service_count = manifest->service_count;
	memcpy(partition->service, manifest->service,
		sizeof(partition->service));
	memcpy(partition->image_uuid, manifest->image_uuid,
		sizeof(partition->image_uuid));
	partition->ns_action = manifest->ns_action;
	partition->boot_order = manifest->boot_order;
	partition->vcpu_count = (uint16_t)manifest->execution_ctx_count;
	partition->entry =
		loaded->vm->load_address.v + manifest->entrypoint_offset;
	partition->secondary_entry = partition->entry;
	partition->boot_info_register = -1;
}

/* Into the package's first page, before its manifest. */
static bool write_boot_info(
	struct partition *partition, const struct loaded *loaded)
{
	const struct sp_manifest *manifest = &loaded->manifest;
	uint64_t base = loaded->vm->load_address.v;
	uint8_t blob[64] __attribute__((aligned(8)));
	size_t size;

	if (!manifest->boot_info_fdt || manifest->gp_register < 0 ||
		loaded->package.manifest_offset < sizeof(blob))
		return true;
	size = boot_info_write(blob, sizeof(blob),
		base + loaded->package.manifest_offset,
		loaded->package.manifest_size);
	partition->boot_info = base;
	partition->boot_info_register = manifest->gp_register;
	if (size == 0 || !port_copy_out(paddr(base), false, blob, size))
		return false;
	/* A partition starts with its caches off. */
	port_cache_clean((struct range){paddr(base), 1}, false);
	return true;
}

static bool map_buffers(struct spm *spm, struct partition *partition,
	const struct sp_manifest *manifest)
{
	struct buffer_pair pair;

	if (manifest->rx_region < 0 || manifest->tx_region < 0)
		return true;
	pair = (struct buffer_pair){
		.rx = manifest->region[manifest->rx_region].range,
		.tx = manifest->region[manifest->tx_region].range,
	};
	return mailbox_map(spm, partition, &pair) == R_NONE;
}

bool loader_make(struct spm *spm, const struct loaded *loaded,
	struct partition *partition)
{
	uint16_t vmid = (uint16_t)(partition - spm->partitions + 1);

	identify(partition, loaded);
	return s2_space_init(&partition->space, &spm->pool, vmid) &&
	       grant_memory(spm, loaded, &partition->ep) &&
	       map_memory(spm, loaded, &partition->ep) &&
	       write_boot_info(partition, loaded) &&
	       map_buffers(spm, partition, &loaded->manifest);
}
