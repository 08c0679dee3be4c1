/*
 * What the manifests may say, node by node. Sources: TF-A's manifest bindings,
 * FF-A 1.2 §5.2; effects: docs/LIMITS.md.
 */
#include "schema.h"

#include "boot/manifest_sp.h"

#define SCHEMA(name)                                                           \
	const struct schema schema_##name = {                                  \
		name##_rules, ARRAY_COUNT(name##_rules)}

#define NOT_READ "it is not read"
#define NO_ACTIVATION "there is no live activation"
#define NO_PLAIN_VM "only FF-A partitions are loaded"

/* --- The manager's manifest ------------------------------------------------
 */

static const struct property_rule spmc_root_rules[] = {
	{.name = "#address-cells", .type = VALUE_U32},
	{.name = "#size-cells", .type = VALUE_U32},
	{.name = "model"},
};

static const struct property_rule attribute_rules[] = {
	{"spmc_id", VALUE_U32, "spmc_id = <0x8000>;", NULL, 0},
	{"maj_ver", VALUE_U32, "maj_ver = <1>;", NULL, 0},
	{"min_ver", VALUE_U32, "min_ver = <2>;", NULL, 0},
	{.name = "exec_state", .type = VALUE_U32},
	{.name = "load_address"}, /* these three: spmc_check.c */
	{.name = "entrypoint"},
	{.name = "binary_size"},
};

static const struct property_rule hypervisor_rules[] = {
	{.name = "escrow,console-trace", .type = VALUE_FLAG},
	{.name = "escrow,capture", .type = VALUE_FLAG},
	{.name = "escrow,firmware-sve", .type = VALUE_FLAG},
	{.name = "escrow,zero-bytes-max", .type = VALUE_U64},
};

static const struct property_rule vm_rules[] = {
	{"is_ffa_partition", VALUE_FLAG, "is_ffa_partition;", NULL, 0},
	{"debug_name", VALUE_STRING, "debug_name = \"sp1\";", NULL,
		PARTITION_NAME_SIZE},
	{"load_address", VALUE_U64, "load_address = <0x0e300000>;", NULL, 0},
	{"mem_size", VALUE_U64, "mem_size = <0x100000>;", NULL, 0},
	{.name = "vcpu_count", .type = VALUE_U32},
	{.name = "smc_whitelist",
		.effect = "no call of a partition is passed on to EL3"},
	{.name = "smc_whitelist_permissive",
		.effect = "no call of a partition is passed on to EL3"},
	{.name = "hyp_loaded", .effect = NOT_READ},
	{.name = "kernel_filename", .effect = NO_PLAIN_VM},
	{.name = "ramdisk_filename", .effect = NO_PLAIN_VM},
	{.name = "fdt_filename", .effect = NO_PLAIN_VM},
};

static const struct property_rule cpus_rules[] = {
	{.name = "cpu-map"},
};

static const struct property_rule cpu_rules[] = {
	{"reg", VALUE_U64, "reg = <0x0 0x0>;", NULL, 0},
	{.name = "device_type"},
	{.name = "enable-method"},
	{.name = "next-level-cache"},
	{.name = "cpu-idle-states"},
};

static const struct property_rule memory_rules[] = {
	{"reg", VALUE_CELLS, "reg = <0x0 0x0e100000 0x0 0x00f00000>;", NULL, 0},
	{.name = "device_type"},
	{.name = "numa-node-id"},
};

SCHEMA(spmc_root);
SCHEMA(attribute);
SCHEMA(hypervisor);
SCHEMA(vm);
SCHEMA(cpus);
SCHEMA(cpu);
SCHEMA(memory);

/* --- A partition's manifest ------------------------------------------------
 */

static const struct property_rule sp_root_rules[] = {
	{"ffa-version", VALUE_U32, "ffa-version = <0x00010002>;", NULL, 0},
	{"execution-ctx-count", VALUE_U32, "execution-ctx-count = <1>;", NULL,
		0},
	{"exception-level", VALUE_U32, "exception-level = <2>;", NULL, 0},
	{"execution-state", VALUE_U32, "execution-state = <0>;", NULL, 0},
	{.name = "uuid"}, /* these two: services_check.c */
	{.name = "messaging-method"},
	{.name = "id", .type = VALUE_U32},
	{.name = "auxiliary-id", .effect = NOT_READ},
	{.name = "load-address", .type = VALUE_U64},
	{.name = "mem-size"}, /* some partitions read it themselves */
	{.name = "entrypoint-offset", .type = VALUE_U64},
	{.name = "xlat-granule", .type = VALUE_U32},
	{.name = "boot-order", .type = VALUE_U32},
	{.name = "managed-exit", .type = VALUE_FLAG},
	{.name = "managed-exit-virq", .type = VALUE_FLAG},
	{.name = "ns-interrupts-action", .type = VALUE_U32},
	{.name = "other-s-interrupts-action", .type = VALUE_U32},
	{.name = "sri-interrupts-policy", .type = VALUE_U32},
	{.name = "has-primary-scheduler", .effect = "it is for VMs"},
	{.name = "run-time-model", .effect = NOT_READ},
	{.name = "time-slice-mem", .effect = "memory calls are never sliced"},
	{.name = "gp-register-num", .type = VALUE_U32},
	{.name = "power-management-messages", .type = VALUE_U32},
	{.name = "vm-availability-messages", .type = VALUE_U32},
	{.name = "notification-support", .type = VALUE_FLAG},
	{.name = "lifecycle-support", .type = VALUE_FLAG},
	{.name = "abort-action", .type = VALUE_U32},
	{.name = "live-activation-support",
		.type = VALUE_FLAG,
		.effect = NO_ACTIVATION},
	{.name = "live-activation-register", .effect = NOT_READ},
	{.name = "image-uuid", .type = VALUE_CELLS},
};

static const struct property_rule service_rules[] = {
	{"uuid", VALUE_STRING,
		"uuid = \"b4b5671e-4a90-4fe1-b81f-fb13dae1dacb\";", NULL,
		MANIFEST_UUID_TEXT_SIZE},
	{"messaging-method", VALUE_U32, "messaging-method = <3>;", NULL, 0},
};

static const struct property_rule boot_info_rules[] = {
	{.name = "ffa_manifest", .type = VALUE_FLAG},
	{.name = "hob_list", .effect = "only the manifest is passed on"},
};

static const struct property_rule buffers_rules[] = {
	{"rx-buffer", VALUE_U32, "rx-buffer = <&rx>;", NULL, 0},
	{"tx-buffer", VALUE_U32, "tx-buffer = <&tx>;", NULL, 0},
};

static const struct property_rule group_rules[] = {
	{.name = "compatible"},
};

#define STREAM_RULES                                                           \
	{.name = "smmu-id", .effect = "DMA is not confined"},                  \
		{.name = "stream-ids",                                         \
			.type = VALUE_CELLS,                                   \
			.effect = "DMA is not confined"},                      \
	{                                                                      \
		.name = "stream-ids-access-permissions"                        \
	}

/* Where a region lies is regions_check.c's: it has two ways to say it. */
#define PLACE_RULES                                                            \
	{.name = "base-address", .type = VALUE_U64},                           \
		{"pages-count", VALUE_U32, "pages-count = <1>;", NULL, 0},     \
	{                                                                      \
		"attributes", VALUE_U32, "attributes = <0x3>;", NULL, 0        \
	}

static const struct property_rule memory_region_rules[] = {
	PLACE_RULES,
	{.name = "load-address-relative-offset", .type = VALUE_U64},
	{.name = "escrow,shared", .type = VALUE_FLAG},
	{.name = "escrow,trace-rings", .type = VALUE_FLAG},
	STREAM_RULES,
};

static const struct property_rule device_region_rules[] = {
	PLACE_RULES,
	{.name = "escrow,shared", .type = VALUE_FLAG},
	{.name = "escrow,trace-rings", .type = VALUE_FLAG},
	{.name = "load-address-relative-offset"},
	STREAM_RULES,
	{.name = "interrupts", .type = VALUE_CELLS},
	{.name = "interrupts-target", .type = VALUE_CELLS},
	{.name = "exclusive-access",
		.effect = "a region is one partition's in any case"},
	{.name = "reg"},
};

SCHEMA(sp_root);
SCHEMA(service);
SCHEMA(boot_info);
SCHEMA(buffers);
SCHEMA(group);
SCHEMA(memory_region);
SCHEMA(device_region);
