/*
 * Reads the SPMC manifest and the manifests of secure partitions. It reads
 * only: what the ledger makes of it is loader.c's business.
 *
 * A bad manifest is told by a sentence that names file, node and property.
 *
 * Source: TF-A's manifest bindings; FF-A 1.2 §5.2 (partition manifests).
 */
#ifndef BOOT_MANIFEST_H
#define BOOT_MANIFEST_H

#include "base/types.h"
#include "partition/partition.h"

#define MANIFEST_RANGES_MAX 32
#define MANIFEST_CPUS_MAX 32
#define MANIFEST_VMS_MAX 8
#define MANIFEST_REGIONS_MAX 16
#define MANIFEST_ERROR_SIZE 160

/* Ids of the secure world have this bit; vmN is this + N. */
#define MANIFEST_SPMC_ID 0x8000u

/* boot-order of a manifest that does not care: after all others. */
#define BOOT_ORDER_NONE 0xffffu

enum memory_class {
	MEMORY_SECURE,
	MEMORY_NS,
	MEMORY_SECURE_DEVICE,
	MEMORY_NS_DEVICE,
};

struct memory_range {
	struct range range;
	enum memory_class class;
};

/* One vmN child of the `hypervisor` node. Its id is 0x8000 + N. */
struct manifest_vm {
	uint16_t id;
	char name[PARTITION_NAME_SIZE];
	struct paddr load_address;
	uint64_t mem_size;   /* bytes, page aligned */
	uint32_t vcpu_count; /* 0 = not stated; the partition's decides */
};

struct spmc_manifest {
	uint16_t spmc_id;
	uint32_t version;   /* maj_ver.min_ver as a version word */
	bool console_trace; /* escrow,console-trace */
	bool capture;       /* escrow,capture */
	bool firmware_sve;  /* escrow,firmware-sve */
	const void *fdt;    /* what has been read */
	size_t fdt_size;
	/* escrow,zero-bytes-max as pages; 0 = not stated */
	uint64_t zero_pages_max;
	uint32_t range_count;
	struct memory_range range[MANIFEST_RANGES_MAX];
	uint32_t cpu_count;
	uint64_t mpidr[MANIFEST_CPUS_MAX]; /* in node order */
	uint32_t vm_count;
	struct manifest_vm vm[MANIFEST_VMS_MAX];
};

/* Region attributes, as in the partition manifest. */
#define REGION_READ 1u
#define REGION_WRITE 2u
#define REGION_EXECUTE 4u
#define REGION_NS 8u

struct manifest_region {
	struct range range;
	uint32_t attributes; /* REGION_* */
	bool device;
	bool shared; /* escrow,shared: with partitions that say the same */
	bool rings; /* escrow,trace-rings: the manager writes its trace there */
};

/* Nobody's to send. */
static inline bool region_is_managers(const struct manifest_region *region)
{
	return region->shared || region->rings;
}

#define POWER_MESSAGES_CPU_OFF 1u
#define VM_MESSAGES_CREATED 1u
#define VM_MESSAGES_DESTROYED 2u

/* Values of exception-level: S-EL0 and S-EL1. */
#define MANIFEST_EL0 1u
#define MANIFEST_EL1 2u

struct sp_manifest {
	uint32_t ffa_version;
	uint32_t service_count;
	struct partition_service service[PARTITION_UUIDS_MAX];
	uint8_t image_uuid[16]; /* nil = none */
	int32_t id;             /* pre-assigned, or -1 */
	uint32_t execution_ctx_count;
	uint32_t exception_level; /* MANIFEST_EL* */
	uint64_t entrypoint_offset;
	uint16_t boot_order;
	enum ns_action ns_action;
	bool queues_secure; /* other-s-interrupts-action = <0> */
	bool exits_by_irq;  /* managed-exit-virq */
	uint32_t sri_policy;
	uint32_t power_messages; /* POWER_MESSAGES_* */
	uint32_t vm_messages;    /* VM_MESSAGES_* */
	int32_t gp_register;     /* -1 = none */
	bool boot_info_fdt;      /* boot-info { ffa_manifest; } */
	bool notification_support;
	enum abort_action abort_action;
	uint32_t region_count;
	struct manifest_region region[MANIFEST_REGIONS_MAX];
	int32_t rx_region; /* index into region[], -1 = none */
	int32_t tx_region;
	uint32_t interrupt_count;
	struct partition_interrupt interrupt[PARTITION_INTERRUPTS_MAX];
};

/* Where and why a manifest was refused: one sentence. */
struct manifest_error {
	char text[MANIFEST_ERROR_SIZE];
};

/* Both: false and a sentence in `error` when the manifest is refused. */
bool MUST_USE manifest_read_spmc(const void *fdt, size_t size,
	struct spmc_manifest *out, struct manifest_error *error);

/* A partition's manifest, as it lies in its package. 8-byte aligned. */
struct manifest_blob {
	const void *fdt;
	size_t size;
	const char *name; /* what the sentence calls the file */
};

/*
 * `package` is where the partition's memory starts, for offsets relative to
 * the load address. Rules that concern the memory map or other partitions
 * are manifest_check's.
 */
bool MUST_USE manifest_read_sp(const struct manifest_blob *blob,
	struct paddr package, struct sp_manifest *out,
	struct manifest_error *error);

#endif
