/*
 * Changes of a compiled tree that leave it a sound tree: properties and nodes
 * that go, cells that become something else.
 */
#ifndef TESTS_UNIT_LINT_MUTATIONS_H
#define TESTS_UNIT_LINT_MUTATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
	void *fdt;
	size_t size;
};

/* How many there are of each; `index` below is less. */
unsigned mutations_properties(const struct blob *blob);
unsigned mutations_nodes(const struct blob *blob); /* without the root */
unsigned mutations_cells(const struct blob *blob);

/* The name of what goes, for a message. */
const char *mutations_drop_property(struct blob *blob, unsigned index);
const char *mutations_drop_node(struct blob *blob, unsigned index);

/* Cells of all properties, in blob order; what was there comes back. */
uint32_t mutations_set_cell(struct blob *blob, unsigned index, uint32_t value);
uint32_t mutations_get_cell(const struct blob *blob, unsigned index);

#endif
