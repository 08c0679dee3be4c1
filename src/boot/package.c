/*
 * SP packages. The header comes from the flash of the machine, but whoever
 * packed it is not trusted more than the partition itself.
 */
#include "boot/package.h"

#include "base/checked.h"
#include "base/cursor.h"
#include "boot/fdt_reader.h"

#define MAGIC 0x474b5053u      /* "SPKG" */
#define V1_MANIFEST_OFFSET 24u /* right behind the header */

/* What the two versions disagree on; NULL = good. */
static const char *bad_manifest_offset(uint32_t version, uint32_t offset)
{
	if (version == 1 && offset != V1_MANIFEST_OFFSET)
		return "must be 24 in a package of version 1";
	if (version == 2 && (offset == 0 || offset & PAGE_MASK))
		return "must be a whole number of pages, and not 0";
	return NULL;
}

bool package_read(const void *header, uint64_t size, const char *name,
	struct sp_package *out, struct manifest_error *error)
{
	const uint8_t *at = header;
	uint32_t version;
	const char *why;

	if (size < PAGE_SIZE)
		return fdt_reader_refuse_file(
			name, error, "mem_size", "is below one page");
	version = get32(at + 4);
	*out = (struct sp_package){
		.manifest_offset = get32(at + 8),
		.manifest_size = get32(at + 12),
		.image_offset = get32(at + 16),
		.image_size = get32(at + 20),
	};
	if (get32(at) != MAGIC)
		return fdt_reader_refuse_file(
			name, error, "magic", "there is no SP package");
	if (version != 1 && version != 2)
		return fdt_reader_refuse_file(
			name, error, "version", "must be 1 or 2");
	why = bad_manifest_offset(version, out->manifest_offset);
	if (why)
		return fdt_reader_refuse_file(name, error, "pm_offset", why);
	if (out->image_offset & PAGE_MASK)
		return fdt_reader_refuse_file(
			name, error, "img_offset", "is not page aligned");
	if (!span_fits(out->manifest_offset, out->manifest_size,
		    out->image_offset))
		return fdt_reader_refuse_file(name, error, "pm_size",
			"the manifest reaches into the image");
	if (out->image_size == 0)
		return fdt_reader_refuse_file(
			name, error, "img_size", "is zero");
	if (!span_fits(out->image_offset, out->image_size, size))
		return fdt_reader_refuse_file(name, error, "img_size",
			"the package is larger than the partition's memory");
	return true;
}
