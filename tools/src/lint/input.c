/* Files; see the header. */
#define _GNU_SOURCE
#include "input.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/checked.h"
#include "dts.h"
#include "package.h"

/* Larger ones are something else. */
#define FILE_SIZE_MAX (64ul << 20)

struct bytes {
	char *at; /* a NUL follows */
	size_t size;
};

/* --- Reading ---------------------------------------------------------------
 */

static bool read_all(FILE *file, struct bytes *out)
{
	size_t room = 1 << 16;

	*out = (struct bytes){must_have(malloc(room)), 0};
	while (out->size < FILE_SIZE_MAX) {
		out->size += fread(
			out->at + out->size, 1, room - out->size - 1, file);
		out->at[out->size] = '\0';
		if (feof(file) || ferror(file))
			return !ferror(file);
		room *= 2;
		out->at = must_have(realloc(out->at, room));
	}
	errno = EFBIG;
	return false;
}

static bool read_file(const char *name, struct bytes *out)
{
	FILE *file = fopen(name, "rb");
	bool good = false;

	*out = (struct bytes){NULL, 0};
	if (file != NULL)
		good = read_all(file, out);
	if (!good) {
		fprintf(stderr, "ffa-lint: cannot read %s: %s\n", name,
			strerror(errno));
		free(out->at);
	}
	if (file != NULL)
		fclose(file);
	return good;
}

/* --- What a file is --------------------------------------------------------
 */

enum kind {
	KIND_SOURCE,
	KIND_BLOB,
	KIND_PACKAGE,
};

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name);
	size_t tail = strlen(end);

	return length >= tail && strcmp(name + length - tail, end) == 0;
}

/* By its name where that says it: a damaged file is told as what it was. */
static enum kind kind_of(const char *name, const struct bytes *bytes)
{
	if (ends_with(name, ".dts"))
		return KIND_SOURCE;
	if (ends_with(name, ".dtb"))
		return KIND_BLOB;
	if (ends_with(name, ".pkg"))
		return KIND_PACKAGE;
	if (bytes->size >= 4 && memcmp(bytes->at, "\xd0\x0d\xfe\xed", 4) == 0)
		return KIND_BLOB;
	if (bytes->size >= 4 && memcmp(bytes->at, "SPKG", 4) == 0)
		return KIND_PACKAGE;
	return KIND_SOURCE;
}

static bool read_tree(struct dt *tree, const struct bytes *bytes)
{
	if (kind_of(tree->file, bytes) == KIND_SOURCE)
		return dts_compile(tree, bytes->at);
	dt_set(tree, bytes->at, bytes->size);
	return true;
}

/* --- An argument ------------------------------------------------
 */

static char *cut(char *text, char *at)
{
	if (at == NULL)
		return NULL;
	*at = '\0';
	return at == text ? NULL : at + 1;
}

/* "@0x0e300000" at the end; a file's name may have an @, too. */
static void take_address(struct sp *sp)
{
	char *at = strrchr(sp->argument, '@');
	char *end;

	if (at == NULL || at[1] == '\0')
		return;
	errno = 0;
	sp->address = strtoull(at + 1, &end, 0);
	sp->has_address = *end == '\0' && errno == 0;
	if (sp->has_address)
		*at = '\0';
}

static void split(struct sp *sp, const char *argument)
{
	char *file;

	sp->argument = copy_text(argument);
	sp->file = sp->argument;
	if (access(argument, F_OK) == 0)
		return;
	take_address(sp);
	file = cut(sp->argument, strchr(sp->argument, '='));
	if (file != NULL) {
		sp->name = sp->argument;
		sp->file = file;
	}
	sp->package_file = cut(sp->argument, strrchr(sp->file, ','));
}

static bool read_package(struct sp *sp)
{
	struct bytes bytes;

	if (!read_file(sp->package_file, &bytes))
		return false;
	sp->package.bytes = (uint8_t *)bytes.at;
	sp->package.size = bytes.size;
	package_open(sp);
	return true;
}

/* The manifest of a file of its own, or that in the package. */
static bool read_manifest(struct sp *sp)
{
	struct bytes bytes;
	bool good;

	if (!read_file(sp->file, &bytes))
		return false;
	if (kind_of(sp->file, &bytes) == KIND_PACKAGE) {
		free(bytes.at);
		sp->package_file = sp->file;
		return read_package(sp);
	}
	good = read_tree(&sp->tree, &bytes);
	free(bytes.at);
	return good && (sp->package_file == NULL || read_package(sp));
}

static bool input_sp(struct lint *lint, const char *argument)
{
	struct sp *sp = &lint->sp[lint->sp_count];

	if (lint->sp_count == LINT_SPS_MAX) {
		fprintf(stderr, "ffa-lint: more than %u files\n", LINT_SPS_MAX);
		return false;
	}
	lint->sp_count++;
	split(sp, argument);
	sp->tree = (struct dt){
		.file = sp->file,
		.order = lint->sp_count,
		.report = &lint->report,
	};
	return read_manifest(sp);
}

/* --- All arguments ---------------------------------------------------------
 */

static unsigned find_spmc(const struct lint *lint)
{
	for (unsigned i = 0; i < lint->sp_count; i++) {
		const struct dt *tree = &lint->sp[i].tree;

		if (tree->sound &&
			dt_is(tree, FDT_NODE_ROOT, "arm,ffa-core-manifest-1.0"))
			return i;
	}
	return 0;
}

/* Any order will do: `ffa-lint *.dts` is what one types. */
static bool take_spmc(struct lint *lint)
{
	unsigned index = find_spmc(lint);
	struct sp *sp = &lint->sp[index];

	if (sp->name != NULL || sp->has_address || sp->package_file != NULL) {
		fprintf(stderr,
			"ffa-lint: %s is the manager's manifest: it takes no "
			"NAME=, package or @ADDRESS\n",
			sp->file);
		return false;
	}
	lint->spmc.argument = sp->argument;
	lint->spmc.tree = sp->tree;
	lint->sp_count--;
	memmove(sp, sp + 1, (lint->sp_count - index) * sizeof(*sp));
	return true;
}

bool input_files(struct lint *lint, char *const arguments[])
{
	for (; *arguments != NULL; arguments++)
		if (!input_sp(lint, *arguments))
			return false;
	return take_spmc(lint);
}

/* --- The manager's image ---------------------------------------------------
 */

/* Memory that one segment takes; widens *image. */
static void add_segment(const Elf64_Phdr *segment, struct range *image)
{
	uint64_t base = segment->p_vaddr & ~PAGE_MASK;
	uint64_t end = image->pages ? range_end(*image) : 0;
	uint64_t last;

	if (segment->p_type != PT_LOAD || segment->p_memsz == 0 ||
		!add_u64(segment->p_vaddr, segment->p_memsz + PAGE_MASK, &last))
		return;
	last &= ~PAGE_MASK;
	if (end < last)
		end = last;
	if (image->pages == 0 || base < image->base.v)
		image->base.v = base;
	image->pages = (end - image->base.v) >> PAGE_SHIFT;
}

static bool read_elf(const struct bytes *bytes, struct range *image)
{
	Elf64_Ehdr header;

	if (bytes->size < sizeof(header) ||
		memcmp(bytes->at, ELFMAG, SELFMAG) != 0 ||
		bytes->at[EI_CLASS] != ELFCLASS64)
		return false;
	memcpy(&header, bytes->at, sizeof(header));
	if (!span_fits(header.e_phoff,
		    (uint64_t)header.e_phnum * sizeof(Elf64_Phdr), bytes->size))
		return false;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		memcpy(&segment,
			bytes->at + header.e_phoff + i * sizeof(segment),
			sizeof(segment));
		add_segment(&segment, image);
	}
	return image->pages > 0;
}

bool input_image(struct lint *lint, const char *file)
{
	struct range *image = &lint->image_given;
	struct bytes bytes;

	if (!read_file(file, &bytes))
		return false;
	*image = (struct range){0};
	if (!read_elf(&bytes, image)) {
		image->pages = (bytes.size + PAGE_MASK) >> PAGE_SHIFT;
		/* A flat file ends before bss and stacks. */
		if (image->pages < lint->machine->image_pages)
			image->pages = lint->machine->image_pages;
	}
	free(bytes.at);
	return true;
}
