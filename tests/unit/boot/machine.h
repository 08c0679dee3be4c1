/*
 * A machine as the firmware leaves it: the manager's manifest read, packages
 * in memory, ready to boot the manager on the host.
 */
#ifndef TESTS_UNIT_BOOT_MACHINE_H
#define TESTS_UNIT_BOOT_MACHINE_H

#include "boot/manifest.h"
#include "spm.h"

#define MACHINE_IMAGE_BASE 0x0e100000ull
#define MACHINE_IMAGE_PAGES 72u

/* As machine_read_spmc() has read it; a test may change it. */
extern struct spmc_manifest machine_manifest;

/* What has been written to the console since machine_set_up(). */
extern char machine_console[1024];

/* A cmocka fixture. */
int machine_set_up(void **state);

/* `source`, a .dts of this folder, with `from` replaced by `to`. */
void machine_read_spmc(const char *source, const char *from, const char *to);

/* A package of version 2 with that manifest where vmN is loaded. */
void machine_place(
	unsigned vm, const char *source, const char *from, const char *to);

/* Two such packages, below a manifest with four processors. */
void machine_place_two(void);

/* Everything that all parties may ever hold, at once. */
void machine_use_all(struct spm *spm);

struct spm *machine_boot(uint64_t image_pages);

#endif
