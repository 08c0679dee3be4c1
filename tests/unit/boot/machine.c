/* See machine.h. */
#include "unit/boot/machine.h"

#include <string.h>

#include "base/cursor.h"
#include "boot/boot.h"
#include "host/port_host.h"
#include "engine/txn.h"
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

void machine_place_two(void)
{
	machine_read_spmc("spmc_two.dts", NULL, NULL);
	machine_place(0, "sp_one_service.dts", NULL, NULL);
	machine_place(1, "sp_one_service.dts", NULL, NULL);
}

static void take_objects(struct slab *slab, uint32_t count)
{
	while (count-- > 0)
		assert_non_null(slab_take(slab));
}

/* Everything that the party may ever hold, at once. */
static void go_to_the_limit(struct spm *spm, const struct endpoint *ep)
{
	struct slab *slabs[QUOTA_KINDS] = {
		[QUOTA_NODES] = &spm->engine->ledger.nodes,
		[QUOTA_TXNS] = &spm->engine->txn_slab,
		[QUOTA_BORROWERS] = &spm->engine->borrower_slab,
	};
	struct paddr page;

	for (int kind = 0; kind < QUOTA_KINDS; kind++) {
		uint32_t room =
			ep->quota.limit.of[kind] - ep->quota.used.of[kind];

		assert_in_range(room, 15, 1u << 20);
		take_objects(slabs[kind], room);
	}
	if (ep->space == NULL)
		return;
	assert_true(ep->space->table_limit - ep->space->table_count >= 4);
	for (uint32_t i = ep->space->table_count; i < ep->space->table_limit;
		i++)
		assert_true(page_pool_take(&spm->pool, &page));
}

void machine_use_all(struct spm *spm)
{
	go_to_the_limit(spm, &spm->nwd->ep);
	for (uint32_t i = 0; i < spm->partition_count; i++)
		go_to_the_limit(spm, &spm->partitions[i].ep);
}
