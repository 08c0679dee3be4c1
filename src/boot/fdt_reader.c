/* Typed reading of an unchecked device tree; see the header. */
#include "boot/fdt_reader.h"

#include "base/mem.h"

#include <libfdt.h>

/* Deeper trees than any manifest; keeps libfdt's walks short. */
#define DEPTH_MAX 8

/* A sentence under construction: cut off, never overrun. */
struct sentence {
	char *text;
	size_t length;
};

static void add(struct sentence *sentence, const char *text)
{
	while (*text && sentence->length < MANIFEST_ERROR_SIZE - 1) {
		char c = *text++;

		/* Names come from the blob: nothing may reach a terminal. */
		sentence->text[sentence->length++] =
			c >= ' ' && c <= '~' ? c : '?';
	}
	sentence->text[sentence->length] = '\0';
}

bool fdt_reader_refuse(const struct fdt_reader *reader, fdt_node node,
	const char *property, const char *why)
{
	struct sentence sentence = {reader->error->text, 0};
	const char *name = NULL;

	add(&sentence, reader->file);
	if (node > FDT_NODE_ROOT)
		name = fdt_get_name(reader->fdt, node, NULL);
	if (node == FDT_NODE_ROOT)
		name = "/";
	if (name) {
		add(&sentence, ": node ");
		add(&sentence, name);
	}
	if (property) {
		add(&sentence, ": property ");
		add(&sentence, property);
	}
	add(&sentence, ": ");
	add(&sentence, why);
	return false;
}

bool fdt_reader_refuse_file(const char *file, struct manifest_error *error,
	const char *property, const char *why)
{
	const struct fdt_reader reader = {NULL, file, error};

	return fdt_reader_refuse(&reader, -1, property, why);
}

/* Before the blob is known to be sound there is no node to name. */
static bool refuse_blob(const struct fdt_reader *reader, const char *why)
{
	return fdt_reader_refuse(reader, -1, NULL, why);
}

struct walk {
	int offset;
	int depth;
	bool had_child; /* of the node that is open: properties come first */
};

/* One tag of the structure block; false when the tree is malformed. */
static bool step(const void *fdt, struct walk *walk, uint32_t *tag)
{
	int at = walk->offset;
	int length;

	*tag = fdt_next_tag(fdt, at, &walk->offset);
	switch (*tag) {
	case FDT_BEGIN_NODE:
		walk->had_child = false;
		return ++walk->depth <= DEPTH_MAX &&
		       fdt_get_name(fdt, at, &length);
	case FDT_END_NODE:
		walk->had_child = true;
		return --walk->depth >= 0;
	case FDT_PROP: {
		const char *name;

		return walk->depth > 0 && !walk->had_child &&
		       fdt_getprop_by_offset(fdt, at, &name, &length) && name;
	}
	case FDT_NOP:
		return true;
	case FDT_END:
		return walk->depth == 0 && walk->offset >= 0;
	default:
		return false;
	}
}

static bool structure_is_sound(const void *fdt)
{
	struct walk walk = {0};
	uint32_t roots = 0;
	uint32_t tag;

	/* The first tag is the root; after it closes only the end may come. */
	do {
		bool at_top = walk.depth == 0;

		if (!step(fdt, &walk, &tag))
			return false;
		roots += at_top && tag == FDT_BEGIN_NODE;
	} while (tag != FDT_END);
	return roots == 1;
}

bool fdt_reader_open(const struct fdt_reader *reader, size_t size)
{
	const void *fdt = reader->fdt;

	if ((uintptr_t)fdt & 7)
		return refuse_blob(reader, "is not 8-byte aligned");
	if (size < sizeof(struct fdt_header))
		return refuse_blob(reader, "is too short for a device tree");
	if (fdt_check_header(fdt) != 0)
		return refuse_blob(reader, "has no valid device tree header");
	/* Older formats have no size of the structure block to check by. */
	if (fdt_version(fdt) < 17)
		return refuse_blob(reader, "is older than version 17");
	if (fdt_totalsize(fdt) > size)
		return refuse_blob(reader, "is longer than its place");
	if (fdt_off_dt_struct(fdt) & 3)
		return refuse_blob(reader, "has a misaligned structure block");
	if (!structure_is_sound(fdt))
		return refuse_blob(reader, "is a malformed device tree");
	return true;
}

size_t fdt_reader_size(const struct fdt_reader *reader)
{
	return fdt_totalsize(reader->fdt);
}

bool fdt_reader_has(
	const struct fdt_reader *reader, fdt_node node, const char *property)
{
	int length;

	return fdt_getprop(reader->fdt, node, property, &length) != NULL;
}

bool fdt_reader_is_compatible(
	const struct fdt_reader *reader, fdt_node node, const char *compatible)
{
	return fdt_node_check_compatible(reader->fdt, node, compatible) == 0;
}

fdt_node fdt_reader_first_child(const struct fdt_reader *reader, fdt_node node)
{
	return fdt_first_subnode(reader->fdt, node);
}

fdt_node fdt_reader_next_child(const struct fdt_reader *reader, fdt_node node)
{
	return fdt_next_subnode(reader->fdt, node);
}

fdt_node fdt_reader_child_named(
	const struct fdt_reader *reader, fdt_node node, const char *name)
{
	return fdt_subnode_offset(reader->fdt, node, name);
}

fdt_node fdt_reader_child_compatible(
	const struct fdt_reader *reader, fdt_node node, const char *compatible)
{
	fdt_node child = fdt_reader_first_child(reader, node);

	while (child >= 0 &&
		!fdt_reader_is_compatible(reader, child, compatible))
		child = fdt_reader_next_child(reader, child);
	return child;
}

bool fdt_reader_name_begins(
	const struct fdt_reader *reader, fdt_node node, const char *prefix)
{
	const char *name = fdt_get_name(reader->fdt, node, NULL);

	if (!name)
		return false;
	/* The name's NUL ends this, too. */
	for (; *prefix; prefix++, name++) {
		if (*prefix != *name)
			return false;
	}
	return true;
}

uint32_t fdt_reader_phandle(const struct fdt_reader *reader, fdt_node node)
{
	return fdt_get_phandle(reader->fdt, node);
}

bool fdt_reader_cells(const struct fdt_reader *reader, fdt_node node,
	const char *property, struct fdt_cells *out)
{
	int length;
	const void *at = fdt_getprop(reader->fdt, node, property, &length);

	if (!at)
		return fdt_reader_refuse(reader, node, property, "is missing");
	if (length == 0 || length % 4 != 0)
		return fdt_reader_refuse(
			reader, node, property, "is not a list of cells");
	*out = (struct fdt_cells){at, (uint32_t)length / 4};
	return true;
}

uint32_t fdt_cells_u32(struct fdt_cells cells, uint32_t index)
{
	const uint8_t *at = cells.at + 4 * (size_t)index;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	       (uint32_t)at[2] << 8 | at[3];
}

uint64_t fdt_cells_u64(struct fdt_cells cells, uint32_t index, uint32_t width)
{
	uint64_t value = fdt_cells_u32(cells, index);

	if (width == 2)
		value = value << 32 | fdt_cells_u32(cells, index + 1);
	return value;
}

bool fdt_reader_u32(const struct fdt_reader *reader, fdt_node node,
	const char *property, uint32_t *out)
{
	struct fdt_cells cells;

	if (!fdt_reader_cells(reader, node, property, &cells))
		return false;
	if (cells.count != 1)
		return fdt_reader_refuse(
			reader, node, property, "is not one cell");
	*out = fdt_cells_u32(cells, 0);
	return true;
}

bool fdt_reader_u64(const struct fdt_reader *reader, fdt_node node,
	const char *property, uint64_t *out)
{
	struct fdt_cells cells;

	if (!fdt_reader_cells(reader, node, property, &cells))
		return false;
	if (cells.count > 2)
		return fdt_reader_refuse(
			reader, node, property, "is not one or two cells");
	*out = fdt_cells_u64(cells, 0, cells.count);
	return true;
}

bool fdt_reader_string(const struct fdt_reader *reader, fdt_node node,
	const char *property, char *out, size_t size)
{
	int length;
	const char *at = fdt_getprop(reader->fdt, node, property, &length);

	if (!at)
		return fdt_reader_refuse(reader, node, property, "is missing");
	for (int i = 0; i < length - 1; i++) {
		if (at[i] == '\0')
			return fdt_reader_refuse(reader, node, property,
				"is not a single string");
	}
	if (length == 0 || at[length - 1] != '\0')
		return fdt_reader_refuse(
			reader, node, property, "is not a string");
	if ((size_t)length > size)
		return fdt_reader_refuse(reader, node, property, "is too long");
	memcpy(out, at, (size_t)length);
	return true;
}

bool fdt_reader_string_is(const struct fdt_reader *reader, fdt_node node,
	const char *property, const char *expected)
{
	int length;
	const char *at = fdt_getprop(reader->fdt, node, property, &length);

	for (; at && length > 0; at++, expected++, length--) {
		if (*at != *expected)
			return false;
		if (*at == '\0')
			return length == 1;
	}
	return false;
}

bool fdt_reader_flag(const struct fdt_reader *reader, fdt_node node,
	const char *property, bool *out)
{
	int length;
	const void *at = fdt_getprop(reader->fdt, node, property, &length);

	*out = at != NULL;
	if (at && length != 0)
		return fdt_reader_refuse(reader, node, property,
			"is a flag and must have no value");
	return true;
}
