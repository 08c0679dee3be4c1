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

/* From the pages that are free now. Boot only. */
void quotas_set(struct spm *spm);

/* One line on the console: what each may hold. */
void quotas_tell(const struct spm *spm);

#endif
