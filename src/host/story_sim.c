/*
 * story-sim OUTDIR SPMC.dtb SP1.dtb SP2.dtb: the story of `make run` in one
 * host process: same manifests, same programs, same manager, no firmware.
 * Writes OUTDIR/secure.log and OUTDIR/ns.log, as tools/qemu does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "boot/boot.h"
#include "host/port_host.h"
#include "host/sim_guest.h"
#include "host/sim_world.h"

#define IMAGE_BASE 0x0e100000ull
#define IMAGE_PAGES 72u
#define MANIFEST_OFFSET 0x1000u
#define IMAGE_OFFSET 0x4000u
#define FILE_SIZE_MAX 0x3000u

void agent_main(void);
void client_main(void);

static FILE *secure_log;

static FILE *open_log(const char *dir, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (file == NULL) {
		perror(path);
		exit(2);
	}
	return file;
}

static size_t read_file(const char *path, void *at)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	if (file == NULL) {
		perror(path);
		exit(2);
	}
	size = fread(at, 1, FILE_SIZE_MAX, file);
	fclose(file);
	return size;
}

static void write_console(void *context, const char *text, size_t length)
{
	(void)context;
	fwrite(text, 1, length, secure_log);
}

/* An SP package, version 2, without an image: the program is linked here. */
static void place_package(const struct manifest_vm *vm, const char *path)
{
	uint8_t *at = host_memory(vm->load_address);
	size_t size = read_file(path, at + MANIFEST_OFFSET);

	memcpy(at, "SPKG", 4);
	put32(at + 4, 2);
	put32(at + 8, MANIFEST_OFFSET);
	put32(at + 12, (uint32_t)size);
	put32(at + 16, IMAGE_OFFSET);
	put32(at + 20, (uint32_t)PAGE_SIZE);
}

static void declare_memory(const struct spmc_manifest *manifest)
{
	for (uint32_t i = 0; i < manifest->range_count; i++) {
		const struct memory_range *range = &manifest->range[i];

		host_memory_declare(
			range->range, range->class == MEMORY_NS ||
					      range->class == MEMORY_NS_DEVICE);
	}
}

static struct spmc_manifest *read_manifest(const char *path)
{
	static struct spmc_manifest manifest;
	static uint64_t bytes[FILE_SIZE_MAX / sizeof(uint64_t)];
	struct manifest_error error;
	size_t size = read_file(path, bytes);

	if (!manifest_read_spmc(bytes, size, &manifest, &error)) {
		fprintf(stderr, "story-sim: %s\n", error.text);
		exit(2);
	}
	return &manifest;
}

int main(int argc, char **argv)
{
	static sim_program *const agents[] = {agent_main, agent_main};
	struct sim_programs programs = {
		.nwd = client_main,
		.partitions = agents,
	};
	struct range image = {paddr(IMAGE_BASE), IMAGE_PAGES};
	struct spmc_manifest *manifest;
	FILE *ns_log;

	if (argc != 5) {
		fprintf(stderr,
			"usage: story-sim OUTDIR SPMC.dtb SP1.dtb SP2.dtb\n");
		return 2;
	}
	host_reset();
	host_time_set(0, 1000);
	manifest = read_manifest(argv[2]);
	declare_memory(manifest);
	for (uint32_t i = 0; i < manifest->vm_count && i < 2; i++)
		place_package(&manifest->vm[i], argv[3 + i]);
	secure_log = open_log(argv[1], "secure.log");
	ns_log = open_log(argv[1], "ns.log");
	host_console_set(write_console, NULL);
	sim_guest_console(ns_log);
	sim_run(boot_primary(manifest, image), &programs);
	fclose(secure_log);
	fclose(ns_log);
	return 0;
}
