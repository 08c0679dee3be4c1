/*
 * Memory and device regions of one partition, by themselves, and its RX/TX
 * pair. Where they lie among others is place_check.c's.
 */
#include <string.h>

#include "base/checked.h"
#include "base/trace.h"
#include "lint.h"
#include "partition/mailbox.h"
#include "schema.h"

#define RELATIVE "load-address-relative-offset"

static struct finding *bad_region(const struct sp *sp, fdt_node node,
	const char *property, const char *why)
{
	struct finding *f = dt_report(&sp->tree, RULE_REGION, node, property);

	reason(f, "%s", why);
	return f;
}

/* --- Where it lies ---------------------------------------------------------
 */

/* What offsets are relative to; false: nobody says. */
static bool package_address(const struct sp *sp, uint64_t *address)
{
	if (sp->vm != NULL && sp->vm->has_address) {
		*address = sp->vm->address;
		return true;
	}
	return dt_u64(&sp->tree, FDT_NODE_ROOT, "load-address", address);
}

static bool read_relative(const struct sp *sp, fdt_node node, uint64_t *base)
{
	uint64_t package, offset;

	if (dt_has(&sp->tree, node, "base-address")) {
		advise(bad_region(sp, node, RELATIVE, "excludes base-address"),
			"drop one of the two");
		return false;
	}
	if (!dt_u64(&sp->tree, node, RELATIVE, &offset) ||
		!package_address(sp, &package))
		return false;
	if (add_u64(package, offset, base))
		return true;
	advise(bad_region(sp, node, RELATIVE, "wraps the address space"),
		"write an offset from the package's load address");
	return false;
}

static bool read_base(
	const struct sp *sp, fdt_node node, bool device, uint64_t *base)
{
	struct finding *f;

	if (dt_has(&sp->tree, node, RELATIVE)) {
		if (!device)
			return read_relative(sp, node, base);
		advise(bad_region(
			       sp, node, RELATIVE, "is not for device regions"),
			"write base-address");
		return false;
	}
	if (!dt_has(&sp->tree, node, "base-address")) {
		f = dt_report(
			&sp->tree, RULE_PROPERTY_MISSING, node, "base-address");
		reason(f, "is missing: the manager chooses no address by "
			  "itself");
		advise(f, "add, for example: base-address = <0x0 0x0e600000>;");
		return false;
	}
	return dt_u64(&sp->tree, node, "base-address", base);
}

/* The property that says where the region is. */
static const char *place_property(const struct sp *sp, fdt_node node)
{
	return dt_has(&sp->tree, node, RELATIVE) ? RELATIVE : "base-address";
}

static void read_place(
	const struct sp *sp, fdt_node node, struct lint_region *region)
{
	const char *place = place_property(sp, node);
	uint64_t base, end;
	uint32_t pages;
	bool good = read_base(sp, node, region->device, &base);

	if (good && base & PAGE_MASK) {
		advise(bad_region(sp, node, place, "is not page aligned"),
			"write a multiple of 0x1000");
		good = false;
	}
	if (!dt_u32(&sp->tree, node, "pages-count", &pages))
		return;
	if (pages == 0) {
		advise(bad_region(sp, node, "pages-count", "is zero"),
			"write how many pages of 4 KiB the region has");
		return;
	}
	if (!good)
		return;
	if (!add_u64(base, (uint64_t)pages << PAGE_SHIFT, &end)) {
		advise(bad_region(sp, node, place, "wraps the address space"),
			"write a lower address, or fewer pages");
		return;
	}
	region->range = (struct range){paddr(base), pages};
	region->has_range = true;
}

/* --- What it allows --------------------------------------------------------
 */

static void read_attributes(
	const struct sp *sp, fdt_node node, struct lint_region *region)
{
	const char *name = "attributes";
	const char *why;
	struct finding *f;

	region->has_attributes =
		dt_u32(&sp->tree, node, name, &region->attributes);
	if (!region->has_attributes)
		return;
	why = manifest_regions_bad_attributes(
		sp->is_el0, region->device, region->attributes);
	if (why != NULL) {
		f = dt_report(&sp->tree, RULE_ATTRIBUTES, node, name);
		reason(f, "0x%x %s", region->attributes, why);
		advise(f, "1 reads, 3 reads and writes, 5 reads and executes; "
			  "and 8 where the memory is non-secure");
	} else if ((region->attributes & (REGION_WRITE | REGION_EXECUTE)) ==
		   (REGION_WRITE | REGION_EXECUTE)) {
		f = dt_report(&sp->tree, RULE_WRITE_EXECUTE, node, name);
		reason(f, "0x%x allows to write and to execute",
			region->attributes);
		advise(f, "write 3 for data and 5 for code, in two regions");
	}
}

static void check_streams(const struct sp *sp, fdt_node node)
{
	const char *access = "stream-ids-access-permissions";
	const struct property_rule rule = {.name = access, .type = VALUE_CELLS};
	struct fdt_cells streams, rights;
	struct finding *f;

	if (!dt_cells(&sp->tree, node, "stream-ids", &streams))
		return;
	if (!dt_has(&sp->tree, node, "smmu-id")) {
		f = dt_report(&sp->tree, RULE_STREAMS, node, "smmu-id");
		reason(f, "is missing, but stream-ids needs it");
		advise(f, "add, for example: smmu-id = <0>;");
	}
	if (!schema_check_property(&sp->tree, node, &rule) ||
		!dt_cells(&sp->tree, node, access, &rights) ||
		rights.count == streams.count)
		return;
	f = dt_report(&sp->tree, RULE_STREAMS, node, access);
	reason(f, "has %u values for %u stream ids; it must be one a stream id",
		rights.count, streams.count);
	advise(f, "write one value a stream id");
}

/* --- Regions that are the manager's ----------------------------------------
 */

static void bad_purpose(const struct sp *sp, fdt_node node, enum rule rule,
	const char *why, const char *advice)
{
	bool rings = rule == RULE_TRACE_RINGS;
	struct finding *f = dt_report(&sp->tree, rule, node,
		rings ? "escrow,trace-rings" : "escrow,shared");

	reason(f, "%s", why);
	advise(f, "%s", advice);
}

static void read_purpose(
	const struct sp *sp, fdt_node node, struct lint_region *region)
{
	region->shared = dt_has(&sp->tree, node, "escrow,shared");
	region->rings = dt_has(&sp->tree, node, "escrow,trace-rings");
	if (region->shared && region->device)
		bad_purpose(sp, node, RULE_REGION_SHARED,
			"is not for device regions",
			"drop it: a device is one partition's");
	if (!region->rings)
		return;
	if (region->device)
		bad_purpose(sp, node, RULE_TRACE_RINGS,
			"is not for device regions",
			"write it in a memory region");
	if (region->shared)
		bad_purpose(sp, node, RULE_TRACE_RINGS,
			"does not go with escrow,shared",
			"drop one of the two: one partition reads the rings");
	if (region->has_attributes && region->attributes != REGION_READ)
		bad_purpose(sp, node, RULE_TRACE_RINGS,
			"is for secure memory that is read-only",
			"write attributes = <1>");
}

static const struct lint_region *find_rings(const struct sp *sp, unsigned from)
{
	for (unsigned i = from; i < sp->region_count; i++)
		if (sp->region[i].rings)
			return &sp->region[i];
	return NULL;
}

static void check_rings(const struct lint *lint, const struct sp *sp)
{
	const struct lint_region *rings = find_rings(sp, 0);
	uint64_t pages = trace_pages(lint->spmc.cpu_count);
	const struct lint_region *more;
	struct finding *f;

	if (rings == NULL)
		return;
	more = find_rings(sp, (unsigned)(rings - sp->region) + 1);
	if (more != NULL)
		bad_purpose(sp, more->node, RULE_TRACE_RINGS,
			"is in two regions", "drop one of them");
	if (!rings->has_range || rings->range.pages >= pages)
		return;
	f = dt_report(&sp->tree, RULE_TRACE_RINGS, rings->node, "pages-count");
	reason(f, "is %llu, but the rings of %u processors need %llu",
		(unsigned long long)rings->range.pages, lint->spmc.cpu_count,
		(unsigned long long)pages);
	advise(f, "write pages-count = <%llu>", (unsigned long long)pages);
}

/* --- Devices that are not the partition's own ------------------------------
 */

static void check_device(const struct lint *lint, const struct sp *sp,
	const struct lint_region *region)
{
	const char *name = "base-address";
	struct finding *f;

	if (!region->has_range)
		return;
	if (ranges_overlap(region->range, lint->machine->console)) {
		f = dt_report(&sp->tree, RULE_CONSOLE, region->node, name);
		reason(f, "is the serial port on which the manager writes, "
			  "too");
		advise(f, "do so where the lines of both may mix");
	}
	if (!ranges_overlap(region->range, lint->machine->interrupts))
		return;
	f = dt_report(&sp->tree, RULE_INTERRUPT_CONTROLLER, region->node, name);
	reason(f,
		"is the machine's interrupt controller (%s): the partition "
		"could stop all others",
		range_text(lint->machine->interrupts).text);
	advise(f, "leave it to the manager");
}

/* --- All regions -----------------------------------------------------------
 */

static void check_region(
	struct lint *lint, struct sp *sp, fdt_node node, bool device)
{
	struct lint_region region = {.node = node, .device = device};

	schema_check(&sp->tree, node,
		device ? &schema_device_region : &schema_memory_region);
	read_place(sp, node, &region);
	read_attributes(sp, node, &region);
	region.phandle = fdt_reader_phandle(
		&(struct fdt_reader){sp->tree.fdt, "", NULL}, node);
	read_purpose(sp, node, &region);
	check_streams(sp, node);
	if (device) {
		check_device(lint, sp, &region);
		interrupts_check(lint, sp, node);
	}
	if (sp->region_count < LINT_REGIONS_MAX)
		sp->region[sp->region_count++] = region;
}

/* Returns how many regions there are. */
static unsigned check_group(
	struct lint *lint, struct sp *sp, const char *compatible, bool device)
{
	fdt_node group = dt_compatible(&sp->tree, compatible);
	unsigned count = 0;

	if (group < 0)
		return 0;
	schema_check(&sp->tree, group, &schema_group);
	for (fdt_node node = dt_first(&sp->tree, group); node >= 0;
		node = dt_next(&sp->tree, node)) {
		check_region(lint, sp, node, device);
		count++;
	}
	if (count == 0) {
		struct finding *f =
			dt_report(&sp->tree, RULE_NODE_MISSING, group, NULL);

		reason(f, "has no region");
		advise(f, "add a child with base-address, pages-count and "
			  "attributes, or drop the node");
	}
	return count;
}

static void check_count(const struct sp *sp, unsigned regions)
{
	struct finding *f;

	if (regions > MANIFEST_REGIONS_MAX) {
		f = dt_report(&sp->tree, RULE_TOO_MANY, FDT_NODE_ROOT, NULL);
		reason(f, "has %u regions; the manager can hold %u", regions,
			MANIFEST_REGIONS_MAX);
		advise(f, "put regions together that meet and allow the same");
	}
	if (sp->interrupt_count > PARTITION_INTERRUPTS_MAX) {
		f = dt_report(&sp->tree, RULE_TOO_MANY, FDT_NODE_ROOT, NULL);
		reason(f, "has %u interrupts; the manager can hold %u",
			sp->interrupt_count, PARTITION_INTERRUPTS_MAX);
		advise(f, "drop some: they have no effect in this version");
	}
}

void regions_check(struct lint *lint, struct sp *sp)
{
	unsigned count =
		check_group(lint, sp, "arm,ffa-manifest-memory-regions", false);

	count += check_group(lint, sp, "arm,ffa-manifest-device-regions", true);
	check_count(sp, count);
	check_rings(lint, sp);
	buffers_check(sp);
}
