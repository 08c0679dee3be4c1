/*
 * The SPMC manifest: version and id, memory map, CPUs, the partitions that
 * BL2 has loaded. Spec: FF-A 1.2 §5.2; TF-A's SPMC manifest binding.
 */
#include "boot/manifest.h"

#include "base/checked.h"
#include "base/mem.h"
#include "boot/fdt_reader.h"
#include "boot/manifest_check.h"

#define CELLS_MAX 2

static bool read_attribute(
	const struct fdt_reader *r, struct spmc_manifest *out)
{
	fdt_node node = fdt_reader_child_named(r, FDT_NODE_ROOT, "attribute");
	uint32_t id, major, minor;
	uint32_t state = 0;

	if (node < 0)
		return fdt_reader_refuse(
			r, FDT_NODE_ROOT, NULL, "has no node attribute");
	if (!fdt_reader_u32(r, node, "spmc_id", &id) ||
		!fdt_reader_u32(r, node, "maj_ver", &major) ||
		!fdt_reader_u32(r, node, "min_ver", &minor))
		return false;
	if (!(id & MANIFEST_SPMC_ID) || id > UINT16_MAX)
		return fdt_reader_refuse(r, node, "spmc_id",
			"must have bit 15 set and fit 16 bits");
	if (major != 1)
		return fdt_reader_refuse(r, node, "maj_ver", "must be 1");
	if (minor > 2)
		return fdt_reader_refuse(
			r, node, "min_ver", "must be 2 or less");
	if (fdt_reader_has(r, node, "exec_state") &&
		!fdt_reader_u32(r, node, "exec_state", &state))
		return false;
	if (state != 0)
		return fdt_reader_refuse(
			r, node, "exec_state", "must be 0 (AArch64)");
	out->spmc_id = (uint16_t)id;
	out->version = major << 16 | minor;
	return true;
}

/* --- Memory ranges ---------------------------------------------------------
 */

/* #address-cells and #size-cells, for the `reg` of a node's children. */
struct cell_widths {
	uint32_t address;
	uint32_t size;
};

static bool read_width(const struct fdt_reader *r, fdt_node node,
	const char *property, uint32_t *width)
{
	if (!fdt_reader_has(r, node, property))
		return true;
	if (!fdt_reader_u32(r, node, property, width))
		return false;
	if (*width < 1 || *width > CELLS_MAX)
		return fdt_reader_refuse(r, node, property, "must be 1 or 2");
	return true;
}

static bool add_range(const struct fdt_reader *r, fdt_node node,
	struct memory_range new, struct spmc_manifest *out)
{
	if (out->range_count == MANIFEST_RANGES_MAX)
		return fdt_reader_refuse(r, node, "reg",
			"is one memory range more than the manager can hold");
	for (uint32_t i = 0; i < out->range_count; i++) {
		if (ranges_overlap(out->range[i].range, new.range))
			return fdt_reader_refuse(r, node, "reg",
				"overlaps another memory range");
	}
	out->range[out->range_count++] = new;
	return true;
}

static bool read_ranges(const struct fdt_reader *r, fdt_node node,
	struct cell_widths widths, enum memory_class class,
	struct spmc_manifest *out)
{
	struct memory_range new = {.class = class};
	uint32_t stride = widths.address + widths.size;
	struct fdt_cells reg;

	if (!fdt_reader_cells(r, node, "reg", &reg))
		return false;
	if (reg.count % stride != 0)
		return fdt_reader_refuse(
			r, node, "reg", "is not a list of address and size");
	for (uint32_t i = 0; i < reg.count; i += stride) {
		uint64_t base = fdt_cells_u64(reg, i, widths.address);
		uint64_t size =
			fdt_cells_u64(reg, i + widths.address, widths.size);
		uint64_t end;

		if ((base | size) & PAGE_MASK)
			return fdt_reader_refuse(
				r, node, "reg", "is not page aligned");
		if (size == 0)
			return fdt_reader_refuse(
				r, node, "reg", "has an empty range");
		if (!add_u64(base, size, &end))
			return fdt_reader_refuse(
				r, node, "reg", "wraps the address space");
		if (end > S2_ADDRESS_END)
			return fdt_reader_refuse(r, node, "reg",
				"is above 512 GiB, where no table reaches");
		new.range = (struct range){paddr(base), size >> PAGE_SHIFT};
		if (!add_range(r, node, new, out))
			return false;
	}
	return true;
}

/* The class of a memory node by its device_type; -1 = not a memory node. */
static int memory_class(const struct fdt_reader *r, fdt_node node)
{
	static const char *const types[] = {
		[MEMORY_SECURE] = "memory",
		[MEMORY_NS] = "ns-memory",
		[MEMORY_SECURE_DEVICE] = "device-memory",
		[MEMORY_NS_DEVICE] = "ns-device-memory",
	};

	for (unsigned i = 0; i < ARRAY_COUNT(types); i++) {
		if (fdt_reader_string_is(r, node, "device_type", types[i]))
			return (int)i;
	}
	return -1;
}

static bool read_memory(const struct fdt_reader *r, struct spmc_manifest *out)
{
	struct cell_widths widths = {CELLS_MAX, CELLS_MAX};
	fdt_node node;

	if (!read_width(r, FDT_NODE_ROOT, "#address-cells", &widths.address) ||
		!read_width(r, FDT_NODE_ROOT, "#size-cells", &widths.size))
		return false;
	for (node = fdt_reader_first_child(r, FDT_NODE_ROOT); node >= 0;
		node = fdt_reader_next_child(r, node)) {
		int class = memory_class(r, node);

		if (class < 0)
			continue;
		if (!read_ranges(
			    r, node, widths, (enum memory_class) class, out))
			return false;
	}
	return true;
}

/* --- CPUs ------------------------------------------------------------------
 */

/* The CPU behind the last one is one of those before it. */
static bool is_known_cpu(const struct spmc_manifest *manifest)
{
	uint64_t mpidr = manifest->mpidr[manifest->cpu_count];

	for (uint32_t i = 0; i < manifest->cpu_count; i++)
		if (manifest->mpidr[i] == mpidr)
			return true;
	return false;
}

static bool read_cpus(const struct fdt_reader *r, struct spmc_manifest *out)
{
	fdt_node cpus = fdt_reader_child_named(r, FDT_NODE_ROOT, "cpus");
	fdt_node node;

	if (cpus < 0)
		return fdt_reader_refuse(
			r, FDT_NODE_ROOT, NULL, "has no node cpus");
	for (node = fdt_reader_first_child(r, cpus); node >= 0;
		node = fdt_reader_next_child(r, node)) {
		if (!fdt_reader_string_is(r, node, "device_type", "cpu"))
			continue;
		if (out->cpu_count == MANIFEST_CPUS_MAX)
			return fdt_reader_refuse(r, node, NULL,
				"is one CPU more than the manager can hold");
		if (!fdt_reader_u64(
			    r, node, "reg", &out->mpidr[out->cpu_count]))
			return false;
		if (is_known_cpu(out))
			return fdt_reader_refuse(
				r, node, "reg", "names a CPU twice");
		out->cpu_count++;
	}
	if (out->cpu_count == 0)
		return fdt_reader_refuse(r, cpus, NULL, "names no CPU");
	return true;
}

/* --- Partitions that BL2 loaded --------------------------------------------
 */

static bool check_vm_memory(const struct fdt_reader *r, fdt_node node,
	const struct manifest_vm *vm, const struct spmc_manifest *out)
{
	struct range own = manifest_vm_range(vm);
	uint64_t end;

	if (vm->load_address.v & PAGE_MASK)
		return fdt_reader_refuse(
			r, node, "load_address", "is not page aligned");
	if (vm->mem_size == 0 || vm->mem_size & PAGE_MASK)
		return fdt_reader_refuse(r, node, "mem_size",
			"is not a positive number of whole pages");
	if (!add_u64(vm->load_address.v, vm->mem_size, &end))
		return fdt_reader_refuse(
			r, node, "mem_size", "wraps the address space");
	for (uint32_t i = 0; i < out->vm_count; i++) {
		struct range other = manifest_vm_range(&out->vm[i]);

		if (ranges_overlap(own, other))
			return fdt_reader_refuse(r, node, "load_address",
				"the memory overlaps another partition's");
	}
	if (!manifest_range_is(out, own, MEMORY_SECURE))
		return fdt_reader_refuse(r, node, "load_address",
			"the memory is not inside one secure memory range");
	return true;
}

static bool read_vm(
	const struct fdt_reader *r, fdt_node node, struct spmc_manifest *out)
{
	struct manifest_vm *vm = &out->vm[out->vm_count];
	bool is_ffa;

	*vm = (struct manifest_vm){
		.id = (uint16_t)(MANIFEST_SPMC_ID + out->vm_count + 1),
	};
	if (!fdt_reader_flag(r, node, "is_ffa_partition", &is_ffa))
		return false;
	if (!is_ffa)
		return fdt_reader_refuse(r, node, "is_ffa_partition",
			"is missing: only FF-A partitions can be loaded");
	if (!fdt_reader_string(
		    r, node, "debug_name", vm->name, sizeof(vm->name)) ||
		!fdt_reader_u64(r, node, "load_address", &vm->load_address.v) ||
		!fdt_reader_u64(r, node, "mem_size", &vm->mem_size))
		return false;
	if (fdt_reader_has(r, node, "vcpu_count") &&
		!fdt_reader_u32(r, node, "vcpu_count", &vm->vcpu_count))
		return false;
	if (!check_vm_memory(r, node, vm, out))
		return false;
	out->vm_count++;
	return true;
}

static uint32_t count_vm_nodes(const struct fdt_reader *r, fdt_node parent)
{
	fdt_node node = fdt_reader_first_child(r, parent);
	uint32_t count = 0;

	for (; node >= 0; node = fdt_reader_next_child(r, node))
		count += fdt_reader_name_begins(r, node, "vm");
	return count;
}

static bool read_zero_max(
	const struct fdt_reader *r, fdt_node node, struct spmc_manifest *out)
{
	const char *name = "escrow,zero-bytes-max";
	uint64_t bytes;

	if (!fdt_reader_has(r, node, name))
		return true;
	if (!fdt_reader_u64(r, node, name, &bytes))
		return false;
	if (bytes == 0 || bytes & PAGE_MASK)
		return fdt_reader_refuse(r, node, name,
			"is not a positive number of whole pages");
	out->zero_pages_max = bytes >> PAGE_SHIFT;
	return true;
}

static bool read_hypervisor(
	const struct fdt_reader *r, struct spmc_manifest *out)
{
	fdt_node node = fdt_reader_child_named(r, FDT_NODE_ROOT, "hypervisor");
	char name[] = "vm1";
	uint32_t count;

	if (node < 0)
		return fdt_reader_refuse(
			r, FDT_NODE_ROOT, NULL, "has no node hypervisor");
	if (!fdt_reader_is_compatible(r, node, "hafnium,hafnium"))
		return fdt_reader_refuse(
			r, node, "compatible", "must be hafnium,hafnium");
	if (!fdt_reader_flag(
		    r, node, "escrow,console-trace", &out->console_trace) ||
		!fdt_reader_flag(r, node, "escrow,capture", &out->capture) ||
		!fdt_reader_flag(
			r, node, "escrow,firmware-sve", &out->firmware_sve) ||
		!read_zero_max(r, node, out))
		return false;
	count = count_vm_nodes(r, node);
	if (count > MANIFEST_VMS_MAX)
		return fdt_reader_refuse(r, node, NULL,
			"has more vmN nodes than the manager can hold");
	/* One digit is enough for MANIFEST_VMS_MAX. */
	for (uint32_t i = 0; i < count; i++, name[2]++) {
		fdt_node vm = fdt_reader_child_named(r, node, name);

		if (vm < 0)
			return fdt_reader_refuse(r, node, NULL,
				"its vmN nodes are not numbered from 1 up");
		if (!read_vm(r, vm, out))
			return false;
	}
	return true;
}

bool manifest_read_spmc(const void *fdt, size_t size, struct spmc_manifest *out,
	struct manifest_error *error)
{
	const struct fdt_reader reader = {fdt, "SPMC manifest", error};
	const struct fdt_reader *r = &reader;

	memset(out, 0, sizeof(*out));
	if (!fdt_reader_open(r, size))
		return false;
	out->fdt = fdt;
	out->fdt_size = fdt_reader_size(r);
	if (!fdt_reader_is_compatible(
		    r, FDT_NODE_ROOT, "arm,ffa-core-manifest-1.0"))
		return fdt_reader_refuse(r, FDT_NODE_ROOT, "compatible",
			"must be arm,ffa-core-manifest-1.0");
	/* Memory first: partitions must lie inside it. */
	return read_attribute(r, out) && read_memory(r, out) &&
	       read_cpus(r, out) && read_hypervisor(r, out);
}
