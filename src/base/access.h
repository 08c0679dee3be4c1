/*
 * What an endpoint may do with a page, and as which kind of memory.
 *
 * `attr` is the memory region attributes byte of FF-A (DEN0140 1.2 §1.10.4):
 * type, cacheability or device type, shareability, and bit 6 for non-secure.
 */
#ifndef BASE_ACCESS_H
#define BASE_ACCESS_H

#include "base/types.h"

#define ACCESS_R 1u
#define ACCESS_W 2u
#define ACCESS_X 4u

#define ATTR_SHARE_MASK 0x03u
#define ATTR_CACHE_MASK 0x0cu /* or the device type */
#define ATTR_TYPE_MASK 0x30u
#define ATTR_TYPE_DEVICE 0x10u
#define ATTR_TYPE_NORMAL 0x20u
#define ATTR_NS 0x40u
#define ATTR_CACHE_NC 0x04u
#define ATTR_CACHE_WB 0x0cu
#define ATTR_NORMAL_WB 0x2fu /* write-back, inner shareable */
#define ATTR_DEVICE 0x10u    /* nGnRnE */

struct access {
	uint8_t perm; /* ACCESS_* */
	uint8_t attr; /* ATTR_* */
};

static inline bool access_equal(struct access a, struct access b)
{
	return a.perm == b.perm && a.attr == b.attr;
}

static inline bool attr_is_device(uint8_t attr)
{
	return (attr & ATTR_TYPE_MASK) == ATTR_TYPE_DEVICE;
}

static inline bool attr_is_ns(uint8_t attr)
{
	return attr & ATTR_NS;
}

#endif
