/*
 * The memory map of the manager's manifest: range against range, and against
 * what the machine has where.
 */
#include "spmc_check.h"

#include <string.h>

#include "base/checked.h"
#include "schema.h"

/* --- Memory map ------------------------------------------------------------
 */

struct widths {
	uint32_t address;
	uint32_t size;
};

static bool read_width(
	const struct dt *tree, const char *property, uint32_t *width)
{
	if (!dt_has(tree, FDT_NODE_ROOT, property))
		return true;
	if (!dt_u32(tree, FDT_NODE_ROOT, property, width))
		return false;
	if (*width >= 1 && *width <= 2)
		return true;
	advise(schema_bad_value(
		       tree, FDT_NODE_ROOT, property, "must be 1 or 2"),
		"write %s = <2>", property);
	return false;
}

static struct finding *bad_range(
	struct spmc *spmc, fdt_node node, const char *why)
{
	struct finding *f = dt_report(&spmc->tree, RULE_RANGE, node, "reg");

	spmc->has_map = false;
	reason(f, "%s", why);
	return f;
}

/* Where ranges meet there is an entry too much, or one too long. */
static void check_overlap(const struct spmc *spmc, const struct lint_range *new)
{
	for (unsigned i = 0; i < spmc->range_count; i++) {
		const struct lint_range *old = &spmc->range[i];
		struct finding *f;

		if (!ranges_overlap(old->range, new->range))
			continue;
		f = dt_report(
			&spmc->tree, RULE_RANGE_OVERLAP, new->node, "reg");
		reason(f, "%s (%s) overlaps %s (%s) of %s",
			range_text(new->range).text, class_name(new->class),
			range_text(old->range).text, class_name(old->class),
			dt_path(&spmc->tree, old->node).text);
		advise(f, "let the two ranges have no page in common");
	}
}

static void check_range(
	struct spmc *spmc, struct lint_range new, uint64_t base, uint64_t size)
{
	uint64_t end;

	if ((base | size) & PAGE_MASK)
		advise(bad_range(spmc, new.node, "is not page aligned"),
			"address and size are multiples of 0x1000");
	else if (size == 0)
		advise(bad_range(spmc, new.node, "has an empty range"),
			"drop it, or give it a size");
	else if (!add_u64(base, size, &end))
		advise(bad_range(spmc, new.node, "wraps the address space"),
			"make the range smaller");
	else if (end > S2_ADDRESS_END)
		advise(bad_range(spmc, new.node,
			       "is above 512 GiB, where no table reaches"),
			"leave memory above 512 GiB out");
	else {
		new.range = lint_range(base, size);
		check_overlap(spmc, &new);
		if (spmc->range_count < LINT_RANGES_MAX)
			spmc->range[spmc->range_count++] = new;
	}
}

static void check_reg(struct spmc *spmc, fdt_node node,
	const struct widths *widths, enum memory_class class)
{
	struct lint_range new = {.node = node, .class = class};
	uint32_t stride = widths->address + widths->size;
	struct fdt_cells reg;

	if (!dt_cells(&spmc->tree, node, "reg", &reg)) {
		spmc->has_map = false;
		return;
	}
	if (reg.count % stride != 0) {
		struct finding *f = bad_range(
			spmc, node, "is not a list of address and size");

		advise(f,
			"write %u cells a range, as #address-cells and "
			"#size-cells of the root say",
			stride);
		return;
	}
	for (uint32_t i = 0; i < reg.count; i += stride)
		check_range(spmc, new, fdt_cells_u64(reg, i, widths->address),
			fdt_cells_u64(reg, i + widths->address, widths->size));
}

static const char *const memory_types[] = {
	[MEMORY_SECURE] = "memory",
	[MEMORY_NS] = "ns-memory",
	[MEMORY_SECURE_DEVICE] = "device-memory",
	[MEMORY_NS_DEVICE] = "ns-device-memory",
};

static int memory_class(const struct dt *tree, fdt_node node)
{
	struct fdt_reader r = dt_reader(tree, NULL);

	for (unsigned i = 0; i < ARRAY_COUNT(memory_types); i++)
		if (fdt_reader_string_is(
			    &r, node, "device_type", memory_types[i]))
			return (int)i;
	return -1;
}

static void tell_memory_type(const struct dt *tree, fdt_node node)
{
	struct finding *f =
		dt_report(tree, RULE_MEMORY_TYPE, node, "device_type");

	reason(f, "is none that is known, so the node is not read");
	advise(f, "write \"memory\" (secure), \"ns-memory\", "
		  "\"device-memory\" or \"ns-device-memory\"");
}

static bool has_class(const struct spmc *spmc, enum memory_class class)
{
	for (unsigned i = 0; i < spmc->range_count; i++)
		if (spmc->range[i].class == class)
			return true;
	return false;
}

static void check_memory_classes(const struct spmc *spmc)
{
	struct finding *f;

	if (!has_class(spmc, MEMORY_SECURE)) {
		f = dt_report(
			&spmc->tree, RULE_NODE_MISSING, FDT_NODE_ROOT, NULL);
		reason(f, "names no secure memory");
		advise(f, "add a node with device_type = \"memory\" and the "
			  "ranges of the manager and its partitions in reg");
	}
	if (!has_class(spmc, MEMORY_NS)) {
		f = dt_report(
			&spmc->tree, RULE_NO_NS_MEMORY, FDT_NODE_ROOT, NULL);
		reason(f, "names no memory of the normal world, so nothing of "
			  "it can be shared with a partition");
		advise(f, "add a node with device_type = \"ns-memory\"");
	}
	if (spmc->range_count > MANIFEST_RANGES_MAX) {
		f = dt_report(&spmc->tree, RULE_TOO_MANY, FDT_NODE_ROOT, NULL);
		reason(f, "has %u memory ranges; the manager can hold %u",
			spmc->range_count, MANIFEST_RANGES_MAX);
		advise(f, "put ranges together that meet");
	}
}

static bool has_memory_name(const struct dt *tree, fdt_node node)
{
	return strstr(dt_name(tree, node), "memory") != NULL;
}

bool memory_is_node(const struct dt *tree, fdt_node node)
{
	return memory_class(tree, node) >= 0 || has_memory_name(tree, node);
}

static void check_nodes(struct lint *lint)
{
	struct spmc *spmc = &lint->spmc;
	const struct dt *tree = &spmc->tree;
	struct widths widths = {2, 2};
	bool good = read_width(tree, "#address-cells", &widths.address);
	fdt_node node;

	good = read_width(tree, "#size-cells", &widths.size) && good;
	spmc->has_map = good;
	for (node = dt_first(tree, FDT_NODE_ROOT); node >= 0;
		node = dt_next(tree, node)) {
		int class = memory_class(tree, node);

		if (class < 0 && has_memory_name(tree, node))
			tell_memory_type(tree, node);
		if (class < 0)
			continue;
		schema_check(tree, node, &schema_memory);
		if (good)
			check_reg(
				spmc, node, &widths, (enum memory_class) class);
	}
	if (good)
		check_memory_classes(spmc);
}

/* --- The map and the machine -----------------------------------------------
 */

static void check_firmware(
	const struct lint *lint, const struct lint_range *range)
{
	const struct dt *tree = &lint->spmc.tree;
	struct finding *f;

	if (ranges_overlap(range->range, lint->machine->firmware)) {
		f = dt_report(tree, RULE_FIRMWARE_MEMORY, range->node, "reg");
		reason(f,
			"%s contains memory of the firmware (%s), which "
			"nothing protects from the manager",
			range_text(range->range).text,
			range_text(lint->machine->firmware).text);
		advise(f, "begin at 0x%08llx",
			(unsigned long long)range_end(lint->machine->firmware));
	} else if (range->class == MEMORY_SECURE &&
		   !range_inside(range->range, lint->machine->secure)) {
		f = dt_report(tree, RULE_MACHINE_MEMORY, range->node, "reg");
		reason(f, "%s is not inside the secure memory of %s, %s",
			range_text(range->range).text, lint->machine->name,
			range_text(lint->machine->secure).text);
		advise(f, "stay inside, or know your machine better");
	}
}

static void check_image(const struct lint *lint, const struct lint_range *range)
{
	const struct spmc *spmc = &lint->spmc;
	struct finding *f;

	if (range->class == MEMORY_SECURE ||
		!ranges_overlap(range->range, spmc->image))
		return;
	f = dt_report(&spmc->tree, RULE_IMAGE_NS, range->node, "reg");
	reason(f, "the manager's image (%s) lies in %s",
		range_text(spmc->image).text, class_name(range->class));
	advise(f, "name the memory around the manager in a node with "
		  "device_type = \"memory\"");
}

/*
 * Translation tables that the manager needs for itself: one for every GiB and
 * one for every 2 MiB of which it maps a part.
 */
struct tables {
	unsigned count;
	uint64_t unit[2 *
		      (2 * LINT_RANGES_MAX + 4)]; /* with its size in bit 0 */
};

static void need_table(struct tables *tables, uint64_t at, unsigned shift)
{
	uint64_t unit = (at >> shift) << 1 | (shift == 30);

	for (unsigned i = 0; i < tables->count; i++)
		if (tables->unit[i] == unit)
			return;
	if (tables->count < ARRAY_COUNT(tables->unit))
		tables->unit[tables->count++] = unit;
}

static void need_edge(struct tables *tables, uint64_t at, uint64_t inside)
{
	if (at & ((1ull << 30) - 1))
		need_table(tables, inside, 30);
	if (at & ((1ull << 21) - 1))
		need_table(tables, inside, 21);
}

static void need_range(struct tables *tables, struct range range)
{
	uint64_t end = range_end(range);

	need_edge(tables, range.base.v, range.base.v);
	need_edge(tables, end, end - 1);
}

static void check_tables(const struct lint *lint)
{
	const struct spmc *spmc = &lint->spmc;
	struct tables tables = {0};
	struct finding *f;

	need_range(&tables, spmc->image);
	need_range(&tables, lint->machine->console);
	for (unsigned i = 0; i < spmc->range_count; i++)
		if (spmc->range[i].class == MEMORY_SECURE ||
			spmc->range[i].class == MEMORY_NS)
			need_range(&tables, spmc->range[i].range);
	if (tables.count <= lint->machine->table_count)
		return;
	f = dt_report(&spmc->tree, RULE_TABLES, FDT_NODE_ROOT, NULL);
	reason(f,
		"the memory map needs %u translation tables of the manager's "
		"own; it has %u",
		tables.count, lint->machine->table_count);
	advise(f, "let ranges begin and end at multiples of 2 MiB, or better "
		  "of 1 GiB");
}

void memory_check(struct lint *lint)
{
	const struct spmc *spmc = &lint->spmc;

	check_nodes(lint);
	for (unsigned i = 0; i < spmc->range_count; i++) {
		check_firmware(lint, &spmc->range[i]);
		check_image(lint, &spmc->range[i]);
	}
	check_tables(lint);
}
