/* Memory for ffa-lint and for boot; see the header. */
#include "unit/lint/machine_of_lint.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "boot/boot.h"
#include "host/port_host.h"
#include "lint/memory.h"

/* A boot touches all of the secure memory. */
#define SECURE_PAGES_MAX 0x4000

static struct spmc_manifest manifest;

static bool is_ns(const struct memory_range *range)
{
	return range->class == MEMORY_NS || range->class == MEMORY_NS_DEVICE;
}

static bool read_manifest(const struct lint *lint)
{
	struct manifest_error error;

	return manifest_read_spmc(
		lint->spmc.tree.fdt, lint->spmc.tree.size, &manifest, &error);
}

void machine_prepare(const struct lint *lint)
{
	host_reset();
	if (!read_manifest(lint))
		return;
	for (uint32_t i = 0; i < manifest.range_count; i++)
		if (range_end(manifest.range[i].range) <= HOST_MEMORY_SIZE)
			host_memory_declare(manifest.range[i].range,
				is_ns(&manifest.range[i]));
}

void memory_place(uint64_t at, const void *bytes, size_t size)
{
	if (at < HOST_MEMORY_SIZE && size <= HOST_MEMORY_SIZE - at)
		memcpy(host_memory(paddr(at)), bytes, size);
}

/* The boot that follows reads them, too. */
void memory_clear(void)
{
}

static bool is_possible(void)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < manifest.range_count; i++) {
		const struct memory_range *range = &manifest.range[i];

		if (range->class != MEMORY_SECURE)
			continue;
		pages += range->range.pages;
		if (range_end(range->range) > HOST_MEMORY_SIZE)
			return false;
	}
	return pages <= SECURE_PAGES_MAX;
}

/* NULL after a panic. */
static struct spm *boot(struct range image)
{
	jmp_buf back;

	host_panic_catch(&back);
	if (setjmp(back) != 0)
		return NULL;
	return boot_primary(&manifest, image);
}

struct booted machine_start(const struct lint *lint)
{
	struct booted booted = {.possible = true};
	struct spm *spm;

	if (!read_manifest(lint))
		return booted;
	booted.possible = is_possible();
	if (!booted.possible)
		return booted;
	spm = boot(lint->spmc.image);
	host_panic_catch(NULL);
	if (spm == NULL) {
		snprintf(booted.sentence, sizeof(booted.sentence), "%s",
			host_panic_text());
		return booted;
	}
	booted.starts = true;
	booted.count = spm->partition_count;
	for (uint32_t i = 0; i < booted.count; i++)
		booted.id[i] = spm->partitions[i].ep.id;
	return booted;
}
