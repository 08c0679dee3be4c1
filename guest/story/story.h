/*
 * What the story's client asks its partitions to do, by 64-bit direct
 * requests: x3 is the operation, x4 to x7 its arguments. The response has a
 * status in x3 (0, or an FF-A status as a 64-bit number) and values in x4, x5.
 */
#ifndef GUEST_STORY_H
#define GUEST_STORY_H

#include "base/types.h"

#define STORY_SP1 0x8001
#define STORY_SP2 0x8002

/* TX, then RX, in a part of the package that its image does not reach. */
#define STORY_BUFFERS(id) (0x0e380000ull + ((id)-STORY_SP1) * 0x100000ull)

/* Regions of SP1, as its manifest (sp1.dts) has them. */
#define STORY_READ_ONLY 0x0e500000ull /* one page, read-only */
#define STORY_MIXED 0x0e501000ull     /* two read-only pages, two writable */
#define STORY_MIXED_PAGES 4
#define STORY_GIFT 0x0e506000ull /* one page, read-write */

enum story_op {
	STORY_READ,  /* x4 address, x5 non-secure → x4 byte */
	STORY_WRITE, /* x4 address, x5 non-secure, x6 byte */
	STORY_SEND,  /* x4 first address, x5 STORY_HOW(), x6 receiver → x4 */
	STORY_RETRIEVE,   /* x4 handle, x5 STORY_HOW(), x6 sender, x7 flags →
			     x4 perms */
	STORY_RELINQUISH, /* x4 handle */
	STORY_RECLAIM,    /* x4 handle */
	STORY_RETRIEVE_LONG, /* as RETRIEVE, in fragments → x4 ranges */
	STORY_DIE,           /* faults until it is stopped: no response */
};

/* Secure memory that no partition has. */
#define STORY_NOWHERE 0x0ef00000ull

/* FF-A function number of a send, permission byte, pages. */
#define STORY_HOW(func, permissions, pages)                                    \
	((uint64_t)(func) | (uint64_t)(permissions) << 32 |                    \
		(uint64_t)(pages) << 40)
#define STORY_HOW_FUNC(how) ((uint32_t)(how))
#define STORY_HOW_PERMISSIONS(how) ((uint8_t)((how) >> 32))
#define STORY_HOW_PAGES(how) ((uint32_t)((how) >> 40))

/* Retrieve flags: the request names the caller, not all borrowers; zero when
 * it is given back. */
#define STORY_BYPASS (1u << 10)
#define STORY_ZERO_AFTER (1u << 2)

/* x3 of a response when an access faulted. */
#define STORY_FAULT 1

#endif
