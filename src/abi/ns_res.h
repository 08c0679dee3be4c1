/*
 * The resource information descriptor, which tells of non-secure memory that
 * the secure world can access: a header and one record a region.
 * Spec: FF-A 1.3 §13 (FFA_NS_RES_INFO_GET).
 */
#ifndef ABI_NS_RES_H
#define ABI_NS_RES_H

#include "base/types.h"

/* Of the header, and of a record. */
#define NS_RES_SIZE 16u

struct ns_region {
	struct range range;
	uint8_t privileged;   /* ACCESS_* */
	uint8_t unprivileged; /* ACCESS_* */
	uint16_t id;          /* who can access it */
	bool indirect;        /* the manager can, on behalf of any partition */
};

/* NS_RES_SIZE bytes each, 8-byte aligned. */
void ns_res_encode_header(uint8_t *out, uint32_t regions);
void ns_res_encode_region(uint8_t *out, const struct ns_region *region);

#endif
