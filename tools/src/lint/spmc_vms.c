/* The node `hypervisor`: what the firmware loads, and where. */
#include "spmc_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "schema.h"

static struct finding *bad_memory(
	const struct dt *tree, fdt_node node, const char *property)
{
	return dt_report(tree, RULE_VM_MEMORY, node, property);
}

/* Whether two ranges of secure memory that meet would hold it together. */
static bool spans_two(const struct spmc *spmc, struct range range)
{
	bool begins = false, ends = false;

	for (unsigned i = 0; i < spmc->range_count; i++) {
		struct range other = spmc->range[i].range;

		if (spmc->range[i].class != MEMORY_SECURE)
			continue;
		begins = begins || (range.base.v >= other.base.v &&
					   range.base.v < range_end(other));
		ends = ends || (range_end(range) > other.base.v &&
				       range_end(range) <= range_end(other));
	}
	return begins && ends;
}

static void check_inside(const struct spmc *spmc, const struct vm *vm)
{
	struct finding *f;

	if (!spmc->has_map)
		return;
	for (unsigned i = 0; i < spmc->range_count; i++)
		if (spmc->range[i].class == MEMORY_SECURE &&
			range_inside(vm->range, spmc->range[i].range))
			return;
	f = bad_memory(&spmc->tree, vm->node, "load_address");
	reason(f, "the memory (%s) is not inside one secure memory range",
		range_text(vm->range).text);
	if (spans_two(spmc, vm->range))
		advise(f, "put the secure ranges that it lies in together");
	else
		advise(f, "move it, or add its memory to a node with "
			  "device_type = \"memory\"");
}

static void check_neighbours(const struct spmc *spmc, const struct vm *vm)
{
	const struct dt *tree = &spmc->tree;
	struct finding *f;

	if (ranges_overlap(vm->range, spmc->image)) {
		f = dt_report(tree, RULE_VM_OVERLAP, vm->node, "load_address");
		reason(f, "the memory (%s) overlaps the manager's image (%s)",
			range_text(vm->range).text,
			range_text(spmc->image).text);
		advise(f, "move it behind 0x%08llx",
			(unsigned long long)range_end(spmc->image));
	}
	for (unsigned i = 0; i < spmc->vm_count; i++) {
		const struct vm *other = &spmc->vm[i];

		if (!other->has_range || other == vm ||
			!ranges_overlap(vm->range, other->range))
			continue;
		f = dt_report(tree, RULE_VM_OVERLAP, vm->node, "load_address");
		reason(f, "the memory (%s) overlaps that of vm%u \"%s\" (%s)",
			range_text(vm->range).text, other->number, other->name,
			range_text(other->range).text);
		advise(f, "move it behind 0x%08llx, or give vm%u less mem_size",
			(unsigned long long)range_end(other->range),
			other->number);
	}
}

/* load_address and mem_size; true when they make a range. */
static bool read_memory(const struct dt *tree, struct vm *vm)
{
	uint64_t size, end;
	bool good = true;

	vm->has_address = dt_u64(tree, vm->node, "load_address", &vm->address);
	if (vm->has_address && vm->address & PAGE_MASK) {
		struct finding *f = bad_memory(tree, vm->node, "load_address");

		reason(f, "is not page aligned");
		advise(f, "write a multiple of 0x1000");
		good = false;
	}
	if (!dt_u64(tree, vm->node, "mem_size", &size))
		return false;
	if (size == 0 || size & PAGE_MASK) {
		struct finding *f = bad_memory(tree, vm->node, "mem_size");

		reason(f, "is not a positive number of whole pages");
		advise(f, "write 0x%llx",
			(unsigned long long)((size | PAGE_MASK) + 1));
		good = false;
	}
	if (!good || !vm->has_address)
		return false;
	if (!add_u64(vm->address, size, &end)) {
		struct finding *f = bad_memory(tree, vm->node, "mem_size");

		reason(f, "wraps the address space");
		advise(f, "write the bytes that the partition needs");
		return false;
	}
	vm->range = lint_range(vm->address, size);
	return true;
}

static void check_name(const struct spmc *spmc, const struct vm *vm)
{
	for (const struct vm *other = spmc->vm; other != vm; other++) {
		struct finding *f;

		if (strcmp(other->name, vm->name) != 0)
			continue;
		f = dt_report(
			&spmc->tree, RULE_VM_NAME, vm->node, "debug_name");
		reason(f,
			"vm%u has the same, so the console cannot tell them "
			"apart",
			other->number);
		advise(f, "give each partition a name of its own");
	}
}

static void check_vm(struct spmc *spmc, fdt_node node, unsigned number)
{
	struct vm *vm = &spmc->vm[spmc->vm_count];
	const struct dt *tree = &spmc->tree;

	*vm = (struct vm){.node = node, .number = number};
	snprintf(vm->name, sizeof(vm->name), "%.*s", (int)sizeof(vm->name) - 1,
		dt_name(tree, node));
	schema_check(tree, node, &schema_vm);
	(void)dt_string(tree, node, "debug_name", vm->name, sizeof(vm->name));
	clean_text(vm->name);
	vm->has_vcpu_count = dt_u32(tree, node, "vcpu_count", &vm->vcpu_count);
	check_name(spmc, vm);
	vm->has_range = read_memory(tree, vm);
	if (vm->has_range) {
		check_inside(spmc, vm);
		check_neighbours(spmc, vm);
	}
	spmc->vm_count++;
}

static bool is_vm_name(const char *name)
{
	return strncmp(name, "vm", 2) == 0;
}

static unsigned count_vms(const struct dt *tree, fdt_node parent)
{
	unsigned count = 0;

	for (fdt_node node = dt_first(tree, parent); node >= 0;
		node = dt_next(tree, node))
		count += is_vm_name(dt_name(tree, node));
	return count;
}

static void tell_number(const struct spmc *spmc, unsigned count, unsigned lacks)
{
	struct finding *f =
		dt_report(&spmc->tree, RULE_VM_NUMBERS, spmc->hypervisor, NULL);

	reason(f,
		"its vmN nodes are not numbered from 1 up: of %u, there is "
		"no vm%u",
		count, lacks);
	advise(f, "name them vm1 to vm%u", count);
}

/* Those with a number in order; names like "vm_a" are found missing here. */
static void check_vms(struct spmc *spmc, unsigned count)
{
	bool told = false;

	for (unsigned i = 1; i <= count && i <= LINT_VMS_MAX; i++) {
		char name[16];
		fdt_node node;

		snprintf(name, sizeof(name), "vm%u", i);
		node = dt_child(&spmc->tree, spmc->hypervisor, name);
		if (node >= 0)
			check_vm(spmc, node, i);
		else if (!told)
			tell_number(spmc, count, i);
		told = told || node < 0;
	}
}

static void check_count(const struct spmc *spmc, unsigned count)
{
	struct finding *f;

	if (count <= MANIFEST_VMS_MAX)
		return;
	f = dt_report(&spmc->tree, RULE_TOO_MANY, spmc->hypervisor, NULL);
	reason(f,
		"has %u vmN nodes; the manager can hold %u, and the firmware "
		"loads no more packages",
		count, MANIFEST_VMS_MAX);
	advise(f, "drop %u of them", count - MANIFEST_VMS_MAX);
}

static void check_zero_max(const struct spmc *spmc)
{
	const char *name = "escrow,zero-bytes-max";
	uint64_t bytes;

	if (!dt_u64(&spmc->tree, spmc->hypervisor, name, &bytes))
		return;
	if (bytes == 0 || bytes & PAGE_MASK)
		advise(schema_bad_value(&spmc->tree, spmc->hypervisor, name,
			       "is not a positive number of whole pages"),
			"write 0x%llx, or drop it: then there is no limit",
			(unsigned long long)((bytes | PAGE_MASK) + 1));
}

static void check_children(const struct spmc *spmc)
{
	fdt_node node = dt_first(&spmc->tree, spmc->hypervisor);

	for (; node >= 0; node = dt_next(&spmc->tree, node)) {
		struct finding *f;

		if (is_vm_name(dt_name(&spmc->tree, node)))
			continue;
		f = dt_report(&spmc->tree, RULE_NODE_UNKNOWN, node, NULL);
		reason(f, "is no vmN, and nobody reads it");
		advise(f, "partitions are named vm1, vm2 and so on");
	}
}

static void check_compatible(const struct spmc *spmc)
{
	struct finding *f;

	if (dt_is(&spmc->tree, spmc->hypervisor, "hafnium,hafnium"))
		return;
	f = dt_report(
		&spmc->tree, RULE_COMPATIBLE, spmc->hypervisor, "compatible");
	reason(f, "must be hafnium,hafnium");
	advise(f, "write compatible = \"hafnium,hafnium\"");
}

void vms_check(struct lint *lint)
{
	struct spmc *spmc = &lint->spmc;
	unsigned count;

	spmc->hypervisor = spmc_need_node(&spmc->tree, "hypervisor",
		"add: hypervisor { compatible = \"hafnium,hafnium\"; vm1 { ... "
		"}; };");
	if (spmc->hypervisor < 0)
		return;
	schema_check(&spmc->tree, spmc->hypervisor, &schema_hypervisor);
	check_compatible(spmc);
	check_zero_max(spmc);
	check_children(spmc);
	count = count_vms(&spmc->tree, spmc->hypervisor);
	check_count(spmc, count);
	check_vms(spmc, count);
}
