/*
 * Memory and device regions of a partition, its interrupts and its RX/TX
 * pair. Spec: FF-A 1.2 §5.2.3 to §5.2.5; rules: spec/05 §4 to §7.
 */
#include "boot/manifest_sp.h"

#include "base/checked.h"
#include "boot/manifest_check.h"

#define INTERRUPT_CELLS 2   /* id, attributes */
#define INTERRUPT_FIRST 16u /* below are those between processors */
#define INTERRUPT_END 1020u
#define TARGET_CELLS 3 /* id, MPIDR high, MPIDR low */

/* phandles of the regions read so far: rx_tx-info refers to them. */
struct region_handles {
	uint32_t of[MANIFEST_REGIONS_MAX];
};

/* --- Addresses and rights --------------------------------------------------
 */

static bool read_base(
	const struct sp_reader *r, fdt_node node, bool device, uint64_t *base)
{
	const char *relative = "load-address-relative-offset";
	bool has_offset = fdt_reader_has(&r->fdt, node, relative);
	uint64_t offset;

	if (device && has_offset)
		return fdt_reader_refuse(
			&r->fdt, node, relative, "is not for device regions");
	if (!has_offset)
		return fdt_reader_u64(&r->fdt, node, "base-address", base);
	if (fdt_reader_has(&r->fdt, node, "base-address"))
		return fdt_reader_refuse(
			&r->fdt, node, relative, "excludes base-address");
	if (!fdt_reader_u64(&r->fdt, node, relative, &offset))
		return false;
	if (!add_u64(r->package.v, offset, base))
		return fdt_reader_refuse(
			&r->fdt, node, relative, "wraps the address space");
	return true;
}

static bool read_range(const struct sp_reader *r, fdt_node node, bool device,
	struct range *out)
{
	const char *name = "base-address";
	uint64_t base, end;
	uint32_t pages;

	if (!read_base(r, node, device, &base) ||
		!fdt_reader_u32(&r->fdt, node, "pages-count", &pages))
		return false;
	if (base & PAGE_MASK)
		return fdt_reader_refuse(
			&r->fdt, node, name, "is not page aligned");
	if (pages == 0)
		return fdt_reader_refuse(
			&r->fdt, node, "pages-count", "is zero");
	/* 32 bits of pages shifted by 12 fit 64 bits. */
	if (!add_u64(base, (uint64_t)pages << PAGE_SHIFT, &end))
		return fdt_reader_refuse(
			&r->fdt, node, name, "wraps the address space");
	*out = (struct range){paddr(base), pages};
	for (uint32_t i = 0; i < r->out->region_count; i++) {
		if (ranges_overlap(*out, r->out->region[i].range))
			return fdt_reader_refuse(
				&r->fdt, node, name, "overlaps another region");
	}
	return true;
}

const char *manifest_regions_bad_attributes(
	bool is_el0, bool device, uint32_t attributes)
{
	uint32_t rights = attributes & ~REGION_NS;

	if (rights & ~(REGION_READ | REGION_WRITE | REGION_EXECUTE))
		return "has a reserved bit set";
	if (!(rights & REGION_READ))
		return "must allow reading";
	if (!(rights & REGION_EXECUTE))
		return NULL;
	if (device)
		return "must not allow executing from a device";
	if (attributes & REGION_NS)
		return "must not allow executing non-secure memory";
	if (rights & REGION_WRITE && is_el0)
		return "must not allow an S-EL0 partition to write and execute";
	return NULL;
}

static bool read_attributes(const struct sp_reader *r, fdt_node node,
	bool device, uint32_t *attributes)
{
	const char *why;

	if (!fdt_reader_u32(&r->fdt, node, "attributes", attributes))
		return false;
	why = manifest_regions_bad_attributes(r->is_el0, device, *attributes);
	return !why || fdt_reader_refuse(&r->fdt, node, "attributes", why);
}

/* --- Streams: refused later with a reason; here only nonsense --------------
 */

static bool check_streams(const struct sp_reader *r, fdt_node node)
{
	const char *access = "stream-ids-access-permissions";
	struct fdt_cells streams, rights;

	if (!fdt_reader_has(&r->fdt, node, "stream-ids"))
		return true;
	if (!fdt_reader_cells(&r->fdt, node, "stream-ids", &streams))
		return false;
	if (!fdt_reader_has(&r->fdt, node, "smmu-id"))
		return fdt_reader_refuse(&r->fdt, node, "smmu-id",
			"is missing, but stream-ids needs it");
	if (!fdt_reader_has(&r->fdt, node, access))
		return true;
	if (!fdt_reader_cells(&r->fdt, node, access, &rights))
		return false;
	if (rights.count != streams.count)
		return fdt_reader_refuse(
			&r->fdt, node, access, "must be one value a stream id");
	return true;
}

/* --- Interrupts ------------------------------------------------------------
 */

static struct partition_interrupt *find_interrupt(
	struct sp_manifest *sp, uint32_t first, uint32_t id)
{
	for (uint32_t i = first; i < sp->interrupt_count; i++) {
		if (sp->interrupt[i].intid == id)
			return &sp->interrupt[i];
	}
	return NULL;
}

static bool read_targets(
	const struct sp_reader *r, fdt_node node, uint32_t first_own)
{
	const char *name = "interrupts-target";
	struct fdt_cells targets;

	if (!fdt_reader_has(&r->fdt, node, name))
		return true;
	if (!fdt_reader_cells(&r->fdt, node, name, &targets))
		return false;
	if (targets.count % TARGET_CELLS != 0)
		return fdt_reader_refuse(
			&r->fdt, node, name, "is not three cells an interrupt");
	for (uint32_t i = 0; i < targets.count; i += TARGET_CELLS) {
		struct partition_interrupt *interrupt = find_interrupt(
			r->out, first_own, fdt_cells_u32(targets, i));

		if (interrupt == NULL)
			return fdt_reader_refuse(&r->fdt, node, name,
				"names an interrupt that is not in interrupts");
		interrupt->target = (uint64_t)fdt_cells_u32(targets, i + 1)
					    << 32 |
				    fdt_cells_u32(targets, i + 2);
	}
	return true;
}

static bool read_interrupts(const struct sp_reader *r, fdt_node node)
{
	struct sp_manifest *out = r->out;
	uint32_t first_own = out->interrupt_count;
	struct fdt_cells list = {NULL, 0};

	if (fdt_reader_has(&r->fdt, node, "interrupts") &&
		!fdt_reader_cells(&r->fdt, node, "interrupts", &list))
		return false;
	if (list.count % INTERRUPT_CELLS != 0)
		return fdt_reader_refuse(&r->fdt, node, "interrupts",
			"is not two cells an interrupt");
	for (uint32_t i = 0; i < list.count; i += INTERRUPT_CELLS) {
		uint32_t id = fdt_cells_u32(list, i);

		if (id < INTERRUPT_FIRST || id >= INTERRUPT_END)
			return fdt_reader_refuse(&r->fdt, node, "interrupts",
				"has a number that no device has");
		if (find_interrupt(out, 0, id) != NULL)
			return fdt_reader_refuse(&r->fdt, node, "interrupts",
				"has an interrupt twice");
		if (out->interrupt_count == PARTITION_INTERRUPTS_MAX)
			return fdt_reader_refuse(&r->fdt, node, "interrupts",
				"has one more than the manager can hold");
		out->interrupt[out->interrupt_count++] =
			(struct partition_interrupt){
				.intid = id,
				.attributes = fdt_cells_u32(list, i + 1),
				.target = INTERRUPT_ANY_CPU,
			};
	}
	return read_targets(r, node, first_own);
}

/* --- Regions ---------------------------------------------------------------
 */

/* The manager's, for partitions to look at or to have in common. */
static bool read_purpose(const struct sp_reader *r, fdt_node node,
	struct manifest_region *region)
{
	const char *rings = "escrow,trace-rings";

	if (!fdt_reader_flag(&r->fdt, node, "escrow,shared", &region->shared) ||
		!fdt_reader_flag(&r->fdt, node, rings, &region->rings))
		return false;
	if (region_is_managers(region) && region->device)
		return fdt_reader_refuse(&r->fdt, node,
			region->rings ? rings : "escrow,shared",
			"is not for device regions");
	if (region->rings && region->shared)
		return fdt_reader_refuse(
			&r->fdt, node, rings, "does not go with escrow,shared");
	if (region->rings && region->attributes != REGION_READ)
		return fdt_reader_refuse(&r->fdt, node, rings,
			"is for secure memory that is read-only");
	return true;
}

static bool read_region(const struct sp_reader *r, fdt_node node, bool device,
	struct region_handles *handles)
{
	struct sp_manifest *out = r->out;
	struct manifest_region new = {.device = device};

	if (out->region_count == MANIFEST_REGIONS_MAX)
		return fdt_reader_refuse(&r->fdt, node, NULL,
			"is one region more than the manager can hold");
	if (!read_range(r, node, device, &new.range) ||
		!read_attributes(r, node, device, &new.attributes) ||
		!read_purpose(r, node, &new) || !check_streams(r, node))
		return false;
	if (device && !read_interrupts(r, node))
		return false;
	handles->of[out->region_count] = fdt_reader_phandle(&r->fdt, node);
	out->region[out->region_count++] = new;
	return true;
}

static bool read_group(const struct sp_reader *r, const char *compatible,
	bool device, struct region_handles *handles)
{
	fdt_node group =
		fdt_reader_child_compatible(&r->fdt, FDT_NODE_ROOT, compatible);
	fdt_node node;

	if (group < 0)
		return true;
	node = fdt_reader_first_child(&r->fdt, group);
	if (node < 0)
		return fdt_reader_refuse(&r->fdt, group, NULL, "has no region");
	for (; node >= 0; node = fdt_reader_next_child(&r->fdt, node)) {
		if (!read_region(r, node, device, handles))
			return false;
	}
	return true;
}

/* --- The RX/TX pair --------------------------------------------------------
 */

/* The region that the phandle in `property` refers to. */
static bool find_buffer(const struct sp_reader *r, fdt_node node,
	const char *property, const struct region_handles *handles,
	int32_t *index)
{
	uint32_t handle;

	if (!fdt_reader_u32(&r->fdt, node, property, &handle))
		return false;
	for (uint32_t i = 0; handle != 0 && i < r->out->region_count; i++) {
		if (handles->of[i] != handle || r->out->region[i].device)
			continue;
		*index = (int32_t)i;
		return true;
	}
	return fdt_reader_refuse(
		&r->fdt, node, property, "refers to no memory region");
}

static bool read_buffers(
	const struct sp_reader *r, const struct region_handles *handles)
{
	struct sp_manifest *out = r->out;
	fdt_node node = fdt_reader_child_compatible(
		&r->fdt, FDT_NODE_ROOT, "arm,ffa-manifest-rx_tx-buffer");

	out->rx_region = -1;
	out->tx_region = -1;
	if (node < 0)
		return true;
	if (!find_buffer(r, node, "rx-buffer", handles, &out->rx_region) ||
		!find_buffer(r, node, "tx-buffer", handles, &out->tx_region))
		return false;
	if (out->rx_region == out->tx_region)
		return fdt_reader_refuse(
			&r->fdt, node, "tx-buffer", "is the RX buffer, too");
	if (out->region[out->rx_region].range.pages !=
		out->region[out->tx_region].range.pages)
		return fdt_reader_refuse(&r->fdt, node, "tx-buffer",
			"has another size than the RX buffer");
	if (region_is_managers(&out->region[out->rx_region]) ||
		region_is_managers(&out->region[out->tx_region]))
		return fdt_reader_refuse(&r->fdt, node, "tx-buffer",
			"a region that is the manager's cannot be a buffer");
	if (!(out->region[out->tx_region].attributes & REGION_WRITE))
		return fdt_reader_refuse(&r->fdt, node, "tx-buffer",
			"is not writable by the partition");
	return true;
}

bool manifest_regions_read(const struct sp_reader *r)
{
	struct region_handles handles;

	return read_group(
		       r, "arm,ffa-manifest-memory-regions", false, &handles) &&
	       read_group(
		       r, "arm,ffa-manifest-device-regions", true, &handles) &&
	       read_buffers(r, &handles);
}
