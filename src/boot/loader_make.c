/*
 * From a package that was read to a partition: identity, titles, tables, boot
 * information, buffers.
 *
 * Source: FF-A 1.2 §5 (manifests, boot information).
 */
#include "boot/loader.h"

#include "abi/ffa_func.h"
#include "base/mem.h"
#include "boot/boot_info.h"
#include "engine/owner_map.h"
#include "partition/interrupts.h"
#include "partition/mailbox.h"
#include "port/port.h"

#define RWX (ACCESS_R | ACCESS_W | ACCESS_X)

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

	/* What it writes to it asks for, in its initialisation. */
	if (endpoint_is_el0(owner))
		image.perm = ACCESS_R | ACCESS_X;
	if (!grant(spm->engine, manifest_vm_range(loaded->vm), owner, image))
		return false;
	for (uint32_t i = 0; i < manifest->region_count; i++) {
		const struct manifest_region *region = &manifest->region[i];

		spm->capture.mixed |= region->device;
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

/* Likewise: what the port needs. */
static bool map_support(const struct endpoint *owner)
{
	struct s2_mapping mapping = {
		port_el0_support(), {ACCESS_R | ACCESS_X, ATTR_NORMAL_WB}};

	return !endpoint_is_el0(owner) || mapping.range.pages == 0 ||
	       owner_map_fixed(owner->space, &mapping);
}

static bool map_memory(struct spm *spm, const struct loaded *loaded,
	const struct endpoint *owner)
{
	const struct sp_manifest *manifest = &loaded->manifest;
	struct range package = manifest_vm_range(loaded->vm);

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
	return map_support(owner);
}

static void identify(struct partition *partition, const struct loaded *loaded)
{
	const struct sp_manifest *manifest = &loaded->manifest;

	memcpy(partition->name, loaded->vm->name, sizeof(partition->name));
	partition->ep.id =
		manifest->id >= 0 ? (uint16_t)manifest->id : loaded->vm->id;
	partition->ep.kind = manifest->exception_level == MANIFEST_EL0
				     ? ENDPOINT_SP_EL0
				     : ENDPOINT_SP;
	partition->ep.space = &partition->space;
	quota_open(&partition->ep.quota);
	partition->version = manifest->ffa_version;
	partition->service_count = manifest->service_count;
	memcpy(partition->service, manifest->service,
		sizeof(partition->service));
	memcpy(partition->image_uuid, manifest->image_uuid,
		sizeof(partition->image_uuid));
	partition->interrupt_count = manifest->interrupt_count;
	memcpy(partition->interrupt, manifest->interrupt,
		sizeof(partition->interrupt));
	partition->ns_action = manifest->ns_action;
	partition->queues_secure = manifest->queues_secure;
	partition->exits_by_irq = manifest->exits_by_irq;
	partition->sri_policy = manifest->sri_policy;
	partition->power_messages =
		(manifest->power_messages & POWER_MESSAGES_CPU_OFF) != 0;
	partition->abort_action = manifest->abort_action;
	partition->boot_order = manifest->boot_order;
	partition->vcpu_count = (uint16_t)manifest->execution_ctx_count;
	if (manifest->notification_support)
		notify_open(&partition->notify, partition->vcpu_count);
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
	return mailbox_map(spm, &partition->ep, &partition->mailbox, &pair) ==
	       R_NONE;
}

bool loader_make(struct spm *spm, const struct loaded *loaded,
	struct partition *partition)
{
	uint16_t vmid = (uint16_t)(partition - spm->partitions + 1);

	identify(partition, loaded);
	interrupt_configure(partition);
	return s2_space_init(&partition->space, &spm->pool, vmid) &&
	       grant_memory(spm, loaded, &partition->ep) &&
	       map_memory(spm, loaded, &partition->ep) &&
	       write_boot_info(partition, loaded) &&
	       map_buffers(spm, partition, &loaded->manifest);
}
