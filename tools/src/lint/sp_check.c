/*
 * The root of a partition's manifest: all that is wrong with it, read into
 * *sp on the way. Services, regions and interrupts have files of their own.
 */
#include <string.h>

#include "lint.h"
#include "schema.h"

#define ROOT FDT_NODE_ROOT

/* Every image lies behind the first page of its package. */
#define IMAGE_OFFSET_MIN PAGE_SIZE

/* --- Numbers ---------------------------------------------------------------
 */

/* The value, or what stands in for it; false: there is none that counts. */
static bool read_number(const struct sp *sp, unsigned index, uint32_t *value)
{
	const struct manifest_number *rule = &manifest_numbers[index];

	*value = rule->missing;
	if (!dt_has(&sp->tree, ROOT, rule->name))
		return !rule->required;
	return dt_u32(&sp->tree, ROOT, rule->name, value) &&
	       *value >= rule->min && *value <= rule->max;
}

static void check_numbers(const struct sp *sp)
{
	for (unsigned i = 0; i < N_COUNT; i++) {
		const struct manifest_number *rule = &manifest_numbers[i];
		struct finding *f;
		uint32_t value;

		if (!dt_u32(&sp->tree, ROOT, rule->name, &value) ||
			(value >= rule->min && value <= rule->max))
			continue;
		f = schema_bad_value(&sp->tree, ROOT, rule->name, rule->why);
		if (rule->min == rule->max)
			advise(f, "write %s = <%u>", rule->name, rule->min);
		else
			advise(f, "write a value from 0x%x to 0x%x", rule->min,
				rule->max);
	}
}

/* --- What it is ------------------------------------------------------------
 */

/* False: it is something else, and nothing more can be said of it. */
static bool check_compatible(const struct sp *sp)
{
	bool is_spmc = dt_is(&sp->tree, ROOT, "arm,ffa-core-manifest-1.0");
	struct finding *f;

	if (dt_is(&sp->tree, ROOT, "arm,ffa-manifest-1.0") ||
		dt_is(&sp->tree, ROOT, "arm,ffa-manifest-1.1"))
		return true;
	f = dt_report(&sp->tree, RULE_COMPATIBLE, ROOT, "compatible");
	reason(f, "must be arm,ffa-manifest-1.0 or -1.1");
	if (is_spmc)
		advise(f, "this is a manager's manifest; give only one");
	else
		advise(f, "write compatible = \"arm,ffa-manifest-1.0\"");
	return !is_spmc;
}

static void check_size(const struct sp *sp)
{
	struct finding *f;

	if (sp->tree.size <= LOADER_MANIFEST_SIZE)
		return;
	f = dt_report(&sp->tree, RULE_MANIFEST_SIZE, DT_FILE, NULL);
	reason(f, "has %zu bytes as a blob; the manager reads at most %llu",
		sp->tree.size, (unsigned long long)LOADER_MANIFEST_SIZE);
	advise(f, "drop nodes and properties that nobody reads");
}

/* --- Nodes -----------------------------------------------------------------
 */

static const char *const node_names[] = {"services", "memory-regions",
	"device-regions", "rx_tx-info", "boot-info", "live-state-buffer-info"};
static const char *const node_kinds[] = {"arm,ffa-manifest-services",
	"arm,ffa-manifest-memory-regions", "arm,ffa-manifest-device-regions",
	"arm,ffa-manifest-rx_tx-buffer", "arm,ffa-manifest-boot-info",
	"arm,ffa-manifest,live-state-buffer"};
#define NODE_LIVE_STATE 5

static int kind_of(const struct dt *tree, fdt_node node)
{
	for (unsigned i = 0; i < ARRAY_COUNT(node_kinds); i++)
		if (dt_is(tree, node, node_kinds[i]))
			return (int)i;
	return -1;
}

/* No known compatible: perhaps its name, or a slip in it, tells what it is. */
static void tell_strange(const struct dt *tree, fdt_node node)
{
	const char *compatible = dt_text(tree, node, "compatible");
	int nearest = schema_nearest(
		dt_name(tree, node), node_names, ARRAY_COUNT(node_names));
	struct finding *f;

	if (nearest < 0 && compatible != NULL)
		nearest = schema_nearest(
			compatible, node_kinds, ARRAY_COUNT(node_kinds));
	if (nearest < 0) {
		f = dt_report(tree, RULE_NODE_UNKNOWN, node, NULL);
		reason(f, "has no compatible that is known, and nobody reads "
			  "it");
		return;
	}
	f = dt_report(tree, RULE_NODE_IGNORED, node, "compatible");
	reason(f, "is not %s, so nothing of the node is read",
		node_kinds[nearest]);
	advise(f, "write compatible = \"%s\"", node_kinds[nearest]);
}

static void check_node(const struct dt *tree, fdt_node node)
{
	int kind = kind_of(tree, node);
	struct finding *f;

	if (strncmp(dt_name(tree, node), "__", 2) == 0)
		return;
	if (kind < 0) {
		tell_strange(tree, node);
	} else if (kind == NODE_LIVE_STATE) {
		f = dt_report(tree, RULE_NODE_UNKNOWN, node, NULL);
		reason(f, "is not read: there is no live activation");
	} else if (dt_compatible(tree, node_kinds[kind]) != node) {
		f = dt_report(tree, RULE_NODE_IGNORED, node, "compatible");
		reason(f, "another node has it, and only the first is read");
		advise(f, "put both into one node");
	}
}

static void check_nodes(const struct dt *tree)
{
	for (fdt_node node = dt_first(tree, ROOT); node >= 0;
		node = dt_next(tree, node))
		check_node(tree, node);
}

/* --- S-EL0, life cycle, interrupts -----------------------------------------
 */

static void tell(const struct sp *sp, enum rule rule, const char *property,
	const char *why, const char *advice)
{
	struct finding *f = dt_report(&sp->tree, rule, ROOT, property);

	reason(f, "%s", why);
	advise(f, "%s", advice);
}

static void check_el0(const struct sp *sp)
{
	uint32_t action;

	if (!sp->is_el0)
		return;
	if (sp->contexts > 1)
		tell(sp, RULE_EXCEPTION_LEVEL, "execution-ctx-count",
			"must be 1 for an S-EL0 partition",
			"write execution-ctx-count = <1>");
	if (dt_has(&sp->tree, ROOT, "sri-interrupts-policy"))
		tell(sp, RULE_EXCEPTION_LEVEL, "sri-interrupts-policy",
			"is not for an S-EL0 partition", "drop it");
	if (read_number(sp, N_NS_ACTION, &action) &&
		action == NS_ACTION_MANAGED_EXIT)
		tell(sp, RULE_EXCEPTION_LEVEL, "ns-interrupts-action",
			"an S-EL0 partition has no managed exit",
			"write ns-interrupts-action = <2>");
}

static void check_lifecycle(const struct sp *sp)
{
	const struct dt *tree = &sp->tree;
	bool lifecycle = dt_has(tree, ROOT, "lifecycle-support");

	if (lifecycle && sp->contexts > 1)
		tell(sp, RULE_LIFECYCLE, "lifecycle-support",
			"needs execution-ctx-count 1", "drop it");
	if (!lifecycle && dt_has(tree, ROOT, "abort-action"))
		tell(sp, RULE_LIFECYCLE, "abort-action",
			"needs lifecycle-support", "drop it");
	if (!lifecycle && dt_has(tree, ROOT, "live-activation-support"))
		tell(sp, RULE_LIFECYCLE, "live-activation-support",
			"needs lifecycle-support", "drop it");
}

static void check_managed(const struct sp *sp, bool stated, uint32_t action)
{
	if (stated && action != NS_ACTION_MANAGED_EXIT &&
		dt_has(&sp->tree, ROOT, "managed-exit"))
		tell(sp, RULE_ACTIONS, "managed-exit",
			"contradicts ns-interrupts-action", "drop it");
}

static void check_actions(const struct sp *sp)
{
	bool stated = dt_has(&sp->tree, ROOT, "ns-interrupts-action");
	uint32_t action, other;

	if (!read_number(sp, N_NS_ACTION, &action))
		return;
	check_managed(sp, stated, action);
	if (read_number(sp, N_OTHER_S_ACTION, &other) && other == 0 &&
		(!stated || action != NS_ACTION_QUEUED))
		tell(sp, RULE_ACTIONS, "other-s-interrupts-action",
			"cannot be 0 (queued) when normal-world interrupts "
			"are not",
			"write ns-interrupts-action = <0>, or "
			"other-s-interrupts-action = <1>");
}

/* --- Where it is -----------------------------------------------------------
 */

static void check_load_address(const struct sp *sp)
{
	uint64_t address;
	struct finding *f;

	if (sp->vm == NULL || !sp->vm->has_address ||
		!dt_u64(&sp->tree, ROOT, "load-address", &address) ||
		address == sp->vm->address)
		return;
	f = dt_report(&sp->tree, RULE_LOAD_ADDRESS, ROOT, "load-address");
	reason(f,
		"is 0x%08llx, but vm%u says that the package is loaded to "
		"0x%08llx",
		(unsigned long long)address, sp->vm->number,
		(unsigned long long)sp->vm->address);
	advise(f, "write <0x%x 0x%08x>, or drop it",
		(unsigned)(sp->vm->address >> 32), (unsigned)sp->vm->address);
}

/* Offsets into the package at which the image is. */
static struct range image_in_package(const struct sp *sp)
{
	uint64_t first = IMAGE_OFFSET_MIN;
	uint64_t end = UINT64_MAX & ~PAGE_MASK;

	if (sp->vm != NULL && sp->vm->has_range)
		end = sp->vm->range.pages << PAGE_SHIFT;
	if (sp->package.readable) {
		first = sp->package.header.image_offset;
		end = (first + sp->package.header.image_size + PAGE_MASK) &
		      ~PAGE_MASK;
	}
	if (end < first)
		end = first;
	return lint_range(first, end - first);
}

static void check_entry(const struct sp *sp)
{
	const char *name = "entrypoint-offset";
	struct range image = image_in_package(sp);
	uint64_t offset = 0;
	struct finding *f;

	if (dt_has(&sp->tree, ROOT, name) &&
		!dt_u64(&sp->tree, ROOT, name, &offset))
		return;
	if (offset & 3)
		tell(sp, RULE_ENTRY, name, "is not a multiple of four",
			"instructions are aligned to four bytes");
	if (offset >= image.base.v && offset < range_end(image))
		return;
	f = dt_report(&sp->tree, RULE_ENTRY, ROOT, name);
	if (dt_has(&sp->tree, ROOT, name))
		reason(f,
			"0x%llx is outside the image, which has the offsets "
			"%s in its package",
			(unsigned long long)offset, range_text(image).text);
	else
		reason(f, "is missing, so the partition would begin with the "
			  "header of its package");
	advise(f, "write the offset of the image in the package; sptool puts "
		  "it at 0x4000");
}

/* --- Contexts, id, order, boot information ---------------------------------
 */

static void check_contexts(const struct lint *lint, const struct sp *sp)
{
	const char *name = "execution-ctx-count";
	unsigned cpus = lint->spmc.cpu_count;
	struct finding *f;

	if (sp->contexts == 0 || cpus == 0)
		return;
	if (sp->contexts > cpus) {
		f = dt_report(&sp->tree, RULE_CONTEXTS, ROOT, name);
		reason(f, "is %u, more than there are CPUs (%u)", sp->contexts,
			cpus);
		advise(f, "write 1 or %u, or name more processors in %s", cpus,
			lint->spmc.tree.file);
	} else if (sp->contexts > 1 && sp->contexts < cpus) {
		f = dt_report(&sp->tree, RULE_CONTEXTS_FEW, ROOT, name);
		reason(f,
			"is %u of %u CPUs: on the others the partition "
			"answers BUSY",
			sp->contexts, cpus);
		advise(f, "write 1 or %u", cpus);
	}
	if (sp->vm == NULL || !sp->vm->has_vcpu_count ||
		sp->vm->vcpu_count == sp->contexts)
		return;
	f = dt_report(
		&lint->spmc.tree, RULE_VCPU_COUNT, sp->vm->node, "vcpu_count");
	reason(f, "is %u, but %s says execution-ctx-count = %u, which counts",
		sp->vm->vcpu_count, sp->file, sp->contexts);
	advise(f, "write the same in both");
}

static void check_id(const struct lint *lint, struct sp *sp)
{
	struct finding *f;

	if (!dt_u32(&sp->tree, ROOT, "id", &sp->id))
		return;
	if (sp->id < 0x8001 || sp->id > 0xfffe) {
		advise(schema_bad_value(&sp->tree, ROOT, "id",
			       "must be 0x8001 to 0xfffe"),
			"drop it: then it is 0x8000 and the number of vmN");
		return;
	}
	sp->has_id = true;
	if (sp->vm != NULL && sp->id != MANIFEST_SPMC_ID + sp->vm->number) {
		f = dt_report(&sp->tree, RULE_ID_DIFFERS, ROOT, "id");
		reason(f, "is 0x%x; by vm%u of %s it would be 0x%x", sp->id,
			sp->vm->number, lint->spmc.tree.file,
			MANIFEST_SPMC_ID + sp->vm->number);
	}
}

/* Also an id that nobody stated: vmN has 0x8000 and its number. */
static void check_manager_id(const struct lint *lint, const struct sp *sp)
{
	uint32_t id = sp->has_id ? sp->id : 0;

	if (!sp->has_id && sp->vm != NULL)
		id = MANIFEST_SPMC_ID + sp->vm->number;
	if (id != 0 && lint->spmc.has_id && id == lint->spmc.id)
		tell(sp, RULE_ID, "id", "is the manager's",
			"let spmc_id be 0x8000, and the partition's id "
			"another");
}

static void check_boot_info(const struct sp *sp)
{
	fdt_node node = dt_compatible(&sp->tree, "arm,ffa-manifest-boot-info");
	bool has_register = dt_has(&sp->tree, ROOT, "gp-register-num");
	bool wanted = node >= 0 && dt_has(&sp->tree, node, "ffa_manifest");
	struct finding *f;

	if (node >= 0)
		schema_check(&sp->tree, node, &schema_boot_info);
	if (wanted && !has_register)
		tell(sp, RULE_BOOT_INFO, "gp-register-num",
			"is missing, but boot-info needs it",
			"write gp-register-num = <0>");
	if (wanted && sp->package.readable && sp->package.version == 1) {
		f = dt_report(
			&sp->tree, RULE_BOOT_INFO_LOST, node, "ffa_manifest");
		reason(f, "its package is of version 1, which has no room for "
			  "boot information: the partition gets none");
		advise(f, "make a package of version 2");
	}
	if (wanted || !has_register)
		return;
	f = dt_report(
		&sp->tree, RULE_BOOT_INFO_UNUSED, ROOT, "gp-register-num");
	reason(f, "has no effect: no node boot-info asks for the manifest");
}

/* --- All of it -------------------------------------------------------------
 */

static void read_root(struct sp *sp)
{
	uint32_t level, contexts;

	sp->boot_order = BOOT_ORDER_NONE;
	if (!read_number(sp, N_BOOT_ORDER, &sp->boot_order))
		sp->boot_order = BOOT_ORDER_NONE;
	if (read_number(sp, N_CONTEXTS, &contexts))
		sp->contexts = contexts;
	sp->is_el0 = read_number(sp, N_EXCEPTION_LEVEL, &level) && level == 1;
}

void sp_check(struct lint *lint, struct sp *sp)
{
	if (!sp->tree.sound)
		return;
	read_root(sp);
	check_size(sp);
	if (!check_compatible(sp))
		return;
	schema_check(&sp->tree, ROOT, &schema_sp_root);
	check_numbers(sp);
	check_nodes(&sp->tree);
	check_el0(sp);
	check_lifecycle(sp);
	check_actions(sp);
	check_load_address(sp);
	check_entry(sp);
	check_contexts(lint, sp);
	check_id(lint, sp);
	check_manager_id(lint, sp);
	check_boot_info(sp);
	services_check(sp);
	regions_check(lint, sp);
}
