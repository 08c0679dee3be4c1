/*
 * Typed reading of a device tree that nobody has checked yet. Every function
 * that returns false has written one sentence that names file, node and
 * property.
 *
 * Not responsible for what the properties mean.
 *
 * Source: Devicetree Specification v0.4 §2.2 (values), §5 (flat format).
 */
#ifndef BOOT_FDT_READER_H
#define BOOT_FDT_READER_H

#include "base/types.h"
#include "boot/manifest.h"

struct fdt_reader {
	const void *fdt;
	const char *file; /* what the sentence calls it */
	struct manifest_error *error;
};

/* An array of 32-bit cells inside the blob. */
struct fdt_cells {
	const uint8_t *at;
	uint32_t count;
};

/* What the blob says of a node: libfdt's offset of it. */
typedef int fdt_node;

#define FDT_NODE_ROOT 0

/*
 * Checks the whole blob: header, blocks inside `size`, every tag, name and
 * property; afterwards libfdt can be let loose on it. `fdt` is 8-byte aligned.
 */
bool MUST_USE fdt_reader_open(const struct fdt_reader *reader, size_t size);

/* Bytes of the blob, when it has been opened. */
size_t fdt_reader_size(const struct fdt_reader *reader);

/* Writes the sentence; always false. `property` may be NULL. */
bool fdt_reader_refuse(const struct fdt_reader *reader, fdt_node node,
	const char *property, const char *why);

/* The same about a file as a whole, or what is no device tree. */
bool fdt_reader_refuse_file(const char *file, struct manifest_error *error,
	const char *property, const char *why);

bool fdt_reader_has(
	const struct fdt_reader *reader, fdt_node node, const char *property);
bool fdt_reader_is_compatible(
	const struct fdt_reader *reader, fdt_node node, const char *compatible);

/* Children in blob order; negative = no more, or not there. */
fdt_node fdt_reader_first_child(const struct fdt_reader *reader, fdt_node node);
fdt_node fdt_reader_next_child(const struct fdt_reader *reader, fdt_node node);
fdt_node fdt_reader_child_named(
	const struct fdt_reader *reader, fdt_node node, const char *name);
fdt_node fdt_reader_child_compatible(
	const struct fdt_reader *reader, fdt_node node, const char *compatible);

/* Whether the name of `node` begins with `prefix`. */
bool fdt_reader_name_begins(
	const struct fdt_reader *reader, fdt_node node, const char *prefix);

/* 0 = it has none. */
uint32_t fdt_reader_phandle(const struct fdt_reader *reader, fdt_node node);

/* Mandatory values: a missing property is refused. */
bool MUST_USE fdt_reader_u32(const struct fdt_reader *reader, fdt_node node,
	const char *property, uint32_t *out);
bool MUST_USE fdt_reader_u64(const struct fdt_reader *reader, fdt_node node,
	const char *property, uint64_t *out); /* one cell or two */
bool MUST_USE fdt_reader_cells(const struct fdt_reader *reader, fdt_node node,
	const char *property, struct fdt_cells *out);

/* NUL-terminated, shorter than `size`; copied. */
bool MUST_USE fdt_reader_string(const struct fdt_reader *reader, fdt_node node,
	const char *property, char *out, size_t size);

/* Whether the property is exactly this string; false when it is not there. */
bool fdt_reader_string_is(const struct fdt_reader *reader, fdt_node node,
	const char *property, const char *expected);

/* An empty property: presence is its value. */
bool MUST_USE fdt_reader_flag(const struct fdt_reader *reader, fdt_node node,
	const char *property, bool *out);

uint32_t fdt_cells_u32(struct fdt_cells cells, uint32_t index);

/* `width` cells (1 or 2) from `index`. */
uint64_t fdt_cells_u64(struct fdt_cells cells, uint32_t index, uint32_t width);

#endif
