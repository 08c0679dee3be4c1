/*
 * How a capture begins: what boot is given, so that boot can be repeated.
 */
#ifndef BOOT_CAPTURE_MACHINE_H
#define BOOT_CAPTURE_MACHINE_H

#include "boot/manifest.h"
#include "spm.h"

/* Before boot touches the packages. Only this CPU writes to the console. */
void capture_machine(struct capture *capture,
	const struct spmc_manifest *manifest, struct range image);

/* When all partitions have been made. */
void capture_parties(struct spm *spm);

#endif
