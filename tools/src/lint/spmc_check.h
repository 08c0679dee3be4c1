/* Between the files that look at the manager's manifest. */
#ifndef LINT_SPMC_CHECK_H
#define LINT_SPMC_CHECK_H

#include "lint.h"

/* A child of the root that must be there; negative, and a finding: it is not.
 */
fdt_node spmc_need_node(
	const struct dt *tree, const char *name, const char *advice);

/* Reads and checks the memory map. */
void memory_check(struct lint *lint);

/* Whether the node is one of memory, or looks like one. */
bool memory_is_node(const struct dt *tree, fdt_node node);

/* The node `hypervisor` and its vmN. The memory map has been read. */
void vms_check(struct lint *lint);

#endif
