/*
 * From a manifest to a running manager: pool, ledger, partitions.
 */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "boot/manifest.h"
#include "spm.h"

/*
 * Builds the instance on the primary CPU: pool from what the manifest gives
 * to nobody (`image` carved out), titles, partitions, their contexts. Runs
 * none of them. Refuses a bad SP package alone, with a sentence on the
 * console; panics when the SPMC manifest leaves too little memory.
 * All secure, non-secure and device ranges of the manifest are mapped.
 */
struct spm *boot_primary(
	const struct spmc_manifest *manifest, struct range image);

#endif
