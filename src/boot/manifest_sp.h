/* What the files that read a partition's manifest share. */
#ifndef BOOT_MANIFEST_SP_H
#define BOOT_MANIFEST_SP_H

#include "boot/fdt_reader.h"
#include "boot/manifest.h"

struct sp_reader {
	struct fdt_reader fdt;
	struct paddr package; /* where the partition's memory starts */
	bool is_el0;
	struct sp_manifest *out;
};

/* Protocol UUIDs and what each may be sent: out->service[]. */
bool MUST_USE manifest_services_read(const struct sp_reader *r);

/* Memory and device regions, interrupts, the RX/TX pair. */
bool MUST_USE manifest_regions_read(const struct sp_reader *r);

#endif
