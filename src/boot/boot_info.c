/* The boot information blob: one header, one descriptor for the manifest. */
#include "boot/boot_info.h"

#include "base/cursor.h"
#include "base/mem.h"

#define SIGNATURE 0x0ffau
/* The oldest version of this layout: every receiver accepts it. */
#define VERSION 0x10001u
#define HEADER_SIZE 32u
#define DESCRIPTOR_SIZE 32u
#define BLOB_SIZE (HEADER_SIZE + DESCRIPTOR_SIZE)

#define TYPE_STANDARD_FDT 0u
#define FLAGS_STRING_AND_ADDRESS 0u

static void write_header(uint8_t *at)
{
	put32(at + 0, SIGNATURE);
	put32(at + 4, VERSION);
	put32(at + 8, BLOB_SIZE);
	put32(at + 12, DESCRIPTOR_SIZE);
	put32(at + 16, 1); /* descriptors */
	put32(at + 20, HEADER_SIZE);
}

static void write_descriptor(uint8_t *at, uint64_t address, uint32_t size)
{
	static const char name[16] = "ffa_manifest";

	memcpy(at, name, sizeof(name));
	at[16] = TYPE_STANDARD_FDT;
	put16(at + 18, FLAGS_STRING_AND_ADDRESS);
	put32(at + 20, size);
	put64(at + 24, address);
}

size_t boot_info_write(
	void *blob, size_t size, uint64_t fdt_address, uint32_t fdt_size)
{
	uint8_t *at = blob;

	if (size < BLOB_SIZE)
		return 0;
	memset(at, 0, BLOB_SIZE);
	write_header(at);
	write_descriptor(at + HEADER_SIZE, fdt_address, fdt_size);
	return BLOB_SIZE;
}
