/* Rules across nodes and across partitions; see the header. */
#include "boot/manifest_check.h"

#include "base/trace.h"
#include "boot/fdt_reader.h"

/* A sentence about a manifest as a whole: which node is in its text. */
static bool refuse(const struct manifest_party *party,
	struct manifest_error *error, const char *property, const char *why)
{
	return fdt_reader_refuse_file(party->name, error, property, why);
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

bool manifest_region_is(
	const struct manifest_region *a, const struct manifest_region *b)
{
	return a->range.base.v == b->range.base.v &&
	       a->range.pages == b->range.pages;
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
			struct range other = manifest_vm_range(&spmc->vm[v]);

			if (v != party->vm &&
				ranges_overlap(region->range, other))
				return refuse(party, error, "base-address",
					"a region overlaps the memory of "
					"another partition");
		}
	}
	return true;
}

/* The id that the partition will have: its manifest's, or that of its vmN. */
static uint32_t id_of(const struct manifest_party *party)
{
	return party->sp->id >= 0 ? (uint32_t)party->sp->id
				  : MANIFEST_SPMC_ID + 1 + party->vm;
}

const struct manifest_region *manifest_rings(const struct sp_manifest *sp)
{
	for (uint32_t i = 0; i < sp->region_count; i++)
		if (sp->region[i].rings)
			return &sp->region[i];
	return NULL;
}

/* NULL = good, or there is none. */
static const char *bad_rings(
	const struct spmc_manifest *spmc, const struct sp_manifest *sp)
{
	const struct manifest_region *rings = manifest_rings(sp);
	uint32_t count = 0;

	for (uint32_t i = 0; i < sp->region_count; i++)
		count += sp->region[i].rings;
	if (count > 1)
		return "is in two regions";
	if (rings != NULL && rings->range.pages < trace_pages(spmc->cpu_count))
		return "the region is too small: one page, and four for each "
		       "CPU";
	return NULL;
}

bool manifest_check_self(const struct spmc_manifest *spmc,
	const struct manifest_party *party, struct manifest_error *error)
{
	const struct manifest_vm *vm = &spmc->vm[party->vm];
	uint32_t count = party->sp->execution_ctx_count;
	const char *why;

	/*
	 * vcpu_count of the manager's manifest has no say in it. A partition
	 * with fewer contexts than CPUs is busy where it has none.
	 */
	if (count > spmc->cpu_count)
		return refuse(party, error, "execution-ctx-count",
			"is more than there are CPUs");
	if (id_of(party) == spmc->spmc_id)
		return refuse(party, error, "id", "is the manager's");
	if (party->sp->entrypoint_offset >= vm->mem_size)
		return refuse(party, error, "entrypoint-offset",
			"is outside the partition's memory");
	why = bad_rings(spmc, party->sp);
	return why == NULL || refuse(party, error, "escrow,trace-rings", why);
}

/*
 * Two regions that overlap: both must say that they are shared. Both lie in
 * one range of the memory map, so they are of the same kind. NULL = good.
 */
static const char *bad_sharing(
	const struct manifest_region *a, const struct manifest_region *b)
{
	uint32_t either = a->attributes | b->attributes;

	if (!a->shared && !b->shared)
		return "a region overlaps another partition's";
	if (!a->shared || !b->shared)
		return "a region overlaps another partition's, and only one "
		       "of the two says escrow,shared";
	if (!manifest_region_is(a, b))
		return "a region with escrow,shared is not the same range in "
		       "another partition";
	if (either & REGION_WRITE && either & REGION_EXECUTE)
		return "a region with escrow,shared would be written by one "
		       "partition and executed by another";
	return NULL;
}

static const char *bad_regions(
	const struct sp_manifest *a, const struct sp_manifest *b)
{
	for (uint32_t i = 0; i < a->region_count; i++) {
		for (uint32_t j = 0; j < b->region_count; j++) {
			const struct manifest_region *ours = &a->region[i];
			const struct manifest_region *theirs = &b->region[j];
			const char *why = NULL;

			if (ranges_overlap(ours->range, theirs->range))
				why = bad_sharing(ours, theirs);
			if (why != NULL)
				return why;
		}
	}
	return NULL;
}

static bool share_interrupt(
	const struct sp_manifest *a, const struct sp_manifest *b)
{
	for (uint32_t i = 0; i < a->interrupt_count; i++) {
		for (uint32_t j = 0; j < b->interrupt_count; j++) {
			if (a->interrupt[i].intid == b->interrupt[j].intid)
				return true;
		}
	}
	return false;
}

bool manifest_check_pair(const struct manifest_party *party,
	const struct manifest_party *accepted, struct manifest_error *error)
{
	const struct sp_manifest *new = party->sp;
	const struct sp_manifest *old = accepted->sp;
	const char *why;

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
	if (manifest_rings(new) != NULL && manifest_rings(old) != NULL)
		return refuse(party, error, "escrow,trace-rings",
			"another partition has them");
	why = bad_regions(new, old);
	return why == NULL || refuse(party, error, "base-address", why);
}
