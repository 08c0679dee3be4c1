/*
 * Rules that look at more than one node: ranges against the memory map, one
 * partition against the others.
 */
#ifndef BOOT_MANIFEST_CHECK_H
#define BOOT_MANIFEST_CHECK_H

#include "boot/manifest.h"

static inline bool ranges_overlap(struct range a, struct range b)
{
	return a.base.v < range_end(b) && b.base.v < range_end(a);
}

static inline bool range_inside(struct range inner, struct range outer)
{
	return inner.base.v >= outer.base.v &&
	       range_end(inner) <= range_end(outer);
}

/* What the partition was loaded into: its package, and memory behind it. */
static inline struct range manifest_vm_range(const struct manifest_vm *vm)
{
	return (struct range){vm->load_address, vm->mem_size >> PAGE_SHIFT};
}

/* Whether `range` lies in one range of that class of the memory map. */
bool manifest_range_is(const struct spmc_manifest *spmc, struct range range,
	enum memory_class class);

/* Whether they are the same range. */
bool manifest_region_is(
	const struct manifest_region *a, const struct manifest_region *b);

/* The region with escrow,trace-rings, or NULL. */
const struct manifest_region *manifest_rings(const struct sp_manifest *sp);

/* A partition whose manifest has been read, for the checks below. */
struct manifest_party {
	const char *name;
	uint32_t vm; /* index into spmc_manifest.vm[] */
	const struct sp_manifest *sp;
};

/*
 * The regions of `party` against the memory map and against the memory that
 * other partitions were loaded into.
 */
bool MUST_USE manifest_check_regions(const struct spmc_manifest *spmc,
	const struct manifest_party *party, struct manifest_error *error);

/*
 * What of `party` must fit machine, manager and package: contexts, id, entry.
 * A partition may have fewer contexts than there are CPUs, not more.
 */
bool MUST_USE manifest_check_self(const struct spmc_manifest *spmc,
	const struct manifest_party *party, struct manifest_error *error);

/*
 * `party` against one that was accepted before: ids, boot order, interrupts,
 * regions. Services may have UUIDs in common (they are protocols).
 */
bool MUST_USE manifest_check_pair(const struct manifest_party *party,
	const struct manifest_party *accepted, struct manifest_error *error);

#endif
