/*
 * QEMU's virt machine under TF-A, for which the image is made. What the image
 * says of itself comes from its own header.
 */
#include "lint.h"

#include "plat/qemu_virt/platform.h"

const struct machine machine_qemu_virt = {
	.name = PLATFORM_NAME,
	.image_base = PLATFORM_IMAGE_BASE,
	/* test-ffa-lint compares it with the image that was built. */
	.image_pages = 128,
	.secure = {{PLATFORM_IMAGE_BASE}, 0xf00},
	.firmware = {{0x0e000000}, 0x100},
	.console = {{PLATFORM_CONSOLE_BASE}, 1},
	.interrupts = {{0x08000000}, 0x1000},
	.primary = 0,
	.cpu_count = PLATFORM_CPU_COUNT,
	.table_count = PLATFORM_EL2_TABLES,
	.spmc_manifest_size = PLATFORM_MANIFEST_SIZE,
	.package_size = 4ull << 20,
};
