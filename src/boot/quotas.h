/*
 * Divides the pool among the parties: half is the normal world's, half the
 * partitions' in equal shares. Limits are set so that no party ever misses a
 * page because of another (docs/adr/0016).
 */
#ifndef BOOT_QUOTAS_H
#define BOOT_QUOTAS_H

#include "spm.h"

/* Pages of a share that leaves something of every kind. */
#define QUOTAS_SHARE_MIN 8

/* Free pages that so many partitions need in the end. */
#define QUOTAS_POOL_MIN(partitions) (2 * QUOTAS_SHARE_MIN * (partitions))

/* Pages of the normal world's objects, of a partition's, of its tables. */
struct quotas_shares {
	uint32_t nwd;
	uint32_t objects;
	uint32_t tables;
};
struct quotas_shares quotas_divide(uint32_t free, uint32_t partitions);

/* What so many pages hold, of every kind. */
struct quota_amount quotas_objects(uint32_t pages);

/* From the pages that are free now. Boot only. */
void quotas_set(struct spm *spm);

/* One line on the console: what each may hold. */
void quotas_tell(const struct spm *spm);

#endif
