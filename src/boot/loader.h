/*
 * From an SP package in memory to a partition that can run: manifest read and
 * checked, titles granted, tables made, boot information written.
 */
#ifndef BOOT_LOADER_H
#define BOOT_LOADER_H

#include "boot/boot_map.h"
#include "boot/manifest_check.h"
#include "boot/package.h"
#include "spm.h"

/* The largest partition manifest that is read. */
#define LOADER_MANIFEST_SIZE (4 * PAGE_SIZE)

/* What is known of one package after it was read. */
struct loaded {
	const struct manifest_vm *vm;
	struct sp_package package;
	struct sp_manifest manifest;
};

/* Memory that is needed at boot only; it becomes part of the pool. */
struct loader_work {
	struct boot_map map;
	uint8_t bytes[LOADER_MANIFEST_SIZE] __attribute__((aligned(16)));
	uint32_t loaded_count;
	struct loaded loaded[MANIFEST_VMS_MAX];
	struct manifest_error error;
};

/*
 * Reads package number `vm` and checks it against the memory map and against
 * those read before; adds it to work->loaded and its memory to the map.
 * False, and a sentence in work->error, when it is refused.
 */
bool MUST_USE loader_read(struct loader_work *work, uint32_t vm);

/*
 * The package read last, when there were `claims` claims, is not loaded: it
 * leaves the manager too little memory. Its own memory stays claimed.
 */
void loader_take_back(struct loader_work *work, uint32_t claims);

/*
 * A partition that shares a region with nobody who is loaded is not loaded
 * either; its memory stays claimed. True, and a sentence in work->error, when
 * there was one: another may have shared with it, so call again.
 */
bool loader_drop_lonely(struct loader_work *work);

/*
 * Fills in `partition` from `loaded`: identity, titles, tables, boot
 * information, buffers. Its contexts are the caller's. False when the
 * manager's memory does not suffice.
 */
bool MUST_USE loader_make(struct spm *spm, const struct loaded *loaded,
	struct partition *partition);

#endif
