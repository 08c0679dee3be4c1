/*
 * A manifest as a tree: values that may be wrong in any way, read without
 * stopping at the first that is. What says "wrong" is a finding, and made
 * elsewhere; here a value is there and of its type, or it is not.
 */
#ifndef LINT_DT_H
#define LINT_DT_H

#include "boot/fdt_reader.h"
#include "lines.h"
#include "report.h"

#define DT_PATH_SIZE 256

/* A finding about the file as a whole, not about a node. */
#define DT_FILE (-1)

struct dt {
	const char *file; /* what findings call it */
	unsigned order;   /* its place on the command line */
	void *fdt;        /* NULL: there is none */
	size_t size;
	bool sound; /* it can be read without fear */
	struct lines *lines;
	struct report *report;
};

/* Takes over a copy of the bytes; a damaged tree is a finding. */
void dt_set(struct dt *tree, const void *bytes, size_t size);
void dt_free(struct dt *tree);

/* Whether both say the same, in the same order. Both are sound. */
bool dt_is_equal(const struct dt *a, const struct dt *b);

/* `property` may be NULL. */
struct finding *dt_report(const struct dt *tree, enum rule rule, fdt_node node,
	const char *property);

/* "/memory-regions/gift"; cut off where it is too long. */
struct dt_path {
	char text[DT_PATH_SIZE];
};
struct dt_path dt_path(const struct dt *tree, fdt_node node);
const char *dt_name(const struct dt *tree, fdt_node node);

/* For the image's own code. */
struct fdt_reader dt_reader(
	const struct dt *tree, struct manifest_error *error);

bool dt_has(const struct dt *tree, fdt_node node, const char *property);
bool dt_u32(const struct dt *tree, fdt_node node, const char *property,
	uint32_t *out);
bool dt_u64(const struct dt *tree, fdt_node node, const char *property,
	uint64_t *out);
bool dt_cells(const struct dt *tree, fdt_node node, const char *property,
	struct fdt_cells *out);
bool dt_string(const struct dt *tree, fdt_node node, const char *property,
	char *out, size_t size);
/* The first string of a list, as it is; NULL = none. */
const char *dt_text(const struct dt *tree, fdt_node node, const char *property);

fdt_node dt_first(const struct dt *tree, fdt_node node);
fdt_node dt_next(const struct dt *tree, fdt_node node);
fdt_node dt_child(const struct dt *tree, fdt_node node, const char *name);
fdt_node dt_compatible(const struct dt *tree, const char *compatible);
bool dt_is(const struct dt *tree, fdt_node node, const char *compatible);

/* The properties of a node; NULL = no more. Start with *cursor = 0. */
const char *dt_property(const struct dt *tree, fdt_node node, int *cursor);

#endif
