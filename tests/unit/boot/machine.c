/* See machine.h. */
#include "unit/boot/machine.h"

#include <string.h>

#include "base/cursor.h"
#include "boot/boot.h"
#include "host/port_host.h"
#include "lib/suite.h"
#include "unit/boot/dtb.h"

#define MANIFEST_OFFSET 0x1000u

struct spmc_manifest machine_manifest;
char machine_console[1024];
static size_t console_length;

static void hear(void *context, const char *text, size_t length)
{
	(void)context;
	if (length > sizeof(machine_console) - 1 - console_length)
		length = sizeof(machine_console) - 1 - console_length;
	memcpy(machine_console + console_length, text, length);
	console_length += length;
	machine_console[console_length] = '\0';
}

int machine_set_up(void **state)
{
	(void)state;
	host_reset();
	console_length = 0;
	machine_console[0] = '\0';
	host_console_set(hear, NULL);
	return 0;
}

void machine_read_spmc(const char *source, const char *from, const char *to)
{
	struct dtb dtb = dtb_compile(source, from, to);
	struct manifest_error error;

	assert_true(manifest_read_spmc(
		dtb.fdt, dtb.size, &machine_manifest, &error));
	dtb_free(&dtb);
	for (uint32_t i = 0; i < machine_manifest.range_count; i++) {
		enum memory_class class = machine_manifest.range[i].class;

		if (range_end(machine_manifest.range[i].range) <=
			HOST_MEMORY_SIZE)
			host_memory_declare(machine_manifest.range[i].range,
				class == MEMORY_NS ||
					class == MEMORY_NS_DEVICE);
	}
}

void machine_place(
	unsigned vm, const char *source, const char *from, const char *to)
{
	struct dtb dtb = dtb_compile(source, from, to);
	uint8_t *at = host_memory(machine_manifest.vm[vm].load_address);

	memcpy(at, "SPKG", 4);
	put32(at + 4, 2);
	put32(at + 8, MANIFEST_OFFSET);
	put32(at + 12, (uint32_t)dtb.size);
	put32(at + 16, 0x4000);
	put32(at + 20, 0x1000);
	memcpy(at + MANIFEST_OFFSET, dtb.fdt, dtb.size);
	dtb_free(&dtb);
}

struct spm *machine_boot(uint64_t image_pages)
{
	return boot_primary(&machine_manifest,
		(struct range){paddr(MACHINE_IMAGE_BASE), image_pages});
}
