/* The SPMC manifest, the image's place, headers and manifests of packages. */
#include "boot/capture_machine.h"

#include "abi/reason.h"
#include "boot/manifest_check.h"
#include "boot/package.h"
#include "port/port.h"

/* As much of a package's header as package_read() looks at. */
#define HEADER_SIZE 64u

/* A piece of a page at a time: the manager's view is of pages. */
static void capture_memory(struct capture *capture, uint64_t at, uint64_t size)
{
	while (size > 0) {
		uint64_t offset = at & PAGE_MASK;
		uint64_t here =
			PAGE_SIZE - offset < size ? PAGE_SIZE - offset : size;
		const uint8_t *page = port_page(paddr(at - offset));

		capture_bytes(
			capture, CAPTURE_PACKAGE, at, page + offset, here);
		at += here;
		size -= here;
	}
}

/* What boot refuses of a package, it refuses for its header alone. */
static void capture_package(
	struct capture *capture, const struct manifest_vm *vm)
{
	struct manifest_error error;
	struct sp_package package;
	uint64_t at = vm->load_address.v;

	capture_memory(capture, at, HEADER_SIZE);
	if (package_read(port_page(vm->load_address), vm->mem_size, vm->name,
		    &package, &error))
		capture_memory(capture, at + package.manifest_offset,
			package.manifest_size);
}

static bool is_secure(
	const struct spmc_manifest *manifest, const struct manifest_vm *vm)
{
	struct range range = {vm->load_address, vm->mem_size >> PAGE_SHIFT};

	return manifest_range_is(manifest, range, MEMORY_SECURE);
}

void capture_machine(struct capture *capture,
	const struct spmc_manifest *manifest, struct range image)
{
	const uint64_t format[] = {
		CAPTURE_FORMAT, reason_checksum(), port_tick_hz()};
	struct range support = port_el0_support();
	const uint64_t place[] = {
		image.base.v, image.pages, support.base.v, support.pages};

	capture_numbers(capture, CAPTURE_FORMAT_LINE, format, 3);
	capture_bytes(capture, CAPTURE_MANIFEST, 0, manifest->fdt,
		manifest->fdt_size);
	capture_numbers(capture, CAPTURE_IMAGE, place, 4);
	for (uint32_t i = 0; i < manifest->vm_count; i++)
		if (is_secure(manifest, &manifest->vm[i]))
			capture_package(capture, &manifest->vm[i]);
}

void capture_parties(struct spm *spm)
{
	for (uint32_t i = 0; i < spm->partition_count; i++) {
		const struct partition *partition = &spm->partitions[i];

		capture_bytes(&spm->capture, CAPTURE_PARTY, partition->ep.id,
			partition->name, __builtin_strlen(partition->name));
	}
}
