/*
 * Which packages will be started: each is read and checked, and the manager
 * keeps what it needs to run. Makes nothing yet.
 */
#ifndef BOOT_PLAN_H
#define BOOT_PLAN_H

#include "boot/loader.h"

/*
 * Where boot works: at the end of the largest extent in which neither `image`
 * nor a package lies. No pages: there is too little memory.
 */
struct range plan_work_range(
	const struct spmc_manifest *manifest, struct range image);

/* `work` is zeroed. From then on nothing else is free that `image` covers. */
void plan_open(struct loader_work *work, const struct spmc_manifest *manifest,
	struct range image);

/*
 * Reads package number `vm`; all before it have been read. False, and a
 * sentence in work->error, when it will not be started. When all are read,
 * loader_drop_lonely() has the last word.
 */
bool MUST_USE plan_read(struct loader_work *work, uint32_t vm);

/* What the manager needs, and what the packages leave it. In pages. */
struct plan_room {
	uint64_t heap; /* needed, in one piece; */
	uint64_t pool; /* and beside it, anywhere */
	uint64_t largest;
	uint64_t free;
};

/* When packages from number `next` on are still to be read. */
struct plan_room plan_room(const struct loader_work *work, uint32_t next);
bool plan_room_suffices(const struct plan_room *room);

/* From the first secure page to the last. Panics when there is none. */
struct range plan_secure_span(const struct spmc_manifest *manifest);

/* Header, manifest and image: what of a package is not zero at boot. */
uint64_t plan_package_pages(const struct loaded *loaded);

/*
 * Pages of heap for struct pristine and the copy, with one to begin on a page;
 * none for a partition that is not restarted.
 */
uint64_t plan_pristine_pages(const struct loaded *loaded);

/*
 * Bytes of heap that the contexts of all partitions will take, and the copies
 * of those that may be restarted.
 */
uint64_t plan_partition_bytes(const struct loader_work *work);

#endif
