/* Rules across nodes and across partitions; see the header. */
#include "boot/manifest_check.h"

#include "boot/fdt_reader.h"

/* A sentence about a manifest as a whole: which node is in its text. */
static bool refuse(const struct manifest_party *party,
	struct manifest_error *error, const char *property, const char *why)
{
	const struct fdt_reader reader = {NULL, party->name, error};

	return fdt_reader_refuse(&reader, -1, property, why);
}

bool manifest_range_is(const struct spmc_manifest *spmc, struct range range,
	enum memory_class class)
{
	for (uint32_t i = 0; i < spmc->range_count; i++) {
		if (spmc->range[i].class == class &&
			range_inside(range, spmc->range[i].range))
			return true;
	}
	return false;
}

static enum memory_class class_of(const struct manifest_region *region)
{
	if (region->device)
		return region->attributes & REGION_NS ? MEMORY_NS_DEVICE
						      : MEMORY_SECURE_DEVICE;
	return region->attributes & REGION_NS ? MEMORY_NS : MEMORY_SECURE;
}

bool manifest_check_regions(const struct spmc_manifest *spmc,
	const struct manifest_party *party, struct manifest_error *error)
{
	for (uint32_t i = 0; i < party->sp->region_count; i++) {
		const struct manifest_region *region = &party->sp->region[i];

		if (!manifest_range_is(spmc, region->range, class_of(region)))
			return refuse(party, error, "base-address",
				"a region is not inside the SPMC manifest's "
				"memory of its kind");
		for (uint32_t v = 0; v < spmc->vm_count; v++) {
			struct range other = {spmc->vm[v].load_address,
				spmc->vm[v].mem_size >> PAGE_SHIFT};

			if (v != party->vm &&
				ranges_overlap(region->range, other))
				return refuse(party, error, "base-address",
					"a region overlaps the memory of "
					"another partition");
		}
	}
	return true;
}

bool manifest_check_contexts(const struct spmc_manifest *spmc,
	const struct manifest_party *party, struct manifest_error *error)
{
	const struct manifest_vm *vm = &spmc->vm[party->vm];
	uint32_t count = party->sp->execution_ctx_count;

	/*
	 * vcpu_count of the manager's manifest has no say in it. A partition
	 * with fewer contexts than CPUs is busy where it has none.
	 */
	if (count > spmc->cpu_count)
		return refuse(party, error, "execution-ctx-count",
			"is more than there are CPUs");
	if (party->sp->entrypoint_offset >= vm->mem_size)
		return refuse(party, error, "entrypoint-offset",
			"is outside the partition's memory");
	return true;
}

static bool share_region(
	const struct sp_manifest *a, const struct sp_manifest *b)
{
	for (uint32_t i = 0; i < a->region_count; i++) {
		for (uint32_t j = 0; j < b->region_count; j++) {
			if (ranges_overlap(
				    a->region[i].range, b->region[j].range))
				return true;
		}
	}
	return false;
}

static bool share_interrupt(
	const struct sp_manifest *a, const struct sp_manifest *b)
{
	for (uint32_t i = 0; i < a->interrupt_count; i++) {
		for (uint32_t j = 0; j < b->interrupt_count; j++) {
			if (a->interrupt[i].id == b->interrupt[j].id)
				return true;
		}
	}
	return false;
}

/* The id that the partition will have: its manifest's, or that of its vmN. */
static uint32_t id_of(const struct manifest_party *party)
{
	return party->sp->id >= 0 ? (uint32_t)party->sp->id
				  : MANIFEST_SPMC_ID + 1 + party->vm;
}

bool manifest_check_pair(const struct manifest_party *party,
	const struct manifest_party *accepted, struct manifest_error *error)
{
	const struct sp_manifest *new = party->sp;
	const struct sp_manifest *old = accepted->sp;

	/* The default, "whenever", may be everybody's. */
	if (new->boot_order == old->boot_order &&new->boot_order !=
		BOOT_ORDER_NONE)
		return refuse(party, error, "boot-order",
			"another partition has the same");
	if (id_of(party) == id_of(accepted))
		return refuse(
			party, error, "id", "another partition has the same");
	if (share_interrupt(new, old))
		return refuse(party, error, "interrupts",
			"an interrupt belongs to another partition");
	if (share_region(new, old))
		return refuse(party, error, "base-address",
			"a region overlaps another partition's");
	return true;
}
