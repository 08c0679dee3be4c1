/*
 * Which properties a node may have, and of which type each is. The types are
 * judged by the image's own code.
 */
#ifndef LINT_SCHEMA_H
#define LINT_SCHEMA_H

#include "dt.h"

enum value_type {
	VALUE_ANY, /* nobody looks at it */
	VALUE_FLAG,
	VALUE_U32,
	VALUE_U64, /* one cell or two */
	VALUE_CELLS,
	VALUE_STRING,
};

struct property_rule {
	const char *name;
	enum value_type type;
	const char
		*example;   /* what to write where it must be; NULL: may miss */
	const char *effect; /* why it has none; NULL: it has, or needs none */
	size_t size;        /* of a string, with its NUL */
};

struct schema {
	const struct property_rule *rule;
	unsigned count;
};

extern const struct schema schema_spmc_root, schema_attribute,
	schema_hypervisor, schema_vm, schema_cpus, schema_cpu, schema_memory;
extern const struct schema schema_sp_root, schema_service, schema_boot_info,
	schema_buffers, schema_group, schema_memory_region,
	schema_device_region;

/* Everything but what values mean: missing, of a wrong type, unknown. */
void schema_check(
	const struct dt *tree, fdt_node node, const struct schema *schema);

/* The same for one property; true: it is there, and of its type. */
bool schema_check_property(
	const struct dt *tree, fdt_node node, const struct property_rule *rule);

/* The value is of its type, but out of bounds. */
struct finding *schema_bad_value(const struct dt *tree, fdt_node node,
	const char *property, const char *why);

/* The name in `names` that `name` was perhaps meant to be; -1 = none. */
int schema_nearest(const char *name, const char *const names[], unsigned count);

#endif
