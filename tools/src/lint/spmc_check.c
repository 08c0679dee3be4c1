/*
 * The manager's manifest: all that is wrong with it, read into lint->spmc on
 * the way. The manager itself and the processors; spmc_memory.c has the memory
 * map, spmc_vms.c the partitions.
 */
#include "spmc_check.h"

#include <string.h>

#include "schema.h"

/* --- The node `attribute` --------------------------------------------------
 */

fdt_node spmc_need_node(
	const struct dt *tree, const char *name, const char *advice)
{
	fdt_node node = dt_child(tree, FDT_NODE_ROOT, name);
	struct finding *f;

	if (node >= 0)
		return node;
	f = dt_report(tree, RULE_NODE_MISSING, FDT_NODE_ROOT, NULL);
	reason(f, "has no node %s", name);
	advise(f, "%s", advice);
	return node;
}

static void check_bounds(const struct dt *tree, fdt_node node,
	const char *property, uint32_t max, const char *why)
{
	uint32_t value;

	if (dt_u32(tree, node, property, &value) && value > max)
		advise(schema_bad_value(tree, node, property, why),
			"write %s = <%u>", property, max);
}

static void check_version(const struct dt *tree, fdt_node node)
{
	uint32_t major;

	if (dt_u32(tree, node, "maj_ver", &major) && major != 1)
		advise(schema_bad_value(tree, node, "maj_ver", "must be 1"),
			"write maj_ver = <1>");
	check_bounds(tree, node, "min_ver", 2, "must be 2 or less");
	check_bounds(tree, node, "exec_state", 0, "must be 0 (AArch64)");
}

static void check_id(struct spmc *spmc)
{
	fdt_node node = spmc->attribute;

	if (!dt_u32(&spmc->tree, node, "spmc_id", &spmc->id))
		return;
	spmc->has_id = true;
	if (!(spmc->id & MANIFEST_SPMC_ID) || spmc->id > UINT16_MAX)
		advise(schema_bad_value(&spmc->tree, node, "spmc_id",
			       "must have bit 15 set and fit 16 bits"),
			"write spmc_id = <0x8000>");
}

/*
 * The firmware takes the manager's second entry only inside of what these two
 * say, and the address only as two cells.
 */
static void check_window(struct lint *lint)
{
	const struct spmc *spmc = &lint->spmc;
	const struct machine *machine = lint->machine;
	uint64_t image = spmc->image.pages << PAGE_SHIFT;
	const char *name = "load_address";
	struct fdt_cells cells;
	uint32_t size = 0;
	struct finding *f;

	if (!dt_cells(&spmc->tree, spmc->attribute, name, &cells) ||
		cells.count != 2 ||
		fdt_cells_u64(cells, 0, 2) != spmc->image.base.v) {
		f = dt_report(
			&spmc->tree, RULE_SPMC_WINDOW, spmc->attribute, name);
		reason(f,
			"is not 0x%08llx in two cells, so the firmware refuses "
			"the entry of further processors",
			(unsigned long long)spmc->image.base.v);
		advise(f,
			"write load_address = <0x%x 0x%08x>; on %s the image "
			"runs only there",
			(unsigned)(spmc->image.base.v >> 32),
			(unsigned)spmc->image.base.v, machine->name);
	}
	name = "binary_size";
	if (!dt_u32(&spmc->tree, spmc->attribute, name, &size) || size == 0) {
		f = dt_report(
			&spmc->tree, RULE_SPMC_WINDOW, spmc->attribute, name);
		reason(f, "is not one number above zero, so the firmware "
			  "refuses the entry of further processors");
		advise(f, "write binary_size = <0x100000>");
	} else if (size < image) {
		f = dt_report(
			&spmc->tree, RULE_SPMC_SIZE, spmc->attribute, name);
		reason(f, "is 0x%x, but the image takes 0x%llx bytes", size,
			(unsigned long long)image);
		advise(f, "write binary_size = <0x%llx>",
			(unsigned long long)((image | 0xfffff) + 1));
	}
}

static void check_attribute(struct lint *lint)
{
	struct spmc *spmc = &lint->spmc;

	spmc->attribute = spmc_need_node(&spmc->tree, "attribute",
		"add: attribute { spmc_id = <0x8000>; maj_ver = <1>; "
		"min_ver = <2>; ... };");
	if (spmc->attribute < 0)
		return;
	schema_check(&spmc->tree, spmc->attribute, &schema_attribute);
	check_id(spmc);
	check_version(&spmc->tree, spmc->attribute);
	check_window(lint);
}

/* --- Processors ------------------------------------------------------------
 */

static void check_cpu(struct spmc *spmc, fdt_node node)
{
	const struct dt *tree = &spmc->tree;
	uint64_t mpidr;
	struct finding *f;

	schema_check(tree, node, &schema_cpu);
	if (!dt_u64(tree, node, "reg", &mpidr))
		return;
	for (unsigned i = 0; i < spmc->cpu_count; i++) {
		if (spmc->mpidr[i] != mpidr)
			continue;
		f = dt_report(tree, RULE_CPU_TWICE, node, "reg");
		reason(f, "names a CPU twice: 0x%llx",
			(unsigned long long)mpidr);
		advise(f, "give every processor its own MPIDR");
		return;
	}
	if (spmc->cpu_count < LINT_CPUS_MAX)
		spmc->mpidr[spmc->cpu_count++] = mpidr;
}

static void check_cpu_count(const struct lint *lint)
{
	const struct spmc *spmc = &lint->spmc;
	struct finding *f;

	if (spmc->cpu_count == 0) {
		f = dt_report(&spmc->tree, RULE_NODE_MISSING, spmc->cpus, NULL);
		reason(f, "names no CPU");
		advise(f, "add: cpu@0 { device_type = \"cpu\"; reg = <0x0 "
			  "0x0>; };");
	} else if (spmc->cpu_count > MANIFEST_CPUS_MAX) {
		f = dt_report(&spmc->tree, RULE_TOO_MANY, spmc->cpus, NULL);
		reason(f, "has %u processors; the manager can hold %u",
			spmc->cpu_count, MANIFEST_CPUS_MAX);
		advise(f, "name no more than %u", lint->machine->cpu_count);
	} else if (spmc->cpu_count > lint->machine->cpu_count) {
		f = dt_report(&spmc->tree, RULE_CPU_COUNT, spmc->cpus, NULL);
		reason(f,
			"names %u processors; the image has stacks for %u, "
			"and the others stay off",
			spmc->cpu_count, lint->machine->cpu_count);
		advise(f, "name no more than %u", lint->machine->cpu_count);
	}
}

static void check_primary(const struct lint *lint)
{
	const struct spmc *spmc = &lint->spmc;
	struct finding *f;

	for (unsigned i = 0; i < spmc->cpu_count; i++)
		if (spmc->mpidr[i] == lint->machine->primary)
			return;
	if (spmc->cpu_count == 0)
		return;
	f = dt_report(&spmc->tree, RULE_CPU_PRIMARY, spmc->cpus, NULL);
	reason(f,
		"does not name the first processor, 0x%llx, without which "
		"nothing starts",
		(unsigned long long)lint->machine->primary);
	advise(f, "add: cpu@0 { device_type = \"cpu\"; reg = <0x0 0x0>; };");
}

static void check_cpus(struct lint *lint)
{
	struct spmc *spmc = &lint->spmc;
	const struct dt *tree = &spmc->tree;
	struct fdt_reader r = dt_reader(tree, NULL);
	fdt_node node;

	spmc->cpus = spmc_need_node(tree, "cpus",
		"add: cpus { cpu@0 { device_type = \"cpu\"; reg = <0x0 0x0>; "
		"}; };");
	if (spmc->cpus < 0)
		return;
	for (node = dt_first(tree, spmc->cpus); node >= 0;
		node = dt_next(tree, node)) {
		struct finding *f;

		if (fdt_reader_string_is(&r, node, "device_type", "cpu")) {
			check_cpu(spmc, node);
			continue;
		}
		f = dt_report(tree, RULE_CPU_IGNORED, node, "device_type");
		reason(f, "is not \"cpu\", so the node is not read");
		advise(f, "write device_type = \"cpu\"");
	}
	check_cpu_count(lint);
	check_primary(lint);
}

/* --- The root --------------------------------------------------------------
 */

/* False: it is something else, and nothing more can be said of it. */
static bool check_compatible(const struct dt *tree)
{
	bool is_sp = dt_is(tree, FDT_NODE_ROOT, "arm,ffa-manifest-1.0") ||
		     dt_is(tree, FDT_NODE_ROOT, "arm,ffa-manifest-1.1");
	struct finding *f;

	if (dt_is(tree, FDT_NODE_ROOT, "arm,ffa-core-manifest-1.0"))
		return true;
	f = dt_report(tree, RULE_COMPATIBLE, FDT_NODE_ROOT, "compatible");
	reason(f, "must be arm,ffa-core-manifest-1.0");
	if (is_sp)
		advise(f, "this is a partition's manifest; give the manager's, "
			  "too");
	else
		advise(f, "write compatible = \"arm,ffa-core-manifest-1.0\"");
	return !is_sp;
}

static void check_names(const struct dt *tree)
{
	static const char *const known[] = {"attribute", "hypervisor", "cpus",
		"memory", "chosen", "aliases", "__symbols__", "__fixups__",
		"__local_fixups__"};
	fdt_node node = dt_first(tree, FDT_NODE_ROOT);

	for (; node >= 0; node = dt_next(tree, node)) {
		const char *name = dt_name(tree, node);
		struct finding *f;
		int nearest = schema_nearest(name, known, ARRAY_COUNT(known));

		if (memory_is_node(tree, node) ||
			(nearest >= 0 && strcmp(known[nearest], name) == 0))
			continue;
		f = dt_report(tree,
			nearest < 0 ? RULE_NODE_UNKNOWN : RULE_NODE_IGNORED,
			node, NULL);
		reason(f, "is not known, and nobody reads it");
		if (nearest >= 0)
			advise(f, "did you mean %s?", known[nearest]);
	}
}

static void check_size(const struct lint *lint)
{
	const struct dt *tree = &lint->spmc.tree;
	struct finding *f;

	if (tree->size <= lint->machine->spmc_manifest_size)
		return;
	f = dt_report(tree, RULE_MANIFEST_SIZE, DT_FILE, NULL);
	reason(f,
		"has %zu bytes as a blob; the firmware's window for it has "
		"%llu",
		tree->size,
		(unsigned long long)lint->machine->spmc_manifest_size);
	advise(f, "drop nodes and properties that nobody reads");
}

/* Where the image is: as given, or as the image of this machine. */
static void place_image(struct lint *lint)
{
	struct range *image = &lint->spmc.image;

	*image = lint->image_given;
	if (image->base.v == 0)
		image->base.v = lint->machine->image_base;
	if (image->pages == 0)
		image->pages = lint->machine->image_pages;
}

void spmc_check(struct lint *lint)
{
	struct spmc *spmc = &lint->spmc;

	spmc->attribute = spmc->hypervisor = spmc->cpus = DT_FILE;
	place_image(lint);
	if (!spmc->tree.sound)
		return;
	check_size(lint);
	if (!check_compatible(&spmc->tree))
		return;
	schema_check(&spmc->tree, FDT_NODE_ROOT, &schema_spmc_root);
	check_names(&spmc->tree);
	check_attribute(lint);
	memory_check(lint);
	check_cpus(lint);
	vms_check(lint);
}
