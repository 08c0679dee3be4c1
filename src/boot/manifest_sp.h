/* What the files that read a partition's manifest share. */
#ifndef BOOT_MANIFEST_SP_H
#define BOOT_MANIFEST_SP_H

#include "abi/ffa_func.h"
#include "boot/fdt_reader.h"
#include "boot/manifest.h"

struct sp_reader {
	struct fdt_reader fdt;
	struct paddr package; /* where the partition's memory starts */
	bool is_el0;
	struct sp_manifest *out;
};

/* One-cell properties of the root node with their bounds. */
enum manifest_number_index {
	N_FFA_VERSION,
	N_CONTEXTS,
	N_EXCEPTION_LEVEL,
	N_EXECUTION_STATE,
	N_GRANULE,
	N_BOOT_ORDER,
	N_NS_ACTION,
	N_OTHER_S_ACTION,
	N_SRI_POLICY,
	N_GP_REGISTER,
	N_POWER_MESSAGES,
	N_VM_MESSAGES,
	N_ABORT_ACTION,
	N_COUNT,
};

struct manifest_number {
	const char *name;
	uint32_t missing; /* value where it is optional and not there */
	uint32_t min;
	uint32_t max;
	bool required;
	const char *why; /* what to say of a value out of bounds */
};

extern const struct manifest_number manifest_numbers[N_COUNT];

/* Bits of messaging-method have the places of the partition's properties. */
#define MANIFEST_METHOD_MASK                                                   \
	(FFA_PROPERTY_RECV_DIRECT | FFA_PROPERTY_SEND_DIRECT |                 \
		FFA_PROPERTY_INDIRECT | FFA_PROPERTY_RECV_DIRECT2 |            \
		FFA_PROPERTY_SEND_DIRECT2)

#define MANIFEST_UUID_SIZE 16
#define MANIFEST_UUID_TEXT_SIZE 37 /* with the NUL */

/* "486178e0-e7f8-11e3-bc5e-0002a5d5c51b"; false for anything else. */
bool MUST_USE manifest_services_uuid(const char text[MANIFEST_UUID_TEXT_SIZE],
	uint8_t uuid[MANIFEST_UUID_SIZE]);

/* What is wrong with a region's attributes; NULL = nothing. */
const char *manifest_regions_bad_attributes(
	bool is_el0, bool device, uint32_t attributes);

/* Protocol UUIDs and what each may be sent: out->service[]. */
bool MUST_USE manifest_services_read(const struct sp_reader *r);

/* Memory and device regions, interrupts, the RX/TX pair. */
bool MUST_USE manifest_regions_read(const struct sp_reader *r);

#endif
