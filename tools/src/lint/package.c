/*
 * Packages: what the header says against the file, the manifest that was given
 * with it, and the memory that the partition has.
 */
#include "package.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/cursor.h"

#define HEADER_SIZE 24u
#define V1_MANIFEST_OFFSET 24u

/* Less behind the image than any stack. */
#define ROOM_MIN (4 * PAGE_SIZE)

static struct finding *tell(
	const struct sp *sp, enum rule rule, const char *field)
{
	struct finding *f = report_add(sp->tree.report, rule, sp->package_file);

	f->order = sp->tree.order;
	f->property = field ? copy_text(field) : NULL;
	return f;
}

static void bad_field(const struct sp *sp, const char *field, const char *why,
	const char *advice)
{
	struct finding *f = tell(sp, RULE_PACKAGE_HEADER, field);

	reason(f, "%s", why);
	advise(f, "%s", advice);
}

/* --- Opened ----------------------------------------------------------------
 */

static void read_header(struct package *package)
{
	const uint8_t *at = package->bytes;

	package->version = get32(at + 4);
	package->header = (struct sp_package){
		.manifest_offset = get32(at + 8),
		.manifest_size = get32(at + 12),
		.image_offset = get32(at + 16),
		.image_size = get32(at + 20),
	};
}

static void compare(const struct sp *sp, const void *bytes, size_t size)
{
	struct dt inside = sp->tree;
	struct finding *f;

	inside.lines = NULL;
	inside.file = sp->package_file;
	dt_set(&inside, bytes, size);
	if (inside.sound && sp->tree.sound &&
		!dt_is_equal(&inside, &sp->tree)) {
		f = tell(sp, RULE_PACKAGE_MANIFEST, NULL);
		reason(f, "the manifest in it says something else than %s",
			sp->file);
		advise(f, "make the package again");
	}
	dt_free(&inside);
}

void package_open(struct sp *sp)
{
	struct package *package = &sp->package;
	const struct sp_package *header = &package->header;

	if (package->size < HEADER_SIZE)
		return;
	read_header(package);
	package->readable = memcmp(package->bytes, "SPKG", 4) == 0 &&
			    span_fits(header->manifest_offset,
				    header->manifest_size, package->size);
	if (!package->readable)
		return;
	if (sp->tree.fdt != NULL)
		compare(sp, package->bytes + header->manifest_offset,
			header->manifest_size);
	else if (sp->file == sp->package_file)
		dt_set(&sp->tree, package->bytes + header->manifest_offset,
			header->manifest_size);
}

/* --- Checked ---------------------------------------------------------------
 */

static void check_manifest_place(const struct sp *sp)
{
	const struct sp_package *header = &sp->package.header;

	if (sp->package.version == 1 &&
		header->manifest_offset != V1_MANIFEST_OFFSET)
		bad_field(sp, "pm_offset",
			"must be 24 in a package of version 1",
			"put the manifest right behind the header");
	if (sp->package.version == 2 &&
		(header->manifest_offset == 0 ||
			header->manifest_offset & PAGE_MASK))
		bad_field(sp, "pm_offset",
			"must be a whole number of pages, and not 0",
			"put the manifest at 0x1000");
	if (!span_fits(header->manifest_offset, header->manifest_size,
		    header->image_offset))
		bad_field(sp, "pm_size", "the manifest reaches into the image",
			"give the image a larger img_offset");
}

static void check_file(const struct lint *lint, const struct sp *sp)
{
	const struct sp_package *header = &sp->package.header;
	size_t size = sp->package.size;
	struct finding *f;

	if (!span_fits(header->manifest_offset, header->manifest_size, size) ||
		!span_fits(header->image_offset, header->image_size, size)) {
		f = tell(sp, RULE_PACKAGE_SIZE, NULL);
		reason(f, "has %zu bytes; by its header it should have %llu",
			size,
			(unsigned long long)header->image_offset +
				header->image_size);
		advise(f, "it is cut off: make it again");
	}
	if (size > lint->machine->package_size) {
		f = tell(sp, RULE_PACKAGE_SIZE, NULL);
		reason(f, "has %zu bytes; the firmware loads at most %llu",
			size, (unsigned long long)lint->machine->package_size);
		advise(f, "make the image smaller, and let the partition ask "
			  "for memory in its manifest");
	}
}

static void check_header(const struct sp *sp)
{
	const struct package *package = &sp->package;

	if (memcmp(package->bytes, "SPKG", 4) != 0)
		bad_field(sp, "magic", "there is no SP package",
			"make one with TF-A's sptool");
	if (package->version != 1 && package->version != 2)
		bad_field(sp, "version", "must be 1 or 2",
			"make it with TF-A's sptool");
	check_manifest_place(sp);
	if (package->header.image_offset & PAGE_MASK)
		bad_field(sp, "img_offset", "is not page aligned",
			"put the image at 0x4000");
	if (package->header.image_size == 0)
		bad_field(sp, "img_size", "is zero",
			"put an image into the package");
}

/* What a package takes at least, with that manifest. */
static uint64_t least_size(const struct sp *sp)
{
	uint64_t size = (sp->tree.size + PAGE_MASK) & ~PAGE_MASK;

	if (sp->package.readable)
		return (uint64_t)sp->package.header.image_offset +
		       sp->package.header.image_size;
	return PAGE_SIZE + size + PAGE_SIZE;
}

static void check_memory(const struct lint *lint, const struct sp *sp)
{
	uint64_t needed = least_size(sp);
	uint64_t size = sp->vm->range.pages << PAGE_SHIFT;
	struct finding *f;

	if (needed > size) {
		f = dt_report(&lint->spmc.tree, RULE_PACKAGE_SIZE, sp->vm->node,
			"mem_size");
		reason(f, "is 0x%llx, but the package of %s takes 0x%llx bytes",
			(unsigned long long)size, sp->file,
			(unsigned long long)needed);
		advise(f,
			"write at least 0x%llx, and what the partition needs "
			"as stack and heap",
			(unsigned long long)((needed + PAGE_MASK) &
					     ~PAGE_MASK));
	} else if (sp->package.readable && size - needed < ROOM_MIN) {
		f = dt_report(&lint->spmc.tree, RULE_PACKAGE_ROOM, sp->vm->node,
			"mem_size");
		reason(f,
			"leaves 0x%llx bytes behind the image for zeroed "
			"data, stack and heap",
			(unsigned long long)(size - needed));
		advise(f, "write a larger one, or let the manifest ask for "
			  "memory");
	}
}

void package_check(struct lint *lint, struct sp *sp)
{
	if (sp->package.bytes != NULL && sp->package.size < HEADER_SIZE) {
		bad_field(sp, "magic",
			"is too short for the header of a package",
			"make it with TF-A's sptool");
		return;
	}
	if (sp->package.bytes != NULL) {
		check_header(sp);
		check_file(lint, sp);
	}
	if (sp->vm != NULL && sp->vm->has_range)
		check_memory(lint, sp);
}
