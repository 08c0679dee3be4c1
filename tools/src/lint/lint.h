/*
 * What ffa-lint knows: the manager's manifest, the partitions', how they
 * belong together, and the machine.
 */
#ifndef LINT_LINT_H
#define LINT_LINT_H

#include "boot/manifest.h"
#include "boot/manifest_sp.h"
#include "boot/package.h"
#include "boot/plan.h"
#include "boot/quotas.h"
#include "dt.h"

/*
 * More than the image can hold: what is too much is a finding, and the rest is
 * looked at all the same, within bounds.
 */
#define LINT_RANGES_MAX 128
#define LINT_VMS_MAX 32
#define LINT_CPUS_MAX 128
#define LINT_SPS_MAX 32
#define LINT_REGIONS_MAX 64
#define LINT_INTERRUPTS_MAX 64
#define LINT_SERVICES_MAX 32

/* The machine that the image is made for, as data. */
struct machine {
	const char *name;
	uint64_t image_base;
	uint64_t image_pages;  /* what the image takes, bss and stacks, too */
	struct range secure;   /* all secure memory that a manifest may name */
	struct range firmware; /* below: EL3's own */
	struct range console;  /* the manager's */
	struct range interrupts;     /* the interrupt controller */
	uint64_t primary;            /* MPIDR of the first processor */
	uint32_t cpu_count;          /* that the image can run */
	uint32_t table_count;        /* of the manager's own address space */
	uint64_t spmc_manifest_size; /* bytes that are loaded of it */
	uint64_t package_size;       /* bytes of the largest that is loaded */
};

extern const struct machine machine_qemu_virt;

struct lint_range {
	fdt_node node;
	struct range range;
	enum memory_class class;
};

struct sp;

/* A vmN node. */
struct vm {
	fdt_node node;
	unsigned number;
	char name[PARTITION_NAME_SIZE]; /* debug_name, or that of the node */
	bool has_address;
	uint64_t address;
	bool has_range;
	struct range range;
	bool has_vcpu_count;
	uint32_t vcpu_count;
	struct sp *sp; /* NULL: none was given */
};

struct spmc {
	char *argument; /* as given */
	struct dt tree;
	fdt_node attribute; /* nodes; negative = not there */
	fdt_node hypervisor;
	fdt_node cpus;
	bool has_id;
	uint32_t id;
	struct range image; /* no pages: unknown */
	bool has_map;       /* all of the memory map could be read */
	unsigned range_count;
	struct lint_range range[LINT_RANGES_MAX];
	unsigned cpu_count;
	uint64_t mpidr[LINT_CPUS_MAX];
	unsigned vm_count;
	struct vm vm[LINT_VMS_MAX];
	/* The image's own words, when it refuses. */
	bool accepted;
	struct spmc_manifest manifest;
	struct manifest_error error;
};

struct lint_region {
	fdt_node node;
	bool device;
	bool has_range;
	struct range range;
	bool has_attributes;
	uint32_t attributes;
	bool shared;
	bool rings;
	uint32_t phandle; /* 0 = none */
};

struct lint_interrupt {
	fdt_node node;
	uint32_t id;
};

struct lint_service {
	fdt_node node;
	uint8_t uuid[MANIFEST_UUID_SIZE];
};

/* Of a file in the package format. */
struct package {
	uint8_t *bytes; /* NULL: none was given; one is made up */
	size_t size;
	bool readable; /* its header is good enough to be used */
	uint32_t version;
	struct sp_package header;
};

enum verdict {
	VERDICT_UNKNOWN, /* not asked: no vmN, or the manager does not start */
	VERDICT_STARTS,
	VERDICT_REFUSED,
};

/* A partition as it was given on the command line. */
struct sp {
	char *argument;   /* as given; the following point into it */
	const char *name; /* NAME=, or NULL */
	const char *file;
	const char *package_file;
	bool has_address; /* @ADDRESS */
	uint64_t address;
	struct dt tree;
	struct package package;
	struct vm *vm; /* NULL: none fits */
	const char *matched_by;
	/* Of its manifest, where it says so and it can be read. */
	uint32_t contexts; /* 0 = unknown */
	bool is_el0;
	bool has_id;
	uint32_t id;
	uint32_t boot_order; /* BOOT_ORDER_NONE = whenever */
	bool has_image_uuid;
	uint8_t image_uuid[MANIFEST_UUID_SIZE];
	unsigned region_count;
	struct lint_region region[LINT_REGIONS_MAX];
	unsigned interrupt_count;
	struct lint_interrupt interrupt[LINT_INTERRUPTS_MAX];
	unsigned service_count;
	struct lint_service service[LINT_SERVICES_MAX];
	enum verdict verdict;
	struct manifest_error error; /* when refused */
};

struct lint {
	const struct machine *machine;
	/* Of the image, from --image or --image-size; 0 pages = not given. */
	struct range image_given;
	struct report report;
	struct spmc spmc;
	unsigned sp_count;
	struct sp sp[LINT_SPS_MAX];
	struct loader_work *work; /* the image's plan; NULL: not made */
	struct plan_room room;    /* of the plan; 0 pages free without one */
	const char *sentence;     /* why the manager does not start, or NULL */
};

/*
 * All checks, once every file has been read (lint_input.h): fills in report,
 * matches and verdicts.
 */
void lint_run(struct lint *lint);
void lint_free(struct lint *lint);

/* --- Parts of lint_run(), in their order --------------------------------- */

void spmc_check(struct lint *lint); /* and reads it into lint->spmc */
void match_all(struct lint *lint);
void package_check(struct lint *lint, struct sp *sp);
void sp_check(struct lint *lint, struct sp *sp); /* and reads it into *sp */
void pair_check(struct lint *lint);
void place_check(struct lint *lint);
void verdict_ask(struct lint *lint);
void room_check(struct lint *lint);
/* Pages that the parties will have, about. */
struct quotas_shares room_shares(const struct lint *lint);
/* What the image refuses and no finding explains. */
void verdict_complete(struct lint *lint);

/* --- Parts of sp_check() ------------------------------------------------- */

void services_check(struct sp *sp);
void regions_check(struct lint *lint, struct sp *sp);
void buffers_check(const struct sp *sp);
/* Of a device region. */
void interrupts_check(struct lint *lint, struct sp *sp, fdt_node node);

/* --- Said in the same words everywhere ----------------------------------- */

/* "0x0e300000..0x0e3fffff" */
struct range_text {
	char text[48];
};
struct range_text range_text(struct range range);
const char *class_name(enum memory_class class);
enum memory_class region_class(const struct lint_region *region);
static inline struct range lint_range(uint64_t base, uint64_t bytes)
{
	return (struct range){paddr(base), bytes >> PAGE_SHIFT};
}

#endif
